//! Every refusal that real shops make, and every page that stands in its place, by class and name.

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

/// The same, from the webservice itself.
fn spoken(status: u16, body: &str) -> Response {
    let mut answer = answer(status, body);
    answer.headers.insert(VERSION, HeaderValue::from_static("8.2.1"));
    answer
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
        (500, &[5], Transient, "shop_error"),
        (500, &[3, 127], Transient, "shop_error"),
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
    assert_eq!(error(500, page).reason.code, "shop_error");
    assert_eq!(error(500, "").reason.code, "shop_error");
    assert_eq!(error(502, page).reason.code, "shop_unavailable");
    assert_eq!(error(401, "401 Unauthorized").reason.code, "key_not_received");
    assert_eq!(error(403, page).reason.code, "blocked_by_firewall");
    assert_eq!(error(404, page).reason.code, "webservice_not_found");
}

#[test]
fn a_missing_row_is_an_empty_document() {
    let document = document("orders", &spoken(404, "")).unwrap();
    assert!(document.children().is_empty());
}

#[test]
fn an_empty_404_of_anything_but_the_webservice_says_that_there_is_none() {
    let found = error(404, "");
    assert_eq!(
        (found.class(), found.reason.code.as_str()),
        (Class::Configuration, "webservice_not_found")
    );
}

const ROWS: &str = "<orders><order><id>1</id></order></orders>";

fn with_errors(rows: &str, codes: &[u32]) -> String {
    errors(codes).replace("<errors>", &format!("{rows}<errors>"))
}

#[test]
fn data_that_came_with_notices_alone_is_data() {
    for codes in [&[5][..], &[3, 5, 15]] {
        let document = document("orders", &answer(500, &with_errors(ROWS, codes))).unwrap();
        assert_eq!(document.child("orders").unwrap().children().len(), 1);
    }
}

#[test]
fn data_that_came_with_an_error_is_none() {
    assert_eq!(error(500, &with_errors(ROWS, &[5, 2])).reason.code, "shop_error");
    assert_eq!(
        error(200, &with_errors(ROWS, &[26, 5])).reason.code,
        "permission_missing"
    );
    assert_eq!(error(500, &with_errors(ROWS, &[])).reason.code, "shop_error");
    assert_eq!(
        error(500, &with_errors("<orders/>", &[5])).reason.code,
        "shop_error",
        "an empty list with a notice may be one that the notice emptied"
    );
}

#[test]
fn what_is_printed_around_a_document_does_not_hide_it() {
    let xml = format!("<?xml version=\"1.0\"?><prestashop>{ROWS}</prestashop>");
    for text in [
        format!("<br />\n<b>Notice</b>: Undefined index: x in <b>a.php</b> on line <b>7</b><br>\n{xml}"),
        format!("\u{feff}\n\n{xml}"),
        format!("{xml}\n<!-- cached -->\n<br>0.2 s"),
    ] {
        let document = document("orders", &answer(200, &text)).unwrap();
        assert!(document.child("orders").is_some(), "{text}");
    }
}

#[test]
fn a_web_server_that_takes_no_long_address_is_asked_shorter_questions() {
    let found = error(414, "<html><body>414</body></html>");
    assert_eq!(found.reason.code, "question_too_long");
    assert!(may_be_one_row(&found));
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
