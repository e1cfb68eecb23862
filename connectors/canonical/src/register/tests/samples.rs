//! Full records, and the settings under which each is carried: together they meet every branch of the mapping.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;

use crate::{
    Currency, Reason,
    article::{Article, ArticleField, Texts},
    customer::{Address, Customer, CustomerKind},
    gift_card::GiftCardVoucher,
    invoice::RowKind,
    mapping,
    order::{Discount, DiscountShare, Fee, FeeKind, Order, OrderLine, Payment, Totals},
    price::{ArticlePrice, Campaign},
    record::Record,
    refund::{Refund, Slip, SlipKind, SlipLine},
    spec::{
        AccountRule, CardUpkeep, Collective, CollectiveFor, CustomerNumbers, OrderSettings, PriceSettings,
        ProductSettings, StatusRule, StatusSettings, StatusSpec, StockSettings, StreamKind, bas_accounts,
    },
    status::{OrderEvent, OrderStatus},
    stock::StockLevel,
    trigger::ShopState,
    vat::{VatRate, VatScheme},
    write::{Document, Write},
};

const SHOP: &str = "k3x9qa";

/// What a record becomes, or why nothing.
pub(super) type Carries = dyn Fn(&Record) -> Result<Vec<Document>, Reason>;

pub(super) struct Sample {
    pub(super) record: Record,
    pub(super) carries: Box<Carries>,
}

pub(super) fn of(stream: StreamKind) -> Vec<Sample> {
    match stream {
        StreamKind::Orders => orders(),
        StreamKind::OrderStatus => statuses(),
        StreamKind::Products => articles(),
        StreamKind::Prices => vec![price()],
        StreamKind::Stock => vec![stock()],
        StreamKind::PriceLists => Vec::new(),
    }
}

fn orders() -> Vec<Sample> {
    let erp_numbers = OrderSettings {
        customers: crate::spec::CustomerSettings {
            numbers: CustomerNumbers::Erp,
            cards: CardUpkeep::Update,
            ..crate::spec::CustomerSettings::default()
        },
        ..settings()
    };
    let mut prefixed = settings();
    prefixed.customers.numbers = CustomerNumbers::Shop(Some("W".to_owned()));
    let mut collective = settings();
    collective.customers.collective = Some(Collective {
        number: "1".to_owned(),
        buyers: CollectiveFor::Private,
    });
    let mut unidentified = collective.clone();
    if let Some(shared) = &mut unidentified.customers.collective {
        shared.buyers = CollectiveFor::Unidentified;
    }
    let records = [
        person(),
        company(),
        abroad("DE", "0"),
        abroad("DE", "19"),
        abroad("NO", "0"),
    ];
    let order = |order: Order| Record::Order(Box::new(order));
    let refund = |refund: Refund| Record::Refund(Box::new(refund));
    let all = records
        .map(order)
        .into_iter()
        .chain(refunds().into_iter().map(refund));
    let mut samples: Vec<Sample> = all.map(|record| carried(record, &settings())).collect();
    for settings in [erp_numbers, prefixed, collective, unidentified] {
        samples.extend([person(), company()].map(|record| carried(order(record), &settings)));
        samples.extend(
            refunds()
                .into_iter()
                .take(1)
                .map(|record| carried(refund(record), &settings)),
        );
    }
    samples
}

fn carried(record: Record, settings: &OrderSettings) -> Sample {
    let settings = settings.clone();
    let carries = move |record: &Record| {
        let writes = match record {
            Record::Order(order) => mapping::order(order, SHOP, &settings),
            Record::Refund(refund) => mapping::refund(refund, SHOP, &settings),
            Record::Article(_) | Record::Price(_) | Record::Stock(_) | Record::Status(_) => Err(another()),
        };
        writes.map(documents)
    };
    Sample {
        record,
        carries: Box::new(carries),
    }
}

fn documents(writes: Vec<Write>) -> Vec<Document> {
    writes.into_iter().map(|write| write.document).collect()
}

fn another() -> Reason {
    Reason::data("another_kind_of_record")
}

/// Every account chosen by country and rate, every payment registered, one voucher a gift card.
fn settings() -> OrderSettings {
    let mut accounts = bas_accounts();
    let kinds = [RowKind::Goods, RowKind::Shipping, RowKind::Wrapping, RowKind::Fee];
    let schemes = [
        VatScheme::Domestic,
        VatScheme::Oss,
        VatScheme::ReverseCharge,
        VatScheme::Export,
    ];
    let rule = |row, scheme, country: Option<&str>, account| AccountRule {
        row,
        scheme,
        country: country.map(|country| country.parse().unwrap()),
        rate: None,
        account,
    };
    for (row, scheme) in kinds
        .into_iter()
        .flat_map(|row| schemes.map(|scheme| (row, scheme)))
    {
        accounts.push(rule(row, scheme, Some("FI"), 3111));
        accounts.push(rule(row, scheme, None, 3999));
    }
    let mut settings = OrderSettings {
        accounts,
        gift_cards: vec![GiftCardVoucher::StartsWith("Presentkort".to_owned())],
        ..OrderSettings::swedish(DateTime::UNIX_EPOCH, Vec::new())
    };
    settings.payments.otherwise = Some(1580);
    settings.payments.modules.insert("payment".to_owned(), Some(1581));
    settings
}

fn d(text: &str) -> rust_decimal::Decimal {
    text.parse().unwrap()
}

fn rate(text: &str) -> VatRate {
    VatRate::percent(d(text))
}

fn address(country: &str) -> Address {
    Address {
        name: "Åsa Öberg".to_owned(),
        company: "Öbergs Garn AB".to_owned(),
        line1: "Storgatan 1".to_owned(),
        line2: "2 tr".to_owned(),
        postcode: "871 31".to_owned(),
        city: "Härnösand".to_owned(),
        country: country.parse().unwrap(),
        vat_number: String::new(),
        phone: "0611-123 45".to_owned(),
    }
}

/// A private person at home: every kind of row, a gift card, and an öre left over.
fn person() -> Order {
    let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    let fee = |kind, name: &str, gross: &str, percent: &str| Fee {
        kind,
        name: name.to_owned(),
        gross: d(gross),
        rate: rate(percent),
    };
    let mut order = Order {
        key: "42".to_owned(),
        number: "ABCDEFGHI".to_owned(),
        placed_at: at,
        placed_on: at.date_naive(),
        updated_at: at,
        currency: Currency::SEK,
        conversion_rate: d("1"),
        state: "2".to_owned(),
        states_passed: vec![ShopState::of_id("2")],
        cancelled: false,
        refunded_without_slip: false,
        customer: buyer(),
        billing: address("SE"),
        delivery: address("SE"),
        lines: vec![line("1", 4, "250.00", "25"), line("2", 3, "112.00", "12")],
        fees: vec![
            fee(FeeKind::Shipping, "Frakt", "49.00", "25"),
            fee(FeeKind::Wrapping, "Inslagning", "20.00", "25"),
            fee(FeeKind::Payment, "Fakturaavgift", "29.00", "25"),
        ],
        discounts: vec![discount("Rabatt", "10.00"), discount("Presentkort 1", "50.00")],
        payment: Payment {
            method: "Kort".to_owned(),
            module: "payment".to_owned(),
            transactions: vec!["T1".to_owned()],
            paid: d("500.00"),
            paid_on: Some(at.date_naive()),
        },
        totals: Totals {
            gross: d("400.01"),
            net: d("320.01"),
            goods_gross: d("362.00"),
        },
        taxes: Vec::new(),
        note: "Ring på".to_owned(),
    };
    order.taxes = order.tax_shares();
    order
}

fn buyer() -> Customer {
    Customer {
        key: "7".to_owned(),
        kind: CustomerKind::Person,
        given_name: "Åsa".to_owned(),
        family_name: "Öberg".to_owned(),
        company: String::new(),
        org_number: String::new(),
        vat_number: String::new(),
        email: "asa@example.se".to_owned(),
        phone: "0611-123 45".to_owned(),
        guest: false,
        language: "sv".to_owned(),
    }
}

fn line(key: &str, quantity: u32, gross: &str, percent: &str) -> OrderLine {
    OrderLine {
        key: key.to_owned(),
        sku: format!("G-{key}"),
        name: format!("Garn {key}"),
        quantity,
        net: rate(percent).net(d(gross)),
        gross: d(gross),
        rate: rate(percent),
    }
}

fn discount(name: &str, gross: &str) -> Discount {
    Discount {
        name: name.to_owned(),
        shares: vec![DiscountShare {
            rate: rate("25"),
            gross: d(gross),
        }],
    }
}

/// A company at home, paid by nothing but money.
fn company() -> Order {
    let mut order = person();
    order.customer.kind = CustomerKind::Company;
    order.customer.company = "Öbergs Garn AB".to_owned();
    order.customer.org_number = "556012-5790".to_owned();
    order.customer.vat_number = "SE556012579001".to_owned();
    order
}

/// A company in another country, taxed at this rate.
fn abroad(country: &str, percent: &str) -> Order {
    let mut order = company();
    order.customer.org_number = String::new();
    order.customer.vat_number = if country == "DE" { "DE136695976" } else { "" }.to_owned();
    order.billing = address(country);
    order.delivery = address(country);
    order.lines.iter_mut().for_each(|line| line.rate = rate(percent));
    order.fees.iter_mut().for_each(|fee| fee.rate = rate(percent));
    for share in order
        .discounts
        .iter_mut()
        .flat_map(|discount| &mut discount.shares)
    {
        share.rate = rate(percent);
    }
    order
}

/// Each kind of slip, after one that gave something back before.
fn refunds() -> Vec<Refund> {
    let line = |order_line: &str, gross: &str, percent: &str| SlipLine {
        order_line: order_line.to_owned(),
        quantity: 1,
        gross: d(gross),
        net: rate(percent).net(d(gross)),
    };
    let slip = |key: &str, kind, lines: Vec<SlipLine>, amount: &str, shipping: &str| Slip {
        key: key.to_owned(),
        date: "2026-11-22".parse().unwrap(),
        created_at: DateTime::from_timestamp(1_795_100_000, 0).unwrap(),
        kind,
        lines,
        shipping_gross: d(shipping),
        shipping_net: rate("25").net(d(shipping)),
        amount: d(amount),
    };
    let earlier = || slip("1", SlipKind::Plain, vec![line("1", "62.50", "25")], "62.50", "0");
    let whole = || vec![line("1", "62.50", "25"), line("2", "37.33", "12")];
    let mut paid_in_money = company();
    paid_in_money.discounts.pop();
    paid_in_money.totals.gross = d("450.01");
    let slips = [
        (
            paid_in_money.clone(),
            slip("2", SlipKind::Plain, whole(), "99.83", "0"),
        ),
        (
            paid_in_money.clone(),
            slip("2", SlipKind::ChosenAmount, whole(), "80.00", "49.00"),
        ),
        (
            paid_in_money,
            slip("2", SlipKind::MinusVoucher, whole(), "89.83", "0"),
        ),
        (person(), slip("2", SlipKind::Plain, whole(), "99.83", "0")),
        (
            abroad("DE", "19"),
            slip("2", SlipKind::ChosenAmount, Vec::new(), "20.00", "0"),
        ),
    ];
    let refund = |(order, slip): (Order, Slip)| Refund {
        key: "2".to_owned(),
        order: Box::new(order),
        // a slip without rows is the order's first
        earlier: if slip.lines.is_empty() {
            Vec::new()
        } else {
            vec![earlier()]
        },
        slip,
    };
    slips.map(refund).into()
}

fn texts(text: &str) -> Texts {
    Texts::from([("sv".to_owned(), text.to_owned())])
}

/// With every part ours, and with every part but the price.
fn articles() -> Vec<Sample> {
    use ArticleField::{Active, Description, Ean, Name, Price, Vat, Weight};
    let article = Article {
        key: "12-34".to_owned(),
        sku: "G-1".to_owned(),
        name: texts("Garn"),
        variant: texts("Blått"),
        description: texts("<p>Mjukt</p>"),
        active: true,
        ean: "7350000000001".to_owned(),
        weight: Some(d("0.1")),
        rate: Some(rate("25")),
        price: Some(d("80")),
        currency: Currency::SEK,
        updated_at: Some(DateTime::UNIX_EPOCH),
    };
    let sample = |fields: BTreeSet<ArticleField>| {
        let settings = ProductSettings {
            fields,
            ..ProductSettings::swedish()
        };
        let carries = move |record: &Record| match record {
            Record::Article(article) => {
                let card = mapping::article::article(article, &settings)?;
                Ok(vec![Document::Article(Box::new(card))])
            }
            Record::Order(_)
            | Record::Refund(_)
            | Record::Price(_)
            | Record::Stock(_)
            | Record::Status(_) => Err(another()),
        };
        Sample {
            record: Record::Article(Box::new(article.clone())),
            carries: Box::new(carries),
        }
    };
    let all = BTreeSet::from([Name, Description, Active, Ean, Weight, Vat, Price]);
    vec![sample(all), sample(ProductSettings::swedish().fields)]
}

fn price() -> Sample {
    let price = ArticlePrice {
        key: "i-1".to_owned(),
        sku: "G-1".to_owned(),
        currency: Currency::SEK,
        with_tax: false,
        regular: Some(d("80")),
        campaign: Some(Campaign {
            price: d("60"),
            from: Some("2026-11-01".parse().unwrap()),
            to: Some("2026-11-30".parse().unwrap()),
        }),
    };
    let carries = |record: &Record| match record {
        Record::Price(price) => {
            let tag = mapping::article::price(price, &PriceSettings::swedish())?;
            Ok(vec![Document::Price(Box::new(tag))])
        }
        Record::Order(_) | Record::Refund(_) | Record::Article(_) | Record::Stock(_) | Record::Status(_) => {
            Err(another())
        }
    };
    Sample {
        record: Record::Price(Box::new(price)),
        carries: Box::new(carries),
    }
}

fn stock() -> Sample {
    let level = StockLevel {
        key: "i-1".to_owned(),
        sku: "G-1".to_owned(),
        available: Some(d("12")),
        sold_when_empty: Some(true),
        as_of: DateTime::UNIX_EPOCH,
    };
    let settings = StockSettings {
        decides_sold_when_empty: true,
        ..StockSettings::default()
    };
    let carries = move |record: &Record| match record {
        Record::Stock(level) => {
            let count = mapping::article::stock(level, 0, &settings)?;
            Ok(vec![Document::Stock(count)])
        }
        Record::Order(_) | Record::Refund(_) | Record::Article(_) | Record::Price(_) | Record::Status(_) => {
            Err(another())
        }
    };
    Sample {
        record: Record::Stock(level),
        carries: Box::new(carries),
    }
}

/// One event at a time, each of which is told as a state.
fn statuses() -> Vec<Sample> {
    let rule = |event: OrderEvent| {
        let rule = StatusRule {
            state: format!("state of {event}"),
            mail: true,
            tracking: true,
        };
        (event, rule)
    };
    let spec = StatusSpec {
        settings: StatusSettings {
            start_on: "2026-11-01".parse().unwrap(),
            states: OrderEvent::ALL.map(rule).into_iter().collect::<BTreeMap<_, _>>(),
            delivered_when: None,
            cancels_captured: false,
        },
        triggers: Vec::new(),
    };
    let status = OrderStatus {
        key: "7d3c".to_owned(),
        reference: "k3x9qa-1042".to_owned(),
        order_number: "XKBKNABJK".to_owned(),
        invoiced_on: "2026-11-20".parse().unwrap(),
        events: vec![OrderEvent::Delivered],
        tracking: Some("SE123".to_owned()),
    };
    let carries = move |record: &Record| match record {
        Record::Status(status) => mapping::status::status(status, SHOP, &spec).map(documents),
        Record::Order(_) | Record::Refund(_) | Record::Article(_) | Record::Price(_) | Record::Stock(_) => {
            Err(another())
        }
    };
    vec![Sample {
        record: Record::Status(Box::new(status)),
        carries: Box::new(carries),
    }]
}
