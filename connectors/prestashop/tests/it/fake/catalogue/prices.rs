//! Specific prices: on top of the product's own or instead of it, in a time of their own, and one of each kind only.

use anyhow::Result;

use super::{accepted, by_id, coded, get, old_shop, refusal, shop, write};

pub(super) fn percentage(product: &str, reduction: &str) -> String {
    price(product, "-1", reduction, "percentage", "0000-00-00 00:00:00")
}

fn price(product: &str, price: &str, reduction: &str, kind: &str, from: &str) -> String {
    format!(
        "<specific_price><id_shop>0</id_shop><id_cart>0</id_cart><id_product>{product}</id_product>\
         <id_currency>0</id_currency><id_country>0</id_country><id_group>0</id_group>\
         <id_customer>0</id_customer><price>{price}</price><from_quantity>1</from_quantity>\
         <reduction>{reduction}</reduction><reduction_tax>1</reduction_tax>\
         <reduction_type>{kind}</reduction_type><from>{from}</from><to>0000-00-00 00:00:00</to></specific_price>"
    )
}

#[tokio::test]
async fn a_reduction_leaves_the_price_standing_and_a_fixed_price_replaces_it() -> Result<()> {
    let shop = shop().await?;
    let made = accepted(&shop, "POST", "specific_prices", &percentage("2", "0.10")).await?;
    assert_eq!(
        (made[0].text("price"), made[0].text("reduction")),
        ("-1".into(), "0.10".into())
    );
    let kept = by_id(&shop, "specific_prices", &made[0].text("id")).await?;
    assert_eq!(
        (kept.text("price"), kept.text("reduction")),
        ("-1.000000".into(), "0.100000".into())
    );
    let fixed = price("6", "9.99", "0", "amount", "2026-12-01 00:00:00");
    let made = accepted(&shop, "POST", "specific_prices", &fixed).await?;
    let kept = by_id(&shop, "specific_prices", &made[0].text("id")).await?;
    assert_eq!(
        (kept.text("price"), kept.text("from")),
        ("9.990000".into(), "2026-12-01 00:00:00".into())
    );
    Ok(())
}

#[tokio::test]
async fn a_second_price_for_the_same_case_is_refused_even_with_another_amount() -> Result<()> {
    for shop in [shop().await?, old_shop().await?] {
        accepted(&shop, "POST", "specific_prices", &percentage("2", "0.10")).await?;
        let second = refusal(&shop, "POST", "specific_prices", &percentage("2", "0.30")).await?;
        assert_eq!(second, coded(500, "46"));
        let later = price("2", "-1", "0.30", "percentage", "2026-12-01 00:00:00");
        accepted(&shop, "POST", "specific_prices", &later).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_price_is_changed_and_deleted_for_good() -> Result<()> {
    let shop = shop().await?;
    let made = accepted(&shop, "POST", "specific_prices", &percentage("2", "0.10")).await?;
    let id = made[0].text("id");
    let changed = percentage("2", "0.15").replace("<id_shop>", &format!("<id>{id}</id><id_shop>"));
    accepted(&shop, "PUT", &format!("specific_prices/{id}"), &changed).await?;
    assert_eq!(
        by_id(&shop, "specific_prices", &id).await?.text("reduction"),
        "0.150000"
    );
    let path = format!("specific_prices/{id}");
    assert_eq!(write(&shop, "DELETE", &path, "").await?.status, 200);
    assert_eq!(get(&shop, &path).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_kind_of_reduction_that_does_not_exist_is_refused() -> Result<()> {
    let shop = shop().await?;
    let odd = price("2", "-1", "0.10", "percent", "0000-00-00 00:00:00");
    assert_eq!(
        refusal(&shop, "POST", "specific_prices", &odd).await?,
        coded(400, "85")
    );
    let negative = price("2", "-1", "-0.10", "percentage", "0000-00-00 00:00:00");
    assert_eq!(
        refusal(&shop, "POST", "specific_prices", &negative).await?,
        coded(400, "85")
    );
    Ok(())
}
