//! A shop with a catalogue, a sink to write to it, and what the shop itself says was written.

use serde_json::Value;
use skarv_canonical::{spec::StreamSettings, spec::StreamSpec, write::Document, write::Effect, write::Write};
use skarv_connector::{BoxedSink, Connector, Error, Put, Receipt};
use skarv_prestashop::{
    PrestaShop,
    fake::{Config, Seed, Shop, Version, start_with_products},
};

use crate::{
    connection::{KEY, access, at},
    counter::{NOW, admin, admin_post},
};

pub(crate) const BOTH: [Version; 2] = [Version::V8_2_1, Version::V1_7_8_11];

pub(crate) struct Room {
    pub(crate) shop: Shop,
    pub(crate) sink: BoxedSink,
}

impl Room {
    pub(crate) async fn of(version: Version, products: u32, settings: StreamSettings) -> Self {
        let config = Config {
            seed: Seed {
                orders: 0,
                seed: 7,
                now: at(NOW),
            },
            api_key: KEY.to_owned(),
            version,
            port: 0,
            allow_any_host: false,
        };
        let shop = start_with_products(config, products).await.expect("a shop");
        let access = access(&shop.base_url(), KEY);
        let sink = PrestaShop
            .sink(&access, &StreamSpec { settings })
            .await
            .expect("a sink");
        Self { shop, sink }
    }

    /// Every document once, in one call.
    pub(crate) async fn put(&self, documents: Vec<Document>) -> Vec<Result<Receipt, Error>> {
        let writes: Vec<Write> = documents.into_iter().map(write).collect();
        let puts = writes.iter().map(|write| Put {
            write,
            existing: None,
            earlier: &[],
            window: None,
        });
        self.sink.put_all(puts.collect()).await
    }

    /// One document that the shop takes.
    pub(crate) async fn written(&self, document: Document) -> Receipt {
        let mut ends = self.put(vec![document]).await;
        ends.remove(0).expect("a receipt")
    }

    /// One document that it does not take, and the code of why.
    pub(crate) async fn refused(&self, document: Document) -> Error {
        let mut ends = self.put(vec![document]).await;
        ends.remove(0).expect_err("a refusal")
    }

    pub(crate) async fn told(&self, path: &str) -> Value {
        serde_json::from_str(&admin(&self.shop, path).await).expect("json")
    }

    pub(crate) async fn tell(&self, path: &str, body: Value) {
        admin_post(&self.shop, path, &body.to_string()).await;
    }

    /// A product as the shop's own books have it.
    pub(crate) async fn product(&self, id: u32) -> Value {
        let ledger = self.told("catalogue/ledger").await;
        let products = ledger["products"].as_array().expect("products");
        products
            .iter()
            .find(|product| product["id"] == id)
            .expect("the product")
            .clone()
    }

    /// The article number of a product, or of a combination of it.
    pub(crate) async fn number(&self, product: u32, combination: u32) -> String {
        let product = self.product(product).await;
        let of = match combination {
            0 => &product,
            _ => one_of(&product, combination),
        };
        of["reference"].as_str().expect("a reference").to_owned()
    }

    /// What a clerk changes.
    pub(crate) async fn clerk(&self, kind: &str, id: u32, set: Value) {
        self.tell(
            &format!("catalogue/rows/{kind}/{id}"),
            serde_json::json!({ "set": set }),
        )
        .await;
    }

    /// What the webservice wrote of a kind, in order.
    pub(crate) async fn writes(&self, kind: &str) -> Vec<Value> {
        let told = self.told(&format!("catalogue/writes?kind={kind}")).await;
        let mut writes = told["writes"].as_array().expect("writes").clone();
        writes.retain(|write| write["by"] == "webservice");
        writes
    }

    /// Forgets what was asked and written.
    pub(crate) async fn forget(&self) {
        self.tell("catalogue/writes/reset", serde_json::json!({})).await;
        self.tell("requests/reset", serde_json::json!({})).await;
    }

    /// Requests since then: in all, and those that write.
    pub(crate) async fn requests(&self) -> (u64, u64) {
        let all = self.told("requests").await["total"].as_u64().expect("a number");
        let told = self.told("catalogue/writes").await;
        let by_method = told["requests"].as_object().expect("requests").iter();
        let writing = by_method.filter(|(what, _)| !what.starts_with("GET "));
        (
            all,
            writing.map(|(_, count)| count.as_u64().expect("a number")).sum(),
        )
    }
}

/// A combination of a product.
pub(crate) fn one_of(product: &Value, combination: u32) -> &Value {
    let combinations = product["combinations"].as_array().expect("combinations");
    combinations
        .iter()
        .find(|it| it["id"] == combination)
        .expect("the combination")
}

fn write(document: Document) -> Write {
    let our_key = match &document {
        Document::Stock(count) => count.sku.clone(),
        Document::Price(tag) => tag.sku.clone(),
        _ => String::new(),
    };
    Write {
        our_key,
        effect: Effect::Set,
        document,
    }
}
