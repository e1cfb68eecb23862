//! The number of a parcel: there before the mail that tells it, and nothing else of its row touched.

use serde_json::{Value, json};
use skarv_canonical::write::Write;
use skarv_connector::Delivery;
use skarv_http::Request;

use super::desk::{BOTH, Desk, Invoiced, change, of};
use crate::connection::{KEY, access};

fn numbered(number: &str) -> Write {
    let mut change = change(Invoiced);
    change.tracking = Some(number.to_owned());
    of(change)
}

/// The row that says who carries the order, as the webservice shows it.
async fn row(desk: &Desk) -> String {
    let client = access(&desk.shop.base_url(), KEY).http;
    let page = format!("{}/api/order_carriers/1", desk.shop.base_url());
    let request = Request::get(page.parse().expect("a url")).basic(KEY, &String::new().into());
    client.send(request).await.expect("an answer").text().into_owned()
}

/// Its fields but for the number.
fn others(row: &str) -> Vec<&str> {
    row.lines()
        .filter(|line| !line.contains("tracking_number"))
        .collect()
}

#[tokio::test]
async fn a42_the_number_of_the_parcel_is_in_the_mail() {
    for version in BOTH {
        let desk = Desk::of(version).await;
        desk.deliver(&numbered("SE123456789")).await.expect("sent");
        assert_eq!(desk.mails().await, [(3, "SE123456789".to_owned())], "{version:?}");
        assert_eq!(desk.books().await["tracking"], "SE123456789");
    }
}

#[tokio::test]
async fn a42_nothing_else_of_its_row_is_touched() {
    for version in BOTH {
        let desk = Desk::of(version).await;
        let before = row(&desk).await;
        assert!(!before.contains("<weight><![CDATA[0.000000]]>"), "{before}");
        desk.put(&numbered("SE123456789")).await.expect("sent");
        let after = row(&desk).await;
        assert_eq!(others(&before), others(&after), "{version:?}");
        assert!(after.contains("SE123456789"));
    }
}

#[tokio::test]
async fn a42_a_key_that_may_not_patch_puts_the_whole_row() {
    let desk = Desk::of(BOTH[0]).await;
    let before = row(&desk).await;
    desk.faults(json!({ "deny": ["PATCH order_carriers"] })).await;
    desk.put(&numbered("SE123456789")).await.expect("sent");
    let after = row(&desk).await;
    assert_eq!(others(&before), others(&after));
    assert_eq!(desk.mails().await, [(3, "SE123456789".to_owned())]);
}

#[tokio::test]
async fn a42_a_number_that_stands_is_not_written_again() {
    let desk = Desk::of(BOTH[0]).await;
    desk.faults(json!({ "deny": ["POST order_histories"] })).await;
    let error = desk.put(&numbered("SE1")).await.expect_err("no right");
    assert_eq!(
        (error.reason.code.as_str(), error.delivery),
        ("method_not_permitted", Delivery::NotDelivered)
    );
    desk.faults(json!({ "deny": [] })).await;
    desk.tell("tape", json!({})).await;
    desk.put(&numbered("SE1")).await.expect("sent");
    let asked = desk.asked().await;
    assert!(!asked.iter().any(|call| call.starts_with("PATCH")), "{asked:?}");
    assert_eq!(desk.mails().await.len(), 1);
}

#[tokio::test]
async fn a42_a_number_that_may_have_been_written_says_nothing_of_the_state() {
    let desk = Desk::of(BOTH[0]).await;
    desk.faults(json!({ "next_lost_write": 1 })).await;
    let error = desk.put(&numbered("SE1")).await.expect_err("no answer");
    assert_eq!(error.delivery, Delivery::NotDelivered, "{error}");
    assert_eq!(desk.states().await, [0_u64; 0]);
    desk.put(&numbered("SE1")).await.expect("sent");
    let books = desk.books().await;
    assert_eq!(books["tracking"], Value::from("SE1"));
    assert_eq!(desk.mails().await, [(3, "SE1".to_owned())]);
}
