//! The PrestaShop connector: reads orders through the shop's webservice, from 1.7 on.
//!
//! `settings.rs` is what a person fills in, `check.rs` tries it. `order.rs` reads orders and refunds: `place.rs` and
//! `window.rs` say which, `feed.rs` lists them, `related.rs` and `shop.rs` fetch what hangs on them, `order/` and `refund.rs`
//! make records of it. `api.rs` asks, `error.rs` says what a refusal means.
//! The fake shop shares no code with any of it.

mod api;
mod batch;
mod check;
mod customer;
mod error;
mod feed;
mod order;
mod place;
#[cfg(test)]
mod recorded;
mod refund;
mod related;
mod row;
mod settings;
mod shop;
mod state;
mod window;
mod xml;
mod zone;

#[cfg(feature = "fake")]
pub mod fake;

use async_trait::async_trait;
use skarv_canonical::{
    descriptor::{Descriptor, Reads, Side},
    spec::{StreamKind, StreamSettings, StreamSpec},
};
use skarv_connector::{Access, BoxedSink, BoxedSource, CheckReport, Connector, Error};

use crate::{
    api::{Api, MAX_PARALLEL},
    order::Orders,
    settings::Connection,
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
            reads: vec![Reads {
                stream: StreamKind::Orders,
                change_feed: true,
            }],
            writes: Vec::new(),
            settings: settings::settings(),
            secrets: settings::secrets(),
            requests_per_second: 10,
            max_parallel: MAX_PARALLEL as u32,
        }
    }

    async fn source(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedSource, Error> {
        let api = Api::new(&access.http, &Connection::of(access)?);
        match &stream.settings {
            StreamSettings::Orders(settings) => Ok(Box::new(Orders::new(api, settings.clone()))),
            StreamSettings::Products(_) | StreamSettings::Prices(_) | StreamSettings::Stock(_) => {
                Err(Error::configuration("not_supported"))
            }
        }
    }

    async fn sink(&self, _access: &Access, _stream: &StreamSpec) -> Result<BoxedSink, Error> {
        Err(Error::configuration("not_supported"))
    }

    async fn check(&self, access: &Access) -> Result<CheckReport, Error> {
        let connection = Connection::of(access)?;
        check::check(&Api::new(&access.http, &connection), &connection.host()).await
    }
}
