//! Agents on threads of their own. An agent has one thread for everything it does, lease keeper included, so holding that
//! thread freezes it as a stopped process is frozen; and leaving it held for ever is a dead one.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use anyhow::Context;
use skarv_agent::{AgentConfig, Registry, flow::Observer};
use skarv_canonical::{
    record::{Pulled, Record},
    write::{Entity, Write},
};
use tokio::sync::{mpsc, oneshot};

/// A moment inside a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A page is read, and nothing has become of it.
    AfterRead,
    /// A write is granted and about to be sent.
    BeforePut,
    /// The target has taken a write; nothing is settled yet.
    AfterPut,
}

/// So many invoices pass before one is held: the first wait for the chart of accounts, and a frozen agent that wakes up
/// there hears that its lease is lost before it gets to sending. A later one is sent at once, if nothing stops it.
const PASS: usize = 5;

/// Freezes the agent the first time that a write of one entity, after a few others, reaches a moment.
pub struct Moments {
    at: Moment,
    entity: Entity,
    pass: usize,
    passed: AtomicUsize,
    reached: mpsc::UnboundedSender<String>,
    thaw: Mutex<Option<Receiver<()>>>,
}

/// Holds a frozen agent. Dropping it thaws the agent too.
pub struct Frozen {
    reached: mpsc::UnboundedReceiver<String>,
    thaw: Sender<()>,
}

impl Moments {
    /// An observer that freezes at this moment of an invoice, and what to wait and thaw with.
    pub fn freeze_at(at: Moment) -> (Arc<Self>, Frozen) {
        Self::freeze_after(PASS, at, Entity::Invoice)
    }

    /// An observer that lets so many writes of an entity pass, and freezes at this moment of the next.
    pub fn freeze_after(pass: usize, at: Moment, entity: Entity) -> (Arc<Self>, Frozen) {
        let (reached, reached_end) = mpsc::unbounded_channel();
        let (thaw, thaw_end) = channel();
        let moments = Self {
            at,
            entity,
            pass,
            passed: AtomicUsize::new(0),
            reached,
            thaw: Mutex::new(Some(thaw_end)),
        };
        (
            Arc::new(moments),
            Frozen {
                reached: reached_end,
                thaw,
            },
        )
    }

    fn reach(&self, moment: Moment, entity: &Entity, key: &str) {
        if moment != self.at || *entity != self.entity {
            return;
        }
        if self.passed.fetch_add(1, Ordering::Relaxed) < self.pass {
            return;
        }
        let held = self.thaw.lock().ok().and_then(|mut thaw| thaw.take());
        if let Some(thaw) = held {
            self.reached.send(key.to_owned()).ok();
            // blocks the agent's only thread; an error means that the story has let go
            thaw.recv().ok();
        }
    }
}

impl Frozen {
    /// Waits until the agent is frozen; returns our key of the write it holds.
    pub async fn reached(&mut self) -> anyhow::Result<String> {
        self.reached
            .recv()
            .await
            .context("the agent ended before it reached the moment")
    }

    /// Lets the agent go on.
    pub fn thaw(self) {
        self.thaw.send(()).ok();
    }
}

impl Observer for Moments {
    fn after_read(&self, records: &[Pulled]) {
        let of_stock = |record: &&Pulled| matches!(record.content, Ok(Record::Stock(_)));
        if let Some(level) = records.iter().find(of_stock) {
            self.reach(Moment::AfterRead, &Entity::Stock, &level.source_key);
        }
    }

    fn before_put(&self, write: &Write) {
        self.reach(Moment::BeforePut, &write.entity(), &write.our_key);
    }

    fn after_put(&self, write: &Write) {
        self.reach(Moment::AfterPut, &write.entity(), &write.our_key);
    }
}

/// An agent on a thread of its own.
pub struct AgentThread {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl AgentThread {
    /// Starts it; returns once it is registered.
    pub async fn start(config: AgentConfig) -> anyhow::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let agent = skarv_agent::start(config, Registry::standard()).await?;
                ready.send(()).ok();
                // an error means that the story has ended; the agent ends as well either way
                stopped.await.ok();
                agent.drain().await;
                anyhow::Ok(())
            })
        });
        match is_ready.await {
            Ok(()) => Ok(Self { stop, thread }),
            Err(_) => match thread.join() {
                Ok(Err(error)) => Err(error.context("starting an agent")),
                _ => anyhow::bail!("the agent ended before it was registered"),
            },
        }
    }

    /// Lets it finish what it holds and waits until it is gone.
    pub async fn drain(self) -> anyhow::Result<()> {
        self.stop.send(()).ok();
        let thread = self.thread;
        let ended = tokio::task::spawn_blocking(move || thread.join()).await?;
        ended.map_err(|_| anyhow::anyhow!("the agent panicked"))?
    }
}
