//! What an answer of Hogia Smart means, decided once: the reason a person sees, and whether a write may have happened.
//!
//! A refusal says that nothing was stored. An answer that does not say so leaves a create in doubt, and a look-up
//! settles it; only a lost answer leaves the system possibly still at work. Reads never leave a doubt.

mod article;
mod customer;
mod module;
mod purpose;
mod stock;
#[cfg(test)]
mod tests;

use std::fmt::Display;

use chrono::{DateTime, Utc};
use skarv_canonical::{Class, Reason};
use skarv_connector::{Delivery, Error};
use skarv_http::{Error as HttpError, Response, StatusCode};

use crate::auth::LONGEST_REFUSAL;
use crate::flaw::{Flaw, flaws, words};

use article::about_item;
pub(crate) use article::{
    about_article, article_account_missing, article_gone, article_number_taken, article_number_unfit,
    article_unnamed, is_article_number_taken,
};
pub(crate) use customer::{
    customer_ambiguous, customer_inactive, customer_kind_differs, customer_not_in_erp, customer_number_taken,
    customer_unidentified, is_number_taken,
};
pub(crate) use module::is_denied;
pub(crate) use purpose::Purpose;
use stock::stock_refused;
pub(crate) use stock::{is_stock_refused, items_not_there, stock_not_taken};

const CONFLICT: &str = "erp_conflict";
const API_VERSION: &str = "api-version";
const UNKNOWN_ORGANIZATION: &str = "organization_unknown";
const UNKNOWN_CURRENCY: u64 = 1_001_009;

/// A call without a usable answer.
pub(crate) fn unanswered(error: HttpError, purpose: Purpose<'_>) -> Error {
    // these came back from the system, so it is done with the request
    let answered = matches!(
        error,
        HttpError::Redirect { .. } | HttpError::TooLarge { .. } | HttpError::HeadTooLarge { .. }
    );
    let error = Error::from(error);
    let delivery = if answered {
        Delivery::Answered
    } else {
        error.delivery
    };
    error.delivery(purpose.doubt(delivery))
}

/// An answer that says yes, but in a form that is not the contract's.
pub(crate) fn unreadable(purpose: Purpose<'_>) -> Error {
    Error::transient("bad_answer")
        .with("resource", purpose.resource)
        .delivery(purpose.doubt(Delivery::Answered))
}

/// A token that was refused right after it was given out, or no token at all.
pub(crate) fn sign_in_refused() -> Error {
    Error::credentials("sign_in_refused").fix("renew_credentials")
}

/// An answer of the API other than yes.
pub(crate) fn refused(response: &Response, purpose: Purpose<'_>) -> Error {
    let flaws = flaws(&response.text());
    let error = match response.status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => worst(&flaws, purpose),
        StatusCode::UNAUTHORIZED => sign_in_refused(),
        StatusCode::FORBIDDEN => module::denied(&flaws, purpose.resource),
        // what is paid or credited was there a moment ago, so the organisation is right
        StatusCode::NOT_FOUND if !purpose.about().is_empty() => invoice_missing(purpose.about()),
        StatusCode::NOT_FOUND => match purpose.updated_article() {
            Some(card) => article_gone(&card.sku),
            None => Error::configuration(UNKNOWN_ORGANIZATION).fix("check_organization"),
        },
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => conflict(&flaws, purpose),
        StatusCode::TOO_MANY_REQUESTS => throttled(response),
        status if gave_up(status) => troubled(status).delivery(purpose.doubt(Delivery::InFlight)),
        status if status.is_server_error() => troubled(status).delivery(purpose.doubt(Delivery::Answered)),
        _ => worst(&flaws, purpose),
    };
    error.detail(&words(&flaws))
}

/// A gateway or a time limit gave up waiting: what stands behind it may still be at work.
fn gave_up(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 502..=504 | 520..=530)
}

/// An answer of the token endpoint other than yes. Of its body only the standard's own error word is shown.
pub(crate) fn no_token(response: &Response) -> Error {
    let said = response.body.len() <= LONGEST_REFUSAL;
    let word = if said {
        oauth_word(&response.text())
    } else {
        String::new()
    };
    let error = match response.status {
        StatusCode::TOO_MANY_REQUESTS => throttled(response),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => sign_in_refused(),
        StatusCode::BAD_REQUEST if !word.is_empty() => by_word(&word),
        status if status == StatusCode::REQUEST_TIMEOUT || status.is_server_error() => troubled(status),
        status => Error::configuration("sign_in_address_wrong")
            .with("status", status.as_u16())
            .fix("check_address"),
    };
    error.detail(&word)
}

fn by_word(word: &str) -> Error {
    match word {
        "invalid_client" | "unauthorized_client" | "invalid_grant" | "access_denied" => sign_in_refused(),
        _ => Error::configuration("sign_in_not_possible")
            .with("error", word)
            .fix("check_address"),
    }
}

fn oauth_word(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let word = body
        .get("error")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    let is_word = word.len() <= 40 && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if is_word { word.to_owned() } else { String::new() }
}

fn troubled(status: StatusCode) -> Error {
    Error::transient("erp_error").with("status", status.as_u16())
}

fn throttled(response: &Response) -> Error {
    let error = Error::new(Reason::new(Class::RateLimited, "rate_limited"));
    let now = response
        .header("date")
        .and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    // a date is counted from the answer's own; where it has none, only a number of seconds can be understood
    let now = now.map_or(DateTime::<Utc>::MAX_UTC, |date| date.to_utc());
    match response.retry_after(now) {
        Some(wait) if !wait.is_zero() => error.retry_after(wait),
        Some(_) | None => error,
    }
}

/// A taken number may be a card that an earlier attempt of ours made; any other conflict does not say. Both are for a
/// look-up.
fn conflict(flaws: &[Flaw], purpose: Purpose<'_>) -> Error {
    let taken = flaws
        .iter()
        .any(|flaw| matches!(flaw.code, 1_001_003 | 1_004_001));
    let error = match (purpose.card(), purpose.article()) {
        (_, Some(card)) if taken => article_number_taken(&card.sku),
        // a number that the system chose itself is nothing that a person could choose better
        (Some((number, buyer)), _) if taken => customer_number_taken(number, &buyer),
        _ => Error::transient(CONFLICT).with("resource", purpose.resource),
    };
    error.delivery(purpose.doubt(Delivery::Answered))
}

/// Somebody else changed the thing meanwhile.
pub(crate) fn is_stale(error: &Error) -> bool {
    error.reason.code == CONFLICT
}

/// Of several flaws the one to act on: a setting first, since no other order gets past it either.
fn worst(flaws: &[Flaw], purpose: Purpose<'_>) -> Error {
    let meanings = flaws.iter().map(|flaw| meaning(flaw, purpose));
    let rank = |error: &Error| {
        (
            error.class() != Class::Configuration,
            error.reason.code == "erp_refused",
        )
    };
    meanings
        .min_by_key(rank)
        .unwrap_or_else(|| meaning(&Flaw::default(), purpose))
}

/// The codes are the contract's (`CONTRACT.md`, errors).
fn meaning(flaw: &Flaw, purpose: Purpose<'_>) -> Error {
    if let Some(card) = purpose.article()
        && flaw.code != UNKNOWN_CURRENCY
        && flaw.field != API_VERSION
    {
        return about_item(flaw, card);
    }
    if purpose.takes_stock(flaw) {
        return stock_refused(flaw);
    }
    match flaw.code {
        UNKNOWN_CURRENCY => Error::configuration("currency_unknown")
            .with("currency", purpose.currency())
            .fix("add_currency_in_erp"),
        1_002_001 => customer_not_in_erp(purpose.customer_number()),
        1_002_002 => customer_inactive(purpose.customer_number()),
        1_002_003 | 1_002_004 => about_account("account_unknown", purpose.account(flaw)),
        1_002_005 | 1_002_011 => about_account("account_vat_wrong", purpose.account(flaw)),
        1_002_006 => about_year("financial_year_missing", purpose.date()),
        1_002_007 => about_year("financial_year_closed", purpose.date()),
        // others were faster: what is left now is said in the system's own words
        1_002_013 | 1_003_001 => Error::data("erp_refused")
            .with("field", &flaw.field)
            .with("message", &flaw.message)
            .fix("check_payments_in_erp"),
        1_002_012 => invoice_missing(purpose.about()),
        1_003_002 => about_account("account_takes_no_payments", purpose.account(flaw)),
        1_003_003 => invoice_cancelled(purpose.about()),
        _ if flaw.field == API_VERSION => {
            Error::configuration("api_version_refused").fix("check_api_version")
        }
        _ => Error::data("erp_refused")
            .with("field", &flaw.field)
            .with("message", &flaw.message)
            .fix("correct_in_shop"),
    }
}

/// More than one document with our key: which of them counts is for a person.
pub(crate) fn found_twice(key: &str, ids: &[String]) -> Error {
    let shown = ids
        .iter()
        .take(5)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    Error::data("found_twice")
        .with("key", key)
        .with("ids", shown)
        .fix("check_duplicates")
}

/// A document that ours is about and that is not there, or not under our reference.
pub(crate) fn invoice_missing(reference: &str) -> Error {
    Error::data("invoice_missing")
        .with("reference", reference)
        .fix("restore_invoice_in_erp")
}

/// A document that a person has taken out of the books: there is nothing left of it to pay or to credit.
pub(crate) fn invoice_cancelled(reference: &str) -> Error {
    Error::data("invoice_cancelled_in_books")
        .with("reference", reference)
        .fix("set_aside")
}

/// An account that cannot be booked on in this way, or not with this VAT.
pub(crate) fn about_account(code: &str, account: impl Display) -> Error {
    Error::configuration(code)
        .with("account", account)
        .fix("check_account")
}

/// A day that cannot be booked on.
pub(crate) fn about_year(code: &str, date: impl Display) -> Error {
    Error::configuration(code)
        .with("date", date)
        .fix("open_financial_year")
}
