//! A plan of items to fill the books with: the same number gives the same items. Every VAT rate, campaigns that run, are
//! over and are to come, things that are not sold, not priced or not counted, and stock that is zero, below it or in parts
//! are all among the first fifty.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::item::{Card, Item};
use super::state::Books;
use super::stock::Stock;

const NAMES: [&str; 8] = [
    "Gjutjärnspanna",
    "Lövkratta",
    "Älgskav",
    "Köksbräda i ek",
    "Hjortronsylt",
    "Råg & rost \"Surdeg\"",
    "Öronlappsmössa",
    "Krukväxtjord",
];

/// Adds those that are not there yet.
pub(super) fn fill(books: &mut Books, items: u32, now: DateTime<Utc>) {
    for at in 1..=items {
        let number = number(at);
        if books.items().taken(&number) {
            continue;
        }
        if let Ok(card) = Card::of(card(at, &number, now.date_naive())) {
            let mut item = Item::new(card);
            item.count(stock(at, now));
            books.add_item_by_hand(item);
        }
    }
}

fn number(at: u32) -> String {
    format!("HS-{at:05}")
}

fn card(at: u32, number: &str, today: NaiveDate) -> Map<String, Value> {
    let national = [3001, 3002, 3003, 3001, 3004][at as usize % 5];
    let card = json!({
        "number": number,
        "name": format!("{} nr {at}", NAMES[at as usize % NAMES.len()]),
        "unitType": if in_parts(at) { "kg" } else { "st" },
        "isActive": at % 25 != 11,
        "type": if is_service(at) { "Service" } else { "Goods" },
        "salesAccounts": [
            { "number": national, "type": "NationalSales" },
            { "number": 3106, "type": "EuSales" },
            { "number": 3108, "type": "ReverseChargeSales" },
            { "number": 3105, "type": "InternationalSales" },
        ],
        "price": price(at, today),
        "ean": format!("2000000{at:06}"),
        "purchasePrice": at % 200 + 5,
    });
    match card {
        Value::Object(card) => card,
        _ => Map::new(),
    }
}

fn price(at: u32, today: NaiveDate) -> Value {
    let regular = f64::from(at * 37 % 900 + 10) + 0.2;
    let day = |days: i64| {
        let distance = Days::new(days.unsigned_abs());
        match days < 0 {
            true => today.checked_sub_days(distance),
            false => today.checked_add_days(distance),
        }
    };
    let campaign = |from: i64, to: i64| {
        json!({
            "regular": regular,
            "campaign": at * 37 % 900 + 8,
            "campaignFrom": day(from),
            "campaignTo": day(to),
        })
    };
    match at % 20 {
        3 | 13 => campaign(-7, 7),
        6 => campaign(-30, -1),
        9 => campaign(1, 30),
        _ if at % 50 == 24 => json!({}),
        _ => json!({ "regular": regular }),
    }
}

fn stock(at: u32, now: DateTime<Utc>) -> Option<Stock> {
    let whole = |quantity: i64, reserved: i64| Some(Stock::counted(quantity.into(), reserved.into(), now));
    match at % 30 {
        _ if is_service(at) || at % 25 == 7 => None,
        _ if in_parts(at) => Some(Stock::counted(Decimal::new(12_500, 3), Decimal::ZERO, now)),
        4 | 19 => whole(0, 0),
        14 => whole(-2, 0),
        5 | 29 => whole(10, 2),
        _ => whole(i64::from(at) * 7 % 60 + 1, 0),
    }
}

fn is_service(at: u32) -> bool {
    at % 25 == 17
}

fn in_parts(at: u32) -> bool {
    at % 30 == 21
}
