//! What orders point to and the shop no longer has, or has in a form that says nothing: each outcome has a reason and a fix.

use skarv_canonical::{Reason, mapping, record::Pulled};

use crate::{
    connection::{at, order, settings, states_passed},
    fixtures::folder,
    notes::{START, noting, page},
    webservice::{Nodes, file},
};

/// The fixtures after a change to the text of one resource.
async fn read(
    resource: &'static str,
    change: impl Fn(String) -> String + Send + Sync + 'static,
) -> Vec<Pulled> {
    let (_shop, source, _) = noting(move |asked| {
        let (status, text) = file(&folder(), &asked.resource);
        (asked.resource == resource).then(|| (status, change(text)))
    })
    .await;
    page(source.as_ref(), None, 100).await.records
}

/// The fixtures without some rows of one resource.
async fn without(resource: &'static str, node: &'static str, id: u64) -> Vec<Pulled> {
    read(resource, move |_| {
        let rest: Vec<u64> = (1..100).filter(|other| *other != id).collect();
        Nodes::of(&folder(), resource, node).with("id", &rest)
    })
    .await
}

fn reason<'a>(records: &'a [Pulled], key: &str) -> &'a Reason {
    let record = records.iter().find(|record| record.source_key == key);
    record.expect("a record").content.as_ref().expect_err("parked")
}

fn said(reason: &Reason) -> (String, &str) {
    (reason.to_string(), reason.fix.as_str())
}

#[tokio::test]
async fn what_an_order_cannot_do_without_parks_it_by_name() {
    for (resource, node, id, key, expected, fix) in [
        (
            "customers",
            "customer",
            4,
            "3",
            "customer_missing customer=4",
            "check_customer_in_shop",
        ),
        (
            "addresses",
            "address",
            4,
            "3",
            "address_missing address=4",
            "check_customer_in_shop",
        ),
        (
            "addresses",
            "address",
            5,
            "17",
            "address_missing address=5",
            "check_customer_in_shop",
        ),
        (
            "countries",
            "country",
            1,
            "17",
            "country_missing country=1",
            "check_customer_in_shop",
        ),
        (
            "currencies",
            "currency",
            1,
            "6",
            "currency_missing currency=1",
            "restore_currency",
        ),
        (
            "order_states",
            "order_state",
            4,
            "1",
            "state_missing state=4",
            "set_state_of_order",
        ),
    ] {
        let records = without(resource, node, id).await;
        assert_eq!(records.len(), 19);
        assert_eq!(said(reason(&records, key)), (expected.to_owned(), fix));
        assert!(records[6].content.is_ok(), "{resource}: the others go on");
    }
}

#[tokio::test]
async fn a_country_that_nobody_knows_is_named_by_its_letters() {
    let records = read("countries", |text| text.replace("[DE]", "[TYSK]")).await;
    assert_eq!(reason(&records, "17").to_string(), "country_unknown country=TYSK");
}

#[tokio::test]
async fn an_address_that_was_deleted_after_the_order_still_belongs_to_it() {
    let records = read("addresses", |text| {
        text.replace("<deleted><![CDATA[0]]>", "<deleted><![CDATA[1]]>")
    })
    .await;
    assert_eq!(order(&records[0]).billing.line1, "Storgatan 1");
}

#[tokio::test]
async fn an_order_whose_history_was_cleared_is_in_the_state_it_is_in() {
    let records = read("order_histories", |_| {
        "<prestashop><order_histories></order_histories></prestashop>".to_owned()
    })
    .await;
    assert_eq!(states_passed(order(&records[1])), ["2"]);
}

#[tokio::test]
async fn a_carrier_or_a_language_that_is_gone_stops_nothing() {
    let records = without("carriers", "carrier", 1).await;
    assert_eq!(order(&records[0]).fees[0].name, "Frakt");
    let records = without("languages", "language", 2).await;
    assert_eq!(order(&records[0]).customer.language, "");
}

#[tokio::test]
async fn a_tax_that_is_gone_leaves_the_amounts_to_decide() {
    let records = without("taxes", "tax", 1).await;
    let order = order(&records[0]);
    assert!(mapping::order(order, "k3x9qa", &settings(START)).is_ok());
}

#[tokio::test]
async fn a_time_of_zeroes_parks_the_order_with_the_field() {
    let records = read("orders", |text| {
        text.replacen(
            "<date_add><![CDATA[2026-05-04 10:20:30]]>",
            "<date_add><![CDATA[0000-00-00 00:00:00]]>",
            1,
        )
    })
    .await;
    assert_eq!(
        said(reason(&records, "1")),
        (
            "record_unreadable field=date_add id=1 resource=orders".to_owned(),
            "correct_in_source"
        )
    );
    assert_eq!(records[0].reference, "AVRUNDAD1");
    assert!(records[1].content.is_ok());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_by_its_own_id() {
    let records = read("order_details", |text| {
        text.replacen("<product_quantity><![CDATA[", "<product_quantity><![CDATA[x", 1)
    })
    .await;
    let reason = reason(&records, "1");
    assert_eq!(reason.params["resource"], "order_details");
    assert_eq!(reason.params["field"], "product_quantity");
    assert!(reason.params["id"].parse::<u64>().is_ok(), "{reason}");
}

#[tokio::test]
async fn times_around_the_change_of_clocks_are_the_shop_s_own() {
    for (local, instant) in [
        // comes twice: the first pass
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
        // is skipped: as far behind the gap
        ("2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
        ("2026-10-25 03:00:00", "2026-10-25T02:00:00Z"),
    ] {
        let records = read("orders", move |text| text.replace("2026-05-04 10:20:30", local)).await;
        let order = order(&records[0]);
        assert_eq!(order.placed_at, at(instant), "{local}");
        assert_eq!(order.placed_on.to_string(), local[..10], "the buyer's day");
    }
}
