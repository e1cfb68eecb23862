//! Refunds that cannot be read, or whose orders cannot: nothing is credited by half of what is known.

use std::collections::BTreeMap;

use serde_json::json;
use skarv_canonical::{
    Class,
    eligibility::{self, NotEligible},
};
use skarv_connector::Connector;
use skarv_prestashop::PrestaShop;

use super::{BEGAN, Counter, LATER};
use crate::{
    connection::{KEY, access, read_all, refund, settings, source},
    counter::{admin_post, ledger},
    hostile::{faults, read},
    notes::{noting, page, request},
};

#[tokio::test]
async fn a_key_without_the_right_to_refunds_reads_no_orders_in_silence() {
    let counter = Counter::open(10).await;
    faults(&counter.shop, json!({ "deny": ["order_slip"] })).await;
    let denied = source(&counter.shop.base_url(), KEY, settings(BEGAN)).await;
    let error = denied.pull(request(None, 100)).await.expect_err("denied");
    assert_eq!(error.class(), Class::Configuration);
    assert_eq!(
        (error.reason.code.as_str(), error.reason.fix.as_str()),
        ("permission_missing", "grant_key_permission")
    );
    assert_eq!(error.reason.params["resource"], "order_slip");
    let report = PrestaShop.check(&access(&counter.shop.base_url(), KEY)).await;
    let report = report.expect("a report");
    let problems: Vec<&str> = report
        .items
        .iter()
        .filter(|item| item.problem.is_some())
        .map(|item| item.code.as_str())
        .collect();
    assert_eq!(problems, ["read_refunds"]);
}

#[tokio::test]
async fn a_refund_of_an_order_that_contradicts_itself_parks_with_the_order_s_reason() {
    let counter = Counter::open(60).await;
    let ledger = ledger(&counter.shop).await;
    let faulty = ledger["orders"].as_array().expect("orders").iter();
    let mut reasons = Vec::new();
    for sold in faulty
        .filter(|sold| ["sum_mismatch", "customer_missing"].contains(&sold["faulty"].as_str().unwrap_or("")))
    {
        counter
            .slip(
                &sold["id"].to_string(),
                json!({ "rows": [{ "row": 1, "quantity": 1 }] }),
            )
            .await;
        reasons.push((sold["reference"].clone(), sold["faulty"].clone()));
    }
    let refunds = counter.refunds().await;
    let parked: Vec<_> = refunds
        .values()
        .map(|record| {
            let reason = record.content.as_ref().expect_err("parked");
            (json!(record.reference), json!(reason.code))
        })
        .collect();
    assert_eq!((parked.len(), parked), (2, reasons));
}

#[tokio::test]
async fn a_refund_of_an_old_order_is_carried_with_it() {
    let counter = Counter::open(60).await;
    let sold = counter.orders.first().expect("an order");
    counter.slip(&sold.key, json!({ "everything": true })).await;
    admin_post(&counter.shop, "clock", &json!({ "now": LATER }).to_string()).await;
    let late = settings("2026-11-24T05:00:00Z");
    let source = source(&counter.shop.base_url(), KEY, late.clone()).await;
    let records = read_all(source.as_ref(), 100, LATER).await;
    let refunds = records.iter().filter(|record| record.source_key.starts_with('R'));
    let orders: Vec<_> = refunds.map(|record| &refund(record).order).collect();
    assert_eq!(orders.len(), 1);
    assert_eq!(
        eligibility::decide(orders[0], &late),
        Err(NotEligible::BeforeStartDate)
    );
}

#[tokio::test]
async fn a_cursor_from_before_refunds_were_read_has_them_begin_where_the_orders_stand() {
    let counter = Counter::open(20).await;
    let sold = &counter.orders[0].key;
    for now in ["2026-11-24T07:00:00Z", "2026-11-24T08:30:00Z"] {
        let slip = json!({ "rows": [{ "row": 1, "quantity": 1 }], "now": now });
        admin_post(&counter.shop, &format!("orders/{sold}/slips"), &slip.to_string()).await;
    }
    admin_post(&counter.shop, "clock", &json!({ "now": LATER }).to_string()).await;
    // 9:00 in the shop is 8:00 here
    let old = r#"{"from":"2026-11-24 09:00:00","last_id":0,"seen":true}"#;
    let read = page(counter.source.as_ref(), Some(old), 100).await;
    let keys: Vec<&str> = read
        .records
        .iter()
        .map(|record| record.source_key.as_str())
        .collect();
    assert_eq!((keys, read.done), (vec!["R2"], true));
    assert_eq!(
        refund(&read.records[0]).earlier.len(),
        1,
        "what it depends on is read all the same"
    );
}

#[tokio::test]
async fn lists_of_refunds_that_lie_now_and_then_lose_none_and_change_none() {
    let counter = Counter::open(25).await;
    for sold in counter.orders.iter().take(12) {
        counter
            .slip(&sold.key, json!({ "rows": [{ "row": 1, "quantity": 1 }] }))
            .await;
        counter.slip(&sold.key, json!({ "everything": true })).await;
    }
    let expected = counter.refunds().await;
    assert_eq!(expected.len(), 24);
    for lie in ["duplicate_rows", "reverse_rows", "empty_list", "notices"] {
        let source = source(&counter.shop.base_url(), KEY, settings(BEGAN)).await;
        let switches =
            json!({ "lies_about": "order_slip", format!("{lie}_every"): 3, format!("next_{lie}"): 1 });
        faults(&counter.shop, switches).await;
        let records = read(source.as_ref(), 7, &mut None).await;
        faults(&counter.shop, json!({ format!("{lie}_every"): 0 })).await;
        let refunds = records
            .into_iter()
            .filter(|record| record.source_key.starts_with('R'));
        let refunds: BTreeMap<_, _> = refunds
            .map(|record| (record.source_key.clone(), record))
            .collect();
        assert_eq!(refunds, expected, "{lie}");
    }
}

#[tokio::test]
async fn refunds_that_vanish_are_waited_for() {
    let counter = Counter::open(20).await;
    counter
        .slip(&counter.orders[0].key, json!({ "everything": true }))
        .await;
    admin_post(&counter.shop, "clock", &json!({ "now": LATER }).to_string()).await;
    let read = page(counter.source.as_ref(), Some(&counter.cursor), 100).await;
    admin_post(&counter.shop, "clock", r#"{"now":"2026-11-24T10:00:00Z"}"#).await;
    faults(
        &counter.shop,
        json!({ "lies_about": "order_slip", "empty_list_every": 1 }),
    )
    .await;
    let error = counter
        .source
        .pull(request(Some(read.cursor.as_str()), 100))
        .await;
    let error = error.expect_err("hidden");
    assert_eq!(
        (error.class(), error.reason.code.as_str()),
        (Class::Transient, "refunds_vanished")
    );
}

/// A slip of order 1 in the fixtures' shop, with some of its fields as they are given.
fn slip(order: u64, fields: &str) -> (u16, String) {
    let text = format!(
        "<prestashop><order_slips><order_slip><id>5</id><id_order>{order}</id_order>\
         <date_add>2026-06-01 23:30:00</date_add>{fields}\
         <total_shipping_tax_excl>0</total_shipping_tax_excl><total_shipping_tax_incl>0</total_shipping_tax_incl>\
         </order_slip></order_slips></prestashop>"
    );
    (200, text)
}

/// What is said of a slip.
async fn said(order: u64, fields: &'static str) -> (String, String) {
    let (_shop, source, _) = noting(move |asked| match asked.resource.as_str() {
        "order_slip" => Some(slip(order, fields)),
        "orders" if asked.ids("id").is_some() => {
            let orders = crate::webservice::Nodes::of(&crate::fixtures::folder(), "orders", "order");
            Some((200, orders.with("id", &asked.ids("id")?)))
        }
        _ => None,
    })
    .await;
    let records = page(source.as_ref(), None, 100).await.records;
    let record = records.iter().find(|record| record.source_key == "R5");
    let reason = record.expect("the slip").content.as_ref().expect_err("parked");
    (reason.to_string(), reason.fix.clone())
}

#[tokio::test]
async fn a_slip_that_cannot_be_read_is_named_by_its_field() {
    for (fields, field) in [
        (
            "<amount>-5</amount><order_slip_type>0</order_slip_type>",
            "amount",
        ),
        (
            "<amount>5</amount><order_slip_type>9</order_slip_type>",
            "order_slip_type",
        ),
        ("<order_slip_type>0</order_slip_type>", "amount"),
    ] {
        let unreadable = format!("record_unreadable field={field} id=5 resource=order_slip");
        assert_eq!(
            said(1, fields).await,
            (unreadable, "correct_in_source".to_owned())
        );
    }
}

#[tokio::test]
async fn a_slip_of_an_order_that_was_deleted_is_for_a_person() {
    let found = said(99, "<amount>5</amount><order_slip_type>2</order_slip_type>").await;
    assert_eq!(
        found,
        (
            "refund_order_missing order=99 slip=5".to_owned(),
            "credit_by_hand".to_owned()
        )
    );
}
