//! A fake Hogia Smart and the connector's sink on it, as an agent would open it. Books are read through the fake's own
//! admin pages, never through the connector.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use secrecy::ExposeSecret;
use serde_json::Value;
use skarv_canonical::customer::{Address, Customer, CustomerCard, CustomerKind};
use skarv_canonical::invoice::{Buyer, Invoice, InvoiceRow, RowKind};
use skarv_canonical::spec::{OrderSettings, StreamSettings, StreamSpec};
use skarv_canonical::vat::VatScheme;
use skarv_canonical::write::{Document, Effect, Write};
use skarv_canonical::{Country, Currency};
use skarv_connector::{Access, BoxedSink, CheckReport, Connector, Error, Found, Put, Receipt};
use skarv_hogia_smart::HogiaSmart;
use skarv_hogia_smart::fake::{self, Clock, Config, Erp};
use skarv_http::{Client, ClientConfig, SendWindow, SystemWall, WallClock};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// The fake's time: it stands still at noon until a test moves it.
fn clock(moved: Arc<AtomicI64>) -> Clock {
    let noon: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().expect("a time");
    Clock::new(move || noon + TimeDelta::seconds(moved.load(Ordering::Relaxed)))
}

pub(crate) struct System {
    pub(crate) erp: Erp,
    pub(crate) access: Access,
    sink: BoxedSink,
    admin: reqwest::Client,
    moved: Arc<AtomicI64>,
}

/// The way into a system at these addresses, with the demo's credentials.
pub(crate) fn access(base_url: &str, token_url: &str) -> Access {
    let config = Config::example();
    let text = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let secrets = [
        ("client_id".to_owned(), config.client_id.into()),
        ("client_secret".to_owned(), config.client_secret),
    ];
    Access {
        connection: "bokföring".to_owned(),
        shop_ref: String::new(),
        settings: text(&[
            ("base_url", base_url),
            ("token_url", token_url),
            ("organization_id", &config.organization_id.to_string()),
        ]),
        secrets: secrets.into(),
        http: Client::new(ClientConfig {
            allow_private: true,
            ..ClientConfig::default()
        })
        .expect("a client"),
    }
}

pub(crate) fn stream() -> StreamSpec {
    StreamSpec {
        settings: StreamSettings::Orders(OrderSettings::swedish(DateTime::UNIX_EPOCH, Vec::new())),
    }
}

pub(crate) async fn sink(access: &Access) -> BoxedSink {
    HogiaSmart::default()
        .sink(access, &stream())
        .await
        .expect("a sink")
}

/// What a grant of so long, asked for just now, allows.
pub(crate) fn window(length: Duration) -> SendWindow {
    SendWindow::new(tokio::time::Instant::now(), SystemWall.now(), length)
}

impl System {
    pub(crate) async fn start() -> Self {
        Self::start_with(Config::example()).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        let moved = Arc::new(AtomicI64::new(0));
        let config = Config {
            now: clock(Arc::clone(&moved)),
            ..config
        };
        Self::started(config, moved).await
    }

    /// With the time of day, for what asks the host for it.
    pub(crate) async fn start_today() -> Self {
        Self::started(Config::example(), Arc::default()).await
    }

    async fn started(config: Config, moved: Arc<AtomicI64>) -> Self {
        let erp = fake::start(config).await.expect("a free port");
        let access = access(&erp.base_url(), &erp.token_url());
        let sink = sink(&access).await;
        Self {
            erp,
            access,
            sink,
            admin: admin(),
            moved,
        }
    }

    /// With the customer that `invoice` names, and everything read that a sink reads once.
    pub(crate) async fn warm() -> Self {
        let system = Self::start().await;
        system.put(&customer_write(card())).await.expect("a customer");
        system
            .put(&invoice_write(invoice("warm-1")))
            .await
            .expect("an invoice");
        system
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.moved.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The same system through other settings.
    pub(crate) fn set(&mut self, setting: &str, value: &str) {
        self.access.settings.insert(setting.to_owned(), value.to_owned());
    }

    pub(crate) async fn reopen(&mut self) {
        self.sink = sink(&self.access).await;
    }

    pub(crate) async fn put(&self, write: &Write) -> Result<Receipt, Error> {
        self.put_within(write, MINUTE).await
    }

    pub(crate) async fn put_within(&self, write: &Write, length: Duration) -> Result<Receipt, Error> {
        let put = Put {
            write,
            existing: None,
            earlier: &[],
            window: Some(window(length)),
        };
        self.sink.put(put).await
    }

    /// As an update of what stands under this id.
    pub(crate) async fn put_over(&self, write: &Write, existing: &str) -> Result<Receipt, Error> {
        let put = Put {
            write,
            existing: Some(existing),
            earlier: &[],
            window: Some(window(MINUTE)),
        };
        self.sink.put(put).await
    }

    /// As the next write of a record, after those that left these ids.
    pub(crate) async fn put_after(&self, write: &Write, earlier: &[String]) -> Result<Receipt, Error> {
        let put = Put {
            write,
            existing: None,
            earlier,
            window: Some(window(MINUTE)),
        };
        self.sink.put(put).await
    }

    /// The card that was the buyer's before we came, by its number.
    pub(crate) async fn matched(&self, card: CustomerCard) -> Result<Option<String>, Error> {
        let found = self.sink.match_existing(&customer_write(card)).await?;
        Ok(found.map(|found| found.foreign_id))
    }

    /// Adds a card by hand and gives its number.
    pub(crate) async fn card_by_hand(&self, card: Value) -> String {
        let url = self.admin_url("contacts");
        let sent = self.admin.post(url).json(&card).send().await.expect("an answer");
        let added: Value = sent.json().await.expect("JSON");
        added["number"].as_str().expect("a number").to_owned()
    }

    /// All cards as they stand.
    pub(crate) async fn cards(&self) -> Vec<Value> {
        let cards = self.admin_get("contacts").await;
        cards.as_array().expect("cards").clone()
    }

    pub(crate) async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        self.sink.find(write).await
    }

    /// Puts what must be refused, and gives the reason as text.
    pub(crate) async fn refusal(&self, write: &Write) -> String {
        let error = self.put(write).await.expect_err("refused");
        error.reason.to_string()
    }

    pub(crate) async fn check(&self) -> Result<CheckReport, Error> {
        HogiaSmart::default().check(&self.access).await
    }

    pub(crate) async fn faults(&self, plan: Value) {
        self.admin_post("faults", &plan).await;
    }

    pub(crate) async fn ledger(&self) -> Value {
        self.admin_get("ledger").await
    }

    /// Invoices in the books, other than the one that warmed the system.
    pub(crate) async fn booked(&self) -> Vec<Value> {
        let ledger = self.ledger().await;
        let invoices = ledger["invoices"].as_array().expect("invoices").iter();
        invoices
            .filter(|invoice| invoice["reference"] != "warm-1")
            .cloned()
            .collect()
    }

    /// How often an endpoint was called since the last reset.
    pub(crate) async fn calls(&self, endpoint: &str) -> u64 {
        self.admin_get("requests").await["by_endpoint"][endpoint]
            .as_u64()
            .unwrap_or(0)
    }

    pub(crate) async fn admin_get(&self, path: &str) -> Value {
        let sent = self.admin.get(self.admin_url(path)).send().await;
        sent.expect("an answer").json().await.expect("JSON")
    }

    pub(crate) async fn admin_post(&self, path: &str, body: &Value) {
        let sent = self.admin.post(self.admin_url(path)).json(body).send().await;
        assert!(sent.expect("an answer").status().is_success(), "{path}");
    }

    fn admin_url(&self, path: &str) -> String {
        format!("{}/{path}", self.erp.admin_url())
    }

    pub(crate) fn client_secret(&self) -> &str {
        self.erp.config().client_secret.expose_secret()
    }
}

#[allow(clippy::disallowed_methods, reason = "the admin pages are no foreign system")]
pub(crate) fn admin() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

pub(crate) fn d(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

pub(crate) fn card() -> CustomerCard {
    CustomerCard {
        number: Some("k3x9qa-K7".to_owned()),
        customer: Customer {
            key: "7".to_owned(),
            kind: CustomerKind::Person,
            given_name: "Åsa".to_owned(),
            family_name: "Öberg-Ängström".to_owned(),
            company: String::new(),
            org_number: String::new(),
            vat_number: String::new(),
            email: "asa@example.com".to_owned(),
            phone: String::new(),
            guest: false,
            language: "sv".to_owned(),
        },
        billing: Address {
            name: "Åsa Öberg-Ängström".to_owned(),
            company: String::new(),
            line1: "Älvvägen 3".to_owned(),
            line2: String::new(),
            postcode: "123 45".to_owned(),
            city: "Örebro".to_owned(),
            country: Country::SE,
            vat_number: String::new(),
            phone: String::new(),
        },
        currency: Currency::SEK,
        reverse_charge: false,
        match_existing: false,
    }
}

pub(crate) fn row(kind: RowKind, quantity: u32, gross: &str, rate: &str, account: u32) -> InvoiceRow {
    InvoiceRow {
        kind,
        sku: "RM-1".to_owned(),
        text: "Räksmörgås".to_owned(),
        quantity,
        gross: d(gross),
        rate: rate.parse().expect("a rate"),
        account,
    }
}

pub(crate) fn goods(gross: &str, rate: &str, account: u32) -> InvoiceRow {
    row(RowKind::Goods, 1, gross, rate, account)
}

/// One row of 99.00 kronor with 25 % VAT.
pub(crate) fn invoice(reference: &str) -> Invoice {
    with_rows(reference, vec![goods("99.00", "25", 3001)])
}

pub(crate) fn with_rows(reference: &str, rows: Vec<InvoiceRow>) -> Invoice {
    Invoice {
        reference: reference.to_owned(),
        order_number: format!("ORDER{reference}"),
        customer_number: card().number.unwrap_or_default(),
        buyer: Buyer::at(card().billing),
        date: "2026-11-20".parse().expect("a day"),
        payment_terms_days: 30,
        currency: Currency::SEK,
        conversion_rate: Decimal::ONE,
        scheme: VatScheme::Domestic,
        total: rows.iter().map(|row| row.gross).sum(),
        rows,
        payment_method: "Klarna".to_owned(),
        note: String::new(),
        takes_stock: false,
    }
}

pub(crate) fn customer_write(card: CustomerCard) -> Write {
    Write {
        our_key: card.number.clone().unwrap_or_default(),
        effect: Effect::Create,
        document: Document::Customer(Box::new(card)),
    }
}

pub(crate) fn invoice_write(invoice: Invoice) -> Write {
    Write {
        our_key: invoice.reference.clone(),
        effect: Effect::Create,
        document: Document::Invoice(Box::new(invoice)),
    }
}
