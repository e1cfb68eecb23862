//! The orders of the recorded demo shops, each with what was recorded around it: one becomes an invoice to the cent, or says why not.
//!
//! The recordings hold two rows of most small tables: what they lack is filled in here, and a buyer that was not recorded is
//! borrowed from the same shop. Amounts, rows, taxes, histories, payments and discounts are always the shop's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use rust_decimal::Decimal;
use skarv_canonical::{
    mapping,
    record::{Pulled, Record},
    spec::OrderSettings,
    write::Document,
};

use crate::{
    connection::{KEY, read_all, source, triggers},
    outcome::{bookkeeping, told},
    webservice::{Asked, Nodes, Webservice},
};

/// What hangs on an order: its list, its node, and the field that says to which order it belongs.
const AROUND: [(&str, &str, &str); 5] = [
    ("order_details", "order_detail", "id_order"),
    ("order_cart_rules", "order_cart_rule", "id_order"),
    ("order_carriers", "order_carrier", "id_order"),
    ("order_histories", "order_history", "id_order"),
    ("order_payments", "order_payment", "order_reference"),
];

/// One order as it was recorded in one answer, and every text that was recorded with it.
struct Recorded {
    exchange: String,
    id: String,
    node: String,
    around: String,
    everything: String,
}

#[tokio::test]
#[ignore = "reads recordings of real shops, which are not part of the repository; .ci/run does where they are"]
async fn recorded_orders_become_invoices() {
    let mut wrong = Vec::new();
    for (setup, count) in [
        ("v1.7.8.11", 10),
        ("v1.7.8.11-php-notices-on", 0),
        ("v8.2.1", 10),
        ("v8.2.1-php8.2", 7),
    ] {
        let orders = recorded(setup);
        assert_eq!(orders.len(), count, "orders of {setup}");
        for order in orders {
            let name = format!("{}-{}", order.exchange, order.id);
            let expected = expected(&order);
            let (found, text) = outcome(order).await;
            insta::with_settings!({
                snapshot_path => format!("../snapshots/{setup}"), prepend_module_to_snapshot => false, omit_expression => true,
            }, { insta::assert_snapshot!(name.as_str(), text) });
            if found != expected {
                wrong.push(format!("{setup} {name}: {found}, expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What must become of an order. The installer's first one contradicts itself: its carrier has no tax, its shipping has 20 %.
fn expected(order: &Recorded) -> &'static str {
    match order.id.as_str() {
        "1" => "parked: vat_rate_unclear country=FR gross=8.4 net=7 row=Frakt: B",
        _ => "invoiced",
    }
}

/// In a word, and as a bookkeeper would read it.
async fn outcome(order: Recorded) -> (String, String) {
    let total: Decimal = value(&order.node, "total_paid_tax_incl")
        .parse()
        .expect("a total");
    let shop = Webservice::open(move |asked| (200, order.answer(asked))).await;
    let mut settings = bookkeeping("2000-01-01T00:00:00Z");
    settings.home_country = "FR".parse().expect("a country");
    settings.triggers = triggers((1..20).map(|state| state.to_string()));
    // French rates: one account for all of them
    settings.accounts.iter_mut().for_each(|rule| rule.rate = None);
    let source = source(&shop.base_url, KEY, settings.clone()).await;
    let records = read_all(source.as_ref(), 100, "2026-11-24T00:00:00Z").await;
    assert_eq!(records.len(), 1);
    (
        in_a_word(&records[0], total, &settings),
        told(&records[0], &settings),
    )
}

fn in_a_word(record: &Pulled, total: Decimal, settings: &OrderSettings) -> String {
    let order = match &record.content {
        Ok(Record::Order(order)) => order,
        Ok(other) => return format!("not an order: {other:?}"),
        Err(reason) => return format!("parked: {reason}"),
    };
    if order.cancelled {
        return "cancelled".to_owned();
    }
    match mapping::order(order, "k3x9qa", settings) {
        Err(reason) => format!("not invoiced: {reason}"),
        Ok(writes) => {
            let invoiced = writes.iter().find_map(|write| match &write.document {
                Document::Invoice(invoice) => Some(invoice.total),
                _ => None,
            });
            match invoiced {
                Some(invoiced) if invoiced == total => "invoiced".to_owned(),
                other => format!("{other:?} of {total}"),
            }
        }
    }
}

impl Recorded {
    /// What the shop says about this one order.
    fn answer(&self, asked: &Asked) -> String {
        let list = asked.resource.as_str();
        match list {
            "orders" => listed(list, &self.node),
            "customers" => self.party(list, "customer", &["id_customer"]),
            "addresses" => self.party(list, "address", &["id_address_invoice", "id_address_delivery"]),
            "configurations" => listed(list, &settings_of_the_shop()),
            "countries" => listed(list, &row("country", 8, "iso_code", "FR")),
            "currencies" => listed(list, &row("currency", 1, "iso_code", "EUR")),
            "languages" => listed(list, &row("language", 1, "iso_code", "en")),
            "carriers" => listed(
                list,
                &(row("carrier", 1, "name", "A") + &row("carrier", 2, "name", "B")),
            ),
            "order_states" => listed(
                list,
                &(1..20)
                    .map(|id| row("order_state", id, "name", "x"))
                    .collect::<String>(),
            ),
            "taxes" => {
                let taxes = Nodes::in_text(&self.everything, list, "tax");
                taxes.with("deleted", &["0"])
            }
            "cart_rules" => listed(list, ""),
            "order_slip" => listed("order_slips", ""),
            _ => {
                let (_, node, field) = AROUND
                    .into_iter()
                    .find(|(path, ..)| *path == list)
                    .expect("a resource");
                let key = if field == "id_order" {
                    self.id.clone()
                } else {
                    value(&self.node, "reference")
                };
                let rows = once_each(
                    &Nodes::in_text(&self.around, list, node).with(field, &[key]),
                    node,
                );
                match (list, rows.is_empty()) {
                    ("order_details", true) => listed(list, &self.details_of_its_own_rows()),
                    _ => listed(list, &rows),
                }
            }
        }
    }

    /// Buyers by their ids; one that was not recorded is another one of the shop under its id.
    fn party(&self, list: &str, node: &str, fields: &[&str]) -> String {
        let recorded = Nodes::in_text(&self.everything, list, node);
        let ids: BTreeSet<String> = fields.iter().map(|field| value(&self.node, field)).collect();
        let rows = ids.iter().map(|id| {
            let known = once_each(&recorded.with("id", &[id]), node);
            if !known.is_empty() {
                return known;
            }
            // the latest is the one that the recorder made, in the shop's own country
            let other = (1..100)
                .rev()
                .map(|other| once_each(&recorded.with("id", &[other]), node));
            let other = other.into_iter().find(|rows| !rows.is_empty()).expect("a buyer");
            other.replacen(
                &format!("<id><![CDATA[{}]]>", value(&other, "id")),
                &format!("<id><![CDATA[{id}]]>"),
                1,
            )
        });
        listed(list, &rows.collect::<String>())
    }

    /// What an order says of its own rows, as rows. Without taxes, which an order does not say.
    fn details_of_its_own_rows(&self) -> String {
        let own = once_each(
            &Nodes::in_text(&self.node, "order_rows", "order_row").with("id_customization", &["0"]),
            "order_row",
        );
        let rows = own.split("<order_row>").skip(1).map(|row| {
            let total = |field: &str| {
                let unit: Decimal = value(row, field).parse().expect("a price");
                let quantity: Decimal = value(row, "product_quantity").parse().expect("a quantity");
                unit * quantity
            };
            let row = row.replace("</order_row>", "");
            format!(
                "<order_detail><id_order><![CDATA[{}]]></id_order><total_price_tax_excl>{}</total_price_tax_excl>\
                 <total_price_tax_incl>{}</total_price_tax_incl>{row}</order_detail>\n",
                self.id,
                total("unit_price_tax_excl"),
                total("unit_price_tax_incl"),
            )
        });
        rows.collect()
    }
}

fn listed(list: &str, rows: &str) -> String {
    format!("<prestashop><{list}>{rows}</{list}></prestashop>")
}

fn row(node: &str, id: u64, field: &str, value: &str) -> String {
    format!("<{node}><id>{id}</id><{field}>{value}</{field}></{node}>")
}

/// None of its states cancels here, so that no order's amounts are passed over.
fn settings_of_the_shop() -> String {
    "<configuration><id>1</id><name>PS_TIMEZONE</name><value>Europe/Paris</value></configuration>".to_owned()
}

/// The value of the first field of this name.
fn value(node: &str, field: &str) -> String {
    let (_, rest) = node.split_once(&format!("<{field}")).unwrap_or_default();
    let (_, rest) = rest.split_once("<![CDATA[").unwrap_or_default();
    rest.split("]]>").next().unwrap_or_default().to_owned()
}

/// The nodes of a list, the last of each id: the same row may have been recorded several times.
fn once_each(list: &str, node: &str) -> String {
    let open = format!("<{node}>");
    let nodes = list.split(&open).skip(1).map(|rest| {
        let end = rest.find(&format!("</{node}>")).expect("an end");
        let node = format!("{open}{}</{node}>\n", &rest[..end]);
        (value(&node, "id").parse::<u64>().expect("an id"), node)
    });
    nodes.collect::<BTreeMap<u64, String>>().into_values().collect()
}

/// Every order of a set-up that was recorded whole, in the order of the answers' names.
fn recorded(setup: &str) -> Vec<Recorded> {
    let answers = answers(&folder().join(setup));
    let everything: String = answers.values().map(String::as_str).collect();
    let mut orders = Vec::new();
    for (exchange, text) in &answers {
        let list = once_each(
            &Nodes::in_text(text, "orders", "order").with("valid", &["0", "1"]),
            "order",
        );
        for node in list.split("<order>").skip(1).map(|node| format!("<order>{node}")) {
            orders.push(Recorded {
                exchange: exchange.clone(),
                id: value(&node, "id"),
                node,
                around: script(exchange, &answers),
                everything: everything.clone(),
            });
        }
    }
    orders
}

/// What the same script recorded: another one began with a shop where the same numbers mean other orders.
fn script(exchange: &str, answers: &BTreeMap<String, String>) -> String {
    let script = |name: &str| match &name[..2] {
        "11" | "12" | "20" | "70" => "12".to_owned(),
        other => other.to_owned(),
    };
    let same = answers
        .iter()
        .filter(|(name, _)| script(name) == script(exchange));
    same.map(|(_, text)| text.as_str()).collect()
}

/// The XML that GETs were answered with, by the names of the exchanges.
fn answers(setup: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(setup).unwrap_or_else(|error| panic!("{}: {error}", setup.display()));
    let answer = |path: PathBuf| {
        let name = path.file_stem()?.to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&fs::read(&path).ok()?).into_owned();
        let (request, answer) = text.split_once("<<< RESPONSE")?;
        let is_read = request.contains(">>> REQUEST\nGET ") && !request.contains("schema=");
        let (_, xml) = answer.split_once("<?xml")?;
        is_read.then(|| (name, xml.to_owned()))
    };
    files
        .filter_map(|entry| answer(entry.expect("an entry").path()))
        .collect()
}

fn folder() -> PathBuf {
    #[allow(
        clippy::disallowed_methods,
        reason = "only a person knows where the recordings are"
    )]
    let recordings = std::env::var("SKARV_PRESTASHOP_RECORDINGS").expect("the folder of the recordings");
    PathBuf::from(recordings)
}
