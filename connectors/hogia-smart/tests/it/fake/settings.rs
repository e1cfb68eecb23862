//! What a pre-flight check reads: years, accounts, rates, codes and currencies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::Client;

async fn year(client: &Client) -> String {
    client
        .get("financialyears/bydate/2026-11-23")
        .await
        .id("financialYearId")
}

async fn accounts(client: &Client, filter: &str) -> Vec<Value> {
    let year = year(client).await;
    let answer = client
        .get(&format!("financialyears/{year}/accounts{filter}"))
        .await;
    answer.body.as_array().expect("a bare array").clone()
}

#[tokio::test]
async fn years_around_today_are_open_and_the_one_before_them_is_closed() {
    let client = Client::start().await;
    for (date, closed) in [("2024-12-31", true), ("2025-01-01", false), ("2027-12-31", false)] {
        let shown = client.get(&format!("financialyears/bydate/{date}")).await.body;
        assert_eq!(shown["isClosed"], json!(closed), "{date}");
        assert_eq!(shown["startDate"], format!("{}-01-01", &date[..4]));
    }
}

#[tokio::test]
async fn a_day_outside_every_year_has_none() {
    let client = Client::start().await;
    assert_eq!(client.get("financialyears/bydate/2023-12-31").await.status, 404);
    assert_eq!(client.get("financialyears/bydate/2028-01-01").await.status, 404);
    assert_eq!(client.get("financialyears/bydate/idag").await.fields(), ["date"]);
}

#[tokio::test]
async fn every_sales_account_leads_to_its_rate() {
    let client = Client::start().await;
    let settings = client.get("vatsettings").await.body;
    let rate = |account: &Value| {
        let setting = settings
            .as_array()?
            .iter()
            .find(|known| known["number"] == account["vatSettingNumber"])?;
        Some((account["number"].as_u64()?, setting["percent"].as_f64()?))
    };
    let rates: BTreeMap<u64, f64> = accounts(&client, "").await.iter().filter_map(rate).collect();
    let expected = [
        (2421, 0.0),
        (3001, 0.25),
        (3002, 0.12),
        (3003, 0.06),
        (3004, 0.0),
        (3105, 0.0),
        (3106, 0.0),
        (3108, 0.0),
        (3161, 0.19),
        (3162, 0.07),
        (3163, 0.255),
        (3164, 0.25),
        (3165, 0.19),
        (3520, 0.25),
        (3521, 0.0),
        (3522, 0.0),
        (3540, 0.25),
        (3541, 0.0),
        (3542, 0.0),
        (3740, 0.0),
    ];
    assert_eq!(rates, BTreeMap::from(expected));
}

#[tokio::test]
async fn balance_accounts_have_no_rate() {
    let client = Client::start().await;
    for number in [1510, 1580, 1930, 2611, 2621, 2631] {
        let found = accounts(&client, &format!("?number={number}")).await;
        assert_eq!(found.len(), 1, "{number}");
        assert_eq!(found[0]["vatSettingNumber"], Value::Null, "{number}");
    }
}

#[tokio::test]
async fn inactive_accounts_are_shown_on_request() {
    let client = Client::start().await;
    assert!(accounts(&client, "?number=3011").await.is_empty());
    let found = accounts(&client, "?number=3011&accountState=All").await;
    assert_eq!(found[0]["isActive"], false);
}

#[tokio::test]
async fn accounts_are_listed_by_range_and_page() {
    let client = Client::start().await;
    let found = accounts(&client, "?minNumber=3001&maxNumber=3004&Page=2&PageSize=3").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["number"], 3004);
    assert_eq!(found[0]["name"], "Försäljning inom Sverige momsfri");
}

#[tokio::test]
async fn a_year_that_is_not_the_companys_has_no_accounts() {
    let client = Client::start().await;
    let answer = client
        .get(&format!("financialyears/{}/accounts", uuid::Uuid::nil()))
        .await;
    assert_eq!((answer.status, answer.text()), (404, "räkenskapsåret finns inte"));
}

#[tokio::test]
async fn vat_codes_are_found_by_number() {
    let client = Client::start().await;
    let found = client.get("vatcodes?number=35").await.body;
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!(found[0]["name"], "Försäljning av varor till annat EU-land");
}

#[tokio::test]
async fn kronor_are_among_the_currencies() {
    let client = Client::start().await;
    let codes = client.get("currencies").await.body;
    assert!(
        codes
            .as_array()
            .expect("a bare array")
            .iter()
            .any(|currency| currency["code"] == "SEK")
    );
}
