//! The two ways a process is told to end: SIGTERM, and Ctrl-C.
//!
//! They are listened for before anything is announced, so that whoever reads the announcement may stop the process at once.

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears the word to stop.
#[derive(Debug)]
pub struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// From now on neither signal ends the process by itself.
    pub fn listen() -> anyhow::Result<Self> {
        let hear = |kind| signal(kind).context("cannot listen for the signal to stop");
        Ok(Self {
            terminate: hear(SignalKind::terminate())?,
            interrupt: hear(SignalKind::interrupt())?,
        })
    }

    /// Waits until the process is told to stop. Asked again, it waits for the next time.
    pub async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
