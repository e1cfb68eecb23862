//! The three shapes in which the contract says no, and which of them each refusal takes:
//! a *list* of coded flaws (a rule of bookkeeping is broken), a *problem* (the request is not well formed)
//! and a bare JSON *text* (everything that is about the resource or the server, not about the content).

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

/// What a flaw in a list is about. The numbers are the contract's (`CONTRACT.md`, errors).
#[derive(Clone, Copy)]
#[repr(u32)]
pub(super) enum Code {
    ModuleMissing = 1_000_001,
    FieldMissing = 1_001_001,
    TextTooLong = 1_001_002,
    ContactNumberTaken = 1_001_003,
    CountryUnknown = 1_001_005,
    VersionStale = 1_001_006,
    ContactNumberFixed = 1_001_007,
    AddressTypeUnknown = 1_001_008,
    CurrencyUnknown = 1_001_009,
    CustomerUnknown = 1_002_001,
    CustomerInactive = 1_002_002,
    AccountUnknown = 1_002_003,
    AccountInactive = 1_002_004,
    AccountWithoutVat = 1_002_005,
    YearMissing = 1_002_006,
    YearClosed = 1_002_007,
    ItemUnknown = 1_002_008,
    NoAmountLine = 1_002_009,
    DueBeforeInvoice = 1_002_010,
    ReverseChargeWithVat = 1_002_011,
    ReferenceUnknown = 1_002_012,
    CreditTooLarge = 1_002_013,
    PaymentTooLarge = 1_003_001,
    PaymentAccount = 1_003_002,
    InvoiceCanceled = 1_003_003,
    ItemNumberTaken = 1_004_001,
    ItemVersionStale = 1_004_002,
    ItemNumberFixed = 1_004_003,
    CharacterRefused = 1_004_004,
    VatRateOther = 1_004_005,
    EanMalformed = 1_004_006,
    CampaignWrong = 1_004_007,
    SalesAccountTwice = 1_004_008,
    ItemInactive = 1_004_009,
    ItemWithoutPrice = 1_004_010,
    ItemWithoutAccount = 1_004_011,
}

/// One entry of the list shape.
pub(super) struct Flaw {
    code: Code,
    field: String,
    message: String,
}

impl Flaw {
    pub(super) fn new(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            field: field.into(),
            message: message.into(),
        }
    }

    fn shown(self) -> Value {
        json!({
            "errorCode": self.code as u32,
            "errorScopeId": Uuid::new_v4(),
            "message": self.message,
            "reference": self.field,
            "sequentialId": Uuid::new_v4(),
            "sourceHint": "skarv-fake",
        })
    }
}

/// Fields and what is wrong with their form.
pub(super) type Problems = BTreeMap<String, Vec<String>>;

pub(super) enum Refusal {
    List(StatusCode, Vec<Flaw>),
    Problem(Problems),
    Text(StatusCode, String),
    TooMany { retry_after_s: u64 },
}

impl Refusal {
    pub(super) fn flaw(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self::flaws(vec![Flaw::new(code, field, message)])
    }

    pub(super) fn flaws(flaws: Vec<Flaw>) -> Self {
        Self::List(StatusCode::BAD_REQUEST, flaws)
    }

    pub(super) fn conflict(code: Code, field: &str, message: impl Into<String>) -> Self {
        Self::List(StatusCode::CONFLICT, vec![Flaw::new(code, field, message)])
    }

    pub(super) fn problem(field: &str, message: impl Into<String>) -> Self {
        Self::Problem(Problems::from([(field.to_owned(), vec![message.into()])]))
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::Text(StatusCode::NOT_FOUND, format!("{what} finns inte"))
    }

    pub(super) fn unauthorized() -> Self {
        Self::Text(
            StatusCode::UNAUTHORIZED,
            "token saknas eller har gått ut".to_owned(),
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::List(status, flaws) => (
                status,
                Json(flaws.into_iter().map(Flaw::shown).collect::<Vec<_>>()),
            )
                .into_response(),
            Self::Problem(fields) => problem(&fields),
            Self::Text(status, text) => (status, Json(text)).into_response(),
            Self::TooMany { retry_after_s } => (
                StatusCode::TOO_MANY_REQUESTS,
                [(header::RETRY_AFTER, retry_after_s.to_string())],
                Json("för många anrop"),
            )
                .into_response(),
        }
    }
}

fn problem(fields: &Problems) -> Response {
    let body = json!({
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": fields,
        "traceId": Uuid::new_v4().simple().to_string(),
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json; charset=utf-8")];
    (StatusCode::BAD_REQUEST, kind, body.to_string()).into_response()
}
