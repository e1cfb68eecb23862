//! What the descriptor says of fields is what goes over the line to Hogia Smart and back.
//!
//! Full documents of every kind are put, field by field changed, on a line that takes nothing. Items are read with every leaf of
//! the answers changed. Rows are booked by account *and* rate, which change together. Not covered: what only a look-up carries (a number, an organisation number or an e-mail address
//! in a query), which goes nowhere but where it already stands.

use anyhow::Result;
use serde_json::json;
use skarv_canonical::customer::{Address, CustomerCard, CustomerKind};
use skarv_canonical::descriptor::Place;
use skarv_canonical::invoice::{CreditNote, Invoice, InvoiceRow, RowKind};
use skarv_canonical::record::Record;
use skarv_canonical::spec::{StreamKind, StreamSpec};
use skarv_canonical::write::{Document, Effect, Entity, Write};
use skarv_conformance::register::{self, Pairs};
use skarv_conformance::tap::{Call, Fault, Meets, Tap};
use skarv_connector::{Access, Connector, Put};
use skarv_hogia_smart::HogiaSmart;
use skarv_hogia_smart::fake::Config;

use crate::books::{credit, payment};
use crate::items_world::{Stream, card as article, prices, products, stock};
use crate::status;
use crate::system::{MINUTE, System, card, customer_write, invoice_write, row, stream, window, with_rows};

/// The path without the organisation and without ids, and the path within.
fn named(call: &Call, leaf: &str) -> Option<String> {
    let steps = call.path.split('/').skip(2);
    let steps: Vec<&str> = steps
        .filter(|step| step.chars().all(|c| c.is_ascii_alphabetic()))
        .collect();
    Some(format!("{}.{leaf}", steps.join(".")))
}

async fn tapped(system: &System) -> (Tap, Access) {
    let base = system.erp.base_url();
    let tap = Tap::on(&base).await.expect("a tap");
    let mut access = system.access.clone();
    access.settings.insert("base_url".to_owned(), tap.url());
    (tap, access)
}

/// A write of a document as its stream would put it; its key is its own.
fn write(document: Document) -> Write {
    let (our_key, effect) = match &document {
        Document::Customer(card) => (card.number.clone().unwrap_or_default(), Effect::Create),
        Document::Invoice(invoice) => (invoice.reference.clone(), Effect::Create),
        Document::Credit(credit) => (credit.reference.clone(), Effect::Create),
        Document::Payment(payment) => (payment.reference.clone(), Effect::Create),
        Document::Article(card) => (card.sku.clone(), Effect::Update),
        other => panic!("not written: {other:?}"),
    };
    Write {
        our_key,
        effect,
        document,
    }
}

/// A system in which what documents hang on stands, on a line that keeps what is written to itself: so that the same
/// document can be put again and again.
struct Counter {
    tap: Tap,
    access: Access,
    _system: System,
}

impl Counter {
    async fn open() -> Self {
        let system = System::start_with(Config::example()).await;
        let system = system.stocked(&["RM-1", "RM-11"]).await;
        for number in ["k3x9qa-K7", "k3x9qa-K71"] {
            let standing = CustomerCard {
                number: Some(number.to_owned()),
                ..card()
            };
            system.put(&customer_write(standing)).await.expect("a card");
        }
        for reference in ["k3x9qa-1", "k3x9qa-11"] {
            system
                .put(&invoice_write(bill(reference)))
                .await
                .expect("an invoice");
        }
        let (tap, access) = tapped(&system).await;
        let refused = Fault::Refused {
            status: 400,
            retry_after: None,
        };
        tap.breaks(refused, Meets::Writing);
        Self {
            tap,
            access,
            _system: system,
        }
    }

    /// The calls of putting a document; none where it is refused before it leaves.
    async fn put(&self, document: Document) -> Option<Vec<Call>> {
        let write = write(mended(document));
        let spec = match write.document {
            Document::Article(_) => products(),
            _ => stream(),
        };
        let sink = HogiaSmart::default()
            .sink(&self.access, &spec)
            .await
            .expect("a sink");
        self.tap.forget();
        let put = Put {
            write: &write,
            existing: None,
            earlier: &[],
            window: Some(window(MINUTE)),
        };
        sink.put(put).await.expect_err("nothing is taken on this line");
        Some(self.tap.calls()).filter(|calls| calls.iter().any(Call::writes))
    }
}

/// A total is what its rows come to, and an account has one rate: neither is changed without the other.
fn mended(document: Document) -> Document {
    let sum = |rows: &[InvoiceRow]| rows.iter().map(|row| row.gross).sum();
    match document {
        Document::Invoice(mut invoice) => {
            invoice.rows.iter_mut().for_each(booked);
            invoice.total = sum(&invoice.rows);
            Document::Invoice(invoice)
        }
        Document::Credit(mut credit) => {
            credit.rows.iter_mut().for_each(booked);
            credit.total = sum(&credit.rows);
            Document::Credit(credit)
        }
        other => other,
    }
}

fn booked(row: &mut InvoiceRow) {
    if row.kind == RowKind::Goods {
        row.account = match row.rate.to_string().as_str() {
            "12" => 3002,
            "6" => 3003,
            _ => 3001,
        };
    }
}

fn address(name: &str) -> Address {
    Address {
        name: name.to_owned(),
        company: "Öbergs Garn AB".to_owned(),
        line1: "Storgatan 1".to_owned(),
        line2: "2 tr".to_owned(),
        postcode: "871 31".to_owned(),
        city: "Härnösand".to_owned(),
        phone: "0611-123 45".to_owned(),
        ..card().billing
    }
}

fn buyer(kind: CustomerKind) -> CustomerCard {
    let mut card = CustomerCard {
        number: Some("k3x9qa-K7".to_owned()),
        billing: address("Åsa Öberg"),
        ..card()
    };
    card.customer.kind = kind;
    card.customer.phone = "0611-123 45".to_owned();
    card.customer.email = "asa@example.se".to_owned();
    if kind == CustomerKind::Company {
        card.customer.company = "Öbergs Garn AB".to_owned();
        card.customer.org_number = "5560125790".to_owned();
        card.customer.vat_number = "SE556012579001".to_owned();
    }
    card
}

fn bill(reference: &str) -> Invoice {
    let rows = vec![
        row(RowKind::Goods, 3, "99.99", "12", 3002),
        row(RowKind::Shipping, 1, "49.00", "25", 3520),
        row(RowKind::Discount, 1, "-10.00", "12", 3002),
    ];
    let mut invoice = Invoice {
        customer_number: "k3x9qa-K7".to_owned(),
        note: "Ring på".to_owned(),
        ..with_rows(reference, rows)
    };
    invoice.buyer.billing = address("Åsa Öberg");
    invoice.buyer.delivery = address("Bo Ek");
    invoice
}

fn samples(entity: &Entity) -> Vec<Document> {
    let collective = |mut invoice: Invoice| {
        invoice.buyer.collective = true;
        invoice
    };
    let taken_from_stock = |mut invoice: Invoice| {
        invoice.takes_stock = true;
        invoice.rows.retain(|row| row.kind == RowKind::Goods);
        invoice
    };
    match entity {
        Entity::Customer => [CustomerKind::Person, CustomerKind::Company]
            .map(|kind| Document::Customer(Box::new(buyer(kind))))
            .into(),
        Entity::Invoice => vec![
            Document::Invoice(Box::new(bill("k3x9qa-1"))),
            Document::Invoice(Box::new(collective(bill("k3x9qa-1")))),
            Document::Invoice(Box::new(taken_from_stock(bill("k3x9qa-1")))),
        ],
        Entity::Credit => {
            let rows = vec![row(RowKind::Goods, 1, "-33.33", "12", 3002)];
            let credit = CreditNote {
                customer_number: "k3x9qa-K7".to_owned(),
                ..credit("k3x9qa-1", 5, rows)
            };
            vec![Document::Credit(Box::new(credit))]
        }
        Entity::Payment => vec![Document::Payment(Box::new(payment("k3x9qa-1")))],
        Entity::Article => {
            let mut priced = article("G-1");
            (priced.price, priced.weight) = ("80".parse().ok(), "0.5".parse().ok());
            let mut first = article("G-1");
            first.first_price = "80".parse().ok();
            [priced, first]
                .map(|card| Document::Article(Box::new(card)))
                .into()
        }
        Entity::Price | Entity::Stock | Entity::Status => Vec::new(),
    }
}

fn declared(entity: &Entity) -> Vec<Place> {
    let descriptor = HogiaSmart::default().descriptor();
    descriptor.write_of(entity).expect("it is written").fields.clone()
}

async fn puts_what_it_declares(entity: Entity, bound: &[&str]) -> Result<()> {
    let counter = Counter::open().await;
    let mut seen = Pairs::new();
    for sample in samples(&entity) {
        let put = async |document| counter.put(document).await;
        for (field, places) in register::put_places(&sample, put, &named).await? {
            seen.entry(field).or_default().extend(places);
        }
    }
    register::agrees(&declared(&entity), &seen, bound)
}

#[tokio::test]
async fn a_card_is_put_where_the_register_says() -> Result<()> {
    puts_what_it_declares(Entity::Customer, &[]).await
}

#[tokio::test]
async fn an_invoice_is_put_where_the_register_says() -> Result<()> {
    puts_what_it_declares(Entity::Invoice, &["invoice.rows.account"]).await
}

#[tokio::test]
async fn a_credit_note_is_put_where_the_register_says() -> Result<()> {
    puts_what_it_declares(Entity::Credit, &["credit.rows.account"]).await
}

#[tokio::test]
async fn a_payment_is_put_where_the_register_says() -> Result<()> {
    puts_what_it_declares(Entity::Payment, &[]).await
}

#[tokio::test]
async fn an_article_is_put_where_the_register_says() -> Result<()> {
    puts_what_it_declares(Entity::Article, &[]).await
}

async fn reads_what_it_declares(kind: StreamKind, spec: StreamSpec) -> Result<()> {
    let system = System::start().await.stocked(&["G-1"]).await;
    let full = json!({
        "ean": "7350000000001", "vatPercent": 0.25,
        "price": { "regular": 80, "campaign": 60, "campaignFrom": "2026-11-01", "campaignTo": "2026-11-30" },
    });
    system.change_item("G-1", full).await;
    system.count_item("G-1", "12").await;
    let (tap, access) = tapped(&system).await;
    let read = async || {
        let stream = Stream::everything(&access, &spec).await;
        let page = stream.page(10).await.ok()?;
        let records = page.records.into_iter().map(|record| record.content.ok());
        records
            .collect::<Option<Vec<Record>>>()
            .filter(|records| !records.is_empty())
    };
    let seen = register::read_places(&tap, read, &named).await?;
    let descriptor = HogiaSmart::default().descriptor();
    let declared = &descriptor.reads_of(kind).expect("it is read").fields;
    register::agrees(declared, &seen, &[])
}

#[tokio::test]
async fn articles_come_from_where_the_register_says() -> Result<()> {
    reads_what_it_declares(StreamKind::Products, products()).await
}

#[tokio::test]
async fn prices_come_from_where_the_register_says() -> Result<()> {
    reads_what_it_declares(StreamKind::Prices, prices()).await
}

#[tokio::test]
async fn what_becomes_of_orders_comes_from_where_the_register_says() -> Result<()> {
    let system = System::invoiced("k3x9qa-1").await;
    system.pay(payment("k3x9qa-1")).await;
    let (tap, access) = tapped(&system).await;
    let spec = status::spec();
    let read = async || {
        let stream = Stream::everything(&access, &spec).await;
        let page = stream.page(10).await.ok()?;
        let records = page.records.into_iter().map(|record| record.content.ok());
        records.collect::<Option<Vec<Record>>>()
    };
    let seen = register::read_places(&tap, read, &named).await?;
    let descriptor = HogiaSmart::default().descriptor();
    let declared = &descriptor
        .reads_of(StreamKind::OrderStatus)
        .expect("it is read")
        .fields;
    // they make the list of events longer or shorter, and only what stays as long can be compared
    let bound = [
        "customerinvoices.customerInvoiceReferences.type",
        "customerinvoices.isBilled",
        "customerinvoices.isCanceled",
    ];
    register::agrees(declared, &seen, &bound)
}

#[tokio::test]
async fn stock_levels_come_from_where_the_register_says() -> Result<()> {
    reads_what_it_declares(StreamKind::Stock, stock()).await
}
