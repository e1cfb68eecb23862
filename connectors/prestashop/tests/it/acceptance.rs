//! Stories that every integration is asked for, each under its number: what other integrations were caught guessing.

use crate::{
    connection::order,
    fixtures::folder,
    notes::{as_it_is, noting, page},
    webservice::file,
};

#[tokio::test]
async fn a10_an_address_without_a_country_parks_its_orders_and_says_what_to_do() {
    let (_shop, source, _) = noting(|asked| {
        let (status, text) = file(&folder(), &asked.resource);
        let without = text.replace("countries/1\"><![CDATA[1]]>", "countries/0\"><![CDATA[0]]>");
        (asked.resource == "addresses").then_some((status, without))
    })
    .await;
    let records = page(source.as_ref(), None, 100).await.records;
    let abroad = records.iter().find(|record| record.source_key == "17");
    let reason = abroad.expect("the order").content.as_ref().expect_err("parked");
    assert_eq!(
        (reason.to_string().as_str(), reason.fix.as_str()),
        ("country_missing country=0", "check_customer_in_shop"),
        "no country of the shop's stands in for it"
    );
    assert!(records[0].content.is_ok(), "orders to addresses with one go on");
}

#[tokio::test]
async fn a12_taxes_are_the_order_s_own_whatever_the_rules_of_their_group_say() {
    let (_shop, source, asked) = noting(as_it_is).await;
    let records = page(source.as_ref(), None, 100).await.records;
    let rates = |key: usize| {
        let taxes = &order(&records[key - 1]).taxes;
        taxes.iter().map(|tax| tax.rate.to_string()).collect::<Vec<_>>()
    };
    // one group, whose rules name a tax for each country
    assert_eq!(
        (rates(17), rates(1)),
        (vec!["19".to_owned()], vec!["25".to_owned()])
    );
    let asked = asked.lock().expect("notes");
    assert!(
        asked.iter().all(|line| !line.starts_with("tax_rule")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a33_an_order_of_a_product_that_is_deleted_is_read_from_its_own_rows() {
    let (_shop, source, asked) = noting(|asked| match asked.resource.as_str() {
        "products" | "combinations" => Some((404, String::new())),
        _ => None,
    })
    .await;
    let records = page(source.as_ref(), None, 100).await.records;
    let row = &order(&records[0]).lines[0];
    assert_eq!(
        (row.sku.as_str(), row.name.as_str()),
        ("GK-101", "Garn, blågrönt 50 g")
    );
    let asked = asked.lock().expect("notes");
    let of_catalogue = |line: &&String| line.starts_with("products") || line.starts_with("combinations");
    assert_eq!(
        asked.iter().filter(of_catalogue).count(),
        0,
        "the catalogue is not asked"
    );
}
