//! The streams of a flow: when they run, asking them to run, and carrying everything once.

use std::time::Duration;

use serde_json::json;
use skarv_canonical::Reason;
use skarv_domain::{
    auth::{Actor, AuthContext},
    error::{Error, Result},
    flow::Flow,
    stream::{Stream, StreamChange, StreamState, asked_interval, has_initial_sync},
};

use super::App;
use crate::{
    app::{
        name::{FlowName, StreamName, named},
        request::{Once, Options, once},
        run::RunView,
    },
    auth::policy,
};

const LIST: &str = "skarv.v1.FlowService/ListStreams";
const UPDATE: &str = "skarv.v1.FlowService/UpdateStream";
const RUN: &str = "skarv.v1.FlowService/RunStream";
const INITIAL_SYNC: &str = "skarv.v1.FlowService/StartInitialSync";

/// A stream as callers see it.
#[derive(Clone, Debug)]
pub(crate) struct StreamView {
    pub(crate) name: StreamName,
    pub(crate) stream: Stream,
    /// Why it is off.
    pub(crate) off: Option<Reason>,
}

/// A change to when a stream runs.
#[derive(Clone, Debug)]
pub(crate) struct UpdateStream {
    pub(crate) name: StreamName,
    pub(crate) interval: Option<Duration>,
    pub(crate) enabled: Option<bool>,
    pub(crate) options: Options,
}

/// Everything of a stream to be carried once.
#[derive(Clone, Debug)]
pub(crate) struct StartInitialSync {
    pub(crate) name: StreamName,
    pub(crate) options: Options,
}

impl App {
    /// Lists the streams of a flow.
    pub(crate) async fn stream_list(&self, auth: &AuthContext, parent: &FlowName) -> Result<Vec<StreamView>> {
        policy::permit(auth, LIST)?;
        let flow = self.flow(auth, parent).await?;
        let streams = self.store.stream_list(&auth.scope()?, flow.id).await?;
        Ok(streams
            .into_iter()
            .map(|stream| view(parent, &flow, stream))
            .collect())
    }

    /// Changes when a stream runs.
    pub(crate) async fn stream_update(
        &self,
        auth: &AuthContext,
        update: UpdateStream,
    ) -> Result<Once<StreamView>> {
        policy::permit(auth, UPDATE)?;
        let change = StreamChange {
            interval: update.interval.map(asked_interval).transpose()?,
            enabled: update.enabled,
        };
        let name = &update.name;
        let content = json!([name.to_string(), change.interval, change.enabled]);
        let actor = self.actor(auth, UPDATE, &update.options, &content)?;
        let make = Box::pin(self.stream_changed(auth, &actor, name, change));
        let read = Box::pin(async {
            let flow = self.flow(auth, &name.flow).await?;
            Ok(view(&name.flow, &flow, self.stream(auth, name).await?))
        });
        once(&self.store, &actor, make, read).await
    }

    async fn stream_changed(
        &self,
        auth: &AuthContext,
        actor: &Actor,
        name: &StreamName,
        change: StreamChange,
    ) -> Result<StreamView> {
        let (flow, id) = (
            self.flow(auth, &name.flow).await?,
            self.stream(auth, name).await?.id,
        );
        let changed = self.store.stream_update(&auth.scope()?, actor, id, change).await;
        Ok(view(
            &name.flow,
            &flow,
            changed.map_err(|error| about(error, name))?,
        ))
    }

    /// Asks for a stream to run now. Answers the run that is queued or under way; when it is under way already, another
    /// follows it.
    pub(crate) async fn stream_run(&self, auth: &AuthContext, name: &StreamName) -> Result<RunView> {
        policy::permit(auth, RUN)?;
        let stream = self.stream(auth, name).await?;
        let run = self
            .store
            .stream_request(&auth.scope()?, &auth.actor(RUN), stream.id)
            .await
            .map_err(|error| about(error, name))?;
        self.run_view(auth, &name.flow.tenant, run).await
    }

    /// Carries everything of a stream once. One that is queued or under way is answered instead.
    pub(crate) async fn initial_sync_start(
        &self,
        auth: &AuthContext,
        StartInitialSync { name, options }: StartInitialSync,
    ) -> Result<Once<RunView>> {
        policy::permit(auth, INITIAL_SYNC)?;
        if !has_initial_sync(name.kind) {
            let problem = "must be a stream of products, prices or stock: orders are sent from their flow's start_at on";
            return Err(Error::invalid("name", problem));
        }
        let content = json!([name.to_string()]);
        let actor = self.actor(auth, INITIAL_SYNC, &options, &content)?;
        let unmarked = auth.actor(INITIAL_SYNC);
        let make = Box::pin(self.initial_sync(auth, &actor, &name));
        let again = Box::pin(self.initial_sync(auth, &unmarked, &name));
        once(&self.store, &actor, make, again).await
    }

    async fn initial_sync(&self, auth: &AuthContext, actor: &Actor, name: &StreamName) -> Result<RunView> {
        let stream = self.stream(auth, name).await?;
        let run = self.store.stream_backfill(&auth.scope()?, actor, stream.id).await;
        let run = run.map_err(|error| about(error, name))?;
        self.run_view(auth, &name.flow.tenant, run).await
    }

    /// The stream that a name leads to, if the caller may see it.
    pub(in crate::app) async fn stream(&self, auth: &AuthContext, name: &StreamName) -> Result<Stream> {
        let flow = self.flow(auth, &name.flow).await?;
        let found = self.store.stream_get(&auth.scope()?, flow.id, name.kind).await;
        found.map_err(|error| named(error, name))
    }
}

fn view(name: &FlowName, flow: &Flow, stream: Stream) -> StreamView {
    StreamView {
        name: StreamName {
            flow: name.clone(),
            kind: stream.kind,
        },
        off: (stream.state == StreamState::Off).then(|| why_off(flow, &stream)),
        stream,
    }
}

/// Why a stream is off, nearest first: what must be done about it before anything else helps.
fn why_off(flow: &Flow, stream: &Stream) -> Reason {
    let has_settings = flow.spec.streams().iter().any(|spec| spec.kind() == stream.kind);
    if !has_settings {
        Reason::configuration("stream_without_settings").fix("give_stream_settings")
    } else if !stream.enabled {
        Reason::configuration("stream_switched_off").fix("switch_stream_on")
    } else {
        Reason::configuration("stream_off").fix("activate_flow")
    }
}

/// What the store says of a stream, by the name that the caller used.
fn about(error: Error, name: &StreamName) -> Error {
    match error {
        Error::FailedPrecondition { reason, problem, .. } => Error::precondition(reason, name, problem),
        other => other,
    }
}
