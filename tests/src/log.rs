//! All that a process logs, at every level of every library, kept line by line. A line that comes again is kept once.

use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{MakeWriter, format::FmtSpan},
    util::SubscriberInitExt,
};

/// What was logged so far.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<HashSet<Vec<u8>>>>);

impl Log {
    /// Listens to the whole process from now on, the `log` crate's records included. Once per process.
    pub fn of_this_process() -> anyhow::Result<Self> {
        let log = Self::default();
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .without_time()
            .with_ansi(false)
            .with_writer(log.clone())
            .finish()
            .try_init()?;
        Ok(log)
    }

    /// Every line, in no order.
    pub fn bytes(&self) -> Vec<u8> {
        self.lines().iter().flatten().copied().collect()
    }

    fn lines(&self) -> MutexGuard<'_, HashSet<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for Log {
    /// One event: the formatter writes it whole.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.lines().insert(event.to_vec());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
