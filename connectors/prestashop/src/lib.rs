//! The PrestaShop connector: reads orders and products through the shop's webservice, from 1.7 on, and writes articles, prices
//! and stock.
//!
//! `settings.rs` is what a person fills in, `check.rs` tries it, `discovery.rs` tells what there is to choose from and
//! `preflight.rs` what is missing. `status.rs` puts orders into states. `order.rs` reads orders and refunds: `place.rs` and
//! `window.rs` say which, `feed.rs` lists them, `related.rs` and `shop.rs` fetch what hangs on them, `order/` and `refund.rs`
//! make records of it. `product.rs` reads articles and writes them, `price.rs` and `stock.rs` write, all three by the numbers that
//! `numbers.rs` finds. `api.rs` asks, `error.rs` says what a refusal means. The fake shop shares no code with any of it.

mod api;
mod batch;
mod check;
mod customer;
mod discovery;
mod error;
mod feed;
mod numbers;
mod order;
mod payment_modules;
mod place;
mod preflight;
mod price;
mod product;
#[cfg(test)]
mod recorded;
mod refund;
mod register;
mod rehearsal;
mod related;
mod row;
mod settings;
mod shop;
mod state;
mod status;
mod stock;
mod system;
mod window;
mod xml;
mod zone;

#[cfg(feature = "fake")]
pub mod fake;

use async_trait::async_trait;
use skarv_canonical::{
    descriptor::{Descriptor, Reads, Side, Writes},
    spec::{StreamKind, StreamSettings, StreamSpec},
    write::{Effect, Entity},
};
use skarv_connector::{
    Access, BoxedSink, BoxedSource, CheckReport, Connector, Discovery, Error, Finding, Flight,
};

use crate::{
    api::{Api, MAX_PARALLEL},
    order::Orders,
    price::Prices,
    product::{Articles, Catalogue},
    rehearsal::Rehearsed,
    settings::Connection,
    status::Statuses,
    stock::Stock,
};

/// The connector `prestashop`.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrestaShop;

#[async_trait]
impl Connector for PrestaShop {
    fn descriptor(&self) -> Descriptor {
        Descriptor {
            id: "prestashop".to_owned(),
            title: "PrestaShop".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            side: Side::Shop,
            verified: true,
            notice: String::new(),
            // the shop itself tells their changes
            reads: [StreamKind::Orders, StreamKind::Products]
                .map(Reads::changes_of)
                .into(),
            writes: vec![
                Writes {
                    entity: Entity::Article,
                    effect: Effect::Update,
                    searchable: true,
                    visible_after_ms: 0,
                    batch: 1,
                    fields: Vec::new(),
                },
                set(Entity::Price, price::BATCH),
                set(Entity::Stock, stock::BATCH),
                Writes {
                    entity: Entity::Status,
                    effect: Effect::Create,
                    searchable: true,
                    visible_after_ms: 0,
                    batch: 1,
                    fields: Vec::new(),
                },
            ],
            payment_modules: payment_modules::all(),
            settings: settings::settings(),
            secrets: settings::secrets(),
            requests_per_second: 10,
            max_parallel: MAX_PARALLEL as u32,
        }
        .with_places(register::READS, register::WRITES)
    }

    async fn source(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedSource, Error> {
        let api = Api::new(&access.http, &Connection::of(access)?);
        match &stream.settings {
            StreamSettings::Orders(settings) => Ok(Box::new(Orders::new(api, settings.clone()))),
            StreamSettings::Products(settings) => Ok(Box::new(Catalogue::new(api, settings.clone()))),
            StreamSettings::Prices(_) | StreamSettings::Stock(_) | StreamSettings::OrderStatus(_) => {
                Err(Error::configuration("not_supported"))
            }
        }
    }

    async fn sink(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedSink, Error> {
        let api = Api::new(&access.http, &Connection::of(access)?);
        match &stream.settings {
            StreamSettings::Stock(_) => Ok(Box::new(Rehearsed::of(api, Stock::new))),
            StreamSettings::Products(settings) => {
                let make = |api| Articles::new(api, settings.clone());
                Ok(Box::new(Rehearsed::of(api, make)))
            }
            StreamSettings::Prices(settings) => {
                let make = |api| Prices::new(api, settings.clone());
                Ok(Box::new(Rehearsed::of(api, make)))
            }
            StreamSettings::OrderStatus(_) => Ok(Box::new(Statuses::new(api))),
            StreamSettings::Orders(_) => Err(Error::configuration("not_supported")),
        }
    }

    async fn check(&self, access: &Access) -> Result<CheckReport, Error> {
        let connection = Connection::of(access)?;
        check::check(&Api::new(&access.http, &connection), &connection.host()).await
    }

    async fn discover(&self, access: &Access) -> Result<Discovery, Error> {
        let api = Api::new(&access.http, &Connection::of(access)?);
        Box::pin(discovery::discover(&api)).await
    }

    async fn preflight(&self, access: &Access, flight: Flight<'_>) -> Result<Vec<Finding>, Error> {
        let api = Api::new(&access.http, &Connection::of(access)?);
        Box::pin(preflight::preflight(&api, flight)).await
    }
}

/// A value that stands or does not: what was written is found where it was written, at once.
fn set(entity: Entity, batch: u32) -> Writes {
    Writes {
        entity,
        effect: Effect::Set,
        searchable: true,
        visible_after_ms: 0,
        batch,
        fields: Vec::new(),
    }
}
