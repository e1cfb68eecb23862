//! What articles a shop's products are, and which of them are for a person.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::TimeDelta;
use serde_json::json;
use skarv_canonical::article::Texts;
use skarv_conformance::source::{self as promises, Beginning};
use skarv_connector::Extent;
use skarv_prestashop::fake::Shop;

use super::{BOTH, NOW, article, catalogue, clerk, everything, product, pull, shop, source};
use crate::{
    connection::at,
    counter::{admin, admin_post},
};

fn beginning() -> Beginning {
    Beginning {
        // the oldest product changed three months ago
        start_at: Some(at(NOW) - TimeDelta::days(200)),
        now: at(NOW),
    }
}

/// The keys of every article, as the shop itself tells its products.
async fn keys(shop: &Shop) -> BTreeSet<String> {
    let products = catalogue(shop).await;
    let of = |product: &serde_json::Value| {
        let combinations = product["combinations"].as_array().expect("a list");
        match combinations.is_empty() {
            true => vec![product["id"].to_string()],
            false => combinations
                .iter()
                .map(|it| format!("{}-{}", product["id"], it["id"]))
                .collect(),
        }
    };
    products.iter().flat_map(of).collect()
}

#[tokio::test]
async fn every_article_is_read_once_whatever_the_page_size() -> Result<()> {
    for version in BOTH {
        let shop = shop(45, version).await;
        let expected = keys(&shop).await;
        assert!(expected.iter().any(|key| key.contains('-')));
        promises::reads_everything_once_through_pages(
            async || Ok(source(&shop).await),
            beginning(),
            &expected,
        )
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn reading_products_resumes_at_any_cursor_inside_a_product_too() -> Result<()> {
    let shop = shop(45, BOTH[0]).await;
    promises::resumes_from_any_cursor(async || Ok(source(&shop).await), beginning()).await
}

#[tokio::test]
async fn a_product_that_is_fetched_is_the_one_that_was_pulled() -> Result<()> {
    let shop = shop(45, BOTH[1]).await;
    promises::fetch_returns_what_pull_did(async || Ok(source(&shop).await), beginning(), "4-9999").await?;
    promises::fetch_returns_what_pull_did(async || Ok(source(&shop).await), beginning(), "9999").await
}

#[tokio::test]
async fn reading_products_leaves_no_trace() -> Result<()> {
    let shop = shop(45, BOTH[0]).await;
    let books = async || Ok(admin(&shop, "catalogue/ledger").await);
    promises::reading_changes_nothing(async || Ok(source(&shop).await), beginning(), books).await
}

#[tokio::test]
async fn a_combination_is_an_article_with_its_own_number_price_and_weight() {
    for version in BOTH {
        let shop = shop(40, version).await;
        let told = product(&shop, 4).await;
        let articles = everything(&shop).await;
        let first = article(&articles["4-12"]);
        let second = article(&articles["4-13"]);
        assert_eq!(
            (first.sku.as_str(), second.sku.as_str()),
            ("GG-1004", "GG-1004-1")
        );
        assert_eq!(second.name["sv"], told["name"].as_str().expect("a name"));
        assert_eq!(second.variant["sv"], "Storlek S, Färg Blå");
        assert_eq!(second.variant["en"], "Size S, Colour Blå");
        let differs = |a: Option<rust_decimal::Decimal>, b: Option<rust_decimal::Decimal>| {
            (a.expect("a number") - b.expect("a number"))
                .normalize()
                .to_string()
        };
        assert_eq!(differs(second.price, first.price), "25.5");
        assert_eq!(differs(second.weight, first.weight), "0.015");
        assert_eq!(second.currency.code(), "SEK");
        assert_eq!(second.description["sv"], format!("<p>{}.</p>", second.name["sv"]));
        assert!(!articles.contains_key("4"), "the product itself is not sold");
    }
}

#[tokio::test]
async fn the_rate_of_a_product_is_its_group_s_in_the_seller_s_own_country() {
    for version in BOTH {
        let shop = shop(70, version).await;
        let articles = everything(&shop).await;
        let rate = |key: &str| article(&articles[key]).rate.map(|rate| rate.to_string());
        // one group holds a rule for Sweden and one for Germany
        assert_eq!(rate("17").as_deref(), Some("6"));
        assert_eq!(rate("1").as_deref(), Some("25"));
        assert_eq!(rate("29").as_deref(), Some("12"));
        assert_eq!(rate("68").as_deref(), Some("0"), "sold without tax");
    }
}

#[tokio::test]
async fn what_is_not_for_sale_is_told_as_such() {
    let shop = shop(60, BOTH[0]).await;
    clerk(
        &shop,
        "products/1",
        json!({ "active": "0" }),
        "2026-11-24T06:01:00Z",
    )
    .await;
    clerk(
        &shop,
        "products/2",
        json!({ "state": "0" }),
        "2026-11-24T06:01:00Z",
    )
    .await;
    let articles = everything(&shop).await;
    assert!(!article(&articles["1"]).active);
    assert!(!article(&articles["2"]).active, "a draft is sold to nobody");
    assert!(article(&articles["3"]).active);
}

#[tokio::test]
async fn an_article_without_a_number_is_parked_with_its_name() {
    for version in BOTH {
        let shop = shop(50, version).await;
        clerk(
            &shop,
            "products/9",
            json!({ "reference": "" }),
            "2026-11-24T06:01:00Z",
        )
        .await;
        clerk(
            &shop,
            "combinations/13",
            json!({ "reference": "" }),
            "2026-11-24T06:01:00Z",
        )
        .await;
        let articles = everything(&shop).await;
        for (key, name) in [
            ("9", "Vattenkanna i zink 9 l (9)"),
            ("4-13", "Förkläde i linne - Storlek S, Färg Blå (4-13)"),
        ] {
            let reason = articles[key].content.as_ref().expect_err("parked");
            assert_eq!(reason.code, "article_number_missing");
            assert_eq!(reason.params["article"], name);
            assert_eq!(reason.fix, "give_article_number");
        }
        assert!(articles["4-12"].content.is_ok(), "the others go on");
    }
}

#[tokio::test]
async fn a_number_that_stands_twice_parks_both_wherever_the_other_is() {
    for version in BOTH {
        let shop = shop(40, version).await;
        clerk(
            &shop,
            "products/9",
            json!({ "reference": "GG-1004-1" }),
            "2026-11-24T06:01:00Z",
        )
        .await;
        // in another page, and a combination
        let source = source(&shop).await;
        let (mut cursor, mut parked) = (None, Vec::new());
        for _ in 0..100 {
            let page = pull(source.as_ref(), (Extent::Everything, cursor.as_deref()), 1, NOW).await;
            let page = page.expect("a page");
            let of = |record: skarv_canonical::record::Pulled| {
                let reason = record
                    .content
                    .err()
                    .filter(|r| r.params.get("number").is_some_and(|n| n == "GG-1004-1"))?;
                Some((record.source_key, reason))
            };
            parked.extend(page.records.into_iter().filter_map(of));
            cursor = Some(page.cursor.as_str().to_owned());
            if page.done {
                break;
            }
        }
        let keys: Vec<&str> = parked.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["4-13", "9"]);
        for (_, reason) in &parked {
            assert_eq!(reason.code, "article_number_doubled");
            let articles = &reason.params["articles"];
            assert!(
                articles.contains("(9)") && articles.contains("(4-13)"),
                "{articles}"
            );
        }
    }
}

#[tokio::test]
async fn a12_one_group_with_a_rule_for_each_country_has_the_rate_of_the_seller_s() {
    let shop = shop(20, BOTH[0]).await;
    let articles = everything(&shop).await;
    assert_eq!(
        article(&articles["20"]).rate,
        Some(6.into()),
        "and not the German 7"
    );
}

#[tokio::test]
async fn a35_a_pack_is_one_article_and_its_parts_are_their_own() {
    for version in BOTH {
        let shop = shop(34, version).await;
        let articles = everything(&shop).await;
        let pack = article(&articles["33"]);
        assert_eq!(pack.name["sv"], "Gåvoset, termos och ljusstake");
        assert_eq!(
            (pack.sku.as_str(), pack.variant.clone()),
            ("GG-1033", Texts::new())
        );
        assert_eq!(articles.keys().filter(|key| key.starts_with("33")).count(), 1);
        assert_eq!(
            article(&articles["5"]).sku,
            "GG-1005",
            "once, as what it is by itself"
        );
        assert_eq!(
            article(&articles["34"]).sku,
            "GG-1034",
            "a download is an article too"
        );
    }
}

#[tokio::test]
async fn a_product_that_the_shop_cannot_show_does_not_hide_the_others() {
    for version in BOTH {
        let shop = shop(40, version).await;
        let expected = keys(&shop).await;
        admin_post(&shop, "catalogue/switches", r#"{"poison_product":7}"#).await;
        let articles = everything(&shop).await;
        let reason = articles["7"].content.as_ref().expect_err("parked");
        assert_eq!(reason.code, "record_not_shown");
        assert_eq!(articles.keys().cloned().collect::<BTreeSet<_>>(), expected);
    }
}
