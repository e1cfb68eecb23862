//! What a person is shown of a document: what would be written, and nothing that names a buyer.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{
    Country, Currency,
    customer::{Address, Customer, CustomerKind},
    mapping,
    order::{Order, OrderLine, Payment, Totals},
    price::{Campaign, Owned, PriceTag},
    refund::{Refund, Slip, SlipKind, SlipLine},
    spec::{Collective, CollectiveFor, OrderSettings},
    status::{OrderEvent, StateChange},
    stock::StockCount,
    trigger::{ShopState, TriggerState},
    vat::VatRate,
};

/// A buyer's secrets: every part of a name or an address, each a word of its own.
struct Secrets(Vec<String>);

impl Secrets {
    fn next(&mut self, word: &str) -> String {
        let secret = format!("{word}{}x", self.0.len());
        self.0.push(secret.clone());
        secret
    }

    fn address(&mut self, word: &str) -> Address {
        Address {
            name: format!("{} {}", self.next(word), self.next(word)),
            company: self.next(word),
            line1: self.next(word),
            line2: self.next(word),
            postcode: self.next("11"),
            city: self.next(word),
            country: Country::SE,
            vat_number: self.known("SE556016068001"),
            phone: self.next("070"),
        }
    }

    /// A number that must be right, in the form in which it is written and without its dash.
    fn known(&mut self, number: &str) -> String {
        self.0.extend([number.to_owned(), number.replace('-', "")]);
        number.to_owned()
    }

    fn customer(&mut self, word: &str, kind: CustomerKind) -> Customer {
        Customer {
            key: "7".to_owned(),
            kind,
            given_name: self.next(word),
            family_name: self.next(word),
            company: self.next(word),
            org_number: self.known("556016-0680"),
            vat_number: self.known("SE556016068001"),
            email: format!("{}@{}.se", self.next("kund"), self.next("bolag")),
            phone: self.next("070"),
            guest: true,
            language: "sv".to_owned(),
        }
    }
}

fn order(secrets: &mut Secrets, word: &str, kind: CustomerKind) -> Order {
    let at = DateTime::from_timestamp(1_777_000_000, 0).unwrap();
    Order {
        key: "42".to_owned(),
        number: "ABCDEFGHI".to_owned(),
        placed_at: at,
        placed_on: at.date_naive(),
        updated_at: at,
        currency: Currency::SEK,
        conversion_rate: Decimal::ONE,
        state: "2".to_owned(),
        states_passed: vec![ShopState::of_id("2")],
        cancelled: false,
        refunded_without_slip: false,
        customer: secrets.customer(word, kind),
        billing: secrets.address(word),
        delivery: secrets.address(word),
        lines: vec![OrderLine {
            key: "1".to_owned(),
            sku: "0010".to_owned(),
            name: "Garn".to_owned(),
            quantity: 1,
            net: 80.into(),
            gross: Decimal::new(10_000, 2),
            rate: VatRate::from(25),
        }],
        fees: Vec::new(),
        discounts: Vec::new(),
        payment: Payment {
            method: "Kort".to_owned(),
            module: "card".to_owned(),
            transactions: Vec::new(),
            paid: 100.into(),
            paid_on: Some(at.date_naive()),
        },
        totals: Totals {
            gross: Decimal::new(10_000, 2),
            net: 80.into(),
            goods_gross: 100.into(),
        },
        taxes: Vec::new(),
        note: format!("Lämna hos {}", secrets.next(word)),
    }
}

fn refund(order: &Order) -> Refund {
    Refund {
        key: "7".to_owned(),
        order: Box::new(order.clone()),
        slip: Slip {
            key: "7".to_owned(),
            date: order.placed_on,
            created_at: order.placed_at,
            kind: SlipKind::Plain,
            lines: vec![SlipLine {
                order_line: "1".to_owned(),
                quantity: 1,
                gross: 100.into(),
                net: 80.into(),
            }],
            shipping_gross: Decimal::ZERO,
            shipping_net: Decimal::ZERO,
            amount: 100.into(),
        },
        earlier: Vec::new(),
    }
}

fn settings(collective: bool) -> OrderSettings {
    let mut settings = OrderSettings::swedish(DateTime::UNIX_EPOCH, vec![TriggerState::Id("2".to_owned())]);
    settings.payments.otherwise = Some(1580);
    settings.customers.collective = collective.then(|| Collective {
        number: "9999".to_owned(),
        buyers: CollectiveFor::Private,
    });
    settings
}

/// Every document of an order and of its refund.
fn documents(order: &Order, collective: bool) -> Vec<Document> {
    let settings = settings(collective);
    let writes = mapping::order(order, "k3x9qa", &settings).unwrap();
    let refund = mapping::refund(&refund(order), "k3x9qa", &settings).unwrap();
    let all = writes.into_iter().chain(refund);
    all.map(|write| write.document).collect()
}

fn shown(document: &Document) -> Vec<(String, String)> {
    fields(document).into_iter().collect()
}

fn field(path: &str, text: &str) -> (String, String) {
    (path.to_owned(), text.to_owned())
}

proptest! {
    #[test]
    fn nothing_that_names_a_buyer_survives_the_mask(
        word in "[A-ZÅÄÖ][a-zåäö]{3,12}", company in any::<bool>(), collective in any::<bool>(),
    ) {
        let kind = if company { CustomerKind::Company } else { CustomerKind::Person };
        let mut secrets = Secrets(Vec::new());
        let order = order(&mut secrets, &word, kind);
        for document in documents(&order, collective) {
            let all = fields(&document);
            let changes = masked_changes(changes(&Fields::new(), &all));
            let texts = changes.iter().map(|change| &change.after);
            for (text, secret) in texts.flat_map(|text| secrets.0.iter().map(move |secret| (text, secret))) {
                prop_assert!(!text.contains(secret.as_str()), "{text} tells {secret}");
            }
            prop_assert_eq!(masked(all).len(), changes.len());
        }
    }
}

#[test]
fn a_masked_invoice_still_says_what_is_sold_and_booked() {
    let order = order(&mut Secrets(Vec::new()), "Åsa", CustomerKind::Person);
    let all = documents(&order, false);
    let invoice = all
        .iter()
        .find(|one| matches!(one, Document::Invoice(_)))
        .unwrap();
    let shown = masked(fields(invoice));
    let of = |path: &str| shown.get(path).map(String::as_str);
    let told = [
        "total",
        "date",
        "buyer.name",
        "buyer.billing.country",
        "rows[0].sku",
        "rows[0].gross",
        "rows[0].rate",
        "rows[0].kind",
    ];
    assert_eq!(
        told.map(of),
        ["100", "2026-04-24", "Å…", "S…", "0010", "100", "25", "goods"].map(Some)
    );
    assert_eq!((of("entity"), of("buyer.collective")), (None, None));
}

#[test]
fn of_the_state_of_an_order_only_what_is_written_is_told() {
    let change = StateChange {
        order: "1042".to_owned(),
        event: OrderEvent::Delivered,
        state: "5".to_owned(),
        mail: true,
        tracking: None,
        states: BTreeMap::from([(OrderEvent::Delivered, "5".to_owned())]),
        waiting: vec![TriggerState::Id("2".to_owned())],
        cancels_captured: false,
    };
    assert_eq!(
        shown(&Document::Status(Box::new(change))),
        [
            field("event", "delivered"),
            field("mail", "true"),
            field("order", "1042"),
            field("state", "5")
        ]
    );
}

fn price(campaign: Owned<Campaign>) -> Document {
    Document::Price(Box::new(PriceTag {
        sku: "10.0".to_owned(),
        currency: Currency::SEK,
        with_tax: false,
        regular: Decimal::new(8_000, 2),
        campaign,
    }))
}

#[test]
fn a_campaign_is_told_in_its_place_and_none_is_nothing() {
    let campaign = Campaign {
        price: Decimal::new(6_050, 2),
        from: NaiveDate::from_ymd_opt(2026, 11, 27),
        to: None,
    };
    let plain = [
        field("currency", "SEK"),
        field("regular", "80"),
        field("sku", "10.0"),
        field("with_tax", "false"),
    ];
    assert_eq!(shown(&price(Owned::Empty)), plain);
    assert_eq!(shown(&price(Owned::NotOurs)), plain);
    let told = fields(&price(Owned::Is(campaign)));
    let told = changes(&fields(&price(Owned::Empty)), &told);
    let told: Vec<_> = told.iter().map(|c| (c.path.as_str(), c.after.as_str())).collect();
    assert_eq!(
        told,
        [("campaign.from", "2026-11-27"), ("campaign.price", "60.5")]
    );
}

#[test]
fn the_day_of_a_sweep_is_no_part_of_a_level() {
    let count = |sweep| {
        Document::Stock(StockCount {
            sku: "A1".to_owned(),
            quantity: 3,
            sold_when_empty: None,
            sweep,
        })
    };
    let day = NaiveDate::from_ymd_opt(2026, 11, 24);
    assert_eq!(fields(&count(day)), fields(&count(None)));
}
