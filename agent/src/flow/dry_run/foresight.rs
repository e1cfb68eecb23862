//! What would stand by now, had the records before been carried: what later ones of the same dry run meet.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use skarv_canonical::{
    customer::{CustomerCard, Identity},
    write::{Document, Write},
};
use skarv_connector::{Found, Preview};

use super::{DryRun, tell::Telling};
use crate::flow::{
    control::{Checkpoint, Grant, Question, SettledWrite, Verdict},
    put::{Key, key},
};

/// What was foreseen so far.
#[derive(Default)]
pub(super) struct Foresight(Mutex<State>);

#[derive(Default)]
struct State {
    /// What records that are settled left.
    standing: HashMap<Key, SettledWrite>,
    /// Cards that would have been made.
    cards: Vec<CustomerCard>,
    /// What writes would do whose records are not settled yet.
    previews: HashMap<Key, Preview>,
    telling: Telling,
}

impl Foresight {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The verdict on a write that an earlier record left something of; `None` when none did.
    pub(super) fn verdict(&self, question: &Question, grant: Grant) -> Option<Verdict> {
        let key = (question.entity.clone(), question.our_key.clone());
        let state = self.state();
        let left = state.standing.get(&key)?;
        let foreign_id = left.foreign_id.clone();
        Some(match left.fingerprint == question.fingerprint {
            _ if left.unknown => Verdict::Unknown,
            true => Verdict::Unchanged { foreign_id },
            false => Verdict::Linked { foreign_id, grant },
        })
    }

    /// Keeps what a write would do.
    pub(super) fn note(&self, write: &Write, preview: Preview) {
        let mut state = self.state();
        if let Document::Customer(card) = &write.document {
            state.cards.push((**card).clone());
        }
        state.previews.insert(key(write), preview);
    }

    /// The card that would have been made of this buyer, by what a card is recognised by: an e-mail address counts among
    /// buyers of one kind.
    pub(super) fn card_of(&self, write: &Write) -> Option<Found> {
        let Document::Customer(card) = &write.document else {
            return None;
        };
        let state = self.state();
        let known_by = card.identities();
        let is_buyers = |made: &CustomerCard| {
            let counts = |identity: &Identity| match identity {
                Identity::OrgNumber(_) => true,
                Identity::Email(_) => made.customer.kind == card.customer.kind,
            };
            let theirs = made.identities();
            known_by
                .iter()
                .any(|identity| counts(identity) && theirs.contains(identity))
        };
        state.cards.iter().any(is_buyers).then(|| Found {
            foreign_id: String::new(),
            mismatch: None,
        })
    }

    /// Takes in what a page would have settled.
    pub(super) fn settle(&self, checkpoint: Checkpoint) {
        let mut state = self.state();
        for outcome in checkpoint.outcomes {
            for write in &outcome.writes {
                let key = (write.entity.clone(), write.our_key.clone());
                state.standing.insert(key, write.clone());
            }
            let State {
                previews, telling, ..
            } = &mut *state;
            telling.take(outcome, previews);
        }
        state.previews.clear();
    }

    /// Everything that was foreseen.
    pub(super) fn tell(&self) -> DryRun {
        std::mem::take(&mut self.state().telling).told()
    }
}
