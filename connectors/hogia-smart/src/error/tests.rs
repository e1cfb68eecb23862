//! Every status, shape and code that the contract knows, and what is made of it.

use skarv_canonical::write::Document;
use skarv_http::{Bytes, HeaderMap};

use super::*;
use crate::customer::tests::card;
use crate::invoice::tests::invoice;

fn response(status: u16, body: &str) -> Response {
    Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn with_headers(status: u16, headers: &[(&'static str, &'static str)]) -> Response {
    let mut response = response(status, "");
    for (name, value) in headers {
        response.headers.insert(*name, value.parse().unwrap());
    }
    response
}

fn on_create(status: u16, body: &str) -> Error {
    let document = Document::Invoice(Box::new(invoice()));
    refused(
        &response(status, body),
        Purpose::creating("customerinvoices", &document),
    )
}

fn on_read(status: u16, body: &str) -> Error {
    refused(&response(status, body), Purpose::reading("contacts"))
}

fn list(code: u64, field: &str) -> String {
    format!(r#"[{{"errorCode":{code},"reference":"{field}","message":"så är det"}}]"#)
}

#[test]
fn of_several_flaws_a_wrong_setting_is_the_one_to_act_on() {
    let error = on_create(400, include_str!("../../fixtures/refused-list.json"));
    assert_eq!(error.reason.to_string(), "account_unknown account=3520");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Configuration, Delivery::NotDelivered)
    );
    assert!(
        error
            .detail
            .starts_with("1001002 comment: comment är 1200 tecken"),
        "{}",
        error.detail
    );
}

#[test]
fn every_known_code_has_a_meaning_of_its_own() {
    for (code, reason) in [
        (1_001_009, "currency_unknown currency=SEK"),
        (1_002_001, "customer_not_in_erp number=k3x9qa-K7"),
        (1_002_002, "customer_inactive number=k3x9qa-K7"),
        (1_002_003, "account_unknown account=3001"),
        (1_002_005, "account_vat_wrong account=3001"),
        (1_002_006, "financial_year_missing date=2026-11-20"),
        (1_002_007, "financial_year_closed date=2026-11-20"),
        (1_001_001, "erp_refused field=invoiceLines[0].x message=så är det"),
    ] {
        assert_eq!(
            on_create(400, &list(code, "invoiceLines[0].x"))
                .reason
                .to_string(),
            reason
        );
    }
}

#[test]
fn a_malformed_field_is_named_in_the_systems_own_words() {
    let error = on_create(400, include_str!("../../fixtures/refused-problem.json"));
    assert_eq!(
        error.reason.to_string(),
        "erp_refused field=sequenceId message=värdet '' är inte giltigt"
    );
    assert_eq!(error.class(), Class::Data);
    let version = r#"{"errors":{"api-version":["stöds inte"]}}"#;
    assert_eq!(on_create(400, version).reason.code, "api_version_refused");
}

#[test]
fn a_bare_text_is_kept_as_the_detail() {
    let error = on_read(404, include_str!("../../fixtures/refused-text.json"));
    assert_eq!(
        (error.reason.code.as_str(), error.detail.as_str()),
        ("organization_unknown", "företaget finns inte")
    );
    assert_eq!(on_read(400, "").reason.code, "erp_refused");
}

#[test]
fn only_a_create_that_was_not_refused_is_left_in_doubt() {
    for (status, body, delivery) in [
        (500, "\"internt fel\"", Delivery::Answered),
        // a gateway gave up: what stands behind it may still be at work
        (502, "", Delivery::InFlight),
        (503, "", Delivery::InFlight),
        (504, "", Delivery::InFlight),
        (408, "", Delivery::InFlight),
        (409, "", Delivery::Answered),
        (412, "", Delivery::Answered),
        (400, "", Delivery::NotDelivered),
        (401, "", Delivery::NotDelivered),
        (403, "", Delivery::NotDelivered),
        (413, "", Delivery::NotDelivered),
        (429, "", Delivery::NotDelivered),
    ] {
        assert_eq!(on_create(status, body).delivery, delivery, "{status}");
        assert_eq!(on_read(status, body).delivery, Delivery::NotDelivered, "{status}");
    }
}

#[test]
fn a_taken_number_is_for_a_look_up() {
    let refusal = |card| {
        let document = Document::Customer(Box::new(card));
        let taken = response(409, &list(1_001_003, "number"));
        refused(&taken, Purpose::creating("contacts", &document))
    };
    let error = refusal(card());
    assert_eq!(
        error.reason.to_string(),
        "customer_number_taken customer=Åsa Öberg number=k3x9qa-K7"
    );
    assert_eq!((error.class(), error.delivery), (Class::Data, Delivery::Answered));
    let mut unnumbered = card();
    unnumbered.number = None;
    assert_eq!(refusal(unnumbered).reason.code, "erp_conflict");
}

#[test]
fn an_update_is_never_in_doubt() {
    let document = Document::Customer(Box::new(card()));
    let update = Purpose::updating("contacts", &document);
    for status in [409, 500, 503] {
        let error = refused(&response(status, ""), update);
        assert_eq!(
            (error.class(), error.delivery),
            (Class::Transient, Delivery::NotDelivered)
        );
    }
    assert_eq!(
        unanswered(HttpError::Timeout, update).delivery,
        Delivery::NotDelivered
    );
}

#[test]
fn a_wait_is_read_in_seconds_or_counted_from_the_answers_own_date() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let wait = |headers: &[_]| {
        let error = refused(&with_headers(429, headers), Purpose::reading("contacts"));
        assert_eq!(error.class(), Class::RateLimited);
        error.retry_after.map(|wait| wait.as_secs())
    };
    assert_eq!(wait(&[("retry-after", "7")]), Some(7));
    assert_eq!(
        wait(&[("retry-after", date), ("date", "Sun, 06 Nov 1994 08:49:07 GMT")]),
        Some(30)
    );
    assert_eq!(wait(&[("retry-after", date)]), None);
    assert_eq!(wait(&[]), None);
}

#[test]
fn a_lost_answer_leaves_a_create_in_flight_and_an_unusable_one_does_not() {
    let document = Document::Invoice(Box::new(invoice()));
    let create = Purpose::creating("customerinvoices", &document);
    let read = Purpose::reading("customerinvoices");
    assert_eq!(
        unanswered(HttpError::Timeout, create).delivery,
        Delivery::InFlight
    );
    assert_eq!(
        unanswered(HttpError::Timeout, read).delivery,
        Delivery::NotDelivered
    );
    let large = unanswered(HttpError::TooLarge { limit: 1 }, create);
    assert_eq!(large.delivery, Delivery::Answered);
    let closed = unanswered(HttpError::WindowClosed, create);
    assert_eq!(
        (closed.reason.code.as_str(), closed.class(), closed.delivery),
        ("send_window_closed", Class::Transient, Delivery::NotDelivered)
    );
    assert_eq!(unreadable(create).delivery, Delivery::Answered);
}

#[test]
fn the_token_endpoint_says_who_is_wrong() {
    for (status, body, reason) in [
        (400, r#"{"error":"invalid_client"}"#, "sign_in_refused"),
        (401, "", "sign_in_refused"),
        (
            400,
            r#"{"error":"invalid_scope"}"#,
            "sign_in_not_possible error=invalid_scope",
        ),
        (400, "<html>", "sign_in_address_wrong status=400"),
        (404, "", "sign_in_address_wrong status=404"),
        (502, "", "erp_error status=502"),
        (429, "", "rate_limited"),
    ] {
        let error = no_token(&response(status, body));
        assert_eq!(error.reason.to_string(), reason);
        assert_eq!(error.delivery, Delivery::NotDelivered);
    }
}

#[test]
fn a_sign_in_that_echoes_what_it_was_sent_is_not_repeated() {
    let echo = r#"{"error":"client_secret=Canary-42 is wrong","error_description":"Canary-42"}"#;
    assert!(!format!("{:?}", no_token(&response(400, echo))).contains("Canary"));
}

#[test]
fn what_is_wrong_with_a_payment_or_a_credit_is_said_about_its_invoice() {
    let payment = serde_json::json!({
        "reference": "k3x9qa-1042-P", "document": "k3x9qa-1042", "date": "2026-11-21", "currency": "SEK",
        "amount": "300.00", "account": 1580, "method": "Klarna", "twins": 0,
    });
    let document = Document::Payment(Box::new(serde_json::from_value(payment).unwrap()));
    let on_payment = |status, body: &str| {
        let purpose = Purpose::creating("customerinvoices", &document);
        let error = refused(&response(status, body), purpose);
        assert_eq!(error.delivery, Delivery::NotDelivered);
        error.reason.to_string()
    };
    for (code, reason) in [
        (1_002_007, "financial_year_closed date=2026-11-21"),
        (1_002_012, "invoice_missing reference=k3x9qa-1042"),
        (1_002_013, "erp_refused field=f message=så är det"),
        (1_003_001, "erp_refused field=f message=så är det"),
        (1_003_002, "account_takes_no_payments account=1580"),
        (1_003_003, "invoice_cancelled_in_books reference=k3x9qa-1042"),
    ] {
        assert_eq!(on_payment(400, &list(code, "f")), reason);
    }
    assert_eq!(
        on_payment(404, "\"fakturan finns inte\""),
        "invoice_missing reference=k3x9qa-1042"
    );
}

#[test]
fn a_line_that_takes_from_stock_is_told_from_a_line_of_a_row() {
    let taking = |takes_stock| {
        let invoice = skarv_canonical::invoice::Invoice {
            takes_stock,
            ..invoice()
        };
        Document::Invoice(Box::new(invoice))
    };
    let on = |document: &Document, body: &str| {
        let purpose = Purpose::creating("customerinvoices", document);
        let error = refused(&response(400, body), purpose);
        (is_stock_refused(&error), error.delivery)
    };
    let stock = (true, Delivery::NotDelivered);
    for body in [
        list(1_004_011, "invoiceLines[3].itemInvoiceLine"),
        list(1_002_004, "invoiceLines[3].itemInvoiceLine"),
        list(1_002_008, ""),
        include_str!("../../fixtures/refused-problem.json").replace("Lines[0]", "Lines[2]"),
    ] {
        assert_eq!(on(&taking(true), &body), stock, "{body}");
        assert!(!on(&taking(false), &body).0, "{body}");
    }
    assert!(!on(&taking(true), &list(1_002_004, "invoiceLines[1].invoiceLine")).0);
    let both = format!(
        "[{},{}]",
        list(1_004_009, "invoiceLines[3]").trim_matches(['[', ']']),
        list(1_002_006, "invoiceDate").trim_matches(['[', ']'])
    );
    assert!(!on(&taking(true), &both).0, "what no order gets past goes first");
}
