//! Hogia Smart: writes customers, invoices, payments and credit notes, to the assumed contract HSC-1 (`CONTRACT.md`).
//!
//! A document is found again by our own number or reference, never by chance, and an invoice leaves only when the
//! contract's own arithmetic gives its total to the öre. What an answer means is decided in `error`; when to try
//! again is the agent's business. `fake` is the system this is tried against and shares no code with it.

mod account;
mod amount;
mod api;
mod auth;
mod check;
mod credit;
mod customer;
mod document;
mod error;
#[cfg(feature = "fake")]
pub mod fake;
mod flaw;
mod invoice;
mod ledger;
mod obstacles;
mod payment;
mod row;
mod settings;
mod sink;

use async_trait::async_trait;
use skarv_canonical::descriptor::{Descriptor, Side, Writes};
use skarv_canonical::spec::{StreamSettings, StreamSpec};
use skarv_canonical::write::{Effect, Entity};
use skarv_connector::{Access, BoxedLedger, BoxedSink, BoxedSource, CheckReport, Connector, Error};

use api::Api;
use ledger::HogiaLedger;

/// What users read wherever the connection is shown.
const NOTICE: &str = "Hogia publicerar inget API under namnet Hogia Smart som vi har kunnat läsa. Kopplingen är byggd \
     mot ett antaget kontrakt (HSC-1) och provad mot vår simulator, inte mot Hogia.";

/// The connector `hogia-smart`.
#[derive(Debug, Default)]
pub struct HogiaSmart;

#[async_trait]
impl Connector for HogiaSmart {
    fn descriptor(&self) -> Descriptor {
        Descriptor {
            id: "hogia-smart".to_owned(),
            title: "Hogia Smart".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            side: Side::Erp,
            verified: false,
            notice: NOTICE.to_owned(),
            reads: Vec::new(),
            writes: vec![
                written(Entity::Customer, Effect::Update),
                written(Entity::Invoice, Effect::Create),
                written(Entity::Credit, Effect::Create),
                written(Entity::Payment, Effect::Create),
            ],
            settings: settings::fields(),
            secrets: settings::secrets(),
            requests_per_second: 5,
            max_parallel: 4,
        }
    }

    async fn source(&self, _: &Access, _: &StreamSpec) -> Result<BoxedSource, Error> {
        Err(Error::configuration("not_supported"))
    }

    async fn sink(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedSink, Error> {
        let api = Api::open(access)?;
        match &stream.settings {
            StreamSettings::Orders(settings) => Ok(Box::new(sink::Orders::new(api, settings.clone()))),
            StreamSettings::Products(_) | StreamSettings::Prices(_) | StreamSettings::Stock(_) => {
                Err(Error::configuration("not_supported"))
            }
        }
    }

    async fn ledger(&self, access: &Access, _: &StreamSpec) -> Result<BoxedLedger, Error> {
        Ok(Box::new(HogiaLedger(Api::open(access)?)))
    }

    async fn check(&self, access: &Access) -> Result<CheckReport, Error> {
        check::report(&Api::open(access)?).await
    }
}

/// What is written can be searched for at once (`CONTRACT.md`, concurrency).
fn written(entity: Entity, effect: Effect) -> Writes {
    Writes {
        entity,
        effect,
        searchable: true,
        visible_after_ms: 0,
        batch: 1,
    }
}
