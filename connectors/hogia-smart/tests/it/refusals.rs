//! What cannot be booked is said with what is to be changed, and nothing is sent that is known to be refused.

use chrono::NaiveDate;
use skarv_canonical::Class;
use skarv_canonical::invoice::{Invoice, RowKind};
use skarv_canonical::vat::VatScheme;
use skarv_connector::Delivery;

use crate::system::{System, d, goods, invoice, invoice_write, row, with_rows};

const POST: &str = "POST /customerinvoices";

async fn refused(system: &System, invoice: Invoice) -> String {
    system.refusal(&invoice_write(invoice)).await
}

fn on_account(rate: &str, account: u32) -> Invoice {
    with_rows(
        "k3x9qa-1",
        vec![goods("10.00", "25", 3001), goods("99.00", rate, account)],
    )
}

fn on_day(day: &str) -> Invoice {
    Invoice {
        date: day.parse::<NaiveDate>().expect("a day"),
        ..invoice("k3x9qa-1")
    }
}

#[tokio::test]
async fn accounts_and_days_that_cannot_be_booked_on_are_refused_before_anything_is_sent() {
    let system = System::warm().await;
    system.admin_post("requests/reset", &serde_json::json!({})).await;
    for (invoice, reason) in [
        (on_account("25", 3999), "account_unknown account=3999"),
        (on_account("25", 3011), "account_unknown account=3011"),
        (
            on_account("12", 3001),
            "account_rate_differs account=3001 account_rate=25 rate=12",
        ),
        (on_account("25", 1510), "account_vat_wrong account=1510"),
        (on_day("2024-06-01"), "financial_year_closed date=2024-06-01"),
        (on_day("2019-06-01"), "financial_year_missing date=2019-06-01"),
    ] {
        let error = system.put(&invoice_write(invoice)).await.expect_err("refused");
        assert_eq!(error.reason.to_string(), reason);
        assert_eq!(
            (error.class(), error.delivery),
            (Class::Configuration, Delivery::NotDelivered)
        );
        assert!(!error.reason.fix.is_empty(), "{reason}");
    }
    assert_eq!(system.calls(POST).await, 0);
}

#[tokio::test]
async fn rows_that_no_price_gives_are_refused_before_anything_is_sent() {
    let system = System::warm().await;
    system.admin_post("requests/reset", &serde_json::json!({})).await;
    let finer = with_rows("k3x9qa-1", vec![row(RowKind::Goods, 2, "10.005", "25", 3001)]);
    assert_eq!(
        refused(&system, finer).await,
        "row_not_representable gross=10.005 rate=25 row=Räksmörgås"
    );
    let short = Invoice {
        total: d("99.01"),
        ..invoice("k3x9qa-1")
    };
    assert_eq!(
        refused(&system, short).await,
        "sum_mismatch currency=SEK difference=0.01 rows=99.00 total=99.01"
    );
    assert_eq!(system.calls(POST).await, 0);
}

#[tokio::test]
async fn what_only_the_system_knows_is_said_in_our_codes() {
    let system = System::warm().await;
    let stranger = Invoice {
        customer_number: "k3x9qa-K99".to_owned(),
        ..invoice("k3x9qa-1")
    };
    assert_eq!(
        refused(&system, stranger).await,
        "customer_not_in_erp number=k3x9qa-K99"
    );
    let pounds = Invoice {
        currency: "GBP".parse().expect("a currency"),
        ..invoice("k3x9qa-1")
    };
    assert_eq!(refused(&system, pounds).await, "currency_unknown currency=GBP");
    assert_eq!(
        refused(&system, on_account("0", 1510)).await,
        "account_vat_wrong account=1510"
    );
    let reverse = Invoice {
        scheme: VatScheme::ReverseCharge,
        ..on_account("0", 3108)
    };
    assert_eq!(refused(&system, reverse).await, "account_vat_wrong account=3001");
    assert!(system.booked().await.is_empty());
}

#[tokio::test]
async fn an_invoice_that_is_not_well_formed_is_refused_with_the_field() {
    let system = System::warm().await;
    let empty = with_rows("k3x9qa-1", Vec::new());
    let error = system.put(&invoice_write(empty)).await.expect_err("refused");
    assert_eq!(
        error.reason.to_string(),
        "erp_refused field=invoiceLines message=fakturan har inga rader"
    );
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Data, Delivery::NotDelivered)
    );
    let error = system
        .put(&invoice_write(invoice(&"9".repeat(51))))
        .await
        .expect_err("refused");
    assert_eq!(error.reason.params["field"], "invoiceReference");
}

#[tokio::test]
async fn a_wrong_organization_or_version_is_a_setting_to_correct() {
    let mut system = System::start().await;
    system.set("organization_id", "5ca70001-0000-4000-8000-000000000002");
    system.reopen().await;
    let write = invoice_write(invoice("k3x9qa-1"));
    let error = system.find(&write).await.expect_err("another company");
    assert_eq!(
        (error.class(), error.reason.code.as_str(), error.detail.as_str()),
        (
            Class::Configuration,
            "organization_unknown",
            "företaget finns inte"
        )
    );
    system.set("api_version", "2020-01-01");
    system.reopen().await;
    let error = system.find(&write).await.expect_err("an old version");
    assert_eq!(
        (error.class(), error.reason.code.as_str()),
        (Class::Configuration, "api_version_refused")
    );
}
