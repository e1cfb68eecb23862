//! What PrestaShop's refusals mean, decided here and nowhere else.
//!
//! Its error codes tell the truth and its statuses do not: a PHP notice raised after the answer turns any status into 500,
//! so a code that we know outranks the status. An answer that is no XML comes from something in front of the shop, or
//! from a shop that fell over before it could speak.

use std::time::Duration;

use chrono::{DateTime, Utc};
use skarv_canonical::{Class, Reason};
use skarv_connector::Error;
use skarv_http::{Response, StatusCode, header};

use crate::xml::Node;

const SHOP_ERROR: &str = "shop_error";

/// A refusal in the shop's own words.
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

/// Codes 1 to 9 and 127 are PHP's own troubles: they say that the shop stumbled, not over what. They have no meaning here.
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
/// 404 without a body is PrestaShop's way of saying that there is no such row: an empty document.
pub(crate) fn document(resource: &str, answer: &Response) -> Result<Node, Error> {
    if answer.status == StatusCode::NOT_FOUND && answer.body.is_empty() {
        return Ok(Node::default());
    }
    let text = answer.text();
    let document = Node::parse(&text);
    match document {
        Ok(root) if root.name() == "prestashop" => match root.child("errors") {
            None if answer.status.is_success() => Ok(root),
            errors => Err(refused(resource, answer, &Refusal::of(errors))),
        },
        Err(error) if looks_like_xml(&text) && answer.status.is_success() => {
            Err(Error::transient("xml_unreadable")
                .with("resource", resource)
                .detail(&error.to_string()))
        }
        _ => Err(not_xml(resource, answer)),
    }
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

/// Whether asking for fewer rows may help: one row that the shop cannot show spoils the whole list.
pub(crate) fn may_be_one_row(error: &Error) -> bool {
    matches!(
        error.reason.code.as_str(),
        SHOP_ERROR | "answer_too_large" | "xml_unreadable"
    )
}

impl Refusal {
    fn of(errors: Option<&Node>) -> Self {
        let errors = errors.map(Node::children).unwrap_or_default();
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
        StatusCode::INTERNAL_SERVER_ERROR => Error::transient(SHOP_ERROR),
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
    let text = text.trim_start();
    text.starts_with("<?xml") || text.starts_with("<prestashop")
}

#[cfg(test)]
mod tests {
    use skarv_http::{Bytes, HeaderMap, header::HeaderValue};

    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
        }
    }

    fn errors(codes: &[u32]) -> String {
        let one = |code| format!("<error><code><![CDATA[{code}]]></code><message>No</message></error>");
        let errors: String = codes.iter().map(one).collect();
        format!("<?xml version=\"1.0\"?><prestashop><errors>{errors}</errors></prestashop>")
    }

    fn error(status: u16, body: &str) -> Error {
        document("orders", &answer(status, body)).err().unwrap()
    }

    #[test]
    fn every_refusal_has_a_class_and_a_name_that_never_changes() {
        use Class::{Configuration, Credentials, Transient};
        for (status, codes, class, name) in [
            (401, &[18][..], Credentials, "key_refused"),
            (401, &[20, 21], Credentials, "key_refused"),
            (401, &[21], Configuration, "key_without_permissions"),
            (401, &[26], Configuration, "permission_missing"),
            (405, &[25], Configuration, "method_not_permitted"),
            (403, &[132], Configuration, "key_not_for_shop"),
            (503, &[22], Configuration, "webservice_off"),
            (400, &[27], Configuration, "resource_unknown"),
            (404, &[131], Class::Data, "record_in_other_shop"),
            (500, &[140, 46], Class::Data, "record_exists"),
            (500, &[5], Transient, SHOP_ERROR),
            (500, &[3, 127], Transient, SHOP_ERROR),
            (503, &[], Transient, "shop_unavailable"),
        ] {
            let found = error(status, &errors(codes));
            assert_eq!(
                (found.class(), found.reason.code.as_str()),
                (class, name),
                "{status} {codes:?}"
            );
        }
    }

    #[test]
    fn a_code_outranks_the_status_that_a_notice_made_of_it() {
        assert_eq!(error(500, &errors(&[32, 5, 5])).reason.code, "query_refused");
        assert_eq!(error(500, &errors(&[5, 26])).reason.code, "permission_missing");
        assert_eq!(error(200, &errors(&[26])).reason.code, "permission_missing");
    }

    #[test]
    fn a_page_instead_of_xml_is_told_apart_by_its_status() {
        let page = "<!DOCTYPE html><html><body>Oj</body></html>";
        assert_eq!(error(200, page).reason.code, "not_xml");
        assert_eq!(error(200, "").reason.code, "not_xml");
        assert_eq!(error(500, page).reason.code, SHOP_ERROR);
        assert_eq!(error(500, "").reason.code, SHOP_ERROR);
        assert_eq!(error(502, page).reason.code, "shop_unavailable");
        assert_eq!(error(401, "401 Unauthorized").reason.code, "key_not_received");
        assert_eq!(error(403, page).reason.code, "blocked_by_firewall");
        assert_eq!(error(404, page).reason.code, "webservice_not_found");
    }

    #[test]
    fn a_missing_row_is_an_empty_document() {
        assert!(
            document("orders", &answer(404, ""))
                .unwrap()
                .children()
                .is_empty()
        );
    }

    #[test]
    fn an_answer_that_was_cut_is_tried_again() {
        let cut = error(200, "<?xml version=\"1.0\"?><prestashop><orders><order>");
        assert_eq!(
            (cut.class(), cut.reason.code.as_str()),
            (Class::Transient, "xml_unreadable")
        );
    }

    #[test]
    fn a_throttling_shop_is_obeyed() {
        let mut throttled = answer(429, "");
        throttled
            .headers
            .insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
        let error = document("orders", &throttled).err().unwrap();
        assert_eq!(error.class(), Class::RateLimited);
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
    }
}
