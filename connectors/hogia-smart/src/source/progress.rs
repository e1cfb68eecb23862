//! How far a stream has read: its place among the changes, and its place in the day's sweep, if one is under way.

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use skarv_canonical::Cursor;
use skarv_canonical::record::Pulled;
use skarv_connector::{Error, Page};

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Progress<P> {
    pub(super) changes: P,
    /// The day of the last sweep that came to its end. `None` before the first reading.
    pub(super) swept_on: Option<NaiveDate>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub(super) sweep: Option<Sweep<P>>,
    /// Whether any row has been read. A system that holds none is not in trouble.
    #[serde(default)]
    pub(super) seen: bool,
}

fn none<T>() -> Option<T> {
    None
}

/// A reading of everything that is under way.
#[derive(Serialize, Deserialize)]
pub(super) struct Sweep<P> {
    /// The day it began.
    pub(super) day: NaiveDate,
    pub(super) position: P,
}

impl<P: Default + Serialize + DeserializeOwned> Progress<P> {
    pub(super) fn read(cursor: Option<&Cursor>) -> Result<Self, Error> {
        let Some(cursor) = cursor else {
            return Ok(Self::default());
        };
        serde_json::from_str(cursor.as_str()).map_err(|_| unreadable())
    }

    /// Whether a sweep has come to its end and no other has begun.
    pub(super) fn is_swept(&self) -> bool {
        self.swept_on.is_some() && self.sweep.is_none()
    }

    /// A page after which reading has come this far.
    pub(super) fn page(&self, records: Vec<Pulled>, done: bool) -> Result<Page, Error> {
        let text = serde_json::to_string(self).map_err(|_| unreadable())?;
        Ok(Page {
            records,
            cursor: Cursor::new(text),
            done,
        })
    }
}

fn unreadable() -> Error {
    Error::configuration("cursor_unreadable")
}
