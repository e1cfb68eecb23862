//! The sink of a dry run: it looks as the real one does, and foresees where that one would send.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{Reason, write::Write};
use skarv_connector::{BoxedSink, Delivery, Error, Foreseen, Found, Put, Receipt, RecentOrder, Sink};

use super::foresight::Foresight;

/// Looks at the target, and foresees.
pub(super) struct Looking {
    pub(super) sink: BoxedSink,
    pub(super) foresight: Arc<Foresight>,
}

#[async_trait]
impl Sink for Looking {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        self.sink.find(write).await
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        let (write, existing) = (put.write, put.existing.unwrap_or_default().to_owned());
        // what is only foreseen has no id
        let stands = put.earlier.iter().filter(|id| !id.is_empty());
        let earlier: Vec<String> = stands.cloned().collect();
        let looked_at = Put {
            earlier: &earlier,
            // looking needs no leave
            window: None,
            ..put
        };
        let preview = self.sink.preview(looked_at).await;
        let preview = preview.map_err(|error| error.delivery(Delivery::NotDelivered))?;
        if let Foreseen::Refused(reason) = preview.end {
            return Err(Error::new(reason));
        }
        let remarks = preview.remarks.clone();
        self.foresight.note(write, preview);
        Ok(Receipt {
            remarks,
            ..Receipt::of(existing)
        })
    }

    async fn match_existing(&self, write: &Write) -> Result<Option<Found>, Error> {
        let standing = self.sink.match_existing(write).await?;
        Ok(standing.or_else(|| self.foresight.card_of(write)))
    }

    async fn obstacles(&self, now: DateTime<Utc>) -> Result<Vec<Reason>, Error> {
        self.sink.obstacles(now).await
    }

    async fn recent_orders(&self, since: DateTime<Utc>) -> Result<Vec<RecentOrder>, Error> {
        self.sink.recent_orders(since).await
    }

    async fn begin(&self) -> Result<(), Error> {
        self.sink.begin().await
    }
}
