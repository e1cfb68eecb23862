//! The token endpoint (client credentials) and the tokens it has given out. A token lasts an hour by
//! the fake's own clock; asking again does not end the earlier ones.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Json, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::faults::Fault;
use super::state::Company;

const LASTS_S: i64 = 3600;

/// Every token begins with this: a test that finds it nowhere knows that no token was kept.
pub const TOKEN_CANARY: &str = "70cec0a1a41e";

#[derive(Default)]
pub(super) struct Tokens {
    given: Mutex<HashMap<String, DateTime<Utc>>>,
    asked: AtomicU64,
}

impl Tokens {
    pub(super) fn valid(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.given().get(token).is_some_and(|expires| now < *expires)
    }

    /// Every token given out so far is good for nothing.
    pub(super) fn end(&self) {
        self.given().clear();
    }

    /// How often anybody has tried to sign in.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    pub(super) fn forget_asked(&self) {
        self.asked.store(0, Ordering::Relaxed);
    }

    fn give(&self, now: DateTime<Utc>) -> String {
        let token = format!("{TOKEN_CANARY}{}", Uuid::new_v4().simple());
        let mut tokens = self.given();
        tokens.retain(|_, expires| now < *expires);
        tokens.insert(token.clone(), now + TimeDelta::seconds(LASTS_S));
        token
    }

    fn given(&self) -> MutexGuard<'_, HashMap<String, DateTime<Utc>>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

pub(super) async fn token(
    State(company): State<Arc<Company>>,
    asked: Result<Form<Asked>, FormRejection>,
) -> Response {
    company.tokens.asked.fetch_add(1, Ordering::Relaxed);
    let (fault, delay) = company.faults.sign_in();
    tokio::time::sleep(delay).await;
    match fault {
        Some(Fault::SignInHtml) => return Html("<html><p>Välkommen").into_response(),
        Some(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        None => {}
    }
    let Ok(Form(asked)) = asked else {
        return refused("invalid_request");
    };
    if asked.grant_type != "client_credentials" {
        return refused("unsupported_grant_type");
    }
    let secret = company.config.client_secret.expose_secret();
    if asked.client_id != company.config.client_id || asked.client_secret != secret {
        return refused("invalid_client");
    }
    let token = company.tokens.give(company.now());
    Json(json!({ "access_token": token, "expires_in": LASTS_S, "token_type": "Bearer" })).into_response()
}

fn refused(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}
