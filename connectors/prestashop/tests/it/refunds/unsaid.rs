//! What a shop says of money it gave back without a slip: by the order's state, or by a payment that goes the other way.

use serde_json::json;
use skarv_canonical::order::Order;

use super::{BEGAN, Counter, LATER, is_plain};
use crate::{
    connection::{KEY, at, order, settings, source},
    counter::admin_post,
    fixtures::folder,
    notes::{noting, page},
    webservice::file,
};

const REFUNDED: u32 = 7;

/// An order as it is read now.
async fn read(counter: &Counter, key: &str) -> Order {
    let source = source(&counter.shop.base_url(), KEY, settings(BEGAN)).await;
    let records = source.fetch(&[key.to_owned()], at(LATER)).await;
    order(&records.expect("an order")[0]).clone()
}

async fn told(counter: &Counter, path: &str, body: serde_json::Value) {
    admin_post(&counter.shop, path, &body.to_string()).await;
}

#[tokio::test]
async fn an_order_in_the_state_refunded_says_so_until_it_has_a_slip() {
    let counter = Counter::open(60).await;
    let sold = counter.one(is_plain);
    assert!(!read(&counter, &sold.key).await.refunded_without_slip);
    told(
        &counter,
        &format!("orders/{}/state", sold.key),
        json!({ "state": REFUNDED }),
    )
    .await;
    let called = read(&counter, &sold.key).await;
    assert!(called.refunded_without_slip && !called.cancelled);
    assert_eq!(called.lines, sold.lines, "it was sold all the same");
    let slip = json!({ "rows": [{ "row": 1, "quantity": 1 }] });
    counter.slip(&sold.key, slip).await;
    assert!(!read(&counter, &sold.key).await.refunded_without_slip);
}

#[tokio::test]
async fn a_state_of_the_merchants_own_that_mails_a_refund_is_one() {
    let (_shop, source, _asked) = noting(|asked| {
        let (status, text) = file(&folder(), &asked.resource);
        (asked.resource == "order_states").then(|| (status, text.replace("[shipped]", "[refund]")))
    })
    .await;
    let read = page(source.as_ref(), None, 100).await;
    let called: Vec<&str> = read
        .records
        .iter()
        .filter(|record| record.content.is_ok() && order(record).refunded_without_slip)
        .map(|record| record.source_key.as_str())
        .collect();
    assert_eq!(called, ["1"], "the one in state 4");
}

#[tokio::test]
async fn an_order_is_no_less_paid_for_what_was_paid_back() {
    let counter = Counter::open(60).await;
    let sold = counter.one(|order| is_plain(order) && order.payment.paid == order.totals.gross);
    let back = json!({ "amount": (-sold.totals.gross).to_string(), "now": "2026-11-24T08:00:00Z" });
    told(&counter, &format!("orders/{}/payments", sold.key), back).await;
    let now = read(&counter, &sold.key).await;
    assert_eq!(now.payment, sold.payment);
}
