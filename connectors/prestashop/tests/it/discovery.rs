//! What a shop has to choose from, as its own set-up has it.

use std::collections::BTreeMap;

use serde_json::json;
use skarv_connector::{Connector, DiscoveredValue, Discovery, list};
use skarv_prestashop::{
    PrestaShop,
    fake::{Config, Seed, Shop, Version, start_with_products},
};

use crate::{
    connection::{KEY, access, at},
    counter::{NOW, admin_post},
    stockroom::BOTH,
};

/// A shop with a catalogue and some orders.
async fn shop(version: Version, orders: u32) -> Shop {
    let config = Config {
        seed: Seed {
            orders,
            seed: 7,
            now: at(NOW),
        },
        api_key: KEY.to_owned(),
        version,
        port: 0,
        allow_any_host: false,
    };
    start_with_products(config, 40).await.expect("a shop")
}

async fn discover(shop: &Shop) -> Discovery {
    let access = access(&shop.base_url(), KEY);
    PrestaShop.discover(&access).await.expect("lists")
}

fn values<'a>(discovery: &'a Discovery, name: &str) -> &'a [DiscoveredValue] {
    let found = discovery.lists.iter().find(|list| list.name == name);
    &found.unwrap_or_else(|| panic!("no {name}")).values
}

fn of<'a>(discovery: &'a Discovery, name: &str, id: &str) -> &'a DiscoveredValue {
    let found = values(discovery, name).iter().find(|value| value.id == id);
    found.unwrap_or_else(|| panic!("no {name} {id}"))
}

fn facts<const N: usize>(facts: [(&str, &str); N]) -> BTreeMap<String, String> {
    facts
        .map(|(name, fact)| (name.to_owned(), fact.to_owned()))
        .into()
}

#[tokio::test]
async fn states_tell_what_they_mean_and_which_of_them_end_an_order() {
    for version in BOTH {
        let shop = shop(version, 5).await;
        let discovery = discover(&shop).await;
        let shipped = of(&discovery, list::ORDER_STATES, "4");
        assert_eq!(
            shipped.title, "Skickad",
            "in the language that the shop is kept in"
        );
        assert_eq!(
            shipped.facts,
            facts([
                ("paid", "true"),
                ("shipped", "true"),
                ("delivered", "true"),
                ("invoice", "true"),
                ("logable", "true"),
                ("mail", "true"),
            ]),
            "{version:?}"
        );
        assert_eq!(of(&discovery, list::ORDER_STATES, "5").facts["mail"], "false");
        let ends = |id: &str| of(&discovery, list::ORDER_STATES, id).facts.get("ends").cloned();
        assert_eq!(
            ["5", "6", "7", "8"].map(ends),
            [None, Some("cancelled"), Some("refunded"), Some("error")].map(|end| end.map(str::to_owned))
        );
    }
}

#[tokio::test]
async fn a_state_that_is_deleted_is_not_to_choose() {
    let shop = shop(BOTH[0], 0).await;
    admin_post(&shop, "setup/order_states/4", r#"{"deleted":true}"#).await;
    let discovery = discover(&shop).await;
    assert_eq!(values(&discovery, list::ORDER_STATES).len(), 12);
}

#[tokio::test]
async fn the_other_lists_have_the_facts_that_settings_need() {
    for version in BOTH {
        let shop = shop(version, 0).await;
        admin_post(&shop, "setup/groups/3", r#"{"without_tax":true}"#).await;
        let discovery = discover(&shop).await;
        let fact = |name, id, fact: &str| of(&discovery, name, id).facts[fact].clone();
        assert_eq!(fact(list::LANGUAGES, "2", "code"), "sv");
        assert_eq!(
            of(&discovery, list::CURRENCIES, "2").facts,
            facts([("code", "SEK"), ("active", "true"), ("default", "true")])
        );
        assert_eq!(fact(list::CURRENCIES, "1", "default"), "false");
        assert_eq!(of(&discovery, list::CARRIERS, "1").title, "Ombudet Väst");
        assert_eq!(fact(list::TAX_GROUPS, "1", "rate"), "25");
        assert_eq!(fact(list::TAX_GROUPS, "3", "rate"), "6", "as the law is now");
        assert_eq!(fact(list::CUSTOMER_GROUPS, "1", "prices"), "with_tax");
        assert_eq!(fact(list::CUSTOMER_GROUPS, "3", "prices"), "without_tax");
        assert_eq!(of(&discovery, list::CUSTOMER_GROUPS, "3").title, "Kund");
        assert_eq!(values(&discovery, list::SHOPS).len(), 1, "{version:?}");
    }
}

#[tokio::test]
async fn payment_modules_are_those_that_orders_were_paid_by() {
    let shop = shop(BOTH[0], 30).await;
    admin_post(&shop, "orders/30/module", r#"{"module":"klarnaofficial"}"#).await;
    let discovery = discover(&shop).await;
    let told = |id: &str| {
        let module = of(&discovery, list::PAYMENT_MODULES, id);
        (module.title.clone(), module.facts["capture"].clone())
    };
    assert_eq!(
        told("klarnaofficial"),
        ("Klarna (Prestaworks)".to_owned(), "on_state".to_owned())
    );
    assert_eq!(
        told("gg_kort"),
        ("Kort (Visa/Mastercard)".to_owned(), "unknown".to_owned())
    );
}

#[tokio::test]
async fn what_the_key_may_not_read_is_left_out_and_the_rest_is_told() {
    let shop = shop(BOTH[0], 5).await;
    let denied = json!({ "deny": ["groups", "configurations", "tax_rules", "orders"] });
    admin_post(&shop, "faults", &denied.to_string()).await;
    let discovery = discover(&shop).await;
    let names: Vec<&str> = discovery.lists.iter().map(|list| list.name.as_str()).collect();
    assert!(!names.contains(&list::CUSTOMER_GROUPS) && !names.contains(&list::PAYMENT_MODULES));
    assert!(!of(&discovery, list::TAX_GROUPS, "1").facts.contains_key("rate"));
    // by the mail that it sends, since the shop's settings do not tell
    assert_eq!(of(&discovery, list::ORDER_STATES, "6").facts["ends"], "cancelled");
}

#[tokio::test]
async fn looking_changes_nothing_and_takes_few_requests() {
    let shop = shop(BOTH[0], 40).await;
    admin_post(&shop, "requests/reset", "{}").await;
    let before = crate::counter::admin(&shop, "ledger").await;
    discover(&shop).await;
    assert_eq!(crate::counter::admin(&shop, "ledger").await, before);
    let told = crate::counter::admin(&shop, "requests").await;
    let told: serde_json::Value = serde_json::from_str(&told).expect("json");
    assert!(told["total"].as_u64().expect("a number") <= 15, "{told}");
}
