//! Every answer to a GET that was recorded from real shops, against the code that reads them.
//!
//! What is left out is left out by a rule and counted, so nothing is passed over. The recordings are not part of the project;
//! where they are, a person names the folder in `SKARV_PRESTASHOP_RECORDINGS`. What becomes of whole orders is in `tests/`.

mod exchange;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use skarv_canonical::{Class, Country, Currency, vat::VatRate};

use self::exchange::{Exchange, exchanges};
use crate::{
    api::{Resource, Rights},
    error,
    row::{
        AddressRow, CarrierRow, CartRuleRow, CustomerRow, DetailRow, HistoryRow, OrderRow, PaymentRow, Row,
        RuleRow, SiblingRow,
    },
    xml::Node,
    zone,
};

/// What hangs on orders, as path and node. The last ones are not read yet; their rows must parse all the same.
const RESOURCES: [(&str, &str); 20] = [
    ("orders", "order"),
    ("order_details", "order_detail"),
    ("order_histories", "order_history"),
    ("order_states", "order_state"),
    ("order_carriers", "order_carrier"),
    ("order_cart_rules", "order_cart_rule"),
    ("order_payments", "order_payment"),
    ("cart_rules", "cart_rule"),
    ("customers", "customer"),
    ("addresses", "address"),
    ("countries", "country"),
    ("carriers", "carrier"),
    ("taxes", "tax"),
    ("currencies", "currency"),
    ("languages", "language"),
    ("configurations", "configuration"),
    ("states", "state"),
    ("tax_rules", "tax_rule"),
    ("tax_rule_groups", "tax_rule_group"),
    ("shops", "shop"),
];
/// The one list that is named after its rows and not after its resource.
const SLIPS: (&str, &str, &str) = ("order_slip", "order_slips", "order_slip");

/// What became of the exchanges of one set-up, by resource or by rule.
#[derive(Debug, Default)]
struct Tally {
    understood: BTreeMap<String, usize>,
    rows: usize,
    refused: BTreeMap<String, usize>,
    absent: usize,
    left_out: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

/// How much there is of a set-up: so many answers at least of each kind, and exactly so many left out by each rule.
struct Setup {
    name: &'static str,
    understood: usize,
    refused: usize,
    absent: usize,
    left_out: [(&'static str, usize); 4],
}

const SETUPS: [Setup; 4] = [
    Setup {
        name: "v1.7.8.11",
        understood: 86,
        refused: 45,
        absent: 7,
        left_out: [(FIELDS, 136), (JSON, 100), (NEWS, 1), (OTHER, 181)],
    },
    Setup {
        name: "v1.7.8.11-php-notices-on",
        understood: 0,
        refused: 6,
        absent: 0,
        left_out: [(FIELDS, 0), (JSON, 1), (NEWS, 0), (OTHER, 2)],
    },
    Setup {
        name: "v8.2.1",
        understood: 103,
        refused: 45,
        absent: 7,
        left_out: [(FIELDS, 136), (JSON, 106), (NEWS, 1), (OTHER, 202)],
    },
    Setup {
        name: "v8.2.1-php8.2",
        understood: 70,
        refused: 35,
        absent: 6,
        left_out: [(FIELDS, 136), (JSON, 95), (NEWS, 1), (OTHER, 169)],
    },
];

const FIELDS: &str = "a description of fields";
const JSON: &str = "json was asked for";
const NEWS: &str = "news alone were asked for";
const OTHER: &str = "of no concern to orders";

#[test]
#[ignore = "reads recordings of real shops, which are not part of the repository; .ci/run does where they are"]
fn recorded_exchanges_are_understood() {
    let complaints: Vec<String> = SETUPS.iter().flat_map(complaints).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What of a set-up is not as it must be.
fn complaints(setup: &Setup) -> Vec<String> {
    let name = setup.name;
    let tally = tally(name);
    println!("{name}: {tally:?}");
    let mut complaints = Vec::new();
    let mut at_least = |what: &str, found: usize, floor: usize| {
        if found < floor {
            complaints.push(format!("{name}: {found} {what}, expected at least {floor}"));
        }
    };
    at_least("answers read", tally.understood.values().sum(), setup.understood);
    at_least("refusals", tally.refused.values().sum(), setup.refused);
    at_least("rows that are not there", tally.absent, setup.absent);
    for (resource, _) in RESOURCES.iter().filter(|_| setup.understood > 0) {
        let lists = tally.understood.get(*resource).copied().unwrap_or_default();
        at_least(resource, lists, 2);
    }
    for (rule, expected) in setup.left_out {
        let found = tally.left_out.get(rule).copied().unwrap_or_default();
        if found != expected {
            complaints.push(format!("{name}: {found} left out as {rule}, expected {expected}"));
        }
    }
    complaints.extend(tally.wrong.iter().map(|wrong| format!("{name} {wrong}")));
    complaints
}

fn tally(setup: &str) -> Tally {
    let mut tally = Tally::default();
    for exchange in exchanges(setup) {
        match rule_to_leave_out(&exchange) {
            Some(rule) => *tally.left_out.entry(rule).or_default() += 1,
            None => tally.judge(&exchange),
        }
    }
    tally
}

impl Tally {
    fn judge(&mut self, exchange: &Exchange) {
        let found = match exchange.redirect() {
            Some(redirect) => Err(error::of_client(redirect)),
            None => error::document(&exchange.resource, &exchange.answer),
        };
        let complaint = match (found, expected(exchange)) {
            (Ok(document), Expected::Rows) => match understand(exchange, &document) {
                Ok(rows) => {
                    self.rows += rows;
                    *self.understood.entry(exchange.resource.clone()).or_default() += 1;
                    return;
                }
                Err(complaint) => complaint,
            },
            (Ok(document), Expected::Absent) if document.name().is_empty() => {
                self.absent += 1;
                return;
            }
            (Err(error), Expected::Refusal(class, code))
                if (error.class(), error.reason.code.as_str()) == (class, code) =>
            {
                *self.refused.entry(code.to_owned()).or_default() += 1;
                return;
            }
            (Ok(_), expected) => format!("was read, expected {expected:?}"),
            (Err(error), expected) => format!("{}, expected {expected:?}", error.reason),
        };
        self.wrong.push(format!("{}: {complaint}", exchange.name));
    }
}

/// What an exchange must come to, by what was recorded of it.
#[derive(Debug)]
enum Expected {
    Rows,
    /// There is no such row.
    Absent,
    Refusal(Class, &'static str),
    Unsaid,
}

fn expected(exchange: &Exchange) -> Expected {
    use Class::{Configuration, Credentials, Data, Transient};
    let codes = exchange.codes();
    let speaks = exchange.answer.header(error::VERSION).is_some();
    let (class, code) = match (exchange.answer.status.as_u16(), &codes[..]) {
        (200, []) => return Expected::Rows,
        (404, []) if speaks => return Expected::Absent,
        (404, []) => (Configuration, "webservice_not_found"),
        (302, []) => (Configuration, "wrong_host"),
        (401, []) => (Configuration, "key_not_received"),
        (401, [17] | [18] | [20, 21]) => (Credentials, "key_refused"),
        (401, [21]) => (Configuration, "key_without_permissions"),
        (401, [26]) => (Configuration, "permission_missing"),
        (403, [132]) => (Configuration, "key_not_for_shop"),
        (404, [131]) => (Data, "record_in_other_shop"),
        (414, []) => (Configuration, "question_too_long"),
        (503, [22]) => (Configuration, "webservice_off"),
        (500, [999]) => (Configuration, "shop_group_unknown"),
        (400, [27]) => (Configuration, "resource_unknown"),
        // images, a language, a search: nothing that is asked for
        (400, [57] | [81] | [100]) => (Configuration, "request_refused"),
        // the older version keeps its status, the newer one stumbles after it
        (400, [31..=39]) | (500, [3 | 5, 31..=39]) => (Configuration, "query_refused"),
        (500, [] | [3] | [5]) => (Transient, "shop_error"),
        _ => return Expected::Unsaid,
    };
    Expected::Refusal(class, code)
}

/// How many rows an answer holds, or what of it is not understood.
fn understand(exchange: &Exchange, document: &Node) -> Result<usize, String> {
    if exchange.resource.is_empty() {
        return front_page(exchange, document);
    }
    let (list, node) = names(&exchange.resource).ok_or("no such resource")?;
    let rows = match document.child(list) {
        Some(list) => list.children().iter().collect::<Vec<_>>(),
        None => vec![document.child(node).ok_or("neither a list nor a row")?],
    };
    for row in &rows {
        if row.name() != node {
            return Err(format!("<{}> among the rows", row.name()));
        }
        understand_row(exchange, row)?;
    }
    if let Some(resource) = asked_for(&exchange.resource).filter(|_| document.child(list).is_some()) {
        let listed = resource
            .rows(document.clone())
            .map_err(|error| error.to_string())?;
        if listed.len() != rows.len() {
            return Err(format!("{} rows of {}", listed.len(), rows.len()));
        }
    }
    Ok(rows.len())
}

fn understand_row(exchange: &Exchange, row: &Node) -> Result<(), String> {
    if row.children().is_empty() {
        let id = row.attribute("id").unwrap_or_default();
        return match id.parse::<u64>() {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("id {id:?} in a list of ids")),
        };
    }
    row.children().iter().try_for_each(plain_field)?;
    if exchange.query.contains("display=[") {
        return Ok(());
    }
    typed(&exchange.resource, row)
}

/// Ids, amounts and times are told by their names, whether they are read or not.
fn plain_field(field: &Node) -> Result<(), String> {
    let (name, text) = (field.name(), field.own_text());
    let good = if !field.children().is_empty() || text.is_empty() {
        true
    } else if name == "id" || name.starts_with("id_") {
        text.parse::<u64>().is_ok()
    } else if name.starts_with("date_") && !name.contains("format") {
        text.starts_with("0000-00-00") || zone::parse(text).is_some()
    } else if name.starts_with("total_") || name.contains("amount") || name == "conversion_rate" {
        text.parse::<Decimal>().is_ok()
    } else {
        true
    };
    if good {
        Ok(())
    } else {
        Err(format!("{name} is {text:?}"))
    }
}

/// A whole row through the code that makes one of it.
fn typed(resource: &str, row: &Node) -> Result<(), String> {
    fn read<T: Row>(row: &Node) -> Result<(), String> {
        T::of(row)
            .map(drop)
            .map_err(|unreadable| format!("{unreadable:?}"))
    }
    let named = |good: bool| {
        if good {
            Ok(())
        } else {
            Err("a table's row".to_owned())
        }
    };
    match resource {
        "orders" => read::<OrderRow>(row).and_then(|()| read::<SiblingRow>(row)),
        "order_details" => read::<DetailRow>(row),
        "order_histories" => read::<HistoryRow>(row),
        "order_carriers" => read::<CarrierRow>(row),
        "order_cart_rules" => read::<RuleRow>(row),
        "order_payments" => read::<PaymentRow>(row),
        "cart_rules" => read::<CartRuleRow>(row),
        "customers" => read::<CustomerRow>(row),
        "addresses" => read::<AddressRow>(row),
        "countries" => named(row.text("iso_code").parse::<Country>().is_ok()),
        "currencies" => named(row.text("iso_code").parse::<Currency>().is_ok()),
        "taxes" => named(row.text("rate").parse::<VatRate>().is_ok()),
        "languages" => named(row.text("iso_code").len() == 2),
        "carriers" | "configurations" => named(!row.text("name").is_empty()),
        "order_states" => named(row.child("template").is_some()),
        _ => Ok(()),
    }
}

/// The webservice's front page against its own text.
fn front_page(exchange: &Exchange, document: &Node) -> Result<usize, String> {
    let front = document.child("api").ok_or("no front page")?;
    let version = exchange.answer.header(error::VERSION).unwrap_or_default();
    let rights = Rights::of(front, version);
    let text = exchange.answer.text();
    for resource in ["orders", "products", "customers"] {
        let opened = text
            .lines()
            .any(|line| line.starts_with(&format!("<{resource} ")) && line.contains("get=\"true\""));
        if rights.may_read(resource) != opened {
            return Err(format!("{resource}: {opened}"));
        }
    }
    let versions = ["1.7.8.11", "8.2.1"];
    if rights.shop_name.is_empty() || !versions.contains(&rights.version.as_str()) {
        return Err(format!("{:?} {:?}", rights.shop_name, rights.version));
    }
    Ok(front.children().len())
}

fn names(resource: &str) -> Option<(&'static str, &'static str)> {
    if resource == SLIPS.0 {
        return Some((SLIPS.1, SLIPS.2));
    }
    RESOURCES.into_iter().find(|(path, _)| *path == resource)
}

fn asked_for(resource: &str) -> Option<Resource> {
    let (path, node) = RESOURCES.into_iter().find(|(path, _)| *path == resource)?;
    Some(Resource::full(path, node))
}

/// By which rule an exchange is not judged.
fn rule_to_leave_out(exchange: &Exchange) -> Option<&'static str> {
    let asks = |what: &str| exchange.request.contains(what);
    let success = exchange.answer.status.is_success();
    if asks("_format=JSON") || asks("-Format: JSON") {
        Some(JSON)
    } else if asks("Local-Content-Sha1:") {
        Some(NEWS)
    } else if success && asks("schema=") {
        Some(FIELDS)
    } else if success && !exchange.resource.is_empty() && names(&exchange.resource).is_none() {
        Some(OTHER)
    } else {
        None
    }
}
