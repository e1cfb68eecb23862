//! The catalogue against that of real shops, where somebody has recordings of them: the elements, and the codes of what is refused.
//!
//! `SKARV_PRESTASHOP_RECORDINGS` names a folder with one folder per version, each with files of one exchange.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use skarv_prestashop::fake::{Shop, Version};

use super::{super::client::all, Node, Reply, get, request, shop_of};

const VERSIONS: [(Version, &str); 2] = [(Version::V8_2_1, "v8.2.1"), (Version::V1_7_8_11, "v1.7.8.11")];

fn recording(version: &str, name: &str) -> Result<String> {
    #[allow(clippy::disallowed_methods, reason = "a test may look for its recordings")]
    let folder =
        std::env::var("SKARV_PRESTASHOP_RECORDINGS").context("SKARV_PRESTASHOP_RECORDINGS is not set")?;
    let file = format!("{folder}/{version}/{name}.http");
    let bytes = std::fs::read(&file).with_context(|| file.clone())?;
    Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
}

fn document(exchange: &str) -> Result<Node> {
    let answer = exchange.split("<<< RESPONSE").nth(1).context("no answer")?;
    let start = answer.find("<?xml").context("no XML")?;
    Node::parse(&answer[start..])
}

/// Every element of the nodes but the items of lists, of which a shop may have more or fewer.
fn elements(nodes: &[Node]) -> BTreeSet<String> {
    let paths = nodes.iter().flat_map(Node::paths);
    paths
        .filter(|path| !path.starts_with("associations/") || path.matches('/').count() == 1)
        .collect()
}

fn items(nodes: &[Node]) -> BTreeSet<String> {
    let paths = nodes.iter().flat_map(Node::paths);
    paths.filter(|path| path.matches('/').count() > 1).collect()
}

#[tokio::test]
#[ignore = "reads recordings of real shops, which are not part of the repository; .ci/run does where they are"]
async fn recorded_rows_of_the_catalogue_have_the_same_elements_as_ours() -> Result<()> {
    for (version, folder) in VERSIONS {
        let shop = shop_of(version).await?;
        for resource in [
            "products",
            "combinations",
            "product_options",
            "product_option_values",
            "stock_availables",
            "specific_prices",
            "tax_rule_groups",
            "tax_rules",
            "categories",
        ] {
            let real = document(&recording(folder, &format!("12-list-full-limit2-{resource}"))?)?;
            let real = &real.children[0].children;
            let ours = all(&shop, resource).await?;
            assert_eq!(elements(&ours), elements(real), "{folder} {resource}");
            let synopsis = document(&recording(folder, &format!("10-schema-synopsis-{resource}"))?)?;
            let known = items(&synopsis.children);
            let (ours, real) = (items(&ours), items(real));
            assert!(ours.is_subset(&known), "{folder} {resource}: {ours:?} {known:?}");
            assert!(real.is_subset(&ours), "{folder} {resource}: {real:?} {ours:?}");
        }
    }
    Ok(())
}

#[tokio::test]
#[ignore = "reads recordings of real shops, which are not part of the repository; .ci/run does where they are"]
async fn recorded_rows_come_in_the_same_order_of_elements_as_ours() -> Result<()> {
    let names =
        |node: &Node| -> Vec<String> { node.children.iter().map(|child| child.name.clone()).collect() };
    for (version, folder) in VERSIONS {
        let shop = shop_of(version).await?;
        for resource in [
            "products",
            "combinations",
            "stock_availables",
            "specific_prices",
            "categories",
        ] {
            let real = document(&recording(folder, &format!("12-list-full-limit2-{resource}"))?)?;
            let ours = all(&shop, resource).await?;
            assert_eq!(
                names(&ours[0]),
                names(&real.children[0].children[0]),
                "{folder} {resource}"
            );
        }
    }
    Ok(())
}

/// The status and the codes of a recorded answer.
fn outcome(exchange: &str) -> Result<(u16, Vec<String>)> {
    let answer = exchange.split("<<< RESPONSE").nth(1).context("no answer")?;
    let status = answer.split("HTTP/1.1 ").nth(1).and_then(|rest| rest.get(..3));
    let codes = answer.split("<code><![CDATA[").skip(1);
    let codes = codes.filter_map(|rest| rest.split(']').next()).map(str::to_owned);
    Ok((status.context("no status")?.parse()?, codes.collect()))
}

/// Sends a recorded request as it was, at the rows that this shop has in place of the recorded ones.
async fn again(shop: &Shop, exchange: &str, rows: &[(&str, &str)]) -> Result<Reply> {
    let asked = exchange.split("<<< RESPONSE").next().context("no request")?;
    let asked = asked.split_once(">>> REQUEST").context("no request")?.1.trim();
    let (head, body) = asked.split_once("\n\n").unwrap_or((asked, ""));
    let mut words = head.split(' ');
    let method = words.next().context("no method")?;
    let path = words.next().context("no path")?.trim_start_matches("/api/");
    let mut sent = (path.to_owned(), body.trim().to_owned());
    for (from, to) in rows {
        sent = (sent.0.replace(from, to), sent.1.replace(from, to));
    }
    request(shop, method, &sent.0, &sent.1).await
}

/// In the order in which they were made.
const WRITES: [&str; 36] = [
    "30-error-put-partial",
    "30-error-put-readonly-manufacturer_name",
    "30-error-put-readonly-quantity",
    "30-error-put-readonly-position_in_category",
    "30-error-put-roundtrip-full",
    "30-error-post-stock",
    "30-error-delete-stock",
    "30-error-post-to-id",
    "40-product-01-post-minimal-price-only",
    "40-product-02-post",
    "40-product-03-post-same-reference-again",
    "40-product-05-put",
    "40-product-06-patch-price",
    "40-product-07-put-without-name-and-associations",
    "40-product-08-put-restore",
    "40-product-09-put-name-lang1-only",
    "40-product-10-put-price-comma",
    "40-product-11-put-ean-bad",
    "40-product-12-name-forbidden-chars",
    "40-product-13-reference-too-long",
    "40-stock-02-put",
    "40-stock-03-put-quantity-only",
    "40-stock-04-patch-quantity-only",
    "40-stock-05-put-negative",
    "40-stock-06-put-nonint",
    "40-stock-07-put-missing-out_of_stock",
    "40-stock-09-bulk-put-second-invalid",
    "40-combination-01-post",
    "40-combination-02-post",
    "40-specific_price-01-post",
    "40-specific_price-02-post-duplicate",
    "40-specific_price-05-fixed",
    "40-category-01-post",
    "40-product-option-01-post",
    "40-product-option-value-01-post",
    "50-product-99-delete-multi",
];

#[tokio::test]
#[ignore = "reads recordings of real shops, which are not part of the repository; .ci/run does where they are"]
async fn recorded_writes_end_here_as_they_ended_there() -> Result<()> {
    // the recorded product and its stock row became 20 and 59, its option values 26 and 27
    let rows = [
        ("/20", "/5"),
        ("<id>20<", "<id>5<"),
        ("<id_product>20<", "<id_product>5<"),
        ("<id>26<", "<id>2<"),
        ("<id>27<", "<id>3<"),
    ];
    for (version, folder) in VERSIONS {
        let shop = shop_of(version).await?;
        let stock = super::stock_of(&shop, "5", "0").await?;
        let (in_path, in_body) = (format!("/{stock}"), format!("<id>{stock}<"));
        let own = [("/59", in_path.as_str()), ("<id>59<", in_body.as_str())];
        let rows = [rows.as_slice(), &own].concat();
        for name in WRITES {
            let exchange = recording(folder, name)?;
            let reply = again(&shop, &exchange, &rows).await?;
            let codes = if reply.status < 300 {
                Vec::new()
            } else {
                reply.codes()?
            };
            assert_eq!((reply.status, codes), outcome(&exchange)?, "{folder} {name}");
            if reply.status < 300 {
                let (ours, real) = (Node::parse(&reply.body)?, document(&exchange)?);
                assert_eq!(
                    elements(&ours.children),
                    elements(&real.children),
                    "{folder} {name}"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test]
#[ignore = "reads recordings of real shops, which are not part of the repository; .ci/run does where they are"]
async fn recorded_pictures_are_listed_under_the_same_elements() -> Result<()> {
    for (version, folder) in VERSIONS {
        let shop = shop_of(version).await?;
        for (name, path) in [
            ("11-list-images", "images"),
            ("11-list-images-products", "images/products"),
            ("11-list-images-products-1", "images/products/1"),
        ] {
            let real = document(&recording(folder, name)?)?;
            let ours = Node::parse(&get(&shop, path).await?.body)?;
            assert_eq!(ours.paths(), real.paths(), "{folder} {name}");
        }
    }
    Ok(())
}
