//! Moments inside a run that nothing outside can see: when a page is read, before a write leaves, and between its answer and the
//! checkpoint.
//!
//! What happens to an agent in these moments decides whether an invoice is made once or twice, so tests must be able to
//! hold them. Production runs unobserved.

use skarv_canonical::{record::Pulled, write::Write};

/// Sees the moments of a run. May block the calling thread: that is how a frozen process behaves.
pub trait Observer: Send + Sync {
    /// A page is read and nothing has become of it.
    fn after_read(&self, _records: &[Pulled]) {}

    /// A write is granted and about to be handed to its sink.
    fn before_put(&self, write: &Write);

    /// The target has answered that the write stands; nothing is settled yet.
    fn after_put(&self, write: &Write);
}

/// Sees nothing.
#[derive(Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn before_put(&self, _write: &Write) {}

    fn after_put(&self, _write: &Write) {}
}
