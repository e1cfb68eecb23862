//! How a test opens a connection to a shop, and what it says about accounts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use skarv_canonical::{
    invoice::RowKind,
    order::Order,
    record::{Pulled, Record},
    refund::Refund,
    spec::{AccountRule, OrderSettings, StreamSettings, StreamSpec},
    trigger::TriggerState,
    vat::VatScheme,
};
use skarv_connector::{Access, BoxedSource, Connector, Extent, PullRequest, Source};
use skarv_http::{Client, ClientConfig};
use skarv_prestashop::PrestaShop;

pub(crate) const KEY: &str = "TESTNYCKEL0123456789ABCDEFGHIJKL";

/// A connection to a shop on loopback.
pub(crate) fn access(base_url: &str, key: &str) -> Access {
    let config = ClientConfig {
        allow_private: true,
        ..ClientConfig::default()
    };
    Access {
        connection: "butiken".to_owned(),
        shop_ref: "k3x9qa".to_owned(),
        settings: BTreeMap::from([("base_url".to_owned(), base_url.to_owned())]),
        secrets: BTreeMap::from([("api_key".to_owned(), key.into())]),
        http: Client::new(config).expect("a client"),
    }
}

/// Everything since `start_at` that was paid, on one account of each kind.
pub(crate) fn settings(start_at: &str) -> OrderSettings {
    let kinds = [
        RowKind::Goods,
        RowKind::Shipping,
        RowKind::Wrapping,
        RowKind::Fee,
        RowKind::Rounding,
    ];
    let schemes = [
        VatScheme::Domestic,
        VatScheme::Oss,
        VatScheme::ReverseCharge,
        VatScheme::Export,
    ];
    let rule = |row, scheme| AccountRule {
        row,
        scheme,
        country: None,
        rate: None,
        account: 3000,
    };
    OrderSettings {
        accounts: kinds
            .into_iter()
            .flat_map(|row| schemes.map(|scheme| rule(row, scheme)))
            .collect(),
        ..OrderSettings::swedish(at(start_at), triggers(["2", "11"].map(str::to_owned)))
    }
}

pub(crate) async fn source(base_url: &str, key: &str, settings: OrderSettings) -> BoxedSource {
    let spec = StreamSpec {
        settings: StreamSettings::Orders(settings),
    };
    let access = access(base_url, key);
    PrestaShop.source(&access, &spec).await.expect("a source")
}

/// All pages from the beginning to the end of the first window.
pub(crate) async fn read_all(source: &dyn Source, limit: usize, now: &str) -> Vec<Pulled> {
    let mut records = Vec::new();
    let mut cursor = None;
    for _ in 0..1_000 {
        let request = PullRequest {
            extent: Extent::Changes,
            cursor: cursor.take(),
            start_at: None,
            limit,
            now: at(now),
        };
        let page = source.pull(request).await.expect("a page");
        records.extend(page.records);
        if page.done {
            return records;
        }
        cursor = Some(page.cursor);
    }
    panic!("reading has no end");
}

pub(crate) fn order(record: &Pulled) -> &Order {
    match record.content.as_ref().expect("an order") {
        Record::Order(order) => order,
        other => panic!("not an order: {other:?}"),
    }
}

pub(crate) fn refund(record: &Pulled) -> &Refund {
    match record.content.as_ref().expect("a refund") {
        Record::Refund(refund) => refund,
        other => panic!("not a refund: {other:?}"),
    }
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// Triggers by the ids of states.
pub(crate) fn triggers(ids: impl IntoIterator<Item = String>) -> Vec<TriggerState> {
    ids.into_iter().map(TriggerState::Id).collect()
}

/// The ids of the states that an order has been in.
pub(crate) fn states_passed(order: &Order) -> Vec<&str> {
    order
        .states_passed
        .iter()
        .map(|state| state.id.as_str())
        .collect()
}
