//! The token endpoint (client credentials) and the tokens it has given out. A token lasts an hour by
//! the fake's own clock; asking again does not end the earlier ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Json, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::state::Company;

const LASTS_S: i64 = 3600;

#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<String, DateTime<Utc>>>);

impl Tokens {
    pub(super) fn valid(&self, token: &str, now: DateTime<Utc>) -> bool {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(token).is_some_and(|expires| now < *expires)
    }

    fn give(&self, now: DateTime<Utc>) -> String {
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.retain(|_, expires| now < *expires);
        tokens.insert(token.clone(), now + TimeDelta::seconds(LASTS_S));
        token
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
    let token = company.tokens.give(company.config.now.now());
    Json(json!({ "access_token": token, "expires_in": LASTS_S, "token_type": "Bearer" })).into_response()
}

fn refused(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}
