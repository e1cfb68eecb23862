//! A plain client of the fake: it signs in once and adds the version to every call. It knows nothing of
//! the connector.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use skarv_hogia_smart::fake::{self, Clock, Config, Erp};
use uuid::Uuid;

pub(super) const VERSION: &str = "2025-06-01";

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    pub(super) body: Value,
}

impl Answer {
    /// The codes of the list shape; fails on any other shape.
    pub(super) fn codes(&self) -> Vec<u64> {
        let flaws = self.body.as_array().expect("the list shape");
        flaws
            .iter()
            .map(|flaw| flaw["errorCode"].as_u64().expect("a code"))
            .collect()
    }

    /// The fields of the problem shape; fails on any other shape.
    pub(super) fn fields(&self) -> Vec<&str> {
        assert_eq!(self.body["status"], 400);
        self.body["errors"]
            .as_object()
            .expect("the problem shape")
            .keys()
            .map(String::as_str)
            .collect()
    }

    /// The bare text; fails on any other shape.
    pub(super) fn text(&self) -> &str {
        self.body.as_str().expect("the text shape")
    }

    pub(super) fn id(&self, field: &str) -> String {
        self.body[field]
            .as_str()
            .unwrap_or_else(|| panic!("no {field} in {}", self.body))
            .to_owned()
    }
}

pub(super) struct Client {
    pub(super) erp: Erp,
    pub(super) http: reqwest::Client,
    token: String,
}

pub(super) fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().expect("a time")
}

pub(super) fn config() -> Config {
    Config {
        now: Clock::fixed(noon()),
        ..Config::example()
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the guarded client belongs to the connector, not to a stranger"
)]
pub(super) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

pub(super) async fn token(erp: &Erp, http: &reqwest::Client) -> String {
    let Config {
        client_id,
        client_secret,
        ..
    } = erp.config();
    let secret = client_secret.expose_secret();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", secret),
    ];
    let sent = http
        .post(erp.token_url())
        .form(&form)
        .send()
        .await
        .expect("a token answer");
    let body: Value = sent.json().await.expect("a token body");
    body["access_token"].as_str().expect("a token").to_owned()
}

impl Client {
    pub(super) async fn start() -> Self {
        Self::start_with(config()).await
    }

    pub(super) async fn start_with(config: Config) -> Self {
        let erp = fake::start(config).await.expect("a free port");
        let http = http();
        let token = token(&erp, &http).await;
        Self { erp, http, token }
    }

    /// With the customer that `invoice` names.
    pub(super) async fn with_customer() -> Self {
        let client = Self::start().await;
        client.add_customer("K-1").await;
        client
    }

    pub(super) async fn add_item(&self, item: &Value) -> Answer {
        let added = self.post("items", item).await;
        assert_eq!(added.status, 201, "{}", added.body);
        added
    }

    pub(super) async fn count(&self, number: &str, stock: Value) {
        assert_eq!(
            self.admin_post(&format!("items/{number}/stock"), &stock).await,
            204
        );
    }

    pub(super) async fn add_customer(&self, number: &str) -> Answer {
        let added = self.post("contacts", &contact(number)).await;
        assert_eq!(added.status, 201, "{}", added.body);
        added
    }

    pub(super) fn url(&self, path: &str) -> String {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (base, company) = (self.erp.base_url(), self.erp.config().organization_id);
        format!("{base}/{company}/{path}{joint}api-version={VERSION}")
    }

    pub(super) async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let answer = request.bearer_auth(&self.token).send().await?;
        let status = answer.status().as_u16();
        let retry_after = answer
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().expect("text").to_owned());
        let body = answer.text().await?;
        Ok(Answer {
            status,
            retry_after,
            body: serde_json::from_str(&body).unwrap_or(Value::Null),
        })
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(self.url(path))).await.expect("an answer")
    }

    pub(super) async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Answer> {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).await.expect("an answer")
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.http.put(self.url(path)).json(body))
            .await
            .expect("an answer")
    }

    pub(super) async fn try_patch(&self, path: &str, body: &Value) -> reqwest::Result<Answer> {
        self.send(self.http.patch(self.url(path)).json(body)).await
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.try_patch(path, body).await.expect("an answer")
    }

    /// Books an invoice, which must work, and gives its id.
    pub(super) async fn book(&self, invoice: &Value) -> String {
        let answer = self.post("customerinvoices", invoice).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.id("customerInvoiceId")
    }

    pub(super) async fn invoice(&self, id: &str) -> Value {
        self.get(&format!("customerinvoices/{id}")).await.body
    }

    pub(super) async fn admin_get(&self, path: &str) -> Value {
        let url = format!("{}/{path}", self.erp.admin_url());
        self.http
            .get(url)
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON")
    }

    pub(super) async fn admin_post(&self, path: &str, body: &Value) -> u16 {
        let url = format!("{}/{path}", self.erp.admin_url());
        self.http
            .post(url)
            .json(body)
            .send()
            .await
            .expect("an answer")
            .status()
            .as_u16()
    }

    pub(super) async fn faults(&self, plan: Value) {
        assert_eq!(self.admin_post("faults", &plan).await, 200);
    }

    pub(super) async fn ledger(&self) -> Value {
        self.admin_get("ledger").await
    }

    pub(super) async fn booked(&self) -> Vec<Value> {
        self.ledger().await["invoices"]
            .as_array()
            .expect("invoices")
            .clone()
    }
}

pub(super) fn contact(number: &str) -> Value {
    json!({
        "number": number,
        "contactTypes": [2],
        "countryCode": "SE",
        "givenName": "Åsa",
        "surName": "Öberg",
        "addresses": [{ "addressType": 2, "street": "Älvvägen 3", "zipCode": "123 45", "city": "Örebro" }],
        "customer": { "selectedCurrencyCode": "SEK" },
    })
}

/// Sold within Sweden at 80.00 without VAT, or 100.00 with it.
pub(super) fn item(number: &str) -> Value {
    json!({
        "number": number,
        "name": "Räksmörgås på rågbröd",
        "salesAccounts": [{ "number": 3001, "type": "NationalSales" }],
        "price": { "regular": 80 },
    })
}

pub(super) fn item_line(number: &str, quantity: i64) -> Value {
    json!({ "itemInvoiceLine": { "itemNumber": number, "quantity": quantity } })
}

pub(super) fn invoice(reference: &str, lines: &[Value]) -> Value {
    json!({
        "sequenceId": Uuid::new_v4(),
        "customerInvoice": {
            "customerNumber": "K-1",
            "invoiceDate": "2026-11-20",
            "invoiceReference": reference,
            "customerOrderNumber": format!("order {reference}"),
            "currency": { "code": "SEK" },
        },
        "invoiceLines": lines,
    })
}

pub(super) fn line(unit_price: f64, quantity: i64, account: u32) -> Value {
    json!({ "invoiceLine": {
        "description": "Räksmörgås",
        "unitPrice": unit_price,
        "unitType": "st",
        "quantity": quantity,
        "salesAccountNumber": account,
    }})
}

/// One line of 99.00 kronor with 25 % VAT.
pub(super) fn small(reference: &str) -> Value {
    invoice(reference, &[line(79.2, 1, 3001)])
}
