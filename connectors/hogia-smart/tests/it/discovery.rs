//! What the books have to choose from in settings.

use std::collections::BTreeMap;

use serde_json::json;
use skarv_connector::{Connector, DiscoveredValue, Discovery, list};
use skarv_hogia_smart::HogiaSmart;

use crate::system::System;

async fn discovered(system: &System) -> Discovery {
    HogiaSmart::default()
        .discover(&system.access)
        .await
        .expect("lists")
}

fn names(discovery: &Discovery) -> Vec<&str> {
    discovery.lists.iter().map(|list| list.name.as_str()).collect()
}

fn values<'a>(discovery: &'a Discovery, name: &str) -> &'a [DiscoveredValue] {
    let list = discovery.lists.iter().find(|list| list.name == name);
    &list.expect("a list").values
}

fn value(discovery: &Discovery, name: &str, id: &str) -> (String, BTreeMap<String, String>) {
    let value = values(discovery, name).iter().find(|value| value.id == id);
    let value = value.expect("a value");
    (value.title.clone(), value.facts.clone())
}

fn facts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, fact): &(&str, &str)| ((*name).to_owned(), (*fact).to_owned());
    pairs.iter().map(owned).collect()
}

#[tokio::test]
async fn accounts_rates_years_and_currencies_are_told_with_their_facts() {
    let system = System::start_today().await;
    system.admin_post("currencies/USD/retire", &json!({})).await;
    let found = discovered(&system).await;
    assert_eq!(
        value(&found, list::ACCOUNTS, "3002"),
        (
            "Försäljning inom Sverige 12 %".to_owned(),
            facts(&[("active", "true"), ("vat_percent", "12")])
        )
    );
    assert_eq!(
        value(&found, list::ACCOUNTS, "1930").1,
        facts(&[("active", "true")])
    );
    assert_eq!(
        value(&found, list::ACCOUNTS, "3011").1,
        facts(&[("active", "false"), ("vat_percent", "25")])
    );
    assert_eq!(
        value(&found, list::VAT_CODES, "13"),
        (
            "OSS Finland 25,5 %".to_owned(),
            facts(&[("account", "2670"), ("percent", "25.5")])
        )
    );
    assert_eq!(
        value(&found, list::CURRENCIES, "USD"),
        (
            "Amerikansk dollar".to_owned(),
            facts(&[("active", "false"), ("code", "USD")])
        )
    );
}

#[tokio::test]
async fn the_years_around_today_are_told_in_their_order() {
    let system = System::start_today().await;
    let found = discovered(&system).await;
    let years = values(&found, list::FISCAL_YEARS);
    assert_eq!(years.len(), 3);
    for year in years {
        assert_eq!(
            year.title,
            format!("{} – {}", year.facts["from"], year.facts["to"])
        );
        assert_eq!(year.facts["closed"], "false");
    }
    assert!(years.is_sorted_by_key(|year| year.facts["from"].clone()));
}

#[tokio::test]
async fn what_may_not_be_read_is_left_out() {
    let system = System::start_today().await;
    system.faults(json!({ "without_accounting": true })).await;
    assert!(names(&discovered(&system).await).is_empty());
    system.faults(json!({ "without_accounting": false })).await;
    assert_eq!(
        names(&discovered(&system).await),
        ["accounts", "vat_codes", "fiscal_years", "currencies"]
    );
}

#[tokio::test]
async fn a_sign_in_that_is_refused_is_no_empty_list() {
    let mut system = System::start_today().await;
    let stranger = ("client_id".to_owned(), "någon annan".into());
    system.access.secrets.extend([stranger]);
    let error = HogiaSmart::default()
        .discover(&system.access)
        .await
        .expect_err("refused");
    assert_eq!(error.reason.code, "sign_in_refused");
}
