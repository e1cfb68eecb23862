//! The catalogue of the fake shop: what it shows, what it takes, and what it does to what it took.

mod backdoor;
mod bulk;
mod prices;
mod products;
mod reading;
mod recorded;
mod stock;
mod validation;
mod variants;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use skarv_prestashop::fake::{Config, Shop, Version, start_with_products};

use super::client::{BASIC, NOW, Node, Reply, ask, config, get, host, list, seed, send, tell};

/// Enough for one of everything.
const PRODUCTS: u32 = 60;

async fn shop_of(version: Version) -> Result<Shop> {
    let config = Config {
        version,
        ..config(seed(20, 7, NOW)?)
    };
    Ok(start_with_products(config, PRODUCTS).await?)
}

async fn shop() -> Result<Shop> {
    shop_of(Version::V8_2_1).await
}

async fn old_shop() -> Result<Shop> {
    shop_of(Version::V1_7_8_11).await
}

/// A request with the right key and a body as it is.
async fn request(shop: &Shop, method: &str, path: &str, body: &str) -> Result<Reply> {
    let head = format!(
        "{method} /api/{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {BASIC}",
        host(shop)
    );
    send(shop, &head, body).await
}

/// A request with `rows` in the usual envelope.
async fn write(shop: &Shop, method: &str, path: &str, rows: &str) -> Result<Reply> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <prestashop xmlns:xlink=\"http://www.w3.org/1999/xlink\">{rows}</prestashop>"
    );
    request(shop, method, path, &body).await
}

/// A write that is accepted, and its rows.
async fn accepted(shop: &Shop, method: &str, path: &str, rows: &str) -> Result<Vec<Node>> {
    let reply = write(shop, method, path, rows).await?;
    let expected = if method == "POST" { 201 } else { 200 };
    ensure!(
        reply.status == expected,
        "{method} {path}: {} {}",
        reply.status,
        reply.body
    );
    Ok(Node::parse(&reply.body)?.children)
}

/// The status and the codes of a write that is refused.
async fn refusal(shop: &Shop, method: &str, path: &str, rows: &str) -> Result<(u16, Vec<String>)> {
    let reply = write(shop, method, path, rows).await?;
    Ok((reply.status, reply.codes()?))
}

fn coded(status: u16, code: &str) -> (u16, Vec<String>) {
    (status, vec![code.to_owned()])
}

/// The one row that a filter finds, in full.
async fn row(shop: &Shop, resource: &str, filter: &str) -> Result<Node> {
    let mut rows = list(shop, &format!("{resource}?display=full&{filter}")).await?;
    ensure!(rows.len() == 1, "{resource} {filter}: {} rows", rows.len());
    Ok(rows.remove(0))
}

async fn by_id(shop: &Shop, resource: &str, id: &str) -> Result<Node> {
    row(shop, resource, &format!("filter[id]=[{id}]")).await
}

/// A text in English and in Swedish.
fn texts(node: &Node, field: &str) -> Result<Vec<String>> {
    let languages = &node.child(field)?.children;
    Ok(languages.iter().map(Node::content).collect())
}

fn named(sv: &str) -> String {
    format!("<name><language id=\"1\">A name</language><language id=\"2\">{sv}</language></name>")
}

/// A POST of an ordinary product.
fn product(reference: &str, price: &str) -> String {
    format!(
        "<product><id_category_default>5</id_category_default><id_tax_rules_group>3</id_tax_rules_group>\
         <reference>{reference}</reference><weight>0.25</weight><state>1</state><price>{price}</price>\
         <active>1</active><available_for_order>1</available_for_order><show_price>1</show_price>\
         {}<associations><categories><category><id>2</id></category><category><id>5</id></category>\
         </categories></associations></product>",
        named("Blåbärssylt från Åmål")
    )
}

/// The id of the stock row of a product or of a combination of it.
async fn stock_of(shop: &Shop, product: &str, combination: &str) -> Result<String> {
    let filter = format!("filter[id_product]=[{product}]&filter[id_product_attribute]=[{combination}]");
    Ok(row(shop, "stock_availables", &filter).await?.text("id"))
}

fn stock(id: &str, product: &str, combination: &str, quantity: &str) -> String {
    format!(
        "<stock_available><id>{id}</id><id_product>{product}</id_product>\
         <id_product_attribute>{combination}</id_product_attribute><id_shop>1</id_shop>\
         <quantity>{quantity}</quantity><depends_on_stock>0</depends_on_stock>\
         <out_of_stock>2</out_of_stock></stock_available>"
    )
}

/// The writes that the shop accepted of a kind, told by itself.
async fn writes(shop: &Shop, kind: &str) -> Result<Vec<Value>> {
    let told = ask(shop, &format!("catalogue/writes?kind={kind}")).await?;
    Ok(told["writes"].as_array().context("no writes")?.clone())
}
