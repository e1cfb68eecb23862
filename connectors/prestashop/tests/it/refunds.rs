//! Refunds as a shop's clerks make them, from the slip to the credit note.

mod trouble;
mod unsaid;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use skarv_canonical::{
    eligibility,
    invoice::{CreditNote, RowKind},
    mapping,
    order::{FeeKind, Order},
    record::Pulled,
    refund::SlipKind,
    write::Document,
};
use skarv_connector::BoxedSource;
use skarv_prestashop::fake::{Shop, Version};

use crate::{
    connection::{KEY, order, read_all, refund, settings, source},
    counter::{NOW, admin_post, ledger, shop},
    notes::page,
};

const BEGAN: &str = "2026-10-25T06:00:00Z";
const LATER: &str = "2026-11-24T09:00:00Z";

/// A shop, its orders that can be invoiced, and a source that has read them.
struct Counter {
    shop: Shop,
    orders: Vec<Order>,
    source: BoxedSource,
    cursor: String,
}

impl Counter {
    async fn open(orders: u32) -> Self {
        let shop = shop(orders, Version::V8_2_1).await;
        let source = source(&shop.base_url(), KEY, settings(BEGAN)).await;
        let records = read_all(source.as_ref(), 100, NOW).await;
        let good = records.iter().filter(|record| record.content.is_ok());
        let good = good.map(order).filter(|order| {
            eligibility::decide(order, &settings(BEGAN)).is_ok()
                && mapping::order(order, "k3x9qa", &settings(BEGAN)).is_ok()
        });
        let orders = good.cloned().collect();
        let mut cursor = None;
        for _ in 0..20 {
            let read = page(source.as_ref(), cursor.as_deref(), 100).await;
            cursor = Some(read.cursor.as_str().to_owned());
            if read.done {
                break;
            }
        }
        Self {
            shop,
            orders,
            source,
            cursor: cursor.expect("a cursor"),
        }
    }

    fn one(&self, like: impl Fn(&Order) -> bool) -> &Order {
        self.orders
            .iter()
            .find(|order| like(order))
            .expect("such an order")
    }

    async fn slip(&self, order: &str, mut slip: Value) {
        slip["now"] = json!("2026-11-24T08:00:00Z");
        admin_post(&self.shop, &format!("orders/{order}/slips"), &slip.to_string()).await;
    }

    /// The refunds that have come since the shop was opened, by their keys.
    async fn refunds(&self) -> BTreeMap<String, Pulled> {
        admin_post(&self.shop, "clock", &json!({ "now": LATER }).to_string()).await;
        let (mut refunds, mut cursor) = (BTreeMap::new(), self.cursor.clone());
        for _ in 0..100 {
            let read = page(self.source.as_ref(), Some(&cursor), 100).await;
            let given_back = |record: &Pulled| record.source_key.starts_with('R');
            let new = read.records.into_iter().filter(given_back);
            refunds.extend(new.map(|record| (record.source_key.clone(), record)));
            if read.done {
                return refunds;
            }
            cursor = read.cursor.as_str().to_owned();
        }
        panic!("reading has no end");
    }
}

fn credit(record: &Pulled) -> CreditNote {
    let credit = mapping::credit_note(refund(record), "k3x9qa", &settings(BEGAN));
    credit.unwrap_or_else(|reason| panic!("{}: {reason}", record.source_key))
}

fn total(order: &Order) -> Decimal {
    let writes = mapping::order(order, "k3x9qa", &settings(BEGAN)).expect("writes");
    let invoice = writes.into_iter().find_map(|write| match write.document {
        Document::Invoice(invoice) => Some(invoice.total),
        _ => None,
    });
    invoice.expect("an invoice")
}

fn is_plain(order: &Order) -> bool {
    let only_shipping = order.fees.iter().all(|fee| fee.kind == FeeKind::Shipping);
    order.discounts.is_empty() && only_shipping && !order.fees.is_empty() && order.customer.company.is_empty()
}

#[tokio::test]
async fn each_slip_of_an_order_comes_with_those_before_it() {
    let counter = Counter::open(60).await;
    let sold = counter.one(|order| is_plain(order) && order.lines[0].quantity > 2);
    let shipping = sold.fees[0].gross;
    counter
        .slip(&sold.key, json!({ "rows": [{ "row": 1, "quantity": 1 }] }))
        .await;
    counter
        .slip(&sold.key, json!({ "shipping": shipping.to_string() }))
        .await;
    counter.slip(&sold.key, json!({ "everything": true })).await;
    let refunds = counter.refunds().await;
    assert_eq!(refunds.keys().collect::<Vec<_>>(), ["R1", "R2", "R3"]);
    let earlier = |key: &str| {
        let earlier = refund(&refunds[key]).earlier.iter();
        earlier.map(|slip| slip.key.clone()).collect::<Vec<_>>()
    };
    assert_eq!((earlier("R1"), earlier("R2")), (vec![], vec!["1".to_owned()]));
    assert_eq!(earlier("R3"), ["1", "2"]);
    let ledger = ledger(&counter.shop).await;
    for (record, said) in refunds.values().zip(ledger["slips"].as_array().expect("slips")) {
        assert_eq!(
            (record.reference.as_str(), &refund(record).order.key),
            (sold.number.as_str(), &sold.key)
        );
        assert_eq!(
            record.amount.expect("an amount").amount.to_string(),
            said["given"],
            "{said}"
        );
        assert_eq!(refund(record).slip.date.to_string(), "2026-11-24");
    }
    let credited: Decimal = refunds.values().map(|record| credit(record).total).sum();
    assert_eq!(credited, -total(sold), "all of it, to the öre");
}

#[tokio::test]
async fn shipping_alone_is_credited_as_shipping() {
    let counter = Counter::open(60).await;
    let sold = counter.one(is_plain);
    let shipping = sold.fees[0].gross;
    counter
        .slip(&sold.key, json!({ "shipping": shipping.to_string() }))
        .await;
    let refunds = counter.refunds().await;
    let slip = &refund(&refunds["R1"]).slip;
    assert_eq!(
        (slip.lines.len(), slip.amount, slip.shipping_gross),
        (0, Decimal::ZERO, shipping)
    );
    let credit = credit(&refunds["R1"]);
    assert_eq!(credit.total, -shipping);
    assert!(credit.rows.iter().all(|row| row.kind == RowKind::Shipping));
}

#[tokio::test]
async fn a_bare_amount_on_several_rates_is_for_a_person() {
    let counter = Counter::open(60).await;
    let sold = counter.one(|order| order.taxes.len() > 1);
    counter.slip(&sold.key, json!({ "amount": "25.00" })).await;
    let refunds = counter.refunds().await;
    let reason =
        mapping::refund(refund(&refunds["R1"]), "k3x9qa", &settings(BEGAN)).expect_err("for a person");
    assert_eq!(
        (reason.code.as_str(), reason.fix.as_str()),
        ("refund_rate_unclear", "credit_by_hand")
    );
    assert_eq!(
        refunds["R1"].amount.expect("an amount").amount.to_string(),
        "25.00"
    );
}

#[tokio::test]
async fn an_amount_chosen_over_rows_is_what_was_given_for_them() {
    let counter = Counter::open(60).await;
    let sold = counter.one(|order| is_plain(order) && order.lines[0].gross > Decimal::from(20));
    let slip = json!({ "rows": [{ "row": 1, "quantity": 1 }], "amount": "12.34" });
    counter.slip(&sold.key, slip).await;
    let refunds = counter.refunds().await;
    assert_eq!(refund(&refunds["R1"]).slip.kind, SlipKind::ChosenAmount);
    assert_eq!(credit(&refunds["R1"]).total.to_string(), "-12.34");
}

/// Rows are rounded one by one on a slip, whatever the order did: what is left decides, and the shop's figure is kept beside it.
#[tokio::test]
async fn orders_given_back_in_full_are_credited_in_full_however_they_were_rounded() {
    let counter = Counter::open(70).await;
    for sold in &counter.orders {
        counter.slip(&sold.key, json!({ "everything": true })).await;
        let shipping: Decimal = sold
            .fees
            .iter()
            .filter(|fee| fee.kind == FeeKind::Shipping)
            .map(|fee| fee.gross)
            .sum();
        if !sold.discounts.is_empty() && !shipping.is_zero() {
            counter
                .slip(&sold.key, json!({ "shipping": shipping.to_string() }))
                .await;
        }
    }
    let refunds = counter.refunds().await;
    let mut left: BTreeMap<&str, Decimal> = counter
        .orders
        .iter()
        .map(|order| (order.key.as_str(), total(order)))
        .collect();
    let mut differing = 0;
    for record in refunds.values() {
        let credit = credit(record);
        differing += usize::from(!credit.shop_difference.is_zero());
        *left
            .get_mut(refund(record).order.key.as_str())
            .expect("the order") += credit.total;
    }
    for sold in &counter.orders {
        // a shop gives gift wrapping back to nobody
        let wrapping = sold.fees.iter().filter(|fee| fee.kind == FeeKind::Wrapping);
        let wrapping: Decimal = wrapping.map(|fee| fee.gross).sum();
        let rounding = (left[sold.key.as_str()] - wrapping).abs();
        let exact = wrapping.is_zero() && rounding.is_zero();
        let kept = !wrapping.is_zero() && rounding <= Decimal::new(2, 2);
        assert!(exact || kept, "{}: {} left", sold.key, left[sold.key.as_str()]);
    }
    assert!(differing > 0, "no slip was rounded in another way than its order");
}

#[tokio::test]
async fn a_refund_is_fetched_as_it_was_pulled_and_one_that_is_not_there_is_gone() {
    let counter = Counter::open(60).await;
    let sold = counter.one(is_plain);
    counter.slip(&sold.key, json!({ "everything": true })).await;
    let refunds = counter.refunds().await;
    let keys = ["R1", "R77", sold.key.as_str(), "Rett"].map(str::to_owned);
    let fetched = counter
        .source
        .fetch(&keys, crate::connection::at(LATER))
        .await
        .expect("records");
    assert_eq!(fetched[0], refunds["R1"]);
    assert_eq!(order(&fetched[2]).key, sold.key);
    for (at, key) in [(1, "R77"), (3, "Rett")] {
        assert_eq!(fetched[at].source_key, key);
        assert_eq!(
            fetched[at].content.as_ref().expect_err("gone").code,
            "record_gone"
        );
    }
}
