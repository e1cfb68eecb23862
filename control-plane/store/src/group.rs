//! Typed operations that share a transaction.
//!
//! Each kind is carried out by statements over the whole group, in which a member that is stale matches no row. The kinds
//! follow one another so that a place that is freed is taken in the same group.

use sea_orm::DatabaseConnection;
use skarv_domain::{Result, id::AgentId};
use tokio::sync::oneshot;

use crate::{
    error::of_db,
    page::{self, CheckpointItem, Checkpointed, PreparePage, PreparedPage},
    run::{
        self, FinishItem, LeasePoll,
        enqueue::{Request, Requested},
        lease::Taken,
    },
    turn::{Rules, Turn},
    writer::begin,
};

/// Items of one call, and where its answer goes.
pub(crate) struct Ask<I, O> {
    pub(crate) items: Vec<I>,
    pub(crate) answer: oneshot::Sender<Result<Vec<O>>>,
}

/// An item of an agent.
pub(crate) type By<I> = (AgentId, I);

pub(crate) enum Typed {
    Checkpoint(Ask<By<CheckpointItem>, Checkpointed>),
    Prepare(Ask<By<PreparePage>, PreparedPage>),
    Finish(Ask<By<FinishItem>, skarv_domain::lease::Answer>),
    Enqueue(Ask<Request, Requested>),
    Lease(Ask<LeasePoll, Taken>),
}

#[derive(Default)]
pub(crate) struct Group {
    checkpoints: Vec<Ask<By<CheckpointItem>, Checkpointed>>,
    prepares: Vec<Ask<By<PreparePage>, PreparedPage>>,
    finishes: Vec<Ask<By<FinishItem>, skarv_domain::lease::Answer>>,
    enqueues: Vec<Ask<Request, Requested>>,
    leases: Vec<Ask<LeasePoll, Taken>>,
}

/// The answers of a whole group, by kind.
struct Answers {
    checkpoints: Vec<Checkpointed>,
    prepares: Vec<PreparedPage>,
    finishes: Vec<skarv_domain::lease::Answer>,
    enqueues: Vec<Requested>,
    leases: Vec<Taken>,
}

impl Group {
    pub(crate) fn of(first: Typed) -> Self {
        let mut group = Self::default();
        group.add(first);
        group
    }

    pub(crate) fn add(&mut self, typed: Typed) {
        match typed {
            Typed::Checkpoint(ask) => self.checkpoints.push(ask),
            Typed::Prepare(ask) => self.prepares.push(ask),
            Typed::Finish(ask) => self.finishes.push(ask),
            Typed::Enqueue(ask) => self.enqueues.push(ask),
            Typed::Lease(ask) => self.leases.push(ask),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.checkpoints.len()
            + self.prepares.len()
            + self.finishes.len()
            + self.enqueues.len()
            + self.leases.len()
    }

    pub(crate) async fn carry_out(self, connection: &DatabaseConnection, rules: &Rules) {
        match self.attempt(connection, rules).await {
            Ok(answers) => self.deliver(answers),
            Err(error) if self.len() > 1 => {
                tracing::warn!(%error, members = self.len(), "a group failed: its members are tried one by one");
                for typed in self.into_members() {
                    Box::pin(Self::of(typed).carry_out(connection, rules)).await;
                }
            }
            Err(error) => self.refuse(&error),
        }
    }

    async fn attempt(&self, connection: &DatabaseConnection, rules: &Rules) -> Result<Answers> {
        let transaction = begin(connection).await?;
        let turn = Turn::new(&transaction, rules);
        let answers = Answers {
            checkpoints: page::checkpoint::checkpoint(turn, &items(&self.checkpoints)).await?,
            prepares: page::prepare::prepare(turn, &items(&self.prepares)).await?,
            finishes: run::finish::finish(turn, &items(&self.finishes)).await?,
            enqueues: run::enqueue::enqueue(turn, &items(&self.enqueues)).await?,
            leases: run::lease::lease(turn, &items(&self.leases)).await?,
        };
        transaction.commit().await.map_err(of_db)?;
        Ok(answers)
    }

    fn deliver(self, answers: Answers) {
        deal(self.checkpoints, answers.checkpoints);
        deal(self.prepares, answers.prepares);
        deal(self.finishes, answers.finishes);
        deal(self.enqueues, answers.enqueues);
        deal(self.leases, answers.leases);
    }

    fn refuse(self, error: &skarv_domain::Error) {
        for typed in self.into_members() {
            match typed {
                Typed::Checkpoint(ask) => drop(ask.answer.send(Err(error.clone()))),
                Typed::Prepare(ask) => drop(ask.answer.send(Err(error.clone()))),
                Typed::Finish(ask) => drop(ask.answer.send(Err(error.clone()))),
                Typed::Enqueue(ask) => drop(ask.answer.send(Err(error.clone()))),
                Typed::Lease(ask) => drop(ask.answer.send(Err(error.clone()))),
            }
        }
    }

    fn into_members(self) -> impl Iterator<Item = Typed> {
        let checkpoints = self.checkpoints.into_iter().map(Typed::Checkpoint);
        let prepares = self.prepares.into_iter().map(Typed::Prepare);
        let finishes = self.finishes.into_iter().map(Typed::Finish);
        let enqueues = self.enqueues.into_iter().map(Typed::Enqueue);
        let leases = self.leases.into_iter().map(Typed::Lease);
        checkpoints
            .chain(prepares)
            .chain(finishes)
            .chain(enqueues)
            .chain(leases)
    }
}

fn items<I, O>(asks: &[Ask<I, O>]) -> Vec<&I> {
    asks.iter().flat_map(|ask| &ask.items).collect()
}

/// Gives every ask as many answers as it had items. A caller that went away does not want them any more.
fn deal<I, O>(asks: Vec<Ask<I, O>>, answers: Vec<O>) {
    let mut answers = answers.into_iter();
    for ask in asks {
        let own = answers.by_ref().take(ask.items.len()).collect();
        drop(ask.answer.send(Ok(own)));
    }
}
