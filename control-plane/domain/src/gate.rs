//! How many requests a foreign system takes, and when: one row per connection, obeyed by every agent.
//!
//! Requests are reserved ahead in small chunks, each due one interval after the last, so a changed limit or a plea for a
//! slower pace counts at the next chunk. Nothing is saved up while a connection is idle.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::{after, until};

/// Nothing is reserved further ahead than this: ask again instead.
const HORIZON: Duration = Duration::from_secs(2);
/// The most that one chunk takes of the budget.
const CHUNK: Duration = Duration::from_secs(1);
/// How long after its last request is due a chunk is void.
const GRACE: Duration = Duration::from_secs(2);

/// How a connection is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Runs that may use it at a time.
    pub max_active: u32,
    /// Runs that use it.
    pub active: u32,
    /// Not to be used before this.
    pub blocked_until: DateTime<Utc>,
    /// When the last reserved request is over.
    pub tat: DateTime<Utc>,
    /// The least time between two requests.
    pub interval: Duration,
}

/// A chunk of a connection's request budget. All times count from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// How many requests. None means: ask again after the wait.
    pub count: u32,
    /// How long to wait before the first.
    pub wait: Duration,
    /// The least time between two.
    pub interval: Duration,
    /// After this the rest of the chunk is void.
    pub expires: Duration,
}

impl Gate {
    /// Whether one more run may use it.
    pub fn admits(&self, now: DateTime<Utc>) -> bool {
        self.active < self.max_active && self.blocked_until <= now
    }
}

/// Reserves at most `count` requests: the gate as it is then, and the chunk.
pub fn reserve(gate: Gate, count: u32, now: DateTime<Utc>) -> (Gate, Grant) {
    let interval = gate.interval;
    let start = gate.tat.max(gate.blocked_until).max(now);
    let wait = until(now, start);
    if wait > HORIZON {
        return (
            gate,
            Grant {
                count: 0,
                wait,
                interval,
                expires: wait,
            },
        );
    }
    let count = count.clamp(1, per_chunk(interval));
    let span = interval.saturating_mul(count);
    let grant = Grant {
        count,
        wait,
        interval,
        expires: wait + span + GRACE,
    };
    (
        Gate {
            tat: after(start, span),
            ..gate
        },
        grant,
    )
}

fn per_chunk(interval: Duration) -> u32 {
    let fits = CHUNK.as_micros() / interval.as_micros().max(1);
    u32::try_from(fits).unwrap_or(u32::MAX).clamp(1, 1_000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::from_micros;

    fn at(ms: u64) -> DateTime<Utc> {
        after(from_micros(1_770_000_000_000_000), Duration::from_millis(ms))
    }

    fn gate(interval_ms: u64) -> Gate {
        Gate {
            max_active: 2,
            active: 0,
            blocked_until: at(0),
            tat: at(0),
            interval: Duration::from_millis(interval_ms),
        }
    }

    #[test]
    fn a_chunk_is_at_most_a_second_of_budget() {
        let (after_it, grant) = reserve(gate(100), 50, at(0));
        assert_eq!((grant.count, grant.wait), (10, Duration::ZERO));
        assert_eq!(after_it.tat, at(1_000));
        assert_eq!(reserve(gate(5_000), 50, at(0)).1.count, 1);
    }

    #[test]
    fn a_blocked_connection_grants_nothing_until_it_is_near() {
        let blocked = Gate {
            blocked_until: at(10_000),
            ..gate(100)
        };
        assert_eq!(reserve(blocked, 5, at(0)).1.count, 0);
        assert_eq!(reserve(blocked, 5, at(9_000)).1.wait, Duration::from_secs(1));
    }

    #[test]
    fn full_or_blocked_admits_nobody() {
        assert!(gate(100).admits(at(0)));
        assert!(
            !Gate {
                active: 2,
                ..gate(100)
            }
            .admits(at(0))
        );
        assert!(
            !Gate {
                blocked_until: at(1),
                ..gate(100)
            }
            .admits(at(0))
        );
    }

    proptest! {
        #[test]
        fn a45_however_many_ask_the_pace_is_kept(
            asks in proptest::collection::vec((1..50_u32, 0..400_u64), 1..60), interval in 1..500_u64,
        ) {
            let (mut gate, mut now, mut last_due) = (gate(interval), 0, None::<DateTime<Utc>>);
            for (count, passes) in asks {
                let (next, grant) = reserve(gate, count, at(now));
                if grant.count > 0 {
                    let first = after(at(now), grant.wait);
                    if let Some(last) = last_due {
                        prop_assert!(first >= after(last, Duration::from_millis(interval)));
                    }
                    last_due = Some(after(first, grant.interval * (grant.count - 1)));
                }
                gate = next;
                now += passes;
            }
        }
    }
}
