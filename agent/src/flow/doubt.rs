//! Writes of this slice whose request may still be at work in the target, and until when.
//!
//! A write can come twice in a slice: a card that two orders share, an order that changed meanwhile. Whoever meets it the
//! second time must know that a look-up that finds nothing settles nothing yet.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use skarv_canonical::write::Write;
use tokio::time::Instant;

use super::put::{Key, key};

/// Until when each write is in doubt.
#[derive(Debug, Default)]
pub struct Doubts(Mutex<HashMap<Key, Instant>>);

impl Doubts {
    fn all(&self) -> MutexGuard<'_, HashMap<Key, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, write: &Write, settles_at: Instant) {
        self.all().insert(key(write), settles_at);
    }

    pub(super) fn settles_at(&self, write: &Write) -> Option<Instant> {
        self.all().get(&key(write)).copied()
    }

    pub(super) fn clear(&self, write: &Write) {
        self.all().remove(&key(write));
    }
}
