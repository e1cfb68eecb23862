//! The control plane for one run: the data path's `Control` over gRPC.
//!
//! A call is repeated for as long as the lease may live, so an error here is final for the run. What the control plane
//! says about the run is passed on to everything else that works on it.

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use skarv_canonical::{Class, Reason};
use skarv_proto::agent::v1 as pb;
use tokio::time::Instant;

use super::{
    client::{Answered, Client, Patience},
    error::CallError,
    page::{decode_demand, decode_verdicts, decode_waiting, encode_demand, encode_outcome, encode_question},
    status::{decode_status, settled},
};
use crate::{
    flow::control::{Checkpoint, Control, ControlError, Prepared, Question, Waiting},
    holding::Holding,
};

/// Losing the lease ends a call long before this does.
const WHILE_HELD: Patience = Patience {
    attempt: Duration::from_secs(10),
    all: Duration::from_secs(3_600),
};

/// The control plane, for one run.
pub(crate) struct RunControl {
    client: Arc<Client>,
    holding: Arc<Holding>,
    /// Of the last checkpoint.
    seq: AtomicU64,
    fault: OnceLock<Reason>,
}

impl RunControl {
    pub(crate) fn new(client: Arc<Client>, holding: Arc<Holding>) -> Self {
        Self {
            client,
            holding,
            seq: AtomicU64::new(0),
            fault: OnceLock::new(),
        }
    }

    /// Why the control plane could make no sense of this run, if so. The data path was told that the lease is lost.
    pub(crate) fn fault(&self) -> Option<Reason> {
        self.fault.get().cloned()
    }

    fn run_id(&self) -> String {
        self.holding.key.run_id.clone()
    }

    /// Awaits an answer while the lease may live.
    async fn while_held<A>(
        &self,
        call: impl Future<Output = Result<Answered<A>, CallError>>,
    ) -> Result<Answered<A>, ControlError> {
        tokio::select! {
            biased;
            () = self.holding.lost() => Err(ControlError::Lost),
            answer = call => answer.map_err(|error| self.give_up(&error.to_string())),
        }
    }

    /// Lets everyone know what was said, and answers whether the run may go on.
    fn heed(&self, status: pb::RunStatus) -> Result<(), ControlError> {
        let signal = decode_status(status);
        self.holding.raise(signal);
        settled(signal)
    }

    fn give_up(&self, why: &str) -> ControlError {
        tracing::error!(why, run = %self.holding.key, "the control plane and this agent do not understand each other");
        self.fault
            .get_or_init(|| Reason::new(Class::Transient, "agent_fault"));
        ControlError::Lost
    }
}

impl RunControl {
    /// Asks about one page, and hears what is said about the run.
    async fn page(
        &self,
        mode: pb::PrepareMode,
        asked: pb::PreparePage,
    ) -> Result<Answered<pb::PreparedPage>, ControlError> {
        let page = pb::PreparePage {
            run_id: self.run_id(),
            epoch: self.holding.key.epoch,
            mode: mode.into(),
            ..asked
        };
        let request = pb::PrepareWritesRequest {
            agent_id: String::new(),
            pages: vec![page],
        };
        let call = self.client.call(WHILE_HELD, request, |mut stub, q| async move {
            stub.prepare_writes(q).await
        });
        let answer = self.while_held(call).await?;
        let Some(page) = answer.reply.pages.into_iter().next() else {
            return Err(self.give_up("its answer has no page"));
        };
        self.heed(page.status())?;
        Ok(Answered {
            reply: page,
            asked: answer.asked,
            asked_wall: answer.asked_wall,
        })
    }

    async fn ask(&self, mode: pb::PrepareMode, questions: Vec<Question>) -> Result<Prepared, ControlError> {
        let encode = |(question, no)| encode_question(question, no);
        let page = pb::PreparePage {
            writes: questions.iter().zip(0..).map(encode).collect(),
            ..pb::PreparePage::default()
        };
        let answer = self.page(mode, page).await?;
        let Some(verdicts) = decode_verdicts(&answer.reply.verdicts, questions.len()) else {
            return Err(self.give_up("its verdicts are not about what was asked"));
        };
        Ok(Prepared {
            asked: answer.asked,
            answered: Instant::now(),
            asked_wall: answer.asked_wall,
            verdicts,
        })
    }
}

#[async_trait]
impl Control for RunControl {
    async fn prepare(&self, questions: Vec<Question>) -> Result<Prepared, ControlError> {
        self.ask(pb::PrepareMode::Commit, questions).await
    }

    async fn peek(&self, questions: Vec<Question>) -> Result<Prepared, ControlError> {
        self.ask(pb::PrepareMode::Peek, questions).await
    }

    async fn demand(&self, numbers: Vec<String>) -> Result<HashMap<String, i64>, ControlError> {
        let page = pb::PreparePage {
            want_demand_of: numbers.clone(),
            ..pb::PreparePage::default()
        };
        let answer = self.page(pb::PrepareMode::Peek, page).await?;
        decode_demand(answer.reply.demand, &numbers)
            .ok_or_else(|| self.give_up("its open demand is not of what was asked"))
    }

    async fn waiting(&self, orders: Vec<String>) -> Result<Waiting, ControlError> {
        let page = pb::PreparePage {
            want_all_demand: true,
            want_unread_of: orders,
            ..pb::PreparePage::default()
        };
        let answer = self.page(pb::PrepareMode::Peek, page).await?;
        Ok(decode_waiting(answer.reply))
    }

    async fn checkpoint(&self, checkpoint: Checkpoint) -> Result<Vec<String>, ControlError> {
        let item = pb::CheckpointItem {
            run_id: self.run_id(),
            epoch: self.holding.key.epoch,
            seq: self.seq.fetch_add(1, Ordering::Relaxed) + 1,
            cursor: checkpoint.cursor.map(|cursor| cursor.as_str().to_owned()),
            outcomes: checkpoint.outcomes.into_iter().map(encode_outcome).collect(),
            demand: checkpoint.demand.into_iter().map(encode_demand).collect(),
            released: checkpoint
                .released
                .into_iter()
                .map(|(entity, our_key)| pb::ReleasedWrite {
                    entity: entity.to_string(),
                    our_key,
                })
                .collect(),
        };
        let request = pb::CheckpointRequest {
            agent_id: String::new(),
            items: vec![item],
        };
        let call = self.client.call(WHILE_HELD, request, |mut stub, q| async move {
            stub.checkpoint(q).await
        });
        let answer = self.while_held(call).await?;
        let Some(result) = answer.reply.results.into_iter().next() else {
            return Err(self.give_up("its answer has no result"));
        };
        self.heed(result.status())?;
        Ok(result.conflicts)
    }
}
