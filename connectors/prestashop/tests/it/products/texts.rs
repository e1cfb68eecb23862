//! What the shop refuses of a text or a number, and what stands there instead.

use skarv_canonical::article::Texts;

use super::{BOTH, blank, card, codes, everything, numbered, put, shop, sink, sv};
use crate::products::article;

#[tokio::test]
async fn a30_texts_that_the_shop_refuses_are_put_right_and_told() {
    for version in BOTH {
        let shop = shop(5, version).await;
        let sink = sink(&shop).await;
        let mut odd = card("ODD-1");
        odd.name = Some(sv(&format!(
            "Skål <{}>; {{30 cm}} = #1 {}",
            "stor",
            "å".repeat(130)
        )));
        odd.description = Some(sv("Under 200 < 300 g; <script>alert(1)</script> & mer"));
        odd.ean = Some("okänd".to_owned());
        let receipt = put(&sink, odd, None).await.expect("a product");
        assert_eq!(
            codes(&receipt),
            ["characters_left_out", "text_cut", "ean_left_out"]
        );
        assert_eq!(receipt.remarks[0].params["characters"], "#;<=>{}");
        assert_eq!(receipt.mismatch, None);
        let product = &numbered(&shop, "ODD-1").await[0];
        let name = product["name"].as_str().expect("a name");
        assert!(name.starts_with("Skål stor 30 cm 1 å"), "{name}");
        assert_eq!(name.chars().count(), 128);
        assert_eq!(product["ean13"], "");
        let read = everything(&shop).await;
        let key = product["id"].to_string();
        let description = &article(&read[&key]).description["sv"];
        assert_eq!(
            description,
            "<p>Under 200 &lt; 300 g; &lt;script&gt;alert(1)&lt;/script&gt; &amp; mer</p>"
        );
    }
}

#[tokio::test]
async fn a_name_in_one_language_is_the_name_in_all_until_one_is_translated() {
    for version in BOTH {
        let shop = shop(5, version).await;
        let sink = sink(&shop).await;
        let id = put(&sink, card("SPR-1"), None)
            .await
            .expect("a product")
            .foreign_id;
        let names = async || article(&everything(&shop).await[&id]).name.clone();
        assert_eq!(names().await["en"], "Skål i lergods");
        let renamed = |name: &str| {
            let mut card = blank("SPR-1");
            card.name = Some(sv(name));
            card
        };
        put(&sink, renamed("Skål"), Some(&id)).await.expect("an update");
        let both = Texts::from([("en", "Skål"), ("sv", "Skål")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(names().await, both, "what only repeated it follows");
        let english = serde_json::json!({ "name": { "1": "Bowl", "2": "Skål" } });
        super::clerk(&shop, &format!("products/{id}"), english, "2026-11-24T06:30:00Z").await;
        put(&sink, renamed("Stor skål"), Some(&id))
            .await
            .expect("an update");
        let apart =
            Texts::from([("en", "Bowl"), ("sv", "Stor skål")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(names().await, apart, "what somebody translated is theirs");
    }
}

#[tokio::test]
async fn a_name_without_latin_letters_gets_an_address_all_the_same() {
    for version in BOTH {
        let shop = shop(5, version).await;
        let sink = sink(&shop).await;
        let mut silk = card("SIDEN-1");
        silk.name = Some(sv("絲綢"));
        let id = put(&sink, silk, None).await.expect("a product").foreign_id;
        assert_eq!(article(&everything(&shop).await[&id]).name["sv"], "絲綢");
    }
}
