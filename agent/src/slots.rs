//! Room for runs. A slot is taken before work is asked for, so that what is leased always has room.
//!
//! A quarter of the slots, at least one, never take a backfill: an initial load cannot keep orders waiting.

use tokio::sync::watch;

/// Free room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Free {
    pub(crate) slots: u32,
    /// Of them, for backfill.
    pub(crate) background: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    all: u32,
    background: u32,
}

/// All slots of an agent.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    total: u32,
    for_background: u32,
    taken: watch::Sender<Taken>,
}

impl Slots {
    pub(crate) fn new(total: u32) -> Self {
        let total = total.max(1);
        let kept_free = if total >= 2 { (total / 4).max(1) } else { 0 };
        Self {
            total,
            for_background: total - kept_free,
            taken: watch::Sender::new(Taken::default()),
        }
    }

    /// Waits until there is room.
    pub(crate) async fn free(&self) -> Free {
        let mut taken = self.taken.subscribe();
        // the sender is ours, so waiting ends only with room
        taken.wait_for(|taken| taken.all < self.total).await.ok();
        self.now_free()
    }

    fn now_free(&self) -> Free {
        let taken = *self.taken.borrow();
        let slots = self.total.saturating_sub(taken.all);
        Free {
            slots,
            background: self.for_background.saturating_sub(taken.background).min(slots),
        }
    }

    /// Takes a slot. What was leased is carried, even if more came than was asked for.
    pub(crate) fn take(&self, background: bool) -> Slot {
        let size = Taken {
            all: 1,
            background: u32::from(background),
        };
        self.taken.send_modify(|taken| {
            taken.all += size.all;
            taken.background += size.background;
        });
        Slot {
            size,
            taken: self.taken.clone(),
        }
    }
}

/// A slot that is taken until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    size: Taken,
    taken: watch::Sender<Taken>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.taken.send_modify(|taken| {
            taken.all -= self.size.all;
            taken.background -= self.size.background;
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn free(slots: u32, background: u32) -> Free {
        Free { slots, background }
    }

    #[test]
    fn a_quarter_but_at_least_one_is_kept_free_of_backfill() {
        let of = |total| Slots::new(total).now_free();
        assert_eq!(
            [of(1), of(2), of(3), of(8), of(9)],
            [free(1, 1), free(2, 1), free(3, 2), free(8, 6), free(9, 7)]
        );
    }

    #[test]
    fn backfill_leaves_its_share_to_others_and_others_may_take_everything() {
        let slots = Slots::new(4);
        let backfills: Vec<_> = (0..3).map(|_| slots.take(true)).collect();
        assert_eq!(slots.now_free(), free(1, 0));
        drop(backfills);
        let _live: Vec<_> = (0..3).map(|_| slots.take(false)).collect();
        assert_eq!(slots.now_free(), free(1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_agent_asks_again_once_a_slot_is_given_back() {
        let slots = Slots::new(1);
        let slot = slots.take(false);
        assert!(
            tokio::time::timeout(Duration::from_secs(60), slots.free())
                .await
                .is_err()
        );
        drop(slot);
        assert_eq!(slots.free().await, free(1, 1));
    }
}
