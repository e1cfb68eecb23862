//! What was written, by whom and from what to what: every accepted write in the order in which it was made, for tests that compare
//! books without going through the webservice or the connector. And how often each thing was asked for.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::entry::Entry;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    Webservice,
    Clerk,
    Sale,
}

type Told = BTreeMap<String, String>;

/// A row that came has no before, and one that went no after; of a row that changed only what differs is told.
#[derive(Clone, Serialize)]
pub(crate) struct Write {
    number: u64,
    /// UTC.
    at: String,
    by: By,
    method: &'static str,
    kind: &'static str,
    id: u32,
    before: Option<Told>,
    after: Option<Told>,
}

#[derive(Clone, Default, Serialize)]
pub(crate) struct Journal {
    /// `PUT stock_availables` and how often.
    requests: BTreeMap<String, u64>,
    /// Rows that were written, by method and kind: one request may write many.
    accepted: BTreeMap<String, u64>,
    writes: Vec<Write>,
    #[serde(skip)]
    last: u64,
}

impl Journal {
    pub(crate) fn asked(&mut self, method: &str, kind: &str) {
        *self.requests.entry(format!("{method} {kind}")).or_default() += 1;
    }

    pub(crate) fn note(&mut self, by: By, at: DateTime<Utc>, before: Option<&Entry>, after: Option<&Entry>) {
        let Some(entry) = after.or(before) else { return };
        let (method, told) = match (before, after) {
            (None, _) => ("POST", (None, after.map(Entry::snapshot))),
            (_, None) => ("DELETE", (before.map(Entry::snapshot), None)),
            (Some(before), Some(after)) => {
                let (before, after) = differing(before, after);
                ("PUT", (Some(before), Some(after)))
            }
        };
        self.last += 1;
        let kind = entry.kind().name;
        *self.accepted.entry(format!("{method} {kind}")).or_default() += 1;
        self.writes.push(Write {
            number: self.last,
            at: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            by,
            method,
            kind,
            id: entry.id,
            before: told.0,
            after: told.1,
        });
    }

    /// Writes after `number`, of one kind and of one row where that is asked.
    pub(crate) fn since(&self, number: u64, kind: Option<&str>, id: Option<u32>) -> Self {
        let wanted = |write: &&Write| {
            write.number > number
                && kind.is_none_or(|kind| kind == write.kind)
                && id.is_none_or(|id| id == write.id)
        };
        Self {
            writes: self.writes.iter().filter(wanted).cloned().collect(),
            requests: self.requests.clone(),
            accepted: self.accepted.clone(),
            last: self.last,
        }
    }

    /// Begins anew; the numbers go on.
    pub(crate) fn reset(&mut self) {
        *self = Self {
            last: self.last,
            ..Self::default()
        };
    }
}

fn differing(before: &Entry, after: &Entry) -> (Told, Told) {
    let (mut old, mut new) = (before.snapshot(), after.snapshot());
    let same: Vec<String> = old
        .iter()
        .filter(|(name, value)| new.get(*name) == Some(*value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        old.remove(&name);
        new.remove(&name);
    }
    (old, new)
}
