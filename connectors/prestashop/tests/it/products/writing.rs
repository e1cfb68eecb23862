//! Articles written into a shop: made once, changed where they differ, and never more than is ours.

use serde_json::json;
use skarv_canonical::{Class, article::ArticleCard, spec::ProductMode};
use skarv_connector::Delivery;
use skarv_prestashop::fake::Version;

use super::{
    BOTH, blank, card, card_of, catalogue, clerk, codes, everything, matched, numbered, product, put,
    settings, shop, sink, sink_by, sv, written,
};
use crate::{
    counter::{admin, admin_post},
    products::article,
};

const HALF_PAST: &str = "2026-11-24T06:30:00Z";

#[tokio::test]
async fn a_new_article_becomes_a_product_that_the_shop_lists_and_sells() {
    for version in BOTH {
        let shop = shop(5, version).await;
        let sink = sink(&shop).await;
        let receipt = put(&sink, card("NY-1"), None).await.expect("a product");
        assert_eq!((receipt.mismatch, receipt.remarks.len()), (None, 0));
        let product = &numbered(&shop, "NY-1").await[0];
        assert_eq!(product["id"].to_string(), receipt.foreign_id);
        for (field, value) in [
            ("listed", json!(true)),
            ("active", json!(true)),
            ("name", json!("Skål i lergods")),
            ("ean13", json!("7350000000017")),
            ("price", json!("239.200000")),
            ("weight", json!("0.850000")),
            ("tax_rules_group", json!(1)),
        ] {
            assert_eq!(product[field], value, "{field}");
        }
        let row = &written(&shop, "products").await[0]["after"];
        assert_eq!(row["associations.categories"], "2", "the shop's root");
        assert_eq!(row["available_for_order"], "1");
        assert_eq!(
            matched(&sink, "NY-1").await.expect("a match"),
            Some(receipt.foreign_id)
        );
    }
}

#[tokio::test]
async fn a_new_article_whose_price_is_somebody_else_s_is_never_on_sale_for_nothing() {
    let shop = shop(5, BOTH[0]).await;
    let sink = sink(&shop).await;
    let priced = |number: &str, first_price: Option<&str>, active: bool| ArticleCard {
        price: None,
        first_price: first_price.map(|price| price.parse().expect("a price")),
        active: Some(active),
        ..card(number)
    };
    let refused = put(&sink, priced("NY-1", None, true), None)
        .await
        .expect_err("no price");
    assert_eq!(refused.reason.code, "article_without_price");
    assert_eq!(written(&shop, "products").await.len(), 0);
    put(&sink, priced("NY-2", Some("319.2"), true), None)
        .await
        .expect("a product");
    assert_eq!(numbered(&shop, "NY-2").await[0]["price"], "319.200000");
    put(&sink, priced("NY-3", None, false), None)
        .await
        .expect("a product");
    assert_eq!(numbered(&shop, "NY-3").await[0]["active"], json!(false));
}

#[tokio::test]
async fn an_article_of_which_nothing_but_its_number_is_ours_is_made_out_of_sight() {
    let shop = shop(5, BOTH[0]).await;
    let sink = sink(&shop).await;
    put(&sink, blank("NY-2"), None).await.expect("a product");
    let product = &numbered(&shop, "NY-2").await[0];
    assert_eq!(
        (&product["active"], &product["listed"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        (&product["name"], &product["price"]),
        (&json!("NY-2"), &json!("0.000000"))
    );
}

#[tokio::test]
async fn an_update_changes_what_is_ours_and_nothing_else() {
    for version in BOTH {
        let shop = shop(40, version).await;
        let sink = sink(&shop).await;
        let mut ours = blank("GG-1009");
        ours.name = Some(sv("Vattenkanna"));
        ours.active = Some(false);
        put(&sink, ours, Some("9")).await.expect("an update");
        let writes = written(&shop, "products").await;
        let changed: Vec<&String> = writes[0]["after"].as_object().expect("fields").keys().collect();
        // the name in the other language only repeated the Swedish one
        assert_eq!(changed, ["active", "date_upd", "name.1", "name.2"], "{version:?}");
        assert_eq!(writes.len(), 1);
    }
}

#[tokio::test]
async fn an_update_of_what_stands_already_sends_nothing() {
    for version in BOTH {
        let shop = shop(45, version).await;
        let sink = sink(&shop).await;
        let articles = everything(&shop).await;
        for (key, record) in articles.iter().filter(|(_, record)| record.content.is_ok()) {
            let card = card_of(article(record));
            let receipt = put(&sink, card, Some(key)).await.expect("an update");
            assert_eq!(codes(&receipt), Vec::<&str>::new(), "{key}");
        }
        assert_eq!(
            written(&shop, "products").await,
            Vec::<serde_json::Value>::new(),
            "{version:?}"
        );
        assert_eq!(written(&shop, "combinations").await.len(), 0, "{version:?}");
    }
}

#[tokio::test]
async fn a_combination_takes_what_it_has_itself_and_says_what_it_does_not() {
    for version in BOTH {
        let shop = shop(40, version).await;
        let sink = sink(&shop).await;
        let mut ours = blank("GG-1004-1");
        ours.ean = Some("7350000000024".to_owned());
        ours.weight = Some("0.500".parse().expect("a weight"));
        ours.name = Some(sv("Någonting annat"));
        ours.active = Some(false);
        assert_eq!(
            matched(&sink, "GG-1004-1").await.expect("a match").as_deref(),
            Some("4-13")
        );
        let receipt = put(&sink, ours, Some("4-13")).await.expect("an update");
        assert_eq!(codes(&receipt), ["combination_part_not_written"]);
        assert_eq!(receipt.remarks[0].params["fields"], "name, active");
        let writes = written(&shop, "combinations").await;
        let changed = writes[0]["after"].as_object().expect("fields");
        assert_eq!(
            changed.keys().collect::<Vec<_>>(),
            ["ean13", "weight"],
            "{version:?}"
        );
        // the apron itself weighs 310 g
        assert_eq!(changed["weight"], "0.190000");
        assert_eq!(written(&shop, "products").await.len(), 0);
        assert_eq!(
            product(&shop, 4).await["active"],
            true,
            "the others are still sold"
        );
    }
}

#[tokio::test]
async fn a_key_that_may_not_patch_puts_whole_rows_and_wipes_nothing() {
    let shop = shop(40, Version::V8_2_1).await;
    admin_post(&shop, "faults", r#"{"deny":["PATCH products"]}"#).await;
    let sink = sink(&shop).await;
    let mut ours = blank("GG-1009");
    ours.active = Some(false);
    put(&sink, ours, Some("9")).await.expect("an update");
    let writes = written(&shop, "products").await;
    let changed: Vec<&String> = writes[0]["after"].as_object().expect("fields").keys().collect();
    assert_eq!(changed, ["active", "date_upd"]);
}

#[tokio::test]
async fn a29_a_copied_product_keeps_its_own_number_and_the_number_is_the_link() {
    for version in BOTH {
        let shop = shop(40, version).await;
        let sink = sink(&shop).await;
        let name = json!({ "1": "Watering can, copy", "2": "Vattenkanna, kopia" });
        let copy = json!({ "name": name, "reference": "GG-1009", "price": "99", "state": "1" });
        clerk(&shop, "products", copy, HALF_PAST).await;
        let doubled = matched(&sink, "GG-1009").await.expect_err("neither is chosen");
        assert_eq!(
            (doubled.class(), doubled.reason.code.as_str()),
            (Class::Data, "article_number_doubled")
        );
        assert!(doubled.reason.params["articles"].contains("(9)"));
        let copied = catalogue(&shop).await.last().expect("a product")["id"].to_string();
        // the clerk gives the old one another number: the copy is the article now
        clerk(
            &shop,
            "products/9",
            json!({ "reference": "GG-GAMMAL" }),
            HALF_PAST,
        )
        .await;
        let stale = put(&sink, card("GG-1009"), Some("9"))
            .await
            .expect_err("another number");
        assert_eq!(stale.reason.code, "article_gone");
        assert_eq!(
            matched(&sink, "GG-1009").await.expect("a match"),
            Some(copied.clone())
        );
        put(&sink, card("GG-1009"), Some(&copied))
            .await
            .expect("an update");
        assert_eq!(product(&shop, 9).await["reference"], "GG-GAMMAL");
        assert_eq!(written(&shop, "products").await.len(), 1);
    }
}

#[tokio::test]
async fn a32_importing_twice_makes_no_second_product_even_when_the_answer_is_lost() {
    for version in BOTH {
        let shop = shop(5, version).await;
        let sink = sink(&shop).await;
        put(&sink, card("NY-0"), None).await.expect("a product");
        admin_post(&shop, "faults", r#"{"next_lost":1}"#).await;
        let lost = put(&sink, card("NY-1"), None).await.expect_err("no answer");
        assert_eq!(lost.delivery, Delivery::InFlight);
        admin_post(&shop, "faults", r#"{"next_500":1}"#).await;
        let unsaid = put(&sink, card("NY-2"), None).await.expect_err("an empty answer");
        assert_eq!(unsaid.delivery, Delivery::Answered);
        // what may have happened is looked up, and told from what did not
        let found = matched(&sink, "NY-1")
            .await
            .expect("a match")
            .expect("the product");
        assert_eq!(matched(&sink, "NY-2").await.expect("no match"), None);
        put(&sink, card("NY-1"), Some(&found)).await.expect("an update");
        assert_eq!(numbered(&shop, "NY-1").await.len(), 1);
        let before = written(&shop, "products").await.len();
        for number in ["NY-0", "NY-1"] {
            let id = matched(&sink, number)
                .await
                .expect("a match")
                .expect("the product");
            put(&sink, card(number), Some(&id)).await.expect("an update");
        }
        assert_eq!(
            written(&shop, "products").await.len(),
            before,
            "the second import writes nothing"
        );
    }
}

#[tokio::test]
async fn a_product_that_was_made_though_php_complained_is_found() {
    let shop = shop(5, Version::V1_7_8_11).await;
    let sink = sink(&shop).await;
    put(&sink, card("NY-0"), None).await.expect("a product");
    admin_post(&shop, "catalogue/switches", r#"{"php_notices":true}"#).await;
    let error = put(&sink, card("NY-1"), None).await.expect_err("notices");
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Transient, Delivery::Answered)
    );
    assert_eq!(numbered(&shop, "NY-1").await.len(), 1);
    admin_post(&shop, "catalogue/switches", "{}").await;
    assert!(matched(&sink, "NY-1").await.expect("a match").is_some());
}

#[tokio::test]
async fn an_article_is_taken_off_sale_and_never_deleted() {
    for version in BOTH {
        let shop = shop(40, version).await;
        let sink = sink(&shop).await;
        let mut off = blank("GG-1009");
        off.active = Some(false);
        put(&sink, off, Some("9")).await.expect("an update");
        assert_eq!(product(&shop, 9).await["active"], false);
        let told: serde_json::Value =
            serde_json::from_str(&admin(&shop, "catalogue/writes").await).expect("json");
        assert_eq!(told["requests"].get("DELETE products"), None);
    }
}

#[tokio::test]
async fn a_draft_that_nobody_can_buy_is_left_to_whoever_finishes_it() {
    let shop = shop(40, BOTH[0]).await;
    let sink = sink(&shop).await;
    clerk(&shop, "products/9", json!({ "state": "0" }), HALF_PAST).await;
    let mut off = blank("GG-1009");
    off.active = Some(false);
    put(&sink, off, Some("9")).await.expect("an update");
    assert_eq!(written(&shop, "products").await.len(), 0);
}

#[tokio::test]
async fn a_product_that_is_gone_is_said_to_be() {
    let shop = shop(5, BOTH[0]).await;
    let sink = sink(&shop).await;
    for id in ["999", "4-999", "999-4", "nothing"] {
        let gone = put(&sink, card("NY-1"), Some(id))
            .await
            .expect_err("nothing there");
        assert_eq!(
            (gone.class(), gone.reason.code.as_str()),
            (Class::Data, "article_gone"),
            "{id}"
        );
    }
}

#[tokio::test]
async fn what_is_missing_and_may_not_be_made_is_left_out() {
    let shop = shop(5, BOTH[0]).await;
    let sink = sink_by(
        &shop,
        skarv_canonical::spec::ProductSettings {
            mode: ProductMode::Update,
            ..settings()
        },
    )
    .await;
    let mut ours = card("NY-1");
    ours.may_create = false;
    let left_out = put(&sink, ours, None).await.expect_err("nothing there");
    assert_eq!(left_out.reason.code, "article_not_there");
    assert_eq!(written(&shop, "products").await.len(), 0);
}

#[tokio::test]
async fn a_rate_needs_a_group_only_where_the_product_has_another() {
    let shop = shop(40, BOTH[0]).await;
    let mut without = settings();
    without.tax_groups.clear();
    let sink = sink_by(&shop, without).await;
    let rated = |rate: u32| {
        let mut card = blank("GG-1009");
        card.rate = Some(rate.into());
        card
    };
    put(&sink, rated(25), Some("9"))
        .await
        .expect("it bears 25 already");
    let missing = put(&sink, rated(12), Some("9")).await.expect_err("no group");
    assert_eq!(missing.to_string(), "tax_group_missing number=GG-1009 rate=12");
    assert_eq!(written(&shop, "products").await.len(), 0);
}

#[tokio::test]
async fn groups_that_bear_another_tax_are_said_before_anything_is_written() {
    let shop = shop(5, BOTH[0]).await;
    let sink = sink_by(&shop, settings()).await;
    let now = crate::connection::at(crate::counter::NOW);
    assert_eq!(sink.obstacles(now).await.expect("obstacles"), []);
    let mut wrong = settings();
    wrong.tax_groups.insert(25.into(), "3".to_owned());
    wrong.category = Some("999".to_owned());
    let sink = sink_by(&shop, wrong).await;
    let obstacles = sink.obstacles(now).await.expect("obstacles");
    let told: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["tax_group_wrong group=3 rate=25", "category_missing category=999"]
    );
}

#[tokio::test]
async fn a_price_in_another_currency_is_not_taken_for_the_shop_s() {
    let shop = shop(5, BOTH[0]).await;
    let sink = sink(&shop).await;
    let mut euros = card("NY-1");
    euros.currency = "EUR".parse().expect("a currency");
    let refused = put(&sink, euros, None).await.expect_err("another currency");
    assert_eq!(refused.reason.code, "currency_not_the_shops");
    assert_eq!(written(&shop, "products").await.len(), 0);
}

#[tokio::test]
async fn the_shop_s_words_for_a_description_stand_while_they_say_the_same() {
    let shop = shop(40, BOTH[0]).await;
    let sink = sink(&shop).await;
    let ours = "<div><p>Drejad <b>för hand</b></p><p>Tål maskin &amp; ugn</p></div>";
    let both = json!({ "description": { "1": ours, "2": ours } });
    clerk(&shop, "products/9", both, HALF_PAST).await;
    let mut text = blank("GG-1009");
    text.description = card("GG-1009").description;
    put(&sink, text, Some("9")).await.expect("an update");
    assert_eq!(written(&shop, "products").await.len(), 0);
    let mut nothing = blank("GG-1009");
    nothing.description = Some(skarv_canonical::article::Texts::new());
    put(&sink, nothing, Some("9")).await.expect("an update");
    assert_eq!(
        written(&shop, "products").await.len(),
        0,
        "no text says nothing of this one"
    );
}
