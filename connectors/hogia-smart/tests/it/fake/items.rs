//! Items: unique numbers, versions, patches and pages. What a card must be is asked in `item_rules`.

use serde_json::{Value, json};
use skarv_hogia_smart::fake::Config;

use super::client::{self, Client, item};
use super::item_rules::item_with;

async fn numbers(client: &Client, query: &str) -> Vec<String> {
    let listed = client.get(&format!("items?{query}")).await.body;
    let listed = listed.as_array().expect("a bare array");
    let number = |item: &Value| item["number"].as_str().expect("a number").to_owned();
    listed.iter().map(number).collect()
}

#[tokio::test]
async fn an_item_is_found_by_its_exact_number_with_its_swedish_letters() {
    let client = Client::start().await;
    for number in ["ÅÄ-10", "ÅÄ-1", "åä-1"] {
        client.add_item(&item(number)).await;
    }
    assert_eq!(numbers(&client, "number=ÅÄ-1").await, ["ÅÄ-1"]);
    let shown = client.get("items?number=ÅÄ-1").await.body;
    assert_eq!(shown[0]["name"], "Räksmörgås på rågbröd");
}

#[tokio::test]
async fn a_new_item_has_version_one_and_shows_what_was_left_out() {
    let client = Client::start().await;
    let added = client.add_item(&item("A-1")).await;
    let shown = client.get(&format!("items/{}", added.id("itemId"))).await.body;
    assert_eq!(
        shown,
        json!({
            "itemId": added.body["itemId"],
            "number": "A-1",
            "name": "Räksmörgås på rågbröd",
            "unitType": "st",
            "isActive": true,
            "type": "Goods",
            "salesAccounts": [{ "number": 3001, "type": "NationalSales" }],
            "price": {
                "regular": 80,
                "campaign": null,
                "campaignFrom": null,
                "campaignTo": null,
                "currencyCode": "SEK",
            },
            "vatPercent": 0.25,
            "ean": null,
            "purchasePrice": null,
            "version": 1,
            "rowVersion": added.body["rowVersion"],
        })
    );
}

#[tokio::test]
async fn a_number_is_given_once_even_when_its_item_is_deleted() {
    let client = Client::start().await;
    client.add_item(&item("A-1")).await;
    let again = client.post("items", &item("A-1")).await;
    assert_eq!((again.status, again.codes()), (409, vec![1_004_001]));
    assert_eq!(client.admin_post("items/A-1/delete", &json!({})).await, 204);
    assert!(numbers(&client, "").await.is_empty());
    let again = client.post("items", &item("A-1")).await;
    assert_eq!((again.status, again.codes()), (409, vec![1_004_001]));
}

#[tokio::test]
async fn a_patch_changes_the_fields_that_it_has_and_null_takes_one_away() {
    let client = Client::start().await;
    let mut full = item("A-1");
    full["ean"] = json!("7312345678901");
    full["price"]["campaign"] = json!(59.5);
    full["price"]["campaignTo"] = json!("2026-12-24");
    let path = format!("items/{}", client.add_item(&full).await.id("itemId"));
    let patch = json!({ "ean": null, "price": { "regular": 79.123456, "campaignTo": null } });
    let patched = client.patch(&format!("{path}?version=1"), &patch).await;
    assert_eq!((patched.status, &patched.body["version"]), (200, &json!(2)));
    let shown = client.get(&path).await.body;
    assert_eq!(
        (&shown["name"], &shown["ean"]),
        (&json!("Räksmörgås på rågbröd"), &Value::Null)
    );
    let price = &shown["price"];
    let prices = [&price["regular"], &price["campaign"], &price["campaignTo"]];
    assert_eq!(prices, [&json!(79.123456), &json!(59.5), &Value::Null]);
}

#[tokio::test]
async fn a_patch_from_an_old_version_is_a_conflict_and_changes_nothing() {
    let client = Client::start().await;
    let path = format!("items/{}", client.add_item(&item("A-1")).await.id("itemId"));
    let by_hand = json!({ "name": "Från disken" });
    assert_eq!(client.admin_post("items/A-1", &by_hand).await, 204);
    let late = client
        .patch(&format!("{path}?version=1"), &json!({ "name": "Från butiken" }))
        .await;
    assert_eq!((late.status, late.codes()), (409, vec![1_004_002]));
    let shown = client.get(&path).await.body;
    assert_eq!(
        (&shown["name"], &shown["version"]),
        (&json!("Från disken"), &json!(2))
    );
    let unversioned = client.patch(&path, &json!({})).await;
    assert_eq!(unversioned.fields(), ["version"]);
}

#[tokio::test]
async fn the_number_of_an_item_never_changes() {
    let client = Client::start().await;
    let path = format!(
        "items/{}?version=1",
        client.add_item(&item("A-1")).await.id("itemId")
    );
    let renumbered = client.patch(&path, &json!({ "number": "A-2" })).await;
    assert_eq!((renumbered.status, renumbered.codes()), (400, vec![1_004_003]));
    assert_eq!(client.patch(&path, &json!({ "number": "A-1" })).await.status, 200);
}

#[tokio::test]
async fn what_is_right_alone_is_refused_when_it_makes_the_item_wrong() {
    let client = Client::start().await;
    let path = format!(
        "items/{}?version=1",
        client.add_item(&item("A-1")).await.id("itemId")
    );
    let patch = json!({ "price": { "campaignFrom": "2026-11-01" } });
    assert_eq!(client.patch(&path, &patch).await.codes(), [1_004_007]);
}

#[tokio::test]
async fn the_rate_of_an_item_follows_its_account() {
    let client = Client::start().await;
    let path = format!(
        "items/{}",
        client
            .add_item(&item_with("vatPercent", json!(0.25)))
            .await
            .id("itemId")
    );
    let food = json!({ "salesAccounts": [{ "number": 3003, "type": "NationalSales" }] });
    assert_eq!(
        client.patch(&format!("{path}?version=1"), &food).await.status,
        200
    );
    assert_eq!(client.get(&path).await.body["vatPercent"], json!(0.06));
}

#[tokio::test]
async fn whoever_knows_a_row_version_is_told_which_items_changed_since() {
    let client = Client::start().await;
    client.add_item(&item("A-1")).await;
    let known = client.add_item(&item("A-2")).await.body["rowVersion"].clone();
    let changed = format!("rowVersionFrom={known}");
    assert!(numbers(&client, &changed).await.is_empty());
    client.add_item(&item("A-3")).await;
    client
        .admin_post("items/A-1", &json!({ "price": { "regular": 90 } }))
        .await;
    client.count("A-2", json!({ "quantity": "4" })).await;
    assert_eq!(
        numbers(&client, &changed).await,
        ["A-3", "A-1"],
        "in the order of their changes, and a count is none"
    );
}

#[tokio::test]
async fn items_are_listed_in_pages_also_those_that_are_not_sold() {
    let client = Client::start().await;
    for number in ["A-1", "A-2", "A-3"] {
        client.add_item(&item(number)).await;
    }
    client
        .admin_post("items/A-1", &json!({ "isActive": false }))
        .await;
    assert_eq!(numbers(&client, "page=1&pageSize=2").await, ["A-1", "A-2"]);
    assert_eq!(numbers(&client, "page=2&pageSize=2").await, ["A-3"]);
    assert_eq!(client.get("items?pageSize=501").await.fields(), ["pageSize"]);
}

#[tokio::test]
async fn what_people_do_with_items_is_no_accepted_write() {
    let client = Client::start().await;
    assert_eq!(client.admin_post("items", &item("A-1")).await, 201);
    let campaign =
        json!({ "price": { "campaign": 64, "campaignFrom": "2026-11-20", "campaignTo": "2026-11-30" } });
    assert_eq!(client.admin_post("items/A-1", &campaign).await, 204);
    assert_eq!(
        client
            .admin_post("items/A-1", &json!({ "isActive": false }))
            .await,
        204
    );
    client
        .count("A-1", json!({ "quantity": "2.5", "reserved": "1" }))
        .await;
    assert_eq!(
        client.admin_get("items").await,
        json!([{
            "number": "A-1",
            "name": "Räksmörgås på rågbröd",
            "unit": "st",
            "active": false,
            "ean": null,
            "vat": "25",
            "currency": "SEK",
            "regular": "80",
            "campaign": "64",
            "campaign_from": "2026-11-20",
            "campaign_to": "2026-11-30",
            "stock": { "quantity": "2.5", "reserved": "1", "available": "1.5" },
            "version": 3,
        }])
    );
    assert_eq!(client.ledger().await["writes"], 0);
}

#[tokio::test]
async fn an_item_that_is_not_there_cannot_be_changed_or_counted() {
    let client = Client::start().await;
    for path in ["items/A-1", "items/A-1/delete", "items/A-1/unstock"] {
        assert_eq!(client.admin_post(path, &json!({})).await, 404, "{path}");
    }
    let unknown = client.get(&format!("items/{}", uuid::Uuid::nil())).await;
    assert_eq!((unknown.status, unknown.text()), (404, "artikeln finns inte"));
}

#[tokio::test]
async fn a_lost_answer_leaves_an_item_that_a_second_attempt_finds() {
    let client = Client::start().await;
    client.faults(json!({ "lost_answer_next": 2 })).await;
    assert!(client.try_post("items", &item("A-1")).await.is_err());
    let found = client.get("items?number=A-1").await.body;
    let path = format!("items/{}?version=1", found[0]["itemId"].as_str().expect("an id"));
    let patch = json!({ "name": "Nytt namn" });
    assert!(client.try_patch(&path, &patch).await.is_err());
    assert_eq!(client.patch(&path, &patch).await.codes(), [1_004_002]);
    assert_eq!(client.post("items", &item("A-1")).await.codes(), [1_004_001]);
    assert_eq!(client.ledger().await["writes"], 2);
}

#[tokio::test]
async fn weather_strikes_items_as_it_strikes_everything() {
    let client = Client::start().await;
    client.faults(json!({ "http_500_every": 1 })).await;
    assert_eq!(client.post("items", &item("A-1")).await.status, 500);
    client
        .faults(json!({ "http_500_every": 0, "http_429_every": 1 }))
        .await;
    assert_eq!(client.get("items").await.status, 429);
    client.faults(json!({ "http_429_every": 0 })).await;
    assert!(numbers(&client, "").await.is_empty());
}

#[tokio::test]
async fn an_item_may_be_denied_seen_late_or_called_by_anothers_id() {
    let client = Client::start().await;
    let first = client.add_item(&item("A-1")).await;
    client
        .faults(json!({ "next_other_id": 1, "next_not_found": 1 }))
        .await;
    let second = client.add_item(&item("A-2")).await;
    assert_eq!(second.body["itemId"], first.body["itemId"]);
    let path = format!("items/{}", first.id("itemId"));
    assert_eq!(client.get(&path).await.status, 404);
    assert_eq!(client.get(&path).await.status, 200);
    client.faults(json!({ "visible_after_ms": 600_000 })).await;
    assert!(numbers(&client, "number=A-1").await.is_empty());
}

#[tokio::test]
async fn a_list_without_items_is_a_switch_and_no_item_is_gone() {
    let client = Client::start().await;
    let id = client.add_item(&item("A-1")).await.id("itemId");
    client.faults(json!({ "no_items": true })).await;
    let listed = client.get("items").await;
    assert_eq!((listed.status, listed.body), (200, json!([])));
    assert_eq!(client.get(&format!("items/{id}")).await.status, 200);
    assert_eq!(client.admin_get("requests").await["faults"]["no_items"], 1);
    client.faults(json!({ "no_items": false })).await;
    assert_eq!(numbers(&client, "").await, ["A-1"]);
}

#[tokio::test]
async fn the_company_has_no_items_unless_it_is_started_with_some() {
    assert!(numbers(&Client::start().await, "").await.is_empty());
    let config = Config {
        items: 60,
        ..client::config()
    };
    let client = Client::start_with(config).await;
    let planned = client.admin_get("items").await;
    assert_eq!(planned.as_array().map(Vec::len), Some(60));
    assert_eq!(
        client.admin_post("items/seed", &json!({ "items": 62 })).await,
        204
    );
    let more = client.admin_get("items").await;
    assert_eq!(
        more.as_array().map(|all| &all[..60]),
        planned.as_array().map(Vec::as_slice)
    );
    assert_eq!(more.as_array().map(Vec::len), Some(62));
}

#[tokio::test]
async fn every_item_of_the_plan_would_be_accepted_from_a_client() {
    let client = Client::start_with(Config {
        items: 60,
        ..client::config()
    })
    .await;
    for item in client.get("items").await.body.as_array().expect("items") {
        let path = format!("items/{}?version=1", item["itemId"].as_str().expect("an id"));
        let answer = client.patch(&path, &json!({})).await;
        assert_eq!(answer.status, 200, "{item}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_plan_has_what_is_hard_among_its_first_fifty() {
    let client = Client::start_with(Config {
        items: 50,
        ..client::config()
    })
    .await;
    let planned = client.admin_get("items").await;
    let planned = planned.as_array().expect("items");
    let today = "2026-11-23";
    let day = |item: &Value, field: &str| item[field].as_str().unwrap_or_default().to_owned();
    let quantity = |item: &Value| item["stock"]["quantity"].as_str().unwrap_or_default().to_owned();
    let has = |what: &str, is: &dyn Fn(&Value) -> bool| assert!(planned.iter().any(is), "{what}");
    has("a campaign that runs", &|item| {
        let (from, to) = (day(item, "campaign_from"), day(item, "campaign_to"));
        !from.is_empty() && *from <= *today && *today <= *to
    });
    has("one that is over", &|item| {
        !item["campaign"].is_null() && *day(item, "campaign_to") < *today
    });
    has("one to come", &|item| *day(item, "campaign_from") > *today);
    has("no price", &|item| item["regular"].is_null());
    has("not sold", &|item| item["active"] == false);
    has("not counted", &|item| item["stock"].is_null());
    has("sold out", &|item| quantity(item) == "0");
    has("oversold", &|item| quantity(item).starts_with('-'));
    has("in parts", &|item| quantity(item) == "12.5");
    for rate in ["25", "12", "6", "0"] {
        has(rate, &|item| item["vat"] == rate);
    }
}
