//! What a request carries: a JSON body, query parameters (names without regard to case, as web
//! frameworks of that house have it) and the page asked for. Malformed parts answer the problem shape.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};
use uuid::Uuid;

use super::errors::Refusal;

const LARGEST_PAGE: usize = 500;

/// A JSON body. Fields that the contract does not name are refused, so that a misspelt one cannot hide.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if !is_json(request.headers()) {
            let said = "innehållet måste vara application/json";
            return Err(Refusal::Text(StatusCode::UNSUPPORTED_MEDIA_TYPE, said.to_owned()));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|refused| Refusal::Text(refused.status(), refused.body_text()))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| not_json())?;
        serde_json::from_value(value)
            .map(Self)
            .map_err(|wrong| Refusal::problem("$", wrong.to_string()))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    kind.split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn not_json() -> Refusal {
    Refusal::Text(
        StatusCode::BAD_REQUEST,
        "innehållet går inte att läsa som JSON".to_owned(),
    )
}

/// Query parameters by lower-case name.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of(uri: &Uri) -> Result<Self, Refusal> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|wrong| Refusal::problem("query", wrong.body_text()))?;
        Ok(Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.to_lowercase(), value))
                .collect(),
        ))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase();
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A parameter of another form than text.
    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        self.get(name)
            .map(|text| text.parse().map_err(|_| malformed(name, text)))
            .transpose()
    }

    pub(super) fn page(&self) -> Result<Page, Refusal> {
        let number = self.parsed("page")?.unwrap_or(1_usize);
        let size = self.parsed("pageSize")?.unwrap_or(LARGEST_PAGE);
        if number == 0 {
            return Err(Refusal::problem("page", "page börjar på 1"));
        }
        if size == 0 || size > LARGEST_PAGE {
            return Err(Refusal::problem(
                "pageSize",
                format!("pageSize är 1 till {LARGEST_PAGE}"),
            ));
        }
        Ok(Page { number, size })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Self::of(&parts.uri)
    }
}

pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(super) fn of<T>(&self, all: impl Iterator<Item = T>) -> Vec<T> {
        all.skip((self.number - 1).saturating_mul(self.size))
            .take(self.size)
            .collect()
    }
}

/// An id in the path or in a field.
pub(super) fn guid(field: &str, text: &str) -> Result<Uuid, Refusal> {
    text.parse().map_err(|_| malformed(field, text))
}

fn malformed(field: &str, text: &str) -> Refusal {
    Refusal::problem(field, format!("värdet '{text}' är inte giltigt"))
}

/// The decimal that was written: a JSON number's shortest form is exact up to 15 digits.
pub(super) fn decimal(number: &Number) -> Option<Decimal> {
    let text = number.to_string();
    Decimal::from_str(&text)
        .or_else(|_| Decimal::from_scientific(&text))
        .ok()
}

/// The way back: amounts go out as JSON numbers.
pub(super) fn number(amount: Decimal) -> Value {
    Number::from_str(&amount.normalize().to_string()).map_or(Value::Null, Value::Number)
}
