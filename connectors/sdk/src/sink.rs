//! The writing half of a connector.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{Reason, shown, write::Write};
use skarv_http::SendWindow;

use crate::{Error, Foreseen, Preview};

/// A document that stands in the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The target's own id of it.
    pub foreign_id: String,
    /// What is wrong with it, when it is there but not as we wanted it (another total, say).
    pub mismatch: Option<Reason>,
}

/// One write to carry out.
#[derive(Debug)]
pub struct Put<'a> {
    /// What is to stand in the target.
    pub write: &'a Write,
    /// The target's id of the document, when it is there already and is to be updated.
    pub existing: Option<&'a str>,
    /// The target's ids of the record's earlier writes, in order: an invoice finds its customer here.
    pub earlier: &'a [String],
    /// The span in which the request may leave. Given to the HTTP request that creates; look-ups need none.
    pub window: Option<SendWindow>,
}

/// What a successful write left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The target's own id of the document.
    pub foreign_id: String,
    /// What is wrong with the result, when the target accepted it but made something else of it.
    pub mismatch: Option<Reason>,
    /// What was put right so that the target could take it, such as a text that was cut. Nobody needs to act.
    pub remarks: Vec<Reason>,
}

impl Receipt {
    /// A document that stands as it was wanted.
    pub fn of(foreign_id: impl Into<String>) -> Self {
        Self {
            foreign_id: foreign_id.into(),
            mismatch: None,
            remarks: Vec::new(),
        }
    }
}

/// An order that was placed in the target lately: a shop that stock levels are written to sells meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentOrder {
    /// The key that the connector's own source gives such an order.
    pub key: String,
    /// Whole units by article number. Rows without one are left out.
    pub rows: BTreeMap<String, i64>,
}

/// Writes documents to one connection.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Looks a write up by our key, exactly. More than one hit is an error of class `Data`, never a choice.
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error>;

    /// Carries a write out once. Never looks up, never repeats by itself after a request that may have had an effect.
    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error>;

    /// A document that was there before us and is to be taken over instead of making another: for customer cards, one that
    /// bears the buyer's number, organisation number or, of the same kind, e-mail address. Asked before a first `put`. More
    /// than one hit is an error of class `Data` that names them, never a choice.
    async fn match_existing(&self, write: &Write) -> Result<Option<Found>, Error> {
        let _ = write;
        Ok(None)
    }

    /// Everything that would keep this stream's documents from being booked, such as accounts that are missing. Asked
    /// before a stream's first record is sent, so that nothing goes out half set up. Empty when all is well.
    async fn obstacles(&self, now: DateTime<Utc>) -> Result<Vec<Reason>, Error> {
        let _ = now;
        Ok(Vec::new())
    }

    /// What `put` would do, without doing it: it only reads. It foresees what a look at the target can show; what only the
    /// target's own judgement of a request would show, it does not. Unless a sink knows better, everything is made or changed
    /// as it is asked for. An earlier write of the record that is itself only foreseen has no id and is left out of `earlier`:
    /// what a payment or a credit is about, and what no id in `earlier` leads to, is taken to be yet to be made.
    async fn preview(&self, put: Put<'_>) -> Result<Preview, Error> {
        let end = match put.existing {
            Some(_) => Foreseen::Changed,
            None => Foreseen::Made,
        };
        let after = shown::fields(&put.write.document);
        Ok(Preview::of(end, shown::changes(&shown::Fields::new(), &after)))
    }

    /// Called before the first page of a slice is read: a sink that compares with what its system holds looks now, so that
    /// what changes there from here on is seen as a change.
    async fn begin(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Orders that were placed in the target since then and are not cancelled; when there are very many, the last of them. Asked
    /// of the target of stock levels after `begin`: what of it no orders stream has read yet is sold all the same.
    async fn recent_orders(&self, since: DateTime<Utc>) -> Result<Vec<RecentOrder>, Error> {
        let _ = since;
        Ok(Vec::new())
    }

    /// Carries several writes out whose effect is `Set`, in as few requests as the system allows: at most as many as the
    /// descriptor's `batch` says. One result for each, in order. What went wrong with one says nothing about the others.
    async fn put_all(&self, puts: Vec<Put<'_>>) -> Vec<Result<Receipt, Error>> {
        let mut results = Vec::with_capacity(puts.len());
        for put in puts {
            results.push(self.put(put).await);
        }
        results
    }
}
