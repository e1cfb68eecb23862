//! The two prices of an item, as the shop is to have them: regular and campaign apart, and none where there is none.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::json;
use skarv_canonical::price::Campaign;
use skarv_canonical::spec::{PriceSettings, StreamSettings, StreamSpec};
use skarv_conformance::source::{self as promises, Beginning};

use crate::items_world::{Stream, minutes, price, prices, source};
use crate::system::{System, d};

#[tokio::test]
async fn a21_the_regular_and_the_campaign_price_come_apart() {
    let system = System::start().await.stocked(&["RM-1"]).await;
    // the campaign runs on this very day: what is shown to a buyer is its price, what is told are both
    let campaign =
        json!({ "regular": 80, "campaign": 64.5, "campaignFrom": "2026-11-20", "campaignTo": "2026-11-30" });
    system.change_item("RM-1", json!({ "price": campaign })).await;
    let mut stream = Stream::open(&system.access, &prices()).await;
    let records = stream.drain(50).await;
    let told = price(&records[0]);
    let expected = Campaign {
        price: d("64.5"),
        from: "2026-11-20".parse().ok(),
        to: "2026-11-30".parse().ok(),
    };
    assert_eq!((told.regular, told.campaign), (Some(d("80")), Some(expected)));
    assert_eq!(
        (told.sku.as_str(), told.currency.code(), told.with_tax),
        ("RM-1", "SEK", false)
    );
    let over = json!({ "price": { "campaign": null, "campaignFrom": null, "campaignTo": null } });
    system.change_item("RM-1", over).await;
    let records = stream.drain(50).await;
    assert_eq!(
        (price(&records[0]).regular, price(&records[0]).campaign),
        (Some(d("80")), None)
    );
}

#[tokio::test]
async fn an_item_without_a_price_has_none_and_one_that_is_free_costs_nothing() {
    let system = System::start().await.stocked(&["RM-1", "RM-2"]).await;
    system
        .change_item("RM-1", json!({ "price": { "regular": null } }))
        .await;
    system
        .change_item("RM-2", json!({ "price": { "regular": 0 } }))
        .await;
    let records = Stream::open(&system.access, &prices()).await.drain(50).await;
    let regular: Vec<_> = records.iter().map(|record| price(record).regular).collect();
    assert_eq!(regular, [None, Some(d("0"))]);
}

#[tokio::test]
async fn currency_is_the_items_and_tax_is_as_the_settings_say() {
    let system = System::start().await.stocked(&["RM-1"]).await;
    system
        .change_item("RM-1", json!({ "price": { "currencyCode": "EUR" } }))
        .await;
    let spec = StreamSpec {
        settings: StreamSettings::Prices(PriceSettings {
            with_tax: true,
            ..PriceSettings::swedish()
        }),
    };
    let records = Stream::open(&system.access, &spec).await.drain(50).await;
    assert_eq!(
        (price(&records[0]).currency.code(), price(&records[0]).with_tax),
        ("EUR", true)
    );
}

#[tokio::test]
async fn the_source_keeps_the_promises_of_every_source() -> Result<()> {
    let system = System::start().await.seeded(60).await;
    let spec = prices();
    let beginning = Beginning {
        start_at: None,
        now: minutes(0),
    };
    let all = Stream::open(&system.access, &spec).await.drain(500).await;
    let keys: BTreeSet<String> = all.iter().map(|record| record.source_key.clone()).collect();
    let open = async || Ok(source(&system.access, &spec).await);
    promises::reads_everything_once_through_pages(open, beginning, &keys).await?;
    promises::resumes_from_any_cursor(open, beginning).await?;
    let absent = "00000000-0000-4000-8000-00000000000f";
    promises::fetch_returns_what_pull_did(open, beginning, absent).await
}
