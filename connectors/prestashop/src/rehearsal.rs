//! What a sink would do, by the sink itself: a twin of it carries a write out as ever, and what it would send is kept instead of
//! sent. So a dry run cannot tell anything else than a run does, but for what the shop itself says of a request.
//!
//! Invariant: nothing of a twin leaves (`api/outbox.rs`). It is begun when it is first asked, so a run has no use of it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use skarv_canonical::{
    Class, Reason,
    shown::{self, Change, Fields},
    write::{Document, Write},
};
use skarv_connector::{Error, Foreseen, Found, Preview, Put, Receipt, RecentOrder, Sink};
use tokio::sync::Mutex;

use crate::{
    api::{Api, Draft, Outbox, Resource, Way},
    batch,
    xml::Node,
};

/// Lists are told by no field of their own.
const LISTS: &str = "associations";

/// A sink, and the twin that only looks.
pub(crate) struct Rehearsed<S> {
    sink: S,
    twin: Mutex<Twin<S>>,
}

struct Twin<S> {
    sink: S,
    begun: bool,
    /// What the twin would have sent.
    outbox: Arc<Outbox>,
    api: Api,
}

impl<S: Sink> Rehearsed<S> {
    /// A sink of this shop, made twice.
    pub(crate) fn of(api: Api, make: impl Fn(Api) -> S) -> Self {
        let outbox = Arc::new(Outbox::default());
        let twin = Twin {
            sink: make(api.beside().keeping(&outbox)),
            begun: false,
            outbox,
            api: api.beside(),
        };
        Self {
            sink: make(api),
            twin: Mutex::new(twin),
        }
    }
}

#[async_trait]
impl<S: Sink> Sink for Rehearsed<S> {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        self.sink.find(write).await
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        self.sink.put(put).await
    }

    async fn match_existing(&self, write: &Write) -> Result<Option<Found>, Error> {
        self.sink.match_existing(write).await
    }

    async fn obstacles(&self, now: DateTime<Utc>) -> Result<Vec<Reason>, Error> {
        self.sink.obstacles(now).await
    }

    async fn preview(&self, put: Put<'_>) -> Result<Preview, Error> {
        // one at a time: what is kept is this one's
        self.twin.lock().await.preview(put).await
    }

    async fn begin(&self) -> Result<(), Error> {
        self.sink.begin().await
    }

    async fn recent_orders(&self, since: DateTime<Utc>) -> Result<Vec<RecentOrder>, Error> {
        self.sink.recent_orders(since).await
    }

    async fn put_all(&self, puts: Vec<Put<'_>>) -> Vec<Result<Receipt, Error>> {
        self.sink.put_all(puts).await
    }
}

impl<S: Sink> Twin<S> {
    async fn preview(&mut self, put: Put<'_>) -> Result<Preview, Error> {
        if !self.begun {
            self.sink.begin().await?;
            self.begun = true;
        }
        let is_article = matches!(put.write.document, Document::Article(_));
        let end = match put.existing {
            None if is_article => Foreseen::Made,
            None | Some(_) => Foreseen::Changed,
        };
        // what a call that was stopped half-way has left is nobody's
        self.outbox.take();
        let receipt = self.sink.put(put).await;
        let drafts = self.outbox.take();
        match receipt {
            Ok(receipt) if drafts.is_empty() => {
                Ok(Preview::of(Foreseen::Stands, Vec::new()).with_remarks(receipt.remarks))
            }
            Ok(receipt) => {
                let changes = self.changes(&drafts).await?;
                Ok(Preview::of(end, changes).with_remarks(receipt.remarks))
            }
            Err(error) => refused(error),
        }
    }

    /// Each field that would be another, with what stands there.
    async fn changes(&self, drafts: &[Draft]) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::new();
        for draft in drafts {
            let place = match drafts.len() {
                1 => String::new(),
                _ => place(draft),
            };
            let stands = match draft.way {
                Way::Made => Fields::new(),
                Way::Changed | Way::Deleted => self.standing(draft).await?,
            };
            let sent = match draft.way {
                Way::Made | Way::Changed => fields(&draft.row),
                Way::Deleted => Fields::new(),
            };
            // what is not sent stays as it is
            let told = |path: &String| draft.way == Way::Deleted || sent.contains_key(path);
            let before = stands.into_iter().filter(|(path, _)| told(path)).collect();
            let found = shown::changes(&before, &sent).into_iter();
            changes.extend(found.map(|change| Change {
                path: format!("{place}{}", change.path),
                ..change
            }));
        }
        Ok(changes)
    }

    async fn standing(&self, draft: &Draft) -> Result<Fields, Error> {
        let resource = Resource::full(draft.resource.path, draft.resource.node);
        let id = draft.row.text("id").to_owned();
        let nodes = batch::nodes(&self.api, resource, "id", vec![id]).await?;
        Ok(nodes.rows.first().map(fields).unwrap_or_default())
    }
}

/// A refusal is what is foreseen; trouble on the way is an error all the same.
fn refused(error: Error) -> Result<Preview, Error> {
    match error.class() {
        Class::Data | Class::Configuration => Ok(Preview::of(Foreseen::Refused(error.reason), Vec::new())),
        Class::Transient | Class::RateLimited | Class::Credentials | Class::UnknownOutcome => Err(error),
    }
}

/// Where a field is, if several rows would be sent.
fn place(draft: &Draft) -> String {
    match draft.way {
        Way::Made => format!("{}.", draft.resource.node),
        Way::Changed | Way::Deleted => format!("{}[{}].", draft.resource.node, draft.row.text("id")),
    }
}

/// The fields of a row by name, such as `price`, or `name[2]` in one of several languages.
fn fields(row: &Node) -> Fields {
    let mut fields = Fields::new();
    for element in row.children() {
        let name = element.name();
        if name == LISTS || name == "id" {
            continue;
        }
        if element.children().is_empty() {
            fields.insert(name.to_owned(), plain(element.own_text()));
        }
        for text in element.children() {
            let language = text.attribute("id").unwrap_or_default();
            fields.insert(format!("{name}[{language}]"), plain(text.own_text()));
        }
    }
    fields
}

/// A shop shows amounts with idle zeros.
fn plain(text: &str) -> String {
    match text.parse::<Decimal>() {
        Ok(amount) if text.contains('.') => amount.normalize().to_string(),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_told_by_its_own_fields_without_idle_zeros_and_lists() {
        let row = Node::parse(
            "<product><id>7</id><price>79.500000</price><reference>007</reference>\
             <name><language id=\"1\">Pan</language><language id=\"2\">Panna</language></name>\
             <associations><categories><category><id>3</id></category></categories></associations></product>",
        );
        let row = row.unwrap();
        let told: Vec<(String, String)> = fields(&row).into_iter().collect();
        let told: Vec<_> = told
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("name[1]", "Pan"),
                ("name[2]", "Panna"),
                ("price", "79.5"),
                ("reference", "007")
            ]
        );
    }
}
