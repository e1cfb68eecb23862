//! The demo compares two ledgers that know nothing of Skarv, and fails when they differ.

use chrono::{DateTime, Utc};
use skarv::demo::{self, Options, Sabotage, Summary};

#[allow(
    clippy::disallowed_methods,
    reason = "the demo begins at the real time, as tokens are checked against it"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

async fn demo(faults: bool, sabotage: Option<Sabotage>) -> anyhow::Result<Summary> {
    let options = Options {
        orders: 100,
        flow: None,
        products: 0,
        faults,
        sabotage,
        progress: false,
        port: 0,
    };
    demo::once(&options, now()).await
}

#[tokio::test]
async fn every_order_of_the_demo_is_invoiced_to_the_ore() -> anyhow::Result<()> {
    let summary = demo(false, None).await?;
    assert_eq!(summary.comparison.problems, [""; 0]);
    assert_eq!(summary.comparison.difference, "0.00");
    let books = &summary.comparison;
    assert!(books.invoices_in_erp >= 80 && !books.parked.is_empty());
    assert!(books.invoices_paid > 20, "{}", books.invoices_paid);
    assert!(books.refunds.refunds_in_shop > 2 && books.refunds.credits_missing == 0);
    Ok(())
}

#[tokio::test]
async fn systems_that_stumble_change_nothing_in_the_books() -> anyhow::Result<()> {
    let summary = demo(true, None).await?;
    assert_eq!(summary.comparison.problems, [""; 0]);
    assert!(summary.retries > 0, "nothing stumbled: the story showed nothing");
    Ok(())
}

#[tokio::test]
async fn an_invoice_that_is_lost_in_the_books_fails_the_demo() -> anyhow::Result<()> {
    let summary = demo(false, Some(Sabotage::Lose)).await?;
    assert!(!summary.ok() && summary.comparison.missing > 0);
    Ok(())
}

#[tokio::test]
async fn an_invoice_that_is_booked_twice_fails_the_demo() -> anyhow::Result<()> {
    let summary = demo(false, Some(Sabotage::Double)).await?;
    assert!(!summary.ok() && summary.comparison.duplicates > 0);
    Ok(())
}

#[tokio::test]
async fn an_invoice_that_is_an_ore_off_fails_the_demo() -> anyhow::Result<()> {
    let summary = demo(false, Some(Sabotage::Skew)).await?;
    assert!(!summary.ok() && summary.comparison.difference != "0.00");
    Ok(())
}
