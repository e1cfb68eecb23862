//! Stock: absolute, never created nor deleted by hand, and summed up on the product from its combinations.

use anyhow::Result;
use serde_json::json;

use super::{accepted, by_id, coded, old_shop, refusal, shop, stock, stock_of, tell, writes};

#[tokio::test]
async fn stock_is_neither_made_nor_deleted_through_the_webservice() -> Result<()> {
    let shop = shop().await?;
    for method in ["POST", "DELETE"] {
        assert_eq!(
            refusal(&shop, method, "stock_availables/1", "").await?,
            coded(405, "101")
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_put_needs_the_whole_row_and_a_patch_the_quantity_alone() -> Result<()> {
    let shop = shop().await?;
    let id = stock_of(&shop, "1", "0").await?;
    let short = format!("<stock_available><id>{id}</id><quantity>19</quantity></stock_available>");
    let refused = super::write(&shop, "PUT", "stock_availables", &short).await?;
    assert_eq!((refused.status, refused.codes()?), coded(400, "41"));
    assert!(refused.body.contains("parameter \"id_product\" required"));
    accepted(&shop, "PUT", "stock_availables", &stock(&id, "1", "0", "17")).await?;
    assert_eq!(
        by_id(&shop, "stock_availables", &id).await?.text("quantity"),
        "17"
    );
    accepted(&shop, "PATCH", "stock_availables", &short).await?;
    assert_eq!(
        by_id(&shop, "stock_availables", &id).await?.text("quantity"),
        "19"
    );
    let old = old_shop().await?;
    assert_eq!(
        refusal(&old, "PATCH", "stock_availables", &short).await?,
        coded(405, "23")
    );
    Ok(())
}

#[tokio::test]
async fn a_quantity_may_be_below_zero_but_not_between_two_numbers() -> Result<()> {
    let shop = shop().await?;
    let id = stock_of(&shop, "1", "0").await?;
    accepted(&shop, "PUT", "stock_availables", &stock(&id, "1", "0", "-3")).await?;
    let half = refusal(&shop, "PUT", "stock_availables", &stock(&id, "1", "0", "2.5")).await?;
    assert_eq!(half, coded(400, "85"));
    assert_eq!(
        by_id(&shop, "stock_availables", &id).await?.text("quantity"),
        "-3"
    );
    Ok(())
}

#[tokio::test]
async fn the_product_has_the_sum_of_its_combinations_until_somebody_writes_its_own_row() -> Result<()> {
    let shop = shop().await?;
    let mut rows = Vec::new();
    for combination in ["0", "12", "13", "14"] {
        rows.push(stock_of(&shop, "4", combination).await?);
    }
    let put = async |place: usize, combination: &str, quantity: &str| {
        let row = stock(&rows[place], "4", combination, quantity);
        accepted(&shop, "PUT", "stock_availables", &row).await
    };
    let own =
        async || -> Result<String> { Ok(by_id(&shop, "stock_availables", &rows[0]).await?.text("quantity")) };
    for (place, combination) in [(1, "12"), (2, "13"), (3, "14")] {
        put(place, combination, "10").await?;
    }
    assert_eq!(own().await?, "30");
    put(0, "0", "7777").await?;
    assert_eq!(own().await?, "7777", "it is accepted");
    put(1, "12", "5").await?;
    assert_eq!(own().await?, "25", "and forgotten");
    Ok(())
}

#[tokio::test]
async fn a_sale_between_a_read_and_a_write_is_lost_as_there_is_no_delta() -> Result<()> {
    let shop = shop().await?;
    let id = stock_of(&shop, "1", "0").await?;
    accepted(&shop, "PUT", "stock_availables", &stock(&id, "1", "0", "20")).await?;
    let waiting = json!({ "product": 1, "quantity": 3, "before_next_write": true });
    tell(&shop, "catalogue/sales", &waiting).await?;
    accepted(&shop, "PUT", "stock_availables", &stock(&id, "1", "0", "19")).await?;
    assert_eq!(
        by_id(&shop, "stock_availables", &id).await?.text("quantity"),
        "19"
    );
    let told = writes(&shop, "stock_availables").await?;
    let story: Vec<_> = told
        .iter()
        .map(|it| {
            (
                it["by"].as_str(),
                it["before"]["quantity"].as_str(),
                it["after"]["quantity"].as_str(),
            )
        })
        .skip(1)
        .collect();
    assert_eq!(
        story,
        [
            (Some("sale"), Some("20"), Some("17")),
            (Some("webservice"), Some("17"), Some("19"))
        ]
    );
    Ok(())
}
