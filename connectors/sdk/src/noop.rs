//! A connector that reads nothing and accepts every write: what measures and tests the platform without a foreign system.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{
    Cursor, Reason,
    descriptor::{Descriptor, Reads, Side, Writes},
    record::Pulled,
    spec::{StreamKind, StreamSpec},
    write::{Effect, Entity, Write},
};

use crate::{
    Access, BoxedSink, BoxedSource, CheckItem, CheckReport, Connector, Error, Found, Page, PullRequest, Put,
    Receipt, Sink, Source,
};

/// The built-in connector `noop`.
#[derive(Debug, Default)]
pub struct Noop;

#[async_trait]
impl Connector for Noop {
    fn descriptor(&self) -> Descriptor {
        // nothing is kept, so nothing can be found again
        let writes = |entity| Writes {
            entity,
            effect: Effect::Create,
            searchable: false,
            visible_after_ms: 0,
            batch: 1,
            fields: Vec::new(),
        };
        Descriptor {
            id: "noop".to_owned(),
            title: "Noop".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            side: Side::Test,
            verified: true,
            notice: String::new(),
            reads: vec![Reads::changes_of(StreamKind::Orders)],
            writes: vec![writes(Entity::Customer), writes(Entity::Invoice)],
            payment_modules: Vec::new(),
            settings: Vec::new(),
            secrets: Vec::new(),
            requests_per_second: 1_000,
            max_parallel: 64,
        }
    }

    async fn source(&self, _access: &Access, _stream: &StreamSpec) -> Result<BoxedSource, Error> {
        Ok(Box::new(Self))
    }

    async fn sink(&self, _access: &Access, _stream: &StreamSpec) -> Result<BoxedSink, Error> {
        Ok(Box::new(Self))
    }

    async fn check(&self, _access: &Access) -> Result<CheckReport, Error> {
        let item = CheckItem {
            code: "sign_in".to_owned(),
            problem: None,
        };
        Ok(CheckReport {
            items: vec![item],
            ..CheckReport::default()
        })
    }
}

#[async_trait]
impl Source for Noop {
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        let cursor = request.cursor.unwrap_or_else(|| Cursor::new("0"));
        Ok(Page {
            records: Vec::new(),
            cursor,
            done: true,
        })
    }

    async fn fetch(&self, keys: &[String], _now: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let gone = |key: &String| Pulled {
            source_key: key.clone(),
            reference: String::new(),
            amount: None,
            content: Err(Reason::data("record_gone").fix("check_in_source")),
        };
        Ok(keys.iter().map(gone).collect())
    }
}

#[async_trait]
impl Sink for Noop {
    async fn find(&self, _write: &Write) -> Result<Option<Found>, Error> {
        Ok(None)
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        Ok(Receipt::of(put.write.our_key.clone()))
    }
}
