//! The door that every API call passes: faults that strike before any work, then the token, the
//! version and the organisation, in that order; afterwards the call is counted, and an answer that is to
//! be lost is lost. The token endpoint and the admin pages are outside it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use uuid::Uuid;

use super::errors::Refusal;
use super::module;
use super::request::Params;
use super::socket::Line;
use super::state::Company;

/// The dated versions that public clients have been seen to ask for.
const VERSIONS: [&str; 5] = [
    "2024-06-12",
    "2024-11-11",
    "2025-02-13",
    "2025-03-12",
    "2025-06-01",
];

pub(super) async fn gate(State(company): State<Arc<Company>>, request: Request, next: Next) -> Response {
    let endpoint = endpoint(&request);
    let line = request.extensions().get::<ConnectInfo<Line>>().cloned();
    let mut response = match admit(&company, &request) {
        Ok(()) => answered(&company, request, next).await,
        Err(refusal) => refusal.into_response(),
    };
    company.requests.count(endpoint, response.status());
    tell_time(&company, &mut response);
    // whatever was asked for is done by now: a bad answer to a create is the worst one
    if let (Some(ConnectInfo(line)), Some(bad)) = (line, company.faults.hostile()) {
        line.play(&bad);
    }
    response
}

/// A clock that has jumped shows in every answer.
fn tell_time(company: &Company, response: &mut Response) {
    let date = company.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if company.faults.clock_offset_s() != 0
        && let Ok(date) = HeaderValue::from_str(&date)
    {
        response.headers_mut().insert(header::DATE, date);
    }
}

/// A slow call has done its work already: whoever gave up waiting for it finds the document.
async fn answered(company: &Company, request: Request, next: Next) -> Response {
    let delay = company.faults.slow();
    let response = next.run(request).await;
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    response
}

/// The answer to a post that is committed, unless it is this answer's turn to be lost.
pub(super) fn created(company: &Company, line: &Line, receipt: &Value) -> Response {
    accepted(company, line, StatusCode::CREATED, receipt)
}

pub(super) fn accepted(company: &Company, line: &Line, status: StatusCode, receipt: &Value) -> Response {
    if company.faults.answer_lost() {
        line.cut();
    }
    (status, Json(receipt)).into_response()
}

pub(super) async fn no_such_resource() -> Refusal {
    Refusal::not_found("resursen")
}

fn admit(company: &Company, request: &Request) -> Result<(), Refusal> {
    company.faults.before_work()?;
    authorized(company, request)?;
    versioned(request)?;
    right_company(company, request)?;
    module::permitted(company, request.uri().path())?;
    denied(company, request)
}

/// One document, by its id, that is there all the same.
fn denied(company: &Company, request: &Request) -> Result<(), Refusal> {
    let one = request.method() == Method::GET && endpoint(request).ends_with("s/{id}");
    if one && company.faults.denies() {
        return Err(Refusal::not_found("dokumentet"));
    }
    Ok(())
}

fn authorized(company: &Company, request: &Request) -> Result<(), Refusal> {
    if company.faults.tokens_end() {
        company.tokens.end();
    }
    let header = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|header| header.to_str().ok());
    let token = header.and_then(|header| header.strip_prefix("Bearer "));
    match token {
        Some(token) if !company.faults.refuses_tokens() && company.tokens.valid(token, company.now()) => {
            Ok(())
        }
        _ => Err(Refusal::unauthorized()),
    }
}

fn versioned(request: &Request) -> Result<(), Refusal> {
    match Params::of(request.uri())?.get("api-version") {
        Some(version) if VERSIONS.contains(&version) => Ok(()),
        Some(version) => Err(Refusal::problem(
            "api-version",
            format!("api-version '{version}' stöds inte"),
        )),
        None => Err(Refusal::problem("api-version", "api-version måste anges")),
    }
}

fn right_company(company: &Company, request: &Request) -> Result<(), Refusal> {
    let first = request
        .uri()
        .path()
        .split('/')
        .nth(1)
        .and_then(|part| part.parse::<Uuid>().ok());
    if first == Some(company.config.organization_id) {
        return Ok(());
    }
    Err(Refusal::not_found("företaget"))
}

fn endpoint(request: &Request) -> String {
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("/{org}/?", MatchedPath::as_str);
    format!("{} {}", request.method(), path.trim_start_matches("/{org}"))
}
