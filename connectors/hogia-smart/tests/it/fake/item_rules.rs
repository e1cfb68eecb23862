//! What an item must be, and how everything else is refused.

use serde_json::{Value, json};

use super::client::{Client, item};

/// An item with one thing about it changed.
pub(super) fn item_with(field: &str, value: Value) -> Value {
    let mut changed = item("A-1");
    changed[field] = value;
    changed
}

type Rule = (&'static str, u64, Value);

fn broken_texts() -> Vec<Rule> {
    vec![
        ("no number", 1_001_001, item("")),
        ("no name", 1_001_001, item_with("name", Value::Null)),
        ("long number", 1_001_002, item(&"Å".repeat(51))),
        ("long name", 1_001_002, item_with("name", json!("å".repeat(101)))),
        (
            "long unit",
            1_001_002,
            item_with("unitType", json!("förpackning")),
        ),
        ("a space in a number", 1_004_004, item("A 1")),
        ("a letter of another script", 1_004_004, item("Артикул")),
        ("a line break", 1_004_004, item_with("name", json!("två\nrader"))),
        ("markup", 1_004_004, item_with("name", json!("<b>fet</b>"))),
        ("a picture", 1_004_004, item_with("name", json!("Räka 🦐"))),
        (
            "letters in an EAN",
            1_004_006,
            item_with("ean", json!("73A2345678901")),
        ),
        ("a short EAN", 1_004_006, item_with("ean", json!("1234567"))),
    ]
}

fn broken_accounts() -> Vec<Rule> {
    let sold = |accounts: &[(u32, &str)]| {
        let account = |(number, kind): &(u32, &str)| json!({ "number": number, "type": kind });
        item_with("salesAccounts", accounts.iter().map(account).collect())
    };
    let national = |number| sold(&[(number, "NationalSales")]);
    let twice = sold(&[(3001, "NationalSales"), (3002, "NationalSales")]);
    let reverse = sold(&[(3001, "NationalSales"), (3001, "ReverseChargeSales")]);
    vec![
        ("no account", 1_001_001, sold(&[])),
        ("no account for Sweden", 1_001_001, sold(&[(3106, "EuSales")])),
        ("unknown account", 1_002_003, national(3999)),
        ("inactive account", 1_002_004, national(3011)),
        ("account without VAT", 1_002_005, national(1930)),
        ("reverse charge with VAT", 1_002_011, reverse),
        ("two accounts of a type", 1_004_008, twice),
        ("another rate", 1_004_005, item_with("vatPercent", json!(0.12))),
        ("a rate in percent", 1_004_005, item_with("vatPercent", json!(25))),
    ]
}

fn broken_prices() -> Vec<Rule> {
    let priced = |price: Value| item_with("price", price);
    let days = json!({ "regular": 80, "campaignFrom": "2026-11-01" });
    let backwards = json!({
        "regular": 80, "campaign": 70, "campaignFrom": "2026-11-02", "campaignTo": "2026-11-01",
    });
    let foreign = json!({ "regular": 1, "currencyCode": "XXX" });
    vec![
        ("unknown currency", 1_001_009, priced(foreign)),
        ("campaign alone", 1_004_007, priced(json!({ "campaign": 70 }))),
        ("days without a campaign", 1_004_007, priced(days)),
        ("days backwards", 1_004_007, priced(backwards)),
    ]
}

#[tokio::test]
async fn every_broken_rule_of_an_item_is_told_with_its_code() {
    let client = Client::start().await;
    let rules = [broken_texts(), broken_accounts(), broken_prices()];
    for (rule, code, broken) in rules.into_iter().flatten() {
        let answer = client.post("items", &broken).await;
        assert_eq!((answer.status, answer.codes()), (400, vec![code]), "{rule}");
    }
    assert_eq!(client.get("items").await.body, json!([]));
}

#[tokio::test]
async fn everything_that_is_wrong_with_an_item_is_told_at_once() {
    let client = Client::start().await;
    let mut wrong = item_with("ean", json!("x"));
    wrong["name"] = json!("");
    assert_eq!(client.post("items", &wrong).await.codes(), [1_001_001, 1_004_006]);
}

#[tokio::test]
async fn texts_are_measured_in_characters_and_not_in_bytes() {
    let client = Client::start().await;
    let mut longest = item(&"Ö".repeat(50));
    longest["name"] = json!("å".repeat(100));
    client.add_item(&longest).await;
}

#[tokio::test]
async fn an_item_of_another_form_is_a_problem_of_the_request() {
    let client = Client::start().await;
    let malformed = [
        ("$", item_with("priceLists", json!([{ "code": "A", "price": 1 }]))),
        ("$", item_with("variants", json!([]))),
        ("$", item_with("type", json!("Bundle"))),
        ("$", item_with("price", json!({ "regular": "80.00" }))),
        (
            "$",
            item_with("salesAccounts", json!([{ "number": 3001, "type": "Web" }])),
        ),
        (
            "price.regular",
            item_with("price", json!({ "regular": 1.000_000_1 })),
        ),
        (
            "price.campaign",
            item_with("price", json!({ "regular": 1, "campaign": -1 })),
        ),
        ("purchasePrice", item_with("purchasePrice", json!(1_000_000_000))),
    ];
    for (field, item) in malformed {
        let answer = client.post("items", &item).await;
        assert_eq!(answer.fields(), [field], "{item}");
    }
}
