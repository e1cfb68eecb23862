//! Hogia Smart: writes customers and invoices, to the assumed contract HSC-1 (`CONTRACT.md`).
//!
//! A document is found again by our own number or reference, never by chance, and an invoice leaves only when the
//! contract's own arithmetic gives its total to the öre. What an answer means is decided in `error`; when to try
//! again is the agent's business. `fake` is the system this is tried against and shares no code with it.

mod account;
mod amount;
mod api;
mod auth;
mod check;
mod customer;
mod error;
#[cfg(feature = "fake")]
pub mod fake;
mod flaw;
mod invoice;
mod row;
mod settings;
mod sink;

use async_trait::async_trait;
use skarv_canonical::descriptor::{Descriptor, Side, Writes};
use skarv_canonical::spec::StreamSpec;
use skarv_canonical::write::{Effect, Entity};
use skarv_connector::{Access, BoxedSink, BoxedSource, CheckReport, Connector, Error};

use api::Api;
use sink::HogiaSink;

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
            writes: vec![created(Entity::Customer), created(Entity::Invoice)],
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
        Ok(Box::new(HogiaSink::new(Api::open(access)?, stream)))
    }

    async fn check(&self, access: &Access) -> Result<CheckReport, Error> {
        check::report(&Api::open(access)?).await
    }
}

/// Both kinds of document are made once and can be searched for at once (`CONTRACT.md`, concurrency).
fn created(entity: Entity) -> Writes {
    Writes {
        entity,
        effect: Effect::Create,
        searchable: true,
        visible_after_ms: 0,
    }
}
