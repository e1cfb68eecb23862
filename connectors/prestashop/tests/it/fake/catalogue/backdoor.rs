//! What a test does behind the shop's back: a clerk, a buyer, PHP's moods, and the books afterwards.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    accepted, ask, by_id, coded, get, list, old_shop, product, refusal, row, shop, stock_of, tell, write,
    writes,
};

const LATER: &str = "2026-11-20T13:30:00Z";

#[tokio::test]
async fn a_sale_takes_from_the_combination_and_from_the_sum_and_may_go_below_zero() -> Result<()> {
    let shop = shop().await?;
    let quantity = async |combination: &str| -> Result<i64> {
        let id = stock_of(&shop, "4", combination).await?;
        by_id(&shop, "stock_availables", &id).await?.number("quantity")
    };
    let (part, sum) = (quantity("12").await?, quantity("0").await?);
    tell(
        &shop,
        "catalogue/sales",
        &json!({ "product": 4, "combination": 12, "quantity": 500 }),
    )
    .await?;
    assert_eq!(
        (quantity("12").await?, quantity("0").await?),
        (part - 500, sum - 500)
    );
    let nowhere = tell(
        &shop,
        "catalogue/sales",
        &json!({ "product": 4711, "quantity": 1 }),
    )
    .await;
    assert!(nowhere.is_err_and(|error| error.to_string().contains("404")));
    Ok(())
}

#[tokio::test]
async fn an_order_placed_at_the_counter_takes_its_rows_from_the_stock() -> Result<()> {
    let shop = shop().await?;
    let before = ask(&shop, "catalogue/ledger").await?;
    let placed = tell(&shop, "orders", &json!({ "count": 1 })).await?;
    let rows = list(
        &shop,
        &format!(
            "order_details?filter[id_order]=[{}]&display=full",
            placed["ids"][0]
        ),
    )
    .await?;
    let after = ask(&shop, "catalogue/ledger").await?;
    for sold in rows {
        let of = |ledger: &Value| -> Result<i64> {
            let products = ledger["products"].as_array().context("no products")?;
            let id: u64 = sold.number("product_id")?;
            let product = products.iter().find(|it| it["id"] == id);
            product.context("no such product")?["quantity"]
                .as_i64()
                .context("no quantity")
        };
        assert_eq!(
            of(&before)? - of(&after)?,
            sold.number::<i64>("product_quantity")?
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_clerk_changes_a_product_a_price_and_a_stock_row() -> Result<()> {
    let shop = shop().await?;
    let set = json!({ "price": "12.5", "name": { "1": "Pan", "2": "Panna på rea" } });
    tell(
        &shop,
        "catalogue/rows/products/2",
        &json!({ "set": set, "now": LATER }),
    )
    .await?;
    let kept = by_id(&shop, "products", "2").await?;
    assert_eq!(
        (kept.text("price"), kept.text("reference")),
        ("12.500000".into(), "GG-1002".into())
    );
    assert_eq!(kept.text("date_upd"), "2026-11-20 14:30:00");
    let id = stock_of(&shop, "2", "0").await?;
    tell(
        &shop,
        &format!("catalogue/rows/stock_availables/{id}"),
        &json!({ "set": { "quantity": 7 } }),
    )
    .await?;
    assert_eq!(by_id(&shop, "stock_availables", &id).await?.text("quantity"), "7");
    let wrong = tell(
        &shop,
        "catalogue/rows/products/2",
        &json!({ "set": { "price": "1,5" } }),
    )
    .await;
    assert!(wrong.is_err_and(|error| error.to_string().contains("is not valid")));
    Ok(())
}

#[tokio::test]
async fn a_clerk_adds_and_deletes_a_product() -> Result<()> {
    let shop = shop().await?;
    let set =
        json!({ "price": "5", "state": "1", "active": "1", "reference": "NY", "name": { "2": "Ny vara" } });
    let made = tell(&shop, "catalogue/rows/products", &json!({ "set": set })).await?;
    let id = made["id"].to_string();
    assert_eq!(by_id(&shop, "products", &id).await?.text("reference"), "NY");
    tell(&shop, &format!("catalogue/rows/products/{id}/delete"), &json!({})).await?;
    assert_eq!(get(&shop, &format!("products/{id}")).await?.status, 404);
    let told = writes(&shop, "products").await?;
    let methods: Vec<_> = told
        .iter()
        .map(|it| (it["by"].as_str(), it["method"].as_str()))
        .collect();
    assert_eq!(
        methods,
        [(Some("clerk"), Some("POST")), (Some("clerk"), Some("DELETE"))]
    );
    assert!(told[0]["before"].is_null() && told[1]["after"].is_null());
    Ok(())
}

#[tokio::test]
async fn every_accepted_write_is_told_with_what_it_changed_and_no_refused_one_is() -> Result<()> {
    let shop = shop().await?;
    let patch = |price: &str| format!("<product><id>5</id><price>{price}</price></product>");
    accepted(&shop, "PATCH", "products/5", &patch("99.5")).await?;
    refusal(&shop, "PATCH", "products/5", &patch("x")).await?;
    let told = ask(&shop, "catalogue/writes?kind=products&id=5").await?;
    assert_eq!(told["writes"].as_array().map(Vec::len), Some(1));
    let write = &told["writes"][0];
    assert_eq!(
        (&write["method"], &write["after"]["price"]),
        (&json!("PUT"), &json!("99.500000"))
    );
    assert_eq!(write["before"]["price"], "183.330000");
    assert!(write["before"].get("reference").is_none(), "it did not change");
    assert_eq!(told["requests"]["PATCH products"], 2);
    assert_eq!(told["accepted"]["PUT products"], 1);
    let number = write["number"].to_string();
    accepted(&shop, "PATCH", "products/5", &patch("1")).await?;
    let newer = ask(&shop, &format!("catalogue/writes?after={number}")).await?;
    assert_eq!(newer["writes"].as_array().map(Vec::len), Some(1));
    tell(&shop, "catalogue/writes/reset", &json!({})).await?;
    let none = ask(&shop, "catalogue/writes").await?;
    assert_eq!((&none["writes"], &none["requests"]), (&json!([]), &json!({})));
    Ok(())
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_made_all_the_same() -> Result<()> {
    let shop = shop().await?;
    tell(&shop, "faults", &json!({ "next_lost": 1 })).await?;
    let lost = write(&shop, "POST", "products", &product("LOST", "10")).await;
    assert!(lost.is_err_and(|error| error.to_string().contains("without an answer")));
    row(&shop, "products", "filter[reference]=[LOST]").await?;
    Ok(())
}

#[tokio::test]
async fn with_notices_on_the_old_release_answers_500_and_has_created_the_product() -> Result<()> {
    let shop = old_shop().await?;
    tell(&shop, "catalogue/switches", &json!({ "php_notices": true })).await?;
    assert_eq!(
        refusal(&shop, "POST", "products", &product("GHOST", "10")).await?,
        coded(500, "5")
    );
    assert_eq!(
        list(&shop, "products?filter[reference]=[GHOST]").await?.len(),
        1,
        "ids are shown"
    );
    let full = get(&shop, "products?display=full").await?;
    assert_eq!(full.status, 500);
    assert!(full.codes()?.iter().all(|code| code == "5"));
    assert_eq!(
        get(&shop, "products?display=full&filter[id]=[1|2|3]")
            .await?
            .status,
        200
    );
    assert_eq!(get(&shop, "products/13").await?.status, 500, "it has no picture");
    let new = super::shop().await?;
    tell(&new, "catalogue/switches", &json!({ "php_notices": true })).await?;
    assert_eq!(
        get(&new, "products?display=full").await?.status,
        200,
        "8.x does not stumble"
    );
    Ok(())
}

#[tokio::test]
async fn a_poisoned_product_breaks_every_list_that_shows_it_and_no_list_of_ids() -> Result<()> {
    let shop = shop().await?;
    tell(&shop, "catalogue/switches", &json!({ "poison_product": 7 })).await?;
    for path in [
        "products?display=full",
        "products?display=[id,reference]",
        "products/7",
        "products?display=full&filter[id]=[6|7]",
    ] {
        assert_eq!((get(&shop, path).await?).codes()?, ["5"], "{path}");
    }
    assert_eq!(list(&shop, "products").await?.len(), 60);
    assert_eq!(
        get(&shop, "products?display=full&filter[id]=[5|6|8]")
            .await?
            .status,
        200
    );
    assert_eq!(get(&shop, "combinations?display=full").await?.status, 200);
    tell(&shop, "catalogue/switches", &json!({})).await?;
    assert_eq!(get(&shop, "products/7").await?.status, 200);
    Ok(())
}
