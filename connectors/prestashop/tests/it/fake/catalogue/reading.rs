//! What is shown of the catalogue, and that a shop opened without one shows nothing.

use std::collections::HashSet;

use anyhow::{Context, Result};

use super::{
    super::client::{self, all, ids},
    Node, PRODUCTS, by_id, get, list, old_shop, row, shop, texts,
};

const TABLES: [&str; 9] = [
    "categories",
    "combinations",
    "product_option_values",
    "product_options",
    "products",
    "specific_prices",
    "stock_availables",
    "tax_rule_groups",
    "tax_rules",
];

#[tokio::test]
async fn a_shop_opened_without_a_catalogue_gives_no_right_to_any_of_it() -> Result<()> {
    let shop = client::shop(5).await?;
    for resource in TABLES {
        assert_eq!(get(&shop, resource).await?.codes()?, ["26"], "{resource}");
    }
    Ok(())
}

#[tokio::test]
async fn a_row_read_alone_has_the_elements_of_the_row_in_a_list_in_both_versions() -> Result<()> {
    for shop in [shop().await?, old_shop().await?] {
        for resource in TABLES {
            let rows = all(&shop, resource).await?;
            let first = rows.first().context(resource)?;
            let single = get(&shop, &format!("{resource}/{}", first.text("id"))).await?;
            let single = Node::parse(&single.body)?;
            assert_eq!(single.children[0].paths(), first.paths(), "{resource}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_orders_are_about_products_and_combinations_that_are_there() -> Result<()> {
    let shop = shop().await?;
    for sold in all(&shop, "order_details").await? {
        let product = by_id(&shop, "products", &sold.text("product_id")).await?;
        assert_eq!(product.text("reference"), sold.text("product_reference"));
        assert_eq!(product.text("ean13"), sold.text("product_ean13"));
        let combination = sold.text("product_attribute_id");
        if combination != "0" {
            let combination = by_id(&shop, "combinations", &combination).await?;
            assert_eq!(combination.text("id_product"), product.text("id"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_product_has_a_stock_row_that_is_the_sum_of_those_of_its_combinations() -> Result<()> {
    let shop = shop().await?;
    let stock = all(&shop, "stock_availables").await?;
    let mut varied = 0;
    for product in all(&shop, "products").await? {
        let of_it = |node: &&Node| node.text("id_product") == product.text("id");
        let (own, parts): (Vec<&Node>, Vec<&Node>) = stock
            .iter()
            .filter(of_it)
            .partition(|row| row.text("id_product_attribute") == "0");
        assert_eq!((own.len(), product.text("quantity").as_str()), (1, "0"));
        assert_eq!(parts.len(), product.rows("combinations")?.len());
        let quantities: Vec<i64> = parts
            .iter()
            .map(|row| row.number("quantity"))
            .collect::<Result<_>>()?;
        if !parts.is_empty() {
            varied += 1;
            assert_eq!(own[0].number::<i64>("quantity")?, quantities.iter().sum::<i64>());
        }
    }
    assert!(varied >= 8, "{varied} of {PRODUCTS} come in combinations");
    Ok(())
}

#[tokio::test]
async fn the_assortment_has_what_trips_an_integration_up() -> Result<()> {
    let shop = shop().await?;
    let products = all(&shop, "products").await?;
    let with = |field: &str, value: &str| products.iter().filter(|it| it.text(field) == value).count();
    assert_eq!((with("type", "pack"), with("type", "virtual")), (1, 1));
    assert!(with("reference", "") >= 1 && with("active", "0") >= 1 && with("ean13", "") >= 1);
    assert!(with("state", "0") >= 1 && with("id_tax_rules_group", "0") >= 1);
    let named: Vec<String> = products.iter().map(|it| it.text("reference")).collect();
    let mut once: Vec<&String> = named.iter().filter(|it| !it.is_empty()).collect();
    let count = once.len();
    once.sort();
    once.dedup();
    assert!(once.len() < count, "no reference is used twice");
    let pack = products
        .iter()
        .find(|it| it.text("type") == "pack")
        .context("no pack")?;
    assert_eq!(pack.rows("product_bundle")?[0].text("quantity"), "2");
    let names: String = products
        .iter()
        .map(|it| texts(it, "name").map(|names| names.concat()))
        .collect::<Result<_>>()?;
    for letter in "åäöÅÄÖ".chars() {
        assert!(names.contains(letter), "{letter}");
    }
    Ok(())
}

#[tokio::test]
async fn each_tax_group_leads_by_country_to_a_rate_and_food_to_that_of_the_day() -> Result<()> {
    let rates = async |now: &str| -> Result<Vec<String>> {
        let config = client::config(client::seed(5, 7, now)?);
        let shop = skarv_prestashop::fake::start_with_products(config, 3).await?;
        let mut rates = Vec::new();
        for rule in list(
            &shop,
            "tax_rules?display=full&filter[id_country]=[18]&sort=[id_ASC]",
        )
        .await?
        {
            rates.push(by_id(&shop, "taxes", &rule.text("id_tax")).await?.text("rate"));
        }
        Ok(rates)
    };
    assert_eq!(
        rates("2026-11-20T12:00:00Z").await?,
        ["25.000", "12.000", "6.000", "6.000"]
    );
    assert_eq!(
        rates("2026-03-20T12:00:00Z").await?,
        ["25.000", "12.000", "12.000", "6.000"]
    );
    Ok(())
}

#[tokio::test]
async fn filters_sorts_and_limits_work_as_on_orders() -> Result<()> {
    let shop = shop().await?;
    assert_eq!(
        row(&shop, "products", "filter[reference]=[gg-1004]")
            .await?
            .text("id"),
        "4"
    );
    assert_eq!(
        ids(&shop, "products?filter[id]=[3|1|2]&sort=[id_DESC]&limit=2").await?,
        [3, 2]
    );
    assert_eq!(
        row(&shop, "products", "filter[name]=[Spade%20med%20eskaft]")
            .await?
            .text("id"),
        "8"
    );
    assert_eq!(
        get(&shop, "products?filter[quantity]=[1]").await?.codes()?[0],
        "34"
    );
    assert!(
        !ids(&shop, "products").await?.is_sorted(),
        "unsorted is in no order"
    );
    for resource in ["stock_availables", "combinations", "specific_prices"] {
        let path = format!("{resource}?filter[date_upd]=%3E[2020-01-01]&date=1");
        assert!(
            ids(&shop, &path).await?.is_empty(),
            "{resource} has no change date"
        );
    }
    let some = list(&shop, "products?display=[id,stock_availables[id]]&filter[id]=[4]").await?;
    let expected = [
        "associations",
        "associations/stock_availables",
        "associations/stock_availables/stock_available",
        "associations/stock_availables/stock_available/id",
        "id",
    ];
    assert_eq!(some[0].paths().into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(
        get(&shop, "products?display=[id,associations]").await?.codes()?[0],
        "35"
    );
    Ok(())
}

#[tokio::test]
async fn pictures_are_listed_by_product_and_a_product_without_any_is_404() -> Result<()> {
    let shop = shop().await?;
    let list = Node::parse(&get(&shop, "images/products").await?.body)?;
    let with: HashSet<&str> = list
        .child("images")?
        .children
        .iter()
        .filter_map(|it| it.attribute("id"))
        .collect();
    assert!(with.contains("1") && !with.contains("13"));
    let one = Node::parse(&get(&shop, "images/products/1").await?.body)?;
    assert_eq!(one.child("image")?.children[0].name, "declination");
    let none = get(&shop, "images/products/13").await?;
    assert_eq!((none.status, none.body.as_str()), (404, ""));
    assert!(get(&shop, "images").await?.body.contains("<image_types>"));
    Ok(())
}

#[tokio::test]
async fn the_root_says_what_the_key_may_write() -> Result<()> {
    let shop = shop().await?;
    super::tell(
        &shop,
        "faults",
        &serde_json::json!({ "deny": ["PATCH products"] }),
    )
    .await?;
    let root = Node::parse(&get(&shop, "").await?.body)?;
    let right = |resource: &str, method: &str| -> Result<String> {
        let node = root.child("api")?.child(resource)?;
        Ok(node.attribute(method).unwrap_or_default().to_owned())
    };
    assert_eq!(right("products", "put")?, "true");
    assert_eq!(right("products", "patch")?, "false");
    assert_eq!(right("stock_availables", "patch")?, "true");
    for resource in ["orders", "tax_rules", "images"] {
        assert_eq!(right(resource, "put")?, "false", "{resource}");
    }
    Ok(())
}
