//! Hogia Smart: writes customers, invoices, payments, credit notes and articles, and reads articles, prices, stock and what
//! becomes of invoices, to the assumed contract HSC-1 (`CONTRACT.md`).
//!
//! A document is found again by our own number or reference, never by chance, and an invoice leaves only when the
//! contract's own arithmetic gives its total to the öre. What an answer means is decided in `error`; when to try
//! again is the agent's business. `fake` is the system this is tried against and shares no code with it.

mod account;
mod amount;
mod api;
mod article;
mod auth;
mod check;
mod credit;
mod customer;
mod discovery;
mod document;
mod error;
#[cfg(feature = "fake")]
pub mod fake;
mod feed;
mod flaw;
mod invoice;
mod item;
mod ledger;
mod obstacles;
mod payment;
mod preflight;
mod preview;
mod register;
mod row;
mod settings;
mod sink;
mod source;
mod status;
mod stock;

use async_trait::async_trait;
use skarv_canonical::descriptor::{Descriptor, Reads, Side, Writes};
use skarv_canonical::spec::{StreamKind, StreamSettings, StreamSpec};
use skarv_canonical::write::{Effect, Entity};
use skarv_connector::{
    Access, BoxedLedger, BoxedSink, BoxedSource, CheckReport, Connector, Discovery, Error, Finding, Flight,
};
use skarv_http::{SystemWall, WallClock};

use api::Api;
use article::Articles;
use auth::Tokens;
use item::{Items, Told};
use ledger::HogiaLedger;
use source::Reader;
use status::Statuses;
use stock::Stock;

/// What users read wherever the connection is shown.
const NOTICE: &str = "Hogia publicerar inget API under namnet Hogia Smart som vi har kunnat läsa. Kopplingen är byggd \
     mot ett antaget kontrakt (HSC-1) och provad mot vår simulator, inte mot Hogia.";

/// The connector `hogia-smart`.
#[derive(Debug, Default)]
pub struct HogiaSmart {
    tokens: Tokens,
}

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
            reads: vec![
                read(StreamKind::Products),
                read(StreamKind::Prices),
                read(StreamKind::Stock),
                status::reads(),
            ],
            writes: vec![
                written(Entity::Customer, Effect::Update),
                written(Entity::Invoice, Effect::Create),
                written(Entity::Credit, Effect::Create),
                written(Entity::Payment, Effect::Create),
                written(Entity::Article, Effect::Update),
            ],
            payment_modules: Vec::new(),
            settings: settings::fields(),
            secrets: settings::secrets(),
            requests_per_second: 5,
            max_parallel: 4,
        }
        .with_places(register::READS, register::WRITES)
    }

    async fn source(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedSource, Error> {
        let api = Api::open(access, &self.tokens)?;
        let told = match &stream.settings {
            StreamSettings::Products(settings) => Told::Article {
                language: settings.language.clone(),
            },
            StreamSettings::Prices(settings) => Told::Prices {
                with_tax: settings.with_tax,
            },
            StreamSettings::Stock(_) => return Ok(Box::new(Reader::new(Stock(api)))),
            StreamSettings::OrderStatus(spec) => {
                return Ok(Box::new(Reader::new(Statuses::new(api, spec.settings.start_on))));
            }
            StreamSettings::Orders(_) => return Err(not_supported()),
        };
        Ok(Box::new(Reader::new(Items::new(api, told))))
    }

    async fn sink(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedSink, Error> {
        let api = Api::open(access, &self.tokens)?;
        match &stream.settings {
            StreamSettings::Orders(settings) => Ok(Box::new(sink::Orders::new(api, settings.clone()))),
            StreamSettings::Products(settings) => Ok(Box::new(Articles::new(api, settings.clone()))),
            StreamSettings::Prices(_) | StreamSettings::Stock(_) | StreamSettings::OrderStatus(_) => {
                Err(not_supported())
            }
        }
    }

    async fn ledger(&self, access: &Access, _: &StreamSpec) -> Result<BoxedLedger, Error> {
        Ok(Box::new(HogiaLedger(Api::open(access, &self.tokens)?)))
    }

    async fn check(&self, access: &Access) -> Result<CheckReport, Error> {
        // a token that is at hand would say nothing of the credentials
        check::report(&Api::open(access, &Tokens::default())?).await
    }

    async fn discover(&self, access: &Access) -> Result<Discovery, Error> {
        let today = SystemWall.now().date_naive();
        discovery::discovery(&Api::open(access, &self.tokens)?, today).await
    }

    async fn preflight(&self, access: &Access, flight: Flight<'_>) -> Result<Vec<Finding>, Error> {
        preflight::findings(&Api::open(access, &self.tokens)?, flight).await
    }
}

/// The system tells what changed; what it does not tell is met in a daily sweep (`source`).
fn read(stream: StreamKind) -> Reads {
    Reads::changes_of(stream)
}

fn not_supported() -> Error {
    Error::configuration("not_supported")
}

/// What is written can be searched for at once (`CONTRACT.md`, concurrency).
fn written(entity: Entity, effect: Effect) -> Writes {
    Writes {
        entity,
        effect,
        searchable: true,
        visible_after_ms: 0,
        batch: 1,
        fields: Vec::new(),
    }
}
