//! What is registered as paid on an invoice, and as paid back on a credit note.

use skarv_canonical::{
    gift_card::GiftCardVoucher,
    mapping,
    order::Order,
    payment::InvoicePayment,
    refund::{Refund, SlipKind},
    spec::OrderSettings,
    write::{Document, Write},
};

use crate::world::{SHOP, d, day, discount, line, order, settings, slip};

fn card_at_1580() -> OrderSettings {
    let mut settings = settings();
    settings.payments.modules = [("card".to_owned(), Some(1580))].into();
    settings
}

fn paid_by_card() -> Order {
    let mut order = order(vec![line("A", 2, "250.00", 25)], Vec::new(), Vec::new(), "250.00");
    order.payment.paid_on = Some(day("2026-04-25"));
    order
}

fn payments(writes: Vec<Write>) -> Vec<InvoicePayment> {
    let payment = |write: Write| match write.document {
        Document::Payment(payment) => Some(*payment),
        _ => None,
    };
    writes.into_iter().filter_map(payment).collect()
}

/// Reference, amount, account and day of each payment of an order.
fn told(order: &Order, settings: &OrderSettings) -> Vec<String> {
    shown(payments(mapping::order(order, SHOP, settings).unwrap()))
}

fn shown(payments: Vec<InvoicePayment>) -> Vec<String> {
    let shown = |p: InvoicePayment| format!("{} {} {} {}", p.reference, p.amount, p.account, p.date);
    payments.into_iter().map(shown).collect()
}

fn given_back(order: Order, settings: &OrderSettings) -> Vec<String> {
    let refund = Refund {
        key: "3".to_owned(),
        slip: slip("3", SlipKind::Plain, &[("A", 1, "125.00", "100.00")]),
        order: Box::new(order),
        earlier: Vec::new(),
    };
    shown(payments(mapping::refund(&refund, SHOP, settings).unwrap()))
}

#[test]
fn a_payment_is_registered_only_where_the_settings_say_where_the_money_is() {
    assert_eq!(told(&paid_by_card(), &settings()), Vec::<String>::new());
    assert_eq!(
        told(&paid_by_card(), &card_at_1580()),
        ["k3x9qa-42-P 250.00 1580 2026-04-25"]
    );
    let mut others = settings();
    others.payments.otherwise = Some(1930);
    assert_eq!(
        told(&paid_by_card(), &others),
        ["k3x9qa-42-P 250.00 1930 2026-04-25"]
    );
    others.payments.modules = [("card".to_owned(), None)].into();
    assert_eq!(told(&paid_by_card(), &others), Vec::<String>::new());
}

#[test]
fn what_is_paid_in_part_is_not_registered_and_what_is_overpaid_is_registered_once() {
    let mut order = paid_by_card();
    order.payment.paid = d("249.99");
    assert_eq!(told(&order, &card_at_1580()), Vec::<String>::new());
    order.payment.paid = d("350.00");
    assert_eq!(
        told(&order, &card_at_1580()),
        ["k3x9qa-42-P 250.00 1580 2026-04-25"]
    );
}

#[test]
fn a19_each_gift_card_pays_from_its_account_and_the_rest_is_money() {
    let cards = vec![
        discount("Presentkort 1", &[(25, "100.00")]),
        discount("Presentkort 2", &[(25, "50.00")]),
    ];
    let mut order = order(vec![line("A", 2, "250.00", 25)], Vec::new(), cards, "100.00");
    order.payment.paid_on = Some(day("2026-04-25"));
    let mut settings = card_at_1580();
    settings.gift_cards = vec![GiftCardVoucher::StartsWith("presentkort".to_owned())];
    assert_eq!(
        told(&order, &settings),
        [
            "k3x9qa-42-G1 100.00 2421 2026-04-24",
            "k3x9qa-42-G2 50.00 2421 2026-04-24",
            "k3x9qa-42-P 100.00 1580 2026-04-25",
        ]
    );
    let writes = mapping::order(&order, SHOP, &settings).unwrap();
    let Document::Invoice(invoice) = &writes[1].document else {
        panic!("no invoice");
    };
    assert_eq!((invoice.total, invoice.rows.len()), (d("250.00"), 1));
}

#[test]
fn equal_gift_cards_are_told_apart_by_how_many_came_before() {
    let cards = ["80.00", "50.00", "80.00", "80.00"];
    let discounts = cards.map(|gross| discount("Presentkort", &[(25, gross)]));
    let order = order(
        vec![line("A", 2, "390.00", 25)],
        Vec::new(),
        discounts.into(),
        "100.00",
    );
    let mut settings = card_at_1580();
    settings.gift_cards = vec![GiftCardVoucher::Named("Presentkort".to_owned())];
    let paid = payments(mapping::order(&order, SHOP, &settings).unwrap());
    let twins: Vec<_> = paid.iter().map(|payment| payment.twins).collect();
    assert_eq!(twins, [0, 0, 1, 2, 0]);
}

#[test]
fn what_a_refund_gives_back_is_registered_on_its_credit_note() {
    assert_eq!(
        given_back(paid_by_card(), &card_at_1580()),
        ["k3x9qa-42-R3-P -125.00 1580 2026-05-02"]
    );
    assert_eq!(given_back(paid_by_card(), &settings()), Vec::<String>::new());
}

#[test]
fn of_an_order_that_a_gift_card_helped_to_pay_nobody_guesses_what_was_given_back() {
    let cards = vec![discount("Presentkort", &[(25, "100.00")])];
    let order = order(vec![line("A", 2, "250.00", 25)], Vec::new(), cards, "150.00");
    let mut settings = card_at_1580();
    settings.gift_cards = vec![GiftCardVoucher::Named("Presentkort".to_owned())];
    assert_eq!(given_back(order, &settings), Vec::<String>::new());
}

#[test]
fn a_refund_brings_its_orders_invoice_along_and_not_its_payments() {
    let refund = Refund {
        key: "3".to_owned(),
        slip: slip("3", SlipKind::Plain, &[("A", 1, "125.00", "100.00")]),
        order: Box::new(paid_by_card()),
        earlier: Vec::new(),
    };
    let keys = |writes: Vec<Write>| -> Vec<String> {
        let key = |write: Write| format!("{} {}", write.entity(), write.our_key);
        writes.into_iter().map(key).collect()
    };
    assert_eq!(
        keys(mapping::refund(&refund, SHOP, &card_at_1580()).unwrap()),
        [
            "customer k3x9qa-K7",
            "invoice k3x9qa-42",
            "credit k3x9qa-42-R3",
            "payment k3x9qa-42-R3-P",
        ]
    );
}
