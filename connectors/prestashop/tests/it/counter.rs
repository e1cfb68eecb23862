//! A fake shop for a test, and the way behind its counter.

use skarv_http::{Request, Response, Url};
use skarv_prestashop::fake::{Config, Seed, Shop, Version, start};

use crate::connection::{KEY, access, at};

/// When the shop opens.
pub(crate) const NOW: &str = "2026-11-24T06:00:00Z";

pub(crate) async fn shop(orders: u32, version: Version) -> Shop {
    shop_at(NOW, orders, version).await
}

pub(crate) async fn shop_at(now: &str, orders: u32, version: Version) -> Shop {
    let config = Config {
        seed: Seed {
            orders,
            seed: 7,
            now: at(now),
        },
        api_key: KEY.to_owned(),
        version,
        port: 0,
        allow_any_host: false,
    };
    start(config).await.expect("a shop")
}

/// What an admin page says.
pub(crate) async fn admin(shop: &Shop, path: &str) -> String {
    let answer = send(shop, Request::get(page(shop, path))).await;
    answer.text().into_owned()
}

/// What the shop itself says of its orders and refunds.
pub(crate) async fn ledger(shop: &Shop) -> serde_json::Value {
    serde_json::from_str(&admin(shop, "ledger").await).expect("json")
}

/// Makes something happen.
pub(crate) async fn admin_post(shop: &Shop, path: &str, body: &str) {
    let request = Request::post(page(shop, path)).body(body.to_owned(), "application/json");
    let answer = send(shop, request).await;
    assert!(answer.status.is_success(), "{}", answer.text());
}

fn page(shop: &Shop, path: &str) -> Url {
    format!("{}/{path}", shop.admin_url()).parse().expect("a url")
}

async fn send(shop: &Shop, request: Request) -> Response {
    let client = access(&shop.base_url(), shop.api_key()).http;
    client.send(request).await.expect("an answer")
}
