//! Records: what became of each order, product, price and stock level, its story, and what people do about it: send again, set aside, settle what is in doubt.

use serde_json::json;
use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
    record::{Filter, Only, Record, RecordEvent, RecordState, Selection},
    run::Run,
    write::Finding,
};
use skarv_store::Resolution;

use super::{
    App,
    name::{RecordName, StreamName, named},
    page::{PageRequest, Paged, Pages},
    request::{Once, Options, once},
    run::RunView,
};
use crate::auth::policy;

const GET: &str = "skarv.v1.RecordService/GetRecord";
const LIST: &str = "skarv.v1.RecordService/ListRecords";
const STORY: &str = "skarv.v1.RecordService/GetStory";
const PREVIEW: &str = "skarv.v1.RecordService/PreviewReplay";
const REPLAY: &str = "skarv.v1.RecordService/ReplayRecords";
const IGNORE: &str = "skarv.v1.RecordService/IgnoreRecords";
const RESOLVE: &str = "skarv.v1.RecordService/ResolveUnknown";

/// Records that are named in one request.
const MOST_KEYS: usize = 500;
/// Characters of what a person says about a record, and of a foreign id.
const LONGEST_WORD: usize = 500;
const LONGEST_ID: usize = 200;

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

/// What sending records again comes to.
#[derive(Clone, Debug)]
pub(crate) struct PreviewView {
    pub(crate) count: u64,
    /// By the code of their reason, most first.
    pub(crate) by_reason: Vec<(String, u64)>,
    /// The first of them.
    pub(crate) names: Vec<RecordName>,
}

/// The runs that send records again.
#[derive(Clone, Debug)]
pub(crate) struct Replayed {
    pub(crate) runs: Vec<RunView>,
    pub(crate) count: usize,
}

/// A record of which a person has told, and the run that sends what is left of it.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedView {
    pub(crate) record: RecordView,
    pub(crate) run: Option<RunView>,
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
        only: Only,
        page: &PageRequest,
    ) -> Result<Paged<RecordView>> {
        policy::permit(auth, LIST)?;
        let stream = self.stream(auth, parent).await?;
        let (of, state) = (parent.to_string(), only.state.map_or("", RecordState::as_str));
        let reason = only.reason_code.as_deref().unwrap_or_default();
        let pages = Pages::of(&self.page_mac, &[LIST, &of, state, reason]);
        let listed = self
            .store
            .record_list(&auth.scope()?, stream.id, only.clone(), &pages.open(page)?)
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

    /// Says what a replay of the same selection would send.
    pub(crate) async fn record_preview(
        &self,
        auth: &AuthContext,
        parent: &StreamName,
        selection: &Selection,
    ) -> Result<PreviewView> {
        policy::permit(auth, PREVIEW)?;
        check(selection)?;
        let stream = self.stream(auth, parent).await?;
        let preview = self
            .store
            .record_preview(&auth.scope()?, stream.id, selection)
            .await?;
        let name = |record: &Record| RecordName {
            stream: parent.clone(),
            source_key: record.source_key.clone(),
        };
        Ok(PreviewView {
            count: preview.count,
            by_reason: preview.by_reason,
            names: preview.first.iter().map(name).collect(),
        })
    }

    /// Sends records again.
    pub(crate) async fn record_replay(
        &self,
        auth: &AuthContext,
        parent: &StreamName,
        selection: Selection,
        options: &Options,
    ) -> Result<Once<Replayed>> {
        policy::permit(auth, REPLAY)?;
        check(&selection)?;
        let content = json!([parent.to_string(), content(&selection)]);
        let (actor, scope) = (self.actor(auth, REPLAY, options, &content)?, auth.scope()?);
        let stream = self.stream(auth, parent).await?;
        let make = async {
            let (runs, count) = self
                .store
                .record_replay(&scope, &actor, stream.id, selection)
                .await?;
            let mut views = Vec::with_capacity(runs.len());
            for run in runs {
                views.push(self.run_view(auth, &parent.flow.tenant, run).await?);
            }
            Ok(Replayed { runs: views, count })
        };
        once(&self.store, &actor, make, async {
            Err(answer_lost(&options.request_id))
        })
        .await
    }

    /// Sets parked records aside; how many.
    pub(crate) async fn record_ignore(
        &self,
        auth: &AuthContext,
        parent: &StreamName,
        selection: Selection,
        why: &str,
        options: &Options,
    ) -> Result<Once<usize>> {
        policy::permit(auth, IGNORE)?;
        check(&selection)?;
        let why = word("reason", why, LONGEST_WORD)?;
        let content = json!([parent.to_string(), content(&selection), why]);
        let (actor, scope) = (self.actor(auth, IGNORE, options, &content)?, auth.scope()?);
        let stream = self.stream(auth, parent).await?;
        let make = self
            .store
            .record_ignore(&scope, &actor, stream.id, selection, why);
        once(&self.store, &actor, make, async {
            Err(answer_lost(&options.request_id))
        })
        .await
    }

    /// Settles a write in doubt by what a person found.
    pub(crate) async fn record_resolve(
        &self,
        auth: &AuthContext,
        name: &RecordName,
        said: Resolution,
        options: &Options,
    ) -> Result<Once<ResolvedView>> {
        policy::permit(auth, RESOLVE)?;
        let resolution = Resolution {
            why: word("reason", &said.why, LONGEST_WORD)?,
            finding: match said.finding {
                Finding::ExistsAs(id) => Finding::ExistsAs(word("exists_as", &id, LONGEST_ID)?),
                Finding::DoesNotExist => Finding::DoesNotExist,
            },
            entity: said.entity,
        };
        let id = match &resolution.finding {
            Finding::ExistsAs(id) => Some(id),
            Finding::DoesNotExist => None,
        };
        let content = json!([name.to_string(), id, resolution.entity, resolution.why]);
        let (actor, scope) = (self.actor(auth, RESOLVE, options, &content)?, auth.scope()?);
        let stream = self.stream(auth, &name.stream).await?;
        let make = Box::pin(async {
            let resolved = self
                .store
                .record_resolve(&scope, &actor, stream.id, &name.source_key, resolution)
                .await
                .map_err(|error| about(error, name))?;
            self.resolved_view(auth, name, resolved.record, resolved.run)
                .await
        });
        let read = Box::pin(async {
            let record = self.record(auth, name).await?.record;
            self.resolved_view(auth, name, record, None).await
        });
        once(&self.store, &actor, make, read).await
    }

    async fn resolved_view(
        &self,
        auth: &AuthContext,
        name: &RecordName,
        record: Record,
        run: Option<Run>,
    ) -> Result<ResolvedView> {
        let run = match run {
            Some(run) => Some(self.run_view(auth, &name.stream.flow.tenant, run).await?),
            None => None,
        };
        let record = RecordView {
            name: name.clone(),
            record,
        };
        Ok(ResolvedView { record, run })
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

/// What is wrong with a selection whatever there is.
fn check(selection: &Selection) -> Result<()> {
    match selection {
        Selection::Keys(keys) if keys.is_empty() || keys.len() > MOST_KEYS => Err(Error::invalid(
            "source_keys",
            format!(
                "must be 1 to {MOST_KEYS} keys, or say a filter; got {}",
                keys.len()
            ),
        )),
        Selection::Keys(_) | Selection::Matching(_) => Ok(()),
    }
}

fn content(selection: &Selection) -> serde_json::Value {
    match selection {
        Selection::Keys(keys) => json!(keys),
        Selection::Matching(Filter { state, reason_code }) => json!([state.as_str(), reason_code]),
    }
}

/// A text that a person must say.
fn word(field: &str, text: &str, longest: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > longest {
        return Err(Error::invalid(
            field,
            format!("must be 1 to {longest} characters"),
        ));
    }
    Ok(text.to_owned())
}

/// What the store says of a record by its key, by the name that the caller used.
fn about(error: Error, name: &RecordName) -> Error {
    match named(error, name) {
        Error::FailedPrecondition { reason, problem, .. } => Error::precondition(reason, name, problem),
        other => other,
    }
}

/// A repeat finds the request done and nothing that still tells how it was answered.
fn answer_lost(request_id: &str) -> Error {
    let problem =
        "this request was done before, but its answer was not kept: list the records to see how they are";
    Error::precondition("ANSWER_NOT_KEPT", request_id, problem)
}
