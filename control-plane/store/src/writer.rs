//! The task that owns the one writing connection.
//!
//! Four typed operations (enqueue, lease, pages and finish) that wait at the same moment are carried out in one transaction,
//! each kind by statements over the whole group; when a group fails, its members are tried again one by one, so that one
//! bad member never harms another. Every other change is a transaction of its own, in its turn. Nothing is answered before
//! it is committed.

use std::sync::Arc;

use futures::future::BoxFuture;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use skarv_domain::{Error, Result};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::{
    error::of_db,
    group::{Ask, Group, Typed},
    open::Store,
    turn::{Rules, Turn},
};

/// Jobs that may wait; beyond that callers wait to hand theirs in.
const QUEUE: usize = 1024;
/// Typed jobs in one transaction.
const GROUP: usize = 256;

type Change = Box<dyn for<'c> FnOnce(&'c DatabaseConnection) -> BoxFuture<'c, ()> + Send>;

pub(crate) enum Job {
    /// A transaction of its own.
    Change(Change),
    /// One that may share a transaction.
    Typed(Typed),
}

/// The way to the writing task.
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
    stop: Mutex<Option<(oneshot::Sender<()>, tokio::task::JoinHandle<()>)>>,
}

impl Writer {
    pub(crate) fn start(connection: DatabaseConnection, rules: Arc<Rules>) -> Self {
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(write_all(connection, rules, inbox, stopped));
        Self {
            jobs,
            stop: Mutex::new(Some((stop, task))),
        }
    }

    pub(crate) async fn hand_in(&self, job: Job) -> Result<()> {
        self.jobs.send(job).await.map_err(|_| closed())
    }

    pub(crate) async fn stop(&self) {
        if let Some((stop, task)) = self.stop.lock().await.take() {
            // the task may have ended by itself: then there is nothing to stop
            drop(stop);
            if let Err(error) = task.await {
                tracing::error!(%error, "the writing task ended badly");
            }
        }
    }
}

pub(crate) fn closed() -> Error {
    Error::Unavailable {
        problem: "the store is closed".to_owned(),
        retry: std::time::Duration::from_secs(1),
    }
}

impl Store {
    /// Carries out a change in a transaction of its own. With `keep` false it is rolled back after it succeeded: a check.
    pub(crate) async fn change<T, F>(&self, keep: bool, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(Turn<'c>) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let rules = Arc::clone(&self.0.rules);
        let job: Change = Box::new(move |connection| {
            Box::pin(async move {
                // a caller that went away does not want the answer any more
                drop(answer.send(in_transaction(connection, &rules, keep, change).await));
            })
        });
        self.0.writer.hand_in(Job::Change(job)).await?;
        answered.await.map_err(|_| closed())?
    }

    /// Hands in items of a typed operation and waits for their answers, in order.
    pub(crate) async fn typed<I, O>(&self, items: Vec<I>, wrap: fn(Ask<I, O>) -> Typed) -> Result<Vec<O>> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        self.0
            .writer
            .hand_in(Job::Typed(wrap(Ask { items, answer })))
            .await?;
        answered.await.map_err(|_| closed())?
    }
}

/// Begins at once as the writer, so that what is read inside cannot change before the commit.
pub(crate) async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    connection.begin_with_options(options).await.map_err(of_db)
}

/// Carries out a change on this connection, and keeps it or not.
pub(crate) async fn in_transaction<T, F>(
    connection: &DatabaseConnection,
    rules: &Rules,
    keep: bool,
    change: F,
) -> Result<T>
where
    F: for<'c> FnOnce(Turn<'c>) -> BoxFuture<'c, Result<T>>,
{
    let transaction = begin(connection).await?;
    let done = change(Turn::new(&transaction, rules)).await;
    if keep && done.is_ok() {
        transaction.commit().await.map_err(of_db)?;
    } else {
        transaction.rollback().await.map_err(of_db)?;
    }
    done
}

async fn write_all(
    connection: DatabaseConnection,
    rules: Arc<Rules>,
    mut inbox: mpsc::Receiver<Job>,
    mut stopped: oneshot::Receiver<()>,
) {
    loop {
        tokio::select! {
            biased;
            job = inbox.recv() => match job {
                Some(job) => carry_out(&connection, &rules, job, &mut inbox).await,
                None => break,
            },
            _ = &mut stopped => break,
        }
    }
    inbox.close();
    while let Some(job) = inbox.recv().await {
        carry_out(&connection, &rules, job, &mut inbox).await;
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the writing connection did not close");
    }
}

async fn carry_out(
    connection: &DatabaseConnection,
    rules: &Arc<Rules>,
    job: Job,
    inbox: &mut mpsc::Receiver<Job>,
) {
    match job {
        Job::Change(change) => change(connection).await,
        Job::Typed(first) => write_group(connection, rules, first, inbox).await,
    }
}

/// Takes the typed jobs that wait already, in the order they came, up to the first that is something else.
async fn write_group(
    connection: &DatabaseConnection,
    rules: &Rules,
    first: Typed,
    inbox: &mut mpsc::Receiver<Job>,
) {
    let mut group = Group::of(first);
    let mut then = None;
    while group.len() < GROUP {
        match inbox.try_recv() {
            Ok(Job::Typed(typed)) => group.add(typed),
            Ok(Job::Change(change)) => {
                then = Some(change);
                break;
            }
            Err(_) => break,
        }
    }
    group.carry_out(connection, rules).await;
    if let Some(change) = then {
        change(connection).await;
    }
}
