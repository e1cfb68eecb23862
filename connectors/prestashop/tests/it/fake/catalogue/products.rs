//! Writing products and their combinations: what is kept, what is wiped, what is put to it, and when the change date moves.

use anyhow::Result;
use serde_json::json;

use super::{
    accepted, by_id, coded, get, named, old_shop, product, refusal, shop, stock_of, tell, texts, write,
    writes,
};

/// After everything that the shop was opened with, on the minute.
const LATER: &str = "2026-11-20T13:30:00Z";
const LATER_HERE: &str = "2026-11-20 14:30:00";

#[tokio::test]
async fn the_answer_to_a_post_shows_what_was_sent_and_the_shop_keeps_six_decimals() -> Result<()> {
    let shop = shop().await?;
    let answer = accepted(&shop, "POST", "products", &product("SYLT-1", "10.123456789")).await?;
    assert_eq!(answer[0].text("price"), "10.123456789");
    assert_eq!(answer[0].text("low_stock_alert"), "", "nothing was sent");
    let kept = by_id(&shop, "products", &answer[0].text("id")).await?;
    assert_eq!(kept.text("price"), "10.123457");
    assert_eq!(
        (kept.text("weight"), kept.text("low_stock_alert")),
        ("0.250000".into(), "0".into())
    );
    assert_eq!(texts(&kept, "name")?, ["A name", "Blåbärssylt från Åmål"]);
    assert_eq!(texts(&kept, "link_rewrite")?, ["a-name", "blabarssylt-fran-amal"]);
    Ok(())
}

#[tokio::test]
async fn a_new_product_has_a_stock_row_without_anything_in_it() -> Result<()> {
    let shop = shop().await?;
    let answer = accepted(&shop, "POST", "products", &product("SYLT-1", "10")).await?;
    let id = stock_of(&shop, &answer[0].text("id"), "0").await?;
    let stock = by_id(&shop, "stock_availables", &id).await?;
    assert_eq!(
        (stock.text("quantity"), stock.text("out_of_stock")),
        ("0".into(), "2".into())
    );
    assert_eq!(answer[0].rows("stock_availables")?[0].text("id"), id);
    Ok(())
}

#[tokio::test]
async fn a_reference_is_not_unique_and_a_second_post_makes_a_second_product() -> Result<()> {
    let shop = shop().await?;
    for _ in 0..2 {
        accepted(&shop, "POST", "products", &product("SYLT-1", "10")).await?;
    }
    let twins = super::list(&shop, "products?filter[reference]=[SYLT-1]").await?;
    assert_eq!(twins.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_product_without_a_name_in_languages_is_not_created_and_php_says_so() -> Result<()> {
    let shop = shop().await?;
    for row in [
        "<product><price>10</price></product>",
        "<product><price>10</price><name>Sylt</name></product>",
    ] {
        assert_eq!(refusal(&shop, "POST", "products", row).await?, coded(500, "3"));
    }
    assert_eq!(writes(&shop, "products").await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn what_a_put_leaves_out_is_wiped_but_not_the_lists() -> Result<()> {
    let shop = shop().await?;
    let body = "<product><id>4</id><price>13</price></product>";
    let answer = accepted(&shop, "PUT", "products/4", body).await?;
    let kept = by_id(&shop, "products", "4").await?;
    for field in ["reference", "ean13"] {
        assert_eq!(
            (answer[0].text(field), kept.text(field)),
            ("".into(), "".into()),
            "{field}"
        );
    }
    for field in [
        "active",
        "state",
        "available_for_order",
        "id_category_default",
        "id_tax_rules_group",
    ] {
        assert_eq!(kept.text(field), "0", "{field}");
    }
    assert_eq!(
        (kept.text("weight"), kept.text("price")),
        ("0.000000".into(), "13.000000".into())
    );
    assert_eq!(
        (kept.text("visibility"), kept.text("condition")),
        ("both".into(), "new".into())
    );
    assert_eq!(texts(&kept, "name")?, ["", ""]);
    assert_eq!(kept.rows("categories")?.len(), 2);
    assert_eq!(kept.rows("combinations")?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_put_with_one_language_empties_the_other() -> Result<()> {
    let shop = shop().await?;
    let body =
        "<product><id>5</id><price>13</price><name><language id=\"1\">Only one</language></name></product>";
    accepted(&shop, "PUT", "products/5", body).await?;
    assert_eq!(
        texts(&by_id(&shop, "products", "5").await?, "name")?,
        ["Only one", ""]
    );
    Ok(())
}

#[tokio::test]
async fn a_list_that_is_sent_replaces_the_old_one_and_combinations_left_out_are_gone() -> Result<()> {
    let shop = shop().await?;
    let lists = "<associations><categories><category><id>6</id></category></categories>\
                 <combinations><combination><id>12</id></combination></combinations></associations>";
    let body = format!(
        "<product><id>4</id><price>13</price>{}{lists}</product>",
        named("Förkläde")
    );
    accepted(&shop, "PUT", "products/4", &body).await?;
    let kept = by_id(&shop, "products", "4").await?;
    assert_eq!(kept.rows("categories")?.len(), 1);
    assert_eq!(kept.rows("combinations")?[0].text("id"), "12");
    assert_eq!(get(&shop, "combinations/13").await?.status, 404);
    assert_eq!(
        kept.rows("stock_availables")?.len(),
        2,
        "its own and that of what is left"
    );
    Ok(())
}

#[tokio::test]
async fn the_id_in_the_body_decides_and_not_the_one_in_the_address() -> Result<()> {
    let shop = shop().await?;
    let before = by_id(&shop, "products", "1").await?;
    let body = "<product><id>3</id><price>77</price></product>";
    accepted(&shop, "PUT", "products/1", body).await?;
    assert_eq!(
        by_id(&shop, "products", "1").await?.text("price"),
        before.text("price")
    );
    assert_eq!(by_id(&shop, "products", "3").await?.text("price"), "77.000000");
    Ok(())
}

#[tokio::test]
async fn a_product_read_and_put_back_is_refused_until_what_cannot_be_written_is_taken_out() -> Result<()> {
    let shop = shop().await?;
    let mut whole = get(&shop, "products/8").await?.body;
    let put = async |body: &str| -> Result<(u16, Vec<String>)> {
        let reply = super::request(&shop, "PUT", "products/8", body).await?;
        let codes = if reply.status == 200 {
            Vec::new()
        } else {
            reply.codes()?
        };
        Ok((reply.status, codes))
    };
    assert_eq!(put(&whole).await?, coded(400, "93"));
    let lines: Vec<&str> = whole
        .lines()
        .filter(|line| !line.contains("<manufacturer_name") && !line.contains("<quantity"))
        .collect();
    whole = lines.join("\n");
    assert_eq!(put(&whole).await?, (200, Vec::new()));
    let changed = writes(&shop, "products").await?;
    let only: Vec<&String> = changed[0]["after"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(only, ["date_upd"], "nothing else differs");
    let undeclared = whole.replace(" xmlns:xlink=\"http://www.w3.org/1999/xlink\"", "");
    assert_eq!(put(&undeclared).await?, coded(500, "3"));
    Ok(())
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_1_7_knows_none() -> Result<()> {
    let shop = shop().await?;
    let before = by_id(&shop, "products", "6").await?;
    let body = "<product><id>6</id><price>12.25</price></product>";
    let answer = accepted(&shop, "PATCH", "products/6", body).await?;
    assert_eq!(
        (answer[0].text("price"), answer[0].text("quantity")),
        ("12.25".into(), "0".into())
    );
    let after = by_id(&shop, "products", "6").await?;
    assert_eq!(after.text("price"), "12.250000");
    for field in ["reference", "ean13", "date_add", "active", "weight"] {
        assert_eq!(after.text(field), before.text(field), "{field}");
    }
    assert_eq!(texts(&after, "name")?, texts(&before, "name")?);
    let old = old_shop().await?;
    assert_eq!(
        refusal(&old, "PATCH", "products/6", body).await?,
        coded(405, "23")
    );
    Ok(())
}

#[tokio::test]
async fn the_right_to_patch_is_one_of_its_own() -> Result<()> {
    let shop = shop().await?;
    tell(&shop, "faults", &json!({ "deny": ["PATCH products"] })).await?;
    let body = "<product><id>6</id><price>12.25</price></product>";
    assert_eq!(
        refusal(&shop, "PATCH", "products/6", body).await?,
        coded(405, "25")
    );
    assert_eq!(write(&shop, "PUT", "products/6", body).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn only_a_write_of_the_product_itself_moves_its_change_date() -> Result<()> {
    let shop = shop().await?;
    tell(&shop, "clock", &json!({ "now": LATER, "still": true })).await?;
    let before = by_id(&shop, "products", "4").await?.text("date_upd");
    assert_ne!(before, LATER_HERE);
    let stock_id = stock_of(&shop, "4", "12").await?;
    accepted(
        &shop,
        "PUT",
        "stock_availables",
        &super::stock(&stock_id, "4", "12", "9"),
    )
    .await?;
    tell(
        &shop,
        "catalogue/sales",
        &json!({ "product": 4, "combination": 12, "quantity": 1 }),
    )
    .await?;
    let body = "<combination><id>12</id><price>1.5</price></combination>";
    accepted(&shop, "PATCH", "combinations/12", body).await?;
    accepted(
        &shop,
        "POST",
        "specific_prices",
        &super::prices::percentage("4", "0.10"),
    )
    .await?;
    assert_eq!(by_id(&shop, "products", "4").await?.text("date_upd"), before);
    let body = "<product><id>4</id><price>1.5</price></product>";
    accepted(&shop, "PATCH", "products/4", body).await?;
    assert_eq!(by_id(&shop, "products", "4").await?.text("date_upd"), LATER_HERE);
    Ok(())
}

#[tokio::test]
async fn a_put_without_its_first_date_makes_the_product_new() -> Result<()> {
    let shop = shop().await?;
    tell(&shop, "clock", &json!({ "now": LATER, "still": true })).await?;
    let body = "<product><id>4</id><price>1.5</price></product>";
    accepted(&shop, "PUT", "products/4", body).await?;
    assert_eq!(by_id(&shop, "products", "4").await?.text("date_add"), LATER_HERE);
    let body = "<product><id>5</id><price>1</price><date_add>2024-01-02 03:04:05</date_add></product>";
    accepted(&shop, "PUT", "products/5", body).await?;
    assert_eq!(
        by_id(&shop, "products", "5").await?.text("date_add"),
        "2024-01-02 03:04:05"
    );
    Ok(())
}
