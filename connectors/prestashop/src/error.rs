//! What PrestaShop's refusals mean, decided here and nowhere else.
//!
//! Its error codes tell the truth and its statuses do not: a PHP notice raised after the answer turns any status into 500,
//! so a code that we know outranks the status. Data that notices alone came with is data. An answer that is no XML comes from
//! something in front of the shop, or from a shop that fell over before it could speak.

mod write;

use std::time::Duration;

use chrono::{DateTime, Utc};
use skarv_canonical::{Class, Reason};
use skarv_connector::Error;
use skarv_http::{Response, StatusCode, header};

pub(crate) use write::{of_delete, of_write, of_write_unanswered};

use crate::xml::{Node, XmlError};

/// The header that only the webservice itself sends.
pub(crate) const VERSION: &str = "psws-version";

/// PHP's warnings and notices, by the codes that the webservice gives them: it went on after each of them.
const NOTICES: [u32; 6] = [3, 5, 11, 12, 13, 15];

/// A refusal in the shop's own words.
#[derive(Default)]
struct Refusal {
    codes: Vec<u32>,
    message: String,
}

/// What a code means: the kind of trouble, a name that never changes, and what a person can do.
struct Meaning {
    class: Class,
    name: &'static str,
    fix: &'static str,
}

const fn credentials(name: &'static str) -> Option<Meaning> {
    Some(Meaning {
        class: Class::Credentials,
        name,
        fix: "renew_credentials",
    })
}

const fn configuration(name: &'static str, fix: &'static str) -> Option<Meaning> {
    Some(Meaning {
        class: Class::Configuration,
        name,
        fix,
    })
}

const fn data(name: &'static str, fix: &'static str) -> Option<Meaning> {
    Some(Meaning {
        class: Class::Data,
        name,
        fix,
    })
}

/// Codes 2 to 15 and 127 are PHP's own troubles: they say that the shop stumbled, not over what. They have no meaning here.
fn meaning(code: u32) -> Option<Meaning> {
    match code {
        // an unknown and an inactive key look alike
        17 | 18 | 20 => credentials("key_refused"),
        21 => configuration("key_without_permissions", "grant_key_permission"),
        22 => configuration("webservice_off", "turn_on_webservice"),
        23 => configuration("method_unknown", "contact_support"),
        25 => configuration("method_not_permitted", "grant_key_permission"),
        26 => configuration("permission_missing", "grant_key_permission"),
        27 => configuration("resource_unknown", "update_shop"),
        31..=39 => configuration("query_refused", "contact_support"),
        41 => data("field_missing", "correct_in_source"),
        46 | 89 | 140 => data("record_exists", "correct_in_source"),
        76 => data("image_refused", "correct_in_source"),
        84 | 85 => data("value_refused", "correct_in_source"),
        87 | 92 => data("record_gone", "check_in_source"),
        90 => data("id_missing", "correct_in_source"),
        91 => data("id_not_allowed", "correct_in_source"),
        93 => data("field_read_only", "correct_in_source"),
        101 => configuration("method_not_allowed", "contact_support"),
        131 => data("record_in_other_shop", "check_in_source"),
        132 => configuration("key_not_for_shop", "grant_key_shop"),
        999 => configuration("shop_group_unknown", "check_address"),
        _ => None,
    }
}

/// The document of an answer, or what is wrong with it. `resource` is what was asked for.
///
/// 404 without a body is PrestaShop's way of saying that there is no such row: an empty document. From anything else, such as
/// another page of the same shop, it says that there is no webservice.
pub(crate) fn document(resource: &str, answer: &Response) -> Result<Node, Error> {
    if answer.status == StatusCode::NOT_FOUND && answer.body.is_empty() && answer.header(VERSION).is_some() {
        return Ok(Node::default());
    }
    let text = answer.text();
    let text = without_surroundings(&text);
    match Node::parse(text) {
        Ok(root) if root.name() == "prestashop" => understood(resource, answer, root),
        // a page says so by its document type
        Err(error)
            if error != XmlError::DocumentType && looks_like_xml(text) && answer.status.is_success() =>
        {
            Err(unreadable(resource).detail(&error.to_string()))
        }
        _ => Err(not_xml(resource, answer)),
    }
}

/// An answer in the shop's own words: data, or a refusal.
fn understood(resource: &str, answer: &Response, root: Node) -> Result<Node, Error> {
    let Some(errors) = root.child("errors") else {
        return match answer.status.is_success() {
            true => Ok(root),
            false => Err(refused(resource, answer, &Refusal::default())),
        };
    };
    let refusal = Refusal::of(errors);
    let has_rows = |node: &Node| node.name() != "errors" && !node.children().is_empty();
    if refusal.is_but_notices() && root.children().iter().any(has_rows) {
        return Ok(root);
    }
    Err(refused(resource, answer, &refusal))
}

/// A well-formed answer without what was asked for, or one that was cut short.
pub(crate) fn unreadable(resource: &str) -> Error {
    Error::transient("xml_unreadable").with("resource", resource)
}

/// What the client itself refused. A redirect means that the shop answers by another name.
pub(crate) fn of_client(error: skarv_http::Error) -> Error {
    match &error {
        skarv_http::Error::Redirect { location, .. } => Error::configuration("wrong_host")
            .with("location", location.as_deref().unwrap_or(""))
            .fix("check_address")
            .detail(&error.to_string()),
        _ => error.into(),
    }
}

/// Whether asking for fewer rows may help: one row that the shop cannot show spoils the whole list, with an error or, where
/// PHP shows its errors, with a page.
pub(crate) fn may_be_one_row(error: &Error) -> bool {
    matches!(
        error.reason.code.as_str(),
        "shop_error" | "not_xml" | "xml_unreadable" | "question_too_long" | "answer_too_large"
    )
}

impl Refusal {
    fn of(errors: &Node) -> Self {
        let errors = errors.children();
        Self {
            codes: errors
                .iter()
                .filter_map(|e| e.text("code").parse().ok())
                .collect(),
            message: errors
                .first()
                .map(|e| e.text("message"))
                .unwrap_or_default()
                .to_owned(),
        }
    }

    fn is_but_notices(&self) -> bool {
        !self.codes.is_empty() && self.codes.iter().all(|code| NOTICES.contains(code))
    }
}

fn refused(resource: &str, answer: &Response, refusal: &Refusal) -> Error {
    let known = refusal
        .codes
        .iter()
        .find_map(|code| meaning(*code).map(|m| (code, m)));
    let error = match known {
        Some((code, Meaning { class, name, fix })) => {
            Error::new(Reason::new(class, name).fix(fix)).with("code", code)
        }
        None => by_status(answer),
    };
    error.with("resource", resource).detail(&refusal.message)
}

fn not_xml(resource: &str, answer: &Response) -> Error {
    let error = match answer.status {
        // the key always travels with the request: without it at the shop, a web server has dropped the header
        StatusCode::UNAUTHORIZED => Error::configuration("key_not_received").fix("pass_authorization_header"),
        StatusCode::FORBIDDEN => Error::configuration("blocked_by_firewall").fix("allow_our_address"),
        StatusCode::NOT_FOUND => Error::configuration("webservice_not_found").fix("check_address"),
        status if status.is_success() => Error::transient("not_xml").fix("check_address"),
        _ => by_status(answer),
    };
    error.with("resource", resource)
}

fn by_status(answer: &Response) -> Error {
    let error = match answer.status {
        StatusCode::TOO_MANY_REQUESTS => Error::new(Reason::new(Class::RateLimited, "rate_limited")),
        StatusCode::INTERNAL_SERVER_ERROR => Error::transient("shop_error"),
        StatusCode::URI_TOO_LONG => Error::configuration("question_too_long").fix("contact_support"),
        status if status.is_server_error() => Error::transient("shop_unavailable"),
        status if status.is_success() => Error::transient("not_xml"),
        _ => Error::configuration("request_refused").fix("contact_support"),
    };
    let error = error.with("status", answer.status.as_u16());
    match retry_after(answer) {
        Some(wait) => error.retry_after(wait),
        None => error,
    }
}

/// How long the shop asks us to wait, by its own clock.
fn retry_after(answer: &Response) -> Option<Duration> {
    let date = answer.header(header::DATE.as_str());
    let clock = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    answer.retry_after(clock.map_or(DateTime::UNIX_EPOCH, |clock| clock.with_timezone(&Utc)))
}

fn looks_like_xml(text: &str) -> bool {
    text.starts_with("<?xml") || text.starts_with("<prestashop")
}

/// The document itself: a shop that shows PHP's notices prints them before it, and some modules print something after it.
fn without_surroundings(text: &str) -> &str {
    const END: &str = "</prestashop>";
    let start = text.find("<?xml").or_else(|| text.find("<prestashop"));
    let text = &text[start.unwrap_or(0)..];
    let end = text.rfind(END).map_or(text.len(), |at| at + END.len());
    &text[..end]
}

#[cfg(test)]
mod tests;
