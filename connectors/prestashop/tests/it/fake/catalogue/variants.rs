//! What hangs on a product: its combinations and what they are made of, its categories, and what goes when it goes.

use anyhow::Result;

use super::{
    accepted, by_id, coded, get, list, named, old_shop, product, refusal, row, shop, stock_of, write,
};

#[tokio::test]
async fn a_combination_brings_its_stock_row_and_makes_a_default_of_itself() -> Result<()> {
    let shop = shop().await?;
    let combination = |value: &str, default: &str| {
        format!(
            "<combination><id_product>5</id_product><reference>T-{value}</reference><price>-1.5</price>\
             <minimal_quantity>1</minimal_quantity>{default}<associations><product_option_values>\
             <product_option_value><id>{value}</id></product_option_value></product_option_values>\
             </associations></combination>"
        )
    };
    let default = "<default_on>1</default_on>";
    let made = accepted(&shop, "POST", "combinations", &combination("2", default)).await?;
    let id = made[0].text("id");
    assert_eq!(
        by_id(&shop, "combinations", &id).await?.text("price"),
        "-1.500000"
    );
    stock_of(&shop, "5", &id).await?;
    let product = by_id(&shop, "products", "5").await?;
    assert_eq!(product.text("id_default_combination"), id);
    assert_eq!(
        (product.text("type"), product.text("product_type")),
        ("simple".into(), "combinations".into())
    );
    assert_eq!(product.rows("product_option_values")?[0].text("id"), "2");
    let second = refusal(&shop, "POST", "combinations", &combination("3", default)).await?;
    assert_eq!(second, coded(500, "46"), "one default is enough");
    accepted(&shop, "POST", "combinations", &combination("3", "")).await?;
    let missing = "<combination><reference>T</reference></combination>";
    assert_eq!(
        refusal(&shop, "POST", "combinations", missing).await?,
        coded(400, "41")
    );
    Ok(())
}

#[tokio::test]
async fn a_put_of_a_combination_without_its_values_keeps_them() -> Result<()> {
    let shop = shop().await?;
    let body = "<combination><id>12</id><id_product>4</id_product><price>2.5</price>\
                <minimal_quantity>1</minimal_quantity><default_on>1</default_on></combination>";
    accepted(&shop, "PUT", "combinations/12", body).await?;
    let kept = by_id(&shop, "combinations", "12").await?;
    assert_eq!(
        (kept.text("reference"), kept.text("price")),
        ("".into(), "2.500000".into())
    );
    assert_eq!(kept.rows("product_option_values")?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_combination_that_is_deleted_leaves_the_sum_of_the_others() -> Result<()> {
    let shop = shop().await?;
    let quantity = async |combination: &str| -> Result<i64> {
        let id = stock_of(&shop, "4", combination).await?;
        by_id(&shop, "stock_availables", &id).await?.number("quantity")
    };
    let left = quantity("13").await? + quantity("14").await?;
    assert_eq!(write(&shop, "DELETE", "combinations/12", "").await?.status, 200);
    assert_eq!(quantity("0").await?, left);
    assert_eq!(
        by_id(&shop, "products", "4")
            .await?
            .text("id_default_combination"),
        "0"
    );
    Ok(())
}

#[tokio::test]
async fn a_delete_is_for_good_and_takes_what_hangs_on_it_along() -> Result<()> {
    let shop = shop().await?;
    let reply = write(&shop, "DELETE", "products/4", "").await?;
    assert_eq!(
        (reply.status, reply.body.as_str(), reply.header("Content-Type")),
        (200, "", None)
    );
    for path in ["products/4", "combinations/12"] {
        assert_eq!(get(&shop, path).await?.status, 404, "{path}");
    }
    for resource in ["stock_availables", "combinations", "specific_prices"] {
        let left = list(&shop, &format!("{resource}?filter[id_product]=[4]")).await?;
        assert!(left.is_empty(), "{resource}");
    }
    assert_eq!(
        refusal(&shop, "DELETE", "products/4", "").await?,
        coded(404, "87")
    );
    Ok(())
}

#[tokio::test]
async fn several_ids_in_an_address_delete_only_the_first_and_in_a_parameter_all_or_none() -> Result<()> {
    let shop = shop().await?;
    assert_eq!(write(&shop, "DELETE", "products/40,41", "").await?.status, 200);
    assert_eq!(get(&shop, "products/41").await?.status, 200);
    assert_eq!(
        refusal(&shop, "DELETE", "products?id=[40,41]", "").await?,
        coded(404, "87")
    );
    assert_eq!(get(&shop, "products/41").await?.status, 200);
    assert_eq!(
        write(&shop, "DELETE", "products?id=[41,42]", "").await?.status,
        200
    );
    assert_eq!(get(&shop, "products/42").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn a_delete_of_nothing_is_refused_and_8_x_stumbles_before_it_says_so() -> Result<()> {
    let codes = refusal(&shop().await?, "DELETE", "products", "").await?;
    assert_eq!(codes, (404, vec!["5".to_owned(), "87".to_owned()]));
    let codes = refusal(&old_shop().await?, "DELETE", "products", "").await?;
    assert_eq!(codes, coded(404, "87"));
    Ok(())
}

#[tokio::test]
async fn options_and_their_values_are_made_and_count_up() -> Result<()> {
    let shop = shop().await?;
    let option = format!(
        "<product_option><group_type>select</group_type>{}<public_name><language id=\"2\">Längd</language>\
         </public_name></product_option>",
        named("Längd")
    );
    let made = accepted(&shop, "POST", "product_options", &option).await?;
    let id = made[0].text("id");
    assert_eq!(made[0].text("position"), "4");
    for place in ["0", "1"] {
        let value = format!(
            "<product_option_value><id_attribute_group>{id}</id_attribute_group>{}</product_option_value>",
            named("1 m")
        );
        let made = accepted(&shop, "POST", "product_option_values", &value).await?;
        assert_eq!(made[0].text("position"), place);
    }
    assert_eq!(
        by_id(&shop, "product_options", &id)
            .await?
            .rows("product_option_values")?
            .len(),
        2
    );
    Ok(())
}

#[tokio::test]
async fn a_category_knows_its_depth_and_what_is_in_it() -> Result<()> {
    let shop = shop().await?;
    let body = format!(
        "<category><id_parent>3</id_parent><active>1</active>{}<link_rewrite><language id=\"2\">hyllor</language>\
         </link_rewrite></category>",
        named("Hyllor")
    );
    let made = accepted(&shop, "POST", "categories", &body).await?;
    assert_eq!(made[0].text("level_depth"), "3");
    let above = by_id(&shop, "categories", "3").await?;
    assert_eq!(above.rows("categories")?[0].text("id"), made[0].text("id"));
    let filter = "filter[reference]=[SYLT-1]";
    accepted(&shop, "POST", "products", &product("SYLT-1", "10")).await?;
    let id = row(&shop, "products", filter).await?.text("id");
    let pantry = by_id(&shop, "categories", "5").await?;
    assert_eq!(pantry.rows("products")?.last().map(|it| it.text("id")), Some(id));
    Ok(())
}
