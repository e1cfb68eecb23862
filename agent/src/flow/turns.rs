//! Cards of buyers who may be one and the same take turns: two guests with one e-mail address become one card.
//!
//! Each looks for a card before it makes one, and would not see the one that the other is about to make.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use skarv_canonical::{
    customer::Identity,
    write::{Document, Write},
};
use tokio::{
    sync::{Mutex as Place, OwnedMutexGuard},
    time::Instant,
};

use super::{
    control::Verdict,
    end::{End, How},
};

/// Who is at work on cards of a slice, by what their buyers are recognised by.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<Identity, Arc<Place<Seen>>>>);

/// When the target's search sees the last card that was made, if one was.
type Seen = Option<Instant>;

/// The right to look for a card and to make it.
pub(super) struct Turn(Vec<OwnedMutexGuard<Seen>>);

impl Turns {
    /// Waits until nobody else is at work on a card of such a buyer, and what they made can be found.
    pub(super) async fn take(&self, write: &Write, verdict: &Verdict) -> Turn {
        let mut held = Vec::new();
        for place in self.places(write, verdict) {
            held.push(place.lock_owned().await);
        }
        if let Some(seen_at) = held.iter().filter_map(|seen| **seen).max() {
            tokio::time::sleep_until(seen_at).await;
        }
        Turn(held)
    }

    /// In one order for everybody, so that nobody waits in a circle. None for what is not going to be made.
    fn places(&self, write: &Write, verdict: &Verdict) -> Vec<Arc<Place<Seen>>> {
        let identities = match verdict {
            Verdict::Unchanged { .. } | Verdict::Linked { .. } | Verdict::Unknown => BTreeSet::new(),
            _ => buyers(write),
        };
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        identities
            .into_iter()
            .map(|identity| Arc::clone(places.entry(identity).or_default()))
            .collect()
    }
}

/// What the buyer of a card is looked for by; nothing for other writes, and for cards that are not looked for.
pub(super) fn buyers(write: &Write) -> BTreeSet<Identity> {
    match &write.document {
        Document::Customer(card) if card.match_existing => card.identities().into_iter().collect(),
        _ => BTreeSet::new(),
    }
}

impl Turn {
    /// Ends the turn. A card that was made is seen by the target's search only after a while.
    pub(super) fn over(mut self, end: &End, visible_after: Duration) {
        if matches!(end, End::Stands { how: How::Made, .. }) {
            let seen_at = Instant::now() + visible_after;
            self.0.iter_mut().for_each(|seen| **seen = Some(seen_at));
        }
    }
}
