//! What the connector says of itself, and what its connection test finds.

use serde_json::json;
use skarv_canonical::Class;
use skarv_canonical::write::Entity;
use skarv_connector::{Connector, Error};
use skarv_hogia_smart::HogiaSmart;

use crate::system::System;

/// The items as `code` or `code: reason`.
fn said(report: &skarv_connector::CheckReport) -> Vec<String> {
    let said = |item: &skarv_connector::CheckItem| match &item.problem {
        Some(reason) => format!("{}: {}", item.code, reason.code),
        None => item.code.clone(),
    };
    report.items.iter().map(said).collect()
}

#[tokio::test]
async fn a_good_connection_signs_in_and_reads_one_of_each() {
    let report = System::start().await.check().await.expect("a report");
    assert!(report.ok());
    assert_eq!(
        said(&report),
        [
            "sign_in",
            "read_currencies",
            "read_vat_settings",
            "read_customers",
            "read_invoices"
        ]
    );
    assert_eq!(report.identity, None);
}

#[tokio::test]
async fn a_refused_sign_in_is_the_one_item() {
    let mut system = System::start().await;
    system
        .access
        .secrets
        .insert("client_id".to_owned(), "någon annan".into());
    assert_eq!(
        said(&system.check().await.expect("a report")),
        ["sign_in: sign_in_refused"]
    );
}

#[tokio::test]
async fn each_read_has_a_reason_of_its_own() {
    let mut system = System::start().await;
    system.set("organization_id", "5ca70001-0000-4000-8000-000000000002");
    let report = system.check().await.expect("a report");
    assert_eq!(said(&report)[1], "read_currencies: organization_unknown");
    assert_eq!(
        report.items.iter().filter(|item| item.problem.is_some()).count(),
        4
    );
}

#[tokio::test]
async fn trouble_that_may_pass_ends_the_test_instead_of_failing_the_connection() {
    let system = System::start().await;
    system.faults(json!({ "http_500_every": 3 })).await;
    let error = system.check().await.expect_err("trouble");
    assert_eq!(error.class(), Class::Transient);
}

async fn open(name: &str, value: &str) -> Result<(), Error> {
    let mut system = System::start().await;
    system.set(name, value);
    system.check().await.map(drop)
}

#[tokio::test]
async fn settings_that_cannot_be_right_are_refused_by_name() {
    for (name, value, reason) in [
        ("organization_id", "", "setting_missing setting=organization_id"),
        (
            "organization_id",
            "556677-8899",
            "setting_invalid setting=organization_id",
        ),
        ("base_url", "api.hogia.se", "setting_invalid setting=base_url"),
        (
            "token_url",
            "mailto:info@hogia.se",
            "setting_invalid setting=token_url",
        ),
        ("api_version", "v2", "setting_invalid setting=api_version"),
    ] {
        let error = open(name, value).await.expect_err(reason);
        assert_eq!(error.reason.to_string(), reason);
        assert_eq!(
            (error.class(), error.reason.fix.as_str()),
            (Class::Configuration, "complete_connection")
        );
    }
}

#[tokio::test]
async fn a_base_address_may_end_in_a_slash_and_have_blanks_around_it() {
    let mut system = System::start().await;
    let base = format!(" {}/ ", system.erp.base_url());
    system.set("base_url", &base);
    assert!(system.check().await.expect("a report").ok());
}

#[test]
fn the_descriptor_says_that_it_was_never_run_against_hogia() {
    let descriptor = HogiaSmart::default().descriptor();
    assert!(!descriptor.verified);
    assert!(
        descriptor.notice.contains("antaget kontrakt (HSC-1)"),
        "{}",
        descriptor.notice
    );
    assert!(!descriptor.notice.contains("  "), "{}", descriptor.notice);
    for entity in [Entity::Customer, Entity::Invoice] {
        assert!(
            descriptor
                .write_of(&entity)
                .is_some_and(|writes| writes.searchable)
        );
    }
    let required = descriptor
        .settings
        .iter()
        .chain(&descriptor.secrets)
        .filter(|field| field.required);
    let required: Vec<_> = required.map(|field| field.name.as_str()).collect();
    assert_eq!(required, ["organization_id", "client_id", "client_secret"]);
}
