//! Records: what became of each order, its story, and sending parked ones again.

use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
    record::{Record, RecordEvent, RecordState},
};

use super::{
    App,
    name::{RecordName, StreamName, named},
    page::{PageRequest, Paged, Pages},
    run::RunView,
};
use crate::auth::policy;

const GET: &str = "skarv.v1.RecordService/GetRecord";
const LIST: &str = "skarv.v1.RecordService/ListRecords";
const STORY: &str = "skarv.v1.RecordService/GetStory";
const REPLAY: &str = "skarv.v1.RecordService/ReplayRecords";

/// Records in one replay.
const MOST_KEYS: usize = 500;

/// A record as callers see it.
#[derive(Clone, Debug)]
pub(crate) struct RecordView {
    pub(crate) name: RecordName,
    pub(crate) record: Record,
}

/// A record and what happened to it, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) record: RecordView,
    pub(crate) events: Vec<RecordEvent>,
}

impl App {
    /// Reads a record.
    pub(crate) async fn record_get(&self, auth: &AuthContext, name: &RecordName) -> Result<RecordView> {
        policy::permit(auth, GET)?;
        self.record(auth, name).await
    }

    /// Lists the records of a stream, latest change first.
    pub(crate) async fn record_list(
        &self,
        auth: &AuthContext,
        parent: &StreamName,
        state: Option<RecordState>,
        page: &PageRequest,
    ) -> Result<Paged<RecordView>> {
        policy::permit(auth, LIST)?;
        let stream = self.stream(auth, parent).await?;
        let (of, filter) = (parent.to_string(), state.map_or("", RecordState::as_str));
        let pages = Pages::of(&self.page_mac, &[LIST, &of, filter]);
        let listed = self
            .store
            .record_list(&auth.scope()?, stream.id, state, &pages.open(page)?)
            .await?;
        let view = |record: Record| RecordView {
            name: RecordName {
                stream: parent.clone(),
                source_key: record.source_key.clone(),
            },
            record,
        };
        Ok(pages.close(listed.map(view)))
    }

    /// Tells what happened to a record.
    pub(crate) async fn record_story(&self, auth: &AuthContext, name: &RecordName) -> Result<Story> {
        policy::permit(auth, STORY)?;
        let stream = self.stream(auth, &name.stream).await?;
        let story = self
            .store
            .record_story(&auth.scope()?, stream.id, &name.source_key)
            .await;
        let (record, events) = story.map_err(|error| named(error, name))?;
        let record = RecordView {
            name: name.clone(),
            record,
        };
        Ok(Story { record, events })
    }

    /// Sends parked records again.
    pub(crate) async fn record_replay(
        &self,
        auth: &AuthContext,
        parent: &StreamName,
        keys: Vec<String>,
    ) -> Result<RunView> {
        policy::permit(auth, REPLAY)?;
        if keys.is_empty() || keys.len() > MOST_KEYS {
            return Err(Error::invalid(
                "source_keys",
                format!("must be 1 to {MOST_KEYS} keys; got {}", keys.len()),
            ));
        }
        let stream = self.stream(auth, parent).await?;
        let run = self
            .store
            .record_replay(&auth.scope()?, &auth.actor(REPLAY), stream.id, keys)
            .await?;
        self.run_view(auth, &parent.flow.tenant, run).await
    }

    async fn record(&self, auth: &AuthContext, name: &RecordName) -> Result<RecordView> {
        let stream = self.stream(auth, &name.stream).await?;
        let found = self
            .store
            .record_get(&auth.scope()?, stream.id, &name.source_key)
            .await;
        Ok(RecordView {
            name: name.clone(),
            record: found.map_err(|error| named(error, name))?,
        })
    }
}
