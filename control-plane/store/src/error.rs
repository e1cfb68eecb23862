//! Database errors as the outcomes that callers know.

use std::time::Duration;

use sea_orm::{DbErr, SqlErr};
use skarv_domain::Error;

/// What a database error means to a caller: busy or full is worth trying again, everything else is a fault of ours.
#[allow(clippy::needless_pass_by_value, reason = "stands in map_err")]
pub(crate) fn of_db(error: DbErr) -> Error {
    let text = error.to_string();
    let passing = [
        "database is locked",
        "disk is full",
        "disk I/O error",
        "pool timed out",
    ];
    if passing.iter().any(|sign| text.contains(sign)) {
        tracing::warn!(error = text, "the database cannot serve just now");
        return Error::Unavailable {
            problem: "the database cannot serve just now: try again".to_owned(),
            retry: Duration::from_secs(1),
        };
    }
    Error::Internal(format!("database: {text}"))
}

/// A violated unique index means that the name is taken; anything else is as always.
#[allow(
    clippy::needless_pass_by_value,
    reason = "callers hand over ids, slugs and texts alike"
)]
pub(crate) fn taken(kind: &'static str, name: impl ToString) -> impl FnOnce(DbErr) -> Error {
    let name = name.to_string();
    move |error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::AlreadyExists { kind, name },
        _ => of_db(error),
    }
}

/// The row holds something that this version does not know.
pub(crate) fn unreadable(what: &'static str) -> impl Fn() -> Error {
    move || {
        Error::Internal(format!(
            "the database holds a {what} that this version cannot read"
        ))
    }
}
