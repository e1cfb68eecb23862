//! What a person does about records: send again, set aside, say what became of a doubtful write.

use clap::Args;
use skarv_proto::v1 as pb;

use super::{Named, Place, State};
use crate::{
    command::{
        session::Session,
        wait::{self, Timeout},
    },
    failure::{Exit, Usage},
};

/// Which records of a stream: by their keys, or all that match.
#[derive(Args)]
pub(in crate::command) struct Selection {
    /// The records, by their keys in the source
    #[arg(num_args = 0..=500)]
    keys: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// All in this state, instead of keys [default: parked, where there is a reason]
    #[arg(long, value_enum, conflicts_with = "keys")]
    state: Option<State>,
    /// All with this reason, by its code, instead of keys
    #[arg(long, conflicts_with = "keys")]
    reason: Option<String>,
}

impl Selection {
    fn stream(&self) -> Result<String, Usage> {
        self.place.flow.stream(&self.place.stream)
    }

    /// Nothing is never everything.
    fn filter(&self) -> Result<Option<pb::RecordFilter>, Usage> {
        let filter = match (&self.state, &self.reason) {
            (None, None) if self.keys.is_empty() => {
                return Err(Usage::new(
                    "which records? Name their keys, or say --state parked or --reason CODE",
                ));
            }
            (None, None) => return Ok(None),
            (state, reason) => pb::RecordFilter {
                state: state
                    .map_or(pb::RecordState::Parked, pb::RecordState::from)
                    .into(),
                reason_code: reason.clone().unwrap_or_default(),
            },
        };
        Ok(Some(filter))
    }
}

#[derive(Args)]
pub(in crate::command) struct Replay {
    #[command(flatten)]
    which: Selection,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    preview: bool,
    /// Wait until they have been sent
    #[arg(long, conflicts_with = "preview")]
    wait: bool,
    #[command(flatten)]
    timeout: Timeout,
}

impl Replay {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        if self.preview {
            preview(session, self.which).await?;
            return Ok(Exit::Done);
        }
        let api = &session.api;
        let request = pb::ReplayRecordsRequest {
            parent: self.which.stream()?,
            filter: self.which.filter()?,
            source_keys: self.which.keys,
            ..pb::ReplayRecordsRequest::default()
        };
        let answer = api
            .call(request, async |r| api.records().replay_records(r).await)
            .await?;
        let mut runs: Vec<_> = answer.run.into_iter().chain(answer.further_runs).collect();
        let mut worst = Exit::Done;
        for run in runs.iter_mut().filter(|_| self.wait) {
            let (ended, exit) = wait::until_ended(session, run.clone(), self.timeout.span()).await?;
            *run = ended;
            if exit != Exit::Done {
                worst = exit;
            }
        }
        session.view.list("runs", &runs)?;
        Ok(worst)
    }
}

async fn preview(session: &Session, which: Selection) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::PreviewReplayRequest {
        parent: which.stream()?,
        filter: which.filter()?,
        source_keys: which.keys,
    };
    let answer = api
        .call(request, async |r| api.records().preview_replay(r).await)
        .await?;
    session.view.one(&answer)
}

#[derive(Args)]
pub(in crate::command) struct Ignore {
    #[command(flatten)]
    which: Selection,
    /// Why, for whoever reads the story
    #[arg(long)]
    why: String,
}

impl Ignore {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<()> {
        let api = &session.api;
        let request = pb::IgnoreRecordsRequest {
            parent: self.which.stream()?,
            filter: self.which.filter()?,
            source_keys: self.which.keys,
            reason: self.why,
            ..pb::IgnoreRecordsRequest::default()
        };
        let answer = api
            .call(request, async |r| api.records().ignore_records(r).await)
            .await?;
        session.view.one(&answer)
    }
}

#[derive(Args)]
pub(in crate::command) struct Resolve {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    finding: Finding,
    /// Which write, such as invoice, when more than one is in doubt
    #[arg(long, default_value = "")]
    entity: String,
    /// How you know, for whoever reads the story
    #[arg(long)]
    why: String,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Finding {
    /// It is there, under this id: Skarv never makes it again
    #[arg(long, value_name = "ID")]
    exists_as: Option<String>,
    /// It is not there: Skarv sends the record again
    #[arg(long)]
    does_not_exist: bool,
}

impl Resolve {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<()> {
        use pb::resolve_unknown_request::Finding as Found;
        let api = &session.api;
        let finding = self.finding.exists_as.map(Found::ExistsAs);
        let request = pb::ResolveUnknownRequest {
            name: self.named.name()?,
            finding: finding.or(Some(Found::DoesNotExist(self.finding.does_not_exist))),
            entity: self.entity,
            reason: self.why,
            ..pb::ResolveUnknownRequest::default()
        };
        let answer = api
            .call(request, async |r| api.records().resolve_unknown(r).await)
            .await?;
        session.view.one(&answer.record.unwrap_or_default())
    }
}
