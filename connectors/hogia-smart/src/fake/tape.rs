//! A tape of every call, for a bench that makes the same calls again: method, target, bodies and status, in the order in
//! which the calls came in. It is off until it is asked for, and holds no header; of a sign-in it holds no body either.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::state::Company;

const LONGEST_BODY: usize = 1024 * 1024;

#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Recorded {
    method: String,
    /// Path and query.
    target: String,
    /// What a write sent.
    body: String,
    /// What a write was answered.
    answer: String,
    /// 0 while it is under way.
    status: u16,
}

/// `None` while nothing is recorded.
#[derive(Default)]
pub(super) struct Tape(Mutex<Option<Vec<Recorded>>>);

impl Tape {
    /// Begins anew.
    pub(super) fn start(&self) {
        *self.calls() = Some(Vec::new());
    }

    pub(super) fn recorded(&self) -> Vec<Recorded> {
        self.calls().clone().unwrap_or_default()
    }

    /// The place of a call that has just come in.
    fn begin(&self, call: Recorded) -> Option<usize> {
        let mut calls = self.calls();
        let calls = calls.as_mut()?;
        calls.push(call);
        Some(calls.len() - 1)
    }

    fn end(&self, place: usize, status: StatusCode, answer: &[u8]) {
        if let Some(call) = self.calls().as_mut().and_then(|calls| calls.get_mut(place)) {
            call.status = status.as_u16();
            call.answer = text(answer);
        }
    }

    fn on(&self) -> bool {
        self.calls().is_some()
    }

    fn calls(&self) -> MutexGuard<'_, Option<Vec<Recorded>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) async fn record(State(company): State<Arc<Company>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/__admin") || !company.tape.on() {
        return next.run(request).await;
    }
    let keeps_bodies = request.method() != Method::GET && path != "/connect/token";
    let mut call = Recorded {
        method: request.method().to_string(),
        target: request.uri().to_string(),
        ..Recorded::default()
    };
    if !keeps_bodies {
        let place = company.tape.begin(call);
        let response = next.run(request).await;
        settle(&company.tape, place, response.status(), &[]);
        return response;
    }
    let (head, body) = request.into_parts();
    let Some(sent) = whole(body).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    call.body = text(&sent);
    let place = company.tape.begin(call);
    let response = next.run(Request::from_parts(head, Body::from(sent))).await;
    let (head, body) = response.into_parts();
    let Some(answer) = whole(body).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    settle(&company.tape, place, head.status, &answer);
    Response::from_parts(head, Body::from(answer))
}

fn settle(tape: &Tape, place: Option<usize>, status: StatusCode, answer: &[u8]) {
    if let Some(place) = place {
        tape.end(place, status, answer);
    }
}

async fn whole(body: Body) -> Option<Bytes> {
    to_bytes(body, LONGEST_BODY).await.ok()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
