//! Invoices that take their articles from the books' stock: how much leaves it, and that nothing else about them changes.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use skarv_canonical::Class;
use skarv_canonical::invoice::{Invoice, InvoiceRow, RowKind};
use skarv_canonical::ledger::BookedDocument;
use skarv_canonical::spec::{OrderSettings, StreamSettings, StreamSpec};
use skarv_canonical::vat::VatScheme;
use skarv_connector::{Access, Connector, Delivery, Period, Put, Receipt};
use skarv_hogia_smart::HogiaSmart;
use tokio::net::TcpListener;

use crate::books::{credit, credit_write};
use crate::system::{MINUTE, System, access, admin, d, invoice_write, row, sink, stream, window, with_rows};

const TAKEN_BELOW: &str = "Artiklarna nedan tas ur lagret och kostar inget här: priset står på raderna ovan.";

/// Sold within Sweden with 25 % VAT, at a price that no order has.
fn item(number: &str) -> Value {
    json!({
        "number": number,
        "name": "Artikelns eget namn",
        "salesAccounts": [{ "number": 3001, "type": "NationalSales" }],
        "price": { "regular": 777.77 },
    })
}

/// A customer's card, and a hundred of each of these.
async fn stocked(numbers: &[&str]) -> System {
    let system = System::warm().await;
    for number in numbers {
        system.admin_post("items", &item(number)).await;
        let count = json!({ "quantity": "100" });
        system.admin_post(&format!("items/{number}/stock"), &count).await;
    }
    system
}

fn sold(sku: &str, quantity: u32, gross: &str) -> InvoiceRow {
    InvoiceRow {
        sku: sku.to_owned(),
        ..row(RowKind::Goods, quantity, gross, "25", 3001)
    }
}

fn taking(reference: &str, rows: Vec<InvoiceRow>) -> Invoice {
    Invoice {
        takes_stock: true,
        ..with_rows(reference, rows)
    }
}

fn remarks(receipt: &Receipt) -> Vec<String> {
    receipt.remarks.iter().map(ToString::to_string).collect()
}

impl System {
    async fn sell(&self, invoice: Invoice) -> Receipt {
        self.made(&invoice_write(invoice)).await
    }

    async fn in_stock(&self, number: &str) -> Value {
        let items = self.admin_get("items").await;
        let mut items = items.as_array().expect("items").iter();
        let item = items.find(|item| item["number"] == number);
        item.expect("an item")["stock"]["quantity"].clone()
    }
}

#[tokio::test]
async fn each_article_leaves_the_stock_once_for_each_invoice() {
    let system = stocked(&["A-1", "A-2"]).await;
    let rows = vec![
        sold("A-1", 3, "300.00"),
        sold(" A-2 ", 1, "50.00"),
        sold("A-1", 2, "180.00"),
        row(RowKind::Shipping, 1, "49.00", "25", 3520),
    ];
    let receipt = system.sell(taking("k3x9qa-1", rows)).await;
    assert_eq!(remarks(&receipt), [""; 0]);
    assert_eq!(
        [system.in_stock("A-1").await, system.in_stock("A-2").await],
        ["95", "99"]
    );
    system
        .sell(taking("k3x9qa-2", vec![sold("A-1", 1, "90.00")]))
        .await;
    assert_eq!(system.in_stock("A-1").await, "94");
    let texts = system.the("k3x9qa-2").await["texts"].clone();
    assert_eq!(
        texts,
        json!(["A-1 Räksmörgås", TAKEN_BELOW, "Artikelns eget namn"])
    );
}

#[tokio::test]
async fn an_invoice_that_is_not_to_take_stock_takes_none_and_asks_for_no_article() {
    let system = stocked(&["A-1"]).await;
    system
        .sell(with_rows("k3x9qa-1", vec![sold("A-1", 3, "300.00")]))
        .await;
    assert_eq!(system.in_stock("A-1").await, "100");
    assert_eq!(system.calls("GET /items").await, 0);
}

#[tokio::test]
async fn after_a_lost_answer_the_invoice_is_found_and_the_stock_has_fallen_once() {
    let system = stocked(&["A-1"]).await;
    let write = invoice_write(taking("k3x9qa-1", vec![sold("A-1", 3, "300.00")]));
    system.faults(json!({ "lost_answer_next": 1 })).await;
    let error = system.put(&write).await.expect_err("lost");
    assert_eq!(error.delivery, Delivery::InFlight);
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!(found.mismatch, None);
    assert_eq!(
        (system.in_stock("A-1").await, system.booked().await.len()),
        (json!("97"), 1)
    );
}

#[tokio::test]
async fn totals_and_tax_are_those_of_the_same_invoice_that_takes_nothing() {
    let system = stocked(&["A-1", "A-2"]).await;
    let campaign = json!({ "price": { "campaign": 0.01 }, "salesAccounts": [{ "number": 3002, "type": "NationalSales" }] });
    system.admin_post("items/A-2", &campaign).await;
    let orders = [
        vec![sold("A-1", 1, "0.00")],
        vec![sold("A-1", 7, "99.99"), sold("A-2", 3, "458.29")],
        vec![
            InvoiceRow {
                sku: "A-1".to_owned(),
                ..row(RowKind::Goods, 3, "118.01", "6", 3003)
            },
            row(RowKind::Discount, 1, "-9.67", "6", 3003),
            row(RowKind::Rounding, 1, "-0.02", "0", 3740),
        ],
        vec![sold("A-1", 40_000, "1999.99")],
    ];
    for (n, rows) in orders.into_iter().enumerate() {
        let [plain, takes] = ["plain", "takes"].map(|how| format!("{how}-{n}"));
        system.sell(with_rows(&plain, rows.clone())).await;
        system.sell(taking(&takes, rows)).await;
        let (plain, takes) = (system.the(&plain).await, system.the(&takes).await);
        assert_eq!(
            [&plain["gross"], &plain["net"], &plain["rounding"]],
            [&takes["gross"], &takes["net"], &takes["rounding"]]
        );
        // a rate that only an article has stands there with nothing
        let taxed = |booked: &Value| -> Vec<Value> {
            let shares = booked["vat"].as_array().expect("shares").iter();
            shares
                .filter(|share| share["amount"] != "0.00")
                .cloned()
                .collect()
        };
        assert_eq!(taxed(&plain), taxed(&takes), "{takes}");
        assert!(takes["lines"].as_u64() > plain["lines"].as_u64(), "{takes}");
    }
    assert_eq!(system.in_stock("A-2").await, "97");
}

#[tokio::test]
async fn what_the_books_lack_or_do_not_sell_stops_nothing_and_is_told() {
    let system = stocked(&["A-1", "PAUS", "UTAN-PRIS"]).await;
    let change = |number: &'static str, to: Value| {
        let system = &system;
        async move { system.admin_post(&format!("items/{number}"), &to).await }
    };
    change("PAUS", json!({ "isActive": false })).await;
    change("UTAN-PRIS", json!({ "price": { "regular": null } })).await;
    let rows = ["A-1", "SAKNAS", "PAUS", "UTAN-PRIS", "a-1", "SAKNAS", ""];
    let rows = rows.map(|sku| sold(sku, 2, "20.00")).to_vec();
    let receipt = system.sell(taking("k3x9qa-1", rows)).await;
    assert_eq!(
        remarks(&receipt),
        ["stock_not_taken articles=SAKNAS, PAUS, UTAN-PRIS, a-1"]
    );
    assert_eq!(system.the("k3x9qa-1").await["lines"], 8);
    let left = ["A-1", "PAUS", "UTAN-PRIS"].map(|number| system.in_stock(number));
    assert_eq!(futures::future::join_all(left).await, ["98", "100", "100"]);
}

#[tokio::test]
async fn an_invoice_of_nothing_that_the_books_have_looks_as_ever() {
    let system = stocked(&[]).await;
    system
        .sell(taking("k3x9qa-1", vec![sold("SAKNAS", 1, "20.00")]))
        .await;
    assert_eq!(
        system.the("k3x9qa-1").await["texts"],
        json!(["SAKNAS Räksmörgås"])
    );
}

#[tokio::test]
async fn an_article_is_asked_for_once_in_a_run_also_by_many_at_a_time() {
    let system = stocked(&["A-1"]).await;
    let rows = || vec![sold("A-1", 1, "20.00"), sold("SAKNAS", 1, "20.00")];
    let writes: Vec<_> = (0..8)
        .map(|n| invoice_write(taking(&format!("k3x9qa-{n}"), rows())))
        .collect();
    let put = futures::future::join_all(writes.iter().map(|write| system.put(write))).await;
    assert!(put.iter().all(Result::is_ok));
    assert_eq!(system.calls("GET /items").await, 2);
    assert_eq!(system.in_stock("A-1").await, "92");
}

#[tokio::test]
async fn trouble_with_the_look_at_an_article_is_tried_again_and_is_not_taken_for_a_missing_one() {
    let system = stocked(&["A-1"]).await;
    let write = invoice_write(taking("k3x9qa-1", vec![sold("A-1", 1, "20.00")]));
    system.faults(json!({ "http_500_every": 1 })).await;
    let error = system.put(&write).await.expect_err("trouble");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Transient, Delivery::NotDelivered)
    );
    system.faults(json!({ "http_500_every": 0 })).await;
    system.made(&write).await;
    assert_eq!(system.in_stock("A-1").await, "99");
}

#[tokio::test]
async fn a_line_that_the_books_refuse_after_all_leaves_the_invoice_and_nothing_is_booked_twice() {
    let system = stocked(&["A-1", "A-2"]).await;
    let both = || vec![sold("A-1", 1, "20.00"), sold("A-2", 1, "20.00")];
    system.sell(taking("k3x9qa-1", both())).await;
    // from here on the run believes what is no longer so
    system
        .admin_post("items/A-1", &json!({ "isActive": false }))
        .await;
    let receipt = system.sell(taking("k3x9qa-2", both())).await;
    assert_eq!(remarks(&receipt), ["stock_not_taken articles=A-1, A-2"]);
    assert_eq!(system.the("k3x9qa-2").await["lines"], 2);
    assert_eq!(
        [system.in_stock("A-1").await, system.in_stock("A-2").await],
        ["99", "99"]
    );
}

#[tokio::test]
async fn sales_abroad_take_what_the_books_sell_there() {
    let system = stocked(&["HEM", "UTE", "EURO"]).await;
    let everywhere = json!({ "salesAccounts": [
        { "number": 3001, "type": "NationalSales" },
        { "number": 3108, "type": "ReverseChargeSales" },
    ] });
    for number in ["UTE", "EURO"] {
        system.admin_post(&format!("items/{number}"), &everywhere).await;
    }
    let euro = json!({ "price": { "currencyCode": "EUR" } });
    system.admin_post("items/EURO", &euro).await;
    let abroad = |reference: &str, sku: &str, currency: &str| Invoice {
        scheme: VatScheme::ReverseCharge,
        currency: currency.parse().expect("a currency"),
        ..taking(
            reference,
            vec![InvoiceRow {
                sku: sku.to_owned(),
                ..row(RowKind::Goods, 1, "80.10", "0", 3108)
            }],
        )
    };
    let mut told = Vec::new();
    for (n, (sku, currency)) in [("UTE", "SEK"), ("EURO", "EUR"), ("EURO", "SEK"), ("HEM", "SEK")]
        .into_iter()
        .enumerate()
    {
        let receipt = system.sell(abroad(&format!("k3x9qa-{n}"), sku, currency)).await;
        told.extend(remarks(&receipt));
    }
    assert_eq!(
        told,
        ["stock_not_taken articles=EURO", "stock_not_taken articles=HEM"]
    );
    let left = ["HEM", "UTE", "EURO"].map(|number| system.in_stock(number));
    assert_eq!(futures::future::join_all(left).await, ["100", "99", "99"]);
}

#[tokio::test]
async fn what_else_is_wrong_with_an_invoice_is_still_said() {
    let system = stocked(&["A-1"]).await;
    let rows = || vec![sold("A-1", 1, "20.00")];
    system.sell(taking("k3x9qa-1", rows())).await;
    system
        .admin_post("items/A-1", &json!({ "isActive": false }))
        .await;
    let stranger = Invoice {
        customer_number: "k3x9qa-K99".to_owned(),
        ..taking("k3x9qa-2", rows())
    };
    assert_eq!(
        system.refusal(&invoice_write(stranger)).await,
        "customer_not_in_erp number=k3x9qa-K99"
    );
    assert!(system.in_books("k3x9qa-2").await.is_empty());
}

#[tokio::test]
async fn a_credit_note_puts_nothing_back() {
    let system = stocked(&["A-1"]).await;
    system
        .sell(taking("k3x9qa-1", vec![sold("A-1", 3, "300.00")]))
        .await;
    let back = credit("k3x9qa-1", 5, vec![sold("A-1", 1, "-100.00")]);
    system.made(&credit_write(back)).await;
    assert_eq!(system.in_stock("A-1").await, "97");
}

#[tokio::test]
async fn the_books_tell_of_such_an_invoice_what_its_rows_say() {
    let system = stocked(&["A-1"]).await;
    let goods = InvoiceRow {
        sku: "A-1".to_owned(),
        ..row(RowKind::Goods, 1, "112.00", "12", 3002)
    };
    system.sell(taking("k3x9qa-1", vec![goods])).await;
    let ledger = HogiaSmart::default()
        .ledger(&system.access, &stream())
        .await
        .expect("a ledger");
    let day = "2026-11-20".parse().expect("a day");
    let page = ledger
        .documents(Period { from: day, to: day }, None)
        .await
        .expect("a page");
    let of_it = |booked: &&BookedDocument| booked.reference == "k3x9qa-1";
    let booked = page.documents.iter().find(of_it).expect("the invoice");
    let taxes: Vec<_> = booked
        .taxes
        .iter()
        .map(|tax| (tax.rate.to_string(), tax.tax))
        .collect();
    assert_eq!(
        (booked.total, taxes),
        (
            d("112.00"),
            vec![("12".to_owned(), d("12.00")), ("25".to_owned(), d("0"))]
        )
    );
}

struct Door {
    books: String,
    client: reqwest::Client,
    items: StatusCode,
}

/// The way to the same books through a door that lets nobody at the items.
async fn without_items(system: &System, status: StatusCode) -> Access {
    let door = Door {
        books: system.erp.base_url(),
        client: admin(),
        items: status,
    };
    let router = Router::new().fallback(passed_on).with_state(Arc::new(door));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(axum::serve(listener, router).into_future());
    access(&base, &system.erp.token_url())
}

async fn passed_on(
    State(door): State<Arc<Door>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path().ends_with("/items") {
        return door.items.into_response();
    }
    let sent = door.client.request(method, format!("{}{uri}", door.books));
    let answer = sent.headers(headers).body(body).send().await.expect("an answer");
    let status = answer.status();
    (status, answer.bytes().await.expect("a body")).into_response()
}

fn orders(takes_stock: bool) -> StreamSpec {
    let settings = OrderSettings {
        takes_stock,
        ..OrderSettings::swedish("2026-11-01T00:00:00Z".parse().expect("a time"), Vec::new())
    };
    StreamSpec {
        settings: StreamSettings::Orders(settings),
    }
}

async fn obstacles(access: &Access, takes_stock: bool) -> Vec<(String, String)> {
    let sink = HogiaSmart::default()
        .sink(access, &orders(takes_stock))
        .await
        .expect("a sink");
    let now = "2026-11-23T12:00:00Z".parse().expect("a time");
    let found = sink.obstacles(now).await.expect("a look").into_iter();
    found.map(|reason| (reason.to_string(), reason.fix)).collect()
}

#[tokio::test]
async fn books_that_show_no_items_are_an_obstacle_where_stock_is_taken_and_only_there() {
    let system = System::warm().await;
    assert!(
        obstacles(&system.access, true).await.is_empty(),
        "no items yet is no obstacle"
    );
    for (status, reason, fix) in [
        (
            StatusCode::NOT_FOUND,
            "items_not_there",
            "show_items_or_leave_stock",
        ),
        (
            StatusCode::FORBIDDEN,
            "permission_missing resource=items",
            "grant_permission",
        ),
    ] {
        let access = without_items(&system, status).await;
        let expected = vec![(reason.to_owned(), fix.to_owned())];
        assert_eq!(obstacles(&access, true).await, expected);
        assert!(obstacles(&access, false).await.is_empty());
        let write = invoice_write(taking("k3x9qa-1", vec![sold("A-1", 1, "20.00")]));
        let put = Put {
            write: &write,
            existing: None,
            earlier: &[],
            window: Some(window(MINUTE)),
        };
        let error = sink(&access).await.put(put).await.expect_err("no items");
        assert_eq!(
            (error.reason.to_string(), error.reason.fix.as_str()),
            (reason.to_owned(), fix)
        );
        assert_eq!(
            (error.class(), error.delivery),
            (Class::Configuration, Delivery::NotDelivered)
        );
    }
    assert!(system.in_books("k3x9qa-1").await.is_empty());
}
