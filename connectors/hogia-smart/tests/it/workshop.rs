//! Benches of the fake Hogia Smart for the behaviour suite.
//!
//! An invoice's card stands before the suite looks, and so do the invoices whose statuses it reads.

use std::collections::BTreeSet;

use anyhow::Result;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::spec::{StreamKind, StreamSpec};
use skarv_canonical::write::Write;
use skarv_conformance::bench::{Bench, Half, Workshop};
use skarv_connector::{Access, Connector};
use skarv_hogia_smart::HogiaSmart;
use skarv_http::hostile::Format;
use skarv_http::{Client, ClientConfig, Limits};

use crate::conformance::record;
use crate::items_world::{article_write, card, minutes, prices, products, stock, text};
use crate::status;
use crate::system::{System, invoice, invoice_write, stream};

pub(crate) struct Systems;

struct SystemBench {
    connector: HogiaSmart,
    system: System,
    stream: StreamSpec,
    kind: StreamKind,
}

#[async_trait]
impl Workshop for Systems {
    async fn bench(&self, kind: StreamKind, half: Half) -> Result<Option<Box<dyn Bench>>> {
        let stream = match kind {
            StreamKind::Orders => stream(),
            StreamKind::Products => products(),
            StreamKind::Prices => prices(),
            StreamKind::Stock => stock(),
            StreamKind::OrderStatus => status::spec(),
            StreamKind::PriceLists => return Ok(None),
        };
        let system = match half {
            Half::Reads if kind == StreamKind::OrderStatus => invoiced(12).await,
            Half::Reads => System::start().await.seeded(20).await,
            Half::Writes => System::start().await,
        };
        Ok(Some(Box::new(SystemBench {
            connector: HogiaSmart::default(),
            system,
            stream,
            kind,
        })))
    }
}

/// A system with so many invoices of orders.
async fn invoiced(orders: usize) -> System {
    let system = System::invoiced("k3x9qa-1").await;
    for order in 2..=orders {
        let invoice = invoice(&format!("k3x9qa-{order}"));
        system.made(&invoice_write(invoice)).await;
    }
    system
}

#[async_trait]
impl Bench for SystemBench {
    fn connector(&self) -> &dyn Connector {
        &self.connector
    }

    fn stream(&self) -> StreamSpec {
        self.stream.clone()
    }

    fn upstream(&self) -> String {
        self.system.erp.base_url()
    }

    fn access(&self, address: &str) -> Access {
        let mut access = self.system.access.clone();
        access.settings.insert("base_url".to_owned(), address.to_owned());
        // nobody waits half a minute for a system that is meant to hurt
        let config = ClientConfig {
            allow_private: true,
            limits: Limits {
                timeout: std::time::Duration::from_secs(2),
                ..Limits::default()
            },
            ..ClientConfig::default()
        };
        access.http = Client::new(config).expect("a client");
        access
    }

    fn stranger(&self, address: &str) -> Access {
        let mut access = self.access(address);
        access
            .secrets
            .insert("client_id".to_owned(), "någon annan".into());
        access
    }

    fn speaks(&self) -> Format {
        Format::Json
    }

    fn now(&self) -> DateTime<Utc> {
        minutes(0)
    }

    async fn books(&self) -> Result<String> {
        let mut books = String::new();
        for page in ["ledger", "contacts", "items"] {
            books.push_str(&self.system.admin_get(page).await.to_string());
        }
        Ok(books)
    }

    async fn holds(&self) -> Result<BTreeSet<String>> {
        let mut stream = crate::items_world::Stream::everything(&self.system.access, &self.stream).await;
        let records = stream.drain(100).await;
        Ok(records.into_iter().map(|record| record.source_key).collect())
    }

    fn absent(&self) -> String {
        "5ca70001-0000-4000-8000-00000000ffff".to_owned()
    }

    fn record(&self, n: usize) -> Vec<Write> {
        match self.kind {
            StreamKind::Orders => record(&n.to_string()),
            _ => vec![article_write(card(&format!("NY-{n}")))],
        }
    }

    fn later(&self, write: &Write) -> Option<Write> {
        let mut changed = card(&write.our_key);
        changed.name = Some(text("Ostsmörgås"));
        (self.kind == StreamKind::Products).then(|| article_write(changed))
    }
}
