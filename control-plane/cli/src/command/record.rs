//! `skarv records`: what became of each order, product, price and stock level. What a person does about one is in `settle`.

mod settle;

use clap::{Args, Subcommand, ValueEnum};
use skarv_proto::v1 as pb;

use self::settle::{Ignore, Replay, Resolve};
use super::{page::Limit, session::Session};
use crate::{
    failure::{Exit, Usage},
    names::InFlow,
    show,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the records of a stream, latest change first
    List(List),
    /// Show one record
    Show(Named),
    /// Tell what happened to a record in both systems, oldest first
    Story(Named),
    /// Send records again: they are read afresh
    Replay(Replay),
    /// Set parked records aside: nobody needs to act on them any more
    Ignore(Ignore),
    /// Say what became of a write that may have happened, after looking in the accounting system
    Resolve(Resolve),
}

#[derive(Args)]
pub(super) struct Place {
    #[command(flatten)]
    flow: InFlow,
    /// The stream
    #[arg(long, default_value = "orders")]
    stream: String,
}

#[derive(Args)]
pub(super) struct Named {
    /// The record, by its key in the source or its whole name
    record: String,
    #[command(flatten)]
    place: Place,
}

impl Named {
    fn name(&self) -> Result<String, Usage> {
        self.place.flow.record(&self.place.stream, &self.record)
    }
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    place: Place,
    /// Only records in this state
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Only records with this reason, by its code
    #[arg(long)]
    reason: Option<String>,
    /// Only records that people call this, such as the order number or the article number
    #[arg(long = "ref")]
    reference: Option<String>,
    #[command(flatten)]
    limit: Limit,
}

/// How a record is.
#[derive(Clone, Copy, ValueEnum)]
enum State {
    Written,
    Adopted,
    Unchanged,
    Dropped,
    Parked,
    Unknown,
    Ignored,
}

impl From<State> for pb::RecordState {
    fn from(state: State) -> Self {
        match state {
            State::Written => Self::Written,
            State::Adopted => Self::Adopted,
            State::Unchanged => Self::Unchanged,
            State::Dropped => Self::Dropped,
            State::Parked => Self::Parked,
            State::Unknown => Self::Unknown,
            State::Ignored => Self::Ignored,
        }
    }
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(session).await?,
            Self::Show(named) => show_record(session, named.name()?).await?,
            Self::Story(named) => story(session, named.name()?).await?,
            Self::Replay(replay) => return replay.run(session).await,
            Self::Ignore(ignore) => ignore.run(session).await?,
            Self::Resolve(resolve) => resolve.run(session).await?,
        }
        Ok(Exit::Done)
    }
}

impl List {
    async fn run(self, session: &Session) -> anyhow::Result<()> {
        let api = &session.api;
        let parent = self.place.flow.stream(&self.place.stream)?;
        let state = self
            .state
            .map_or(pb::RecordState::Unspecified, pb::RecordState::from);
        let fetch = async |page_size, page_token| {
            let request = pb::ListRecordsRequest {
                parent: parent.clone(),
                state: state.into(),
                page_size,
                page_token,
                reason_code: self.reason.clone().unwrap_or_default(),
            };
            let page = api
                .call(request, async |r| api.records().list_records(r).await)
                .await?;
            Ok((page.records, page.next_page_token))
        };
        let records = self.limit.collect(|record| self.wants(record), fetch).await?;
        session.view.list("records", &records)
    }

    fn wants(&self, record: &pb::Record) -> bool {
        let reference = self.reference.as_ref();
        reference.is_none_or(|wanted| record.reference == *wanted)
    }
}

async fn show_record(session: &Session, name: String) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::GetRecordRequest { name };
    let answer = api
        .call(request, async |r| api.records().get_record(r).await)
        .await?;
    session.view.one(&answer.record.unwrap_or_default())
}

async fn story(session: &Session, name: String) -> anyhow::Result<()> {
    let api = &session.api;
    let flow = name.split("/streams/").next().unwrap_or_default().to_owned();
    let request = pb::GetStoryRequest { name };
    let story = api
        .call(request, async |r| api.records().get_story(r).await)
        .await?;
    let request = pb::GetFlowRequest { name: flow };
    let flow = api.call(request, async |r| api.flows().get_flow(r).await).await?;
    let flow = flow.flow.unwrap_or_default();
    session.view.told(&story, |lang| show::story(&story, &flow, lang))
}
