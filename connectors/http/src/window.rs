//! The span in which a write that must not happen twice may leave.
//!
//! Invariant: a call let through is over, with its whole time limit, before the grant behind it ends. Two clocks
//! must agree on that: the monotonic one stands still while a machine is suspended, and the wall clock can be
//! set, so neither is trusted alone. Granting a window is the control plane's matter.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// How far the wall clock may fall behind the monotonic one before it no longer vouches for anything.
const MAX_LAG: TimeDelta = TimeDelta::seconds(1);

/// A granted duration, counted from before the grant was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendWindow {
    asked: Instant,
    asked_wall: DateTime<Utc>,
    length: Duration,
}

impl SendWindow {
    /// `asked` and `asked_wall` are read *before* the grant is asked for: the answer's travel time is then
    /// never counted as ours.
    #[must_use]
    pub fn new(asked: impl Into<Instant>, asked_wall: DateTime<Utc>, length: Duration) -> Self {
        Self {
            asked: asked.into(),
            asked_wall,
            length,
        }
    }

    /// What is left by the clock that has moved more; nothing when the wall clock was set back.
    #[must_use]
    pub fn remaining(&self, now: Instant, wall: DateTime<Utc>) -> Duration {
        let elapsed = now.saturating_duration_since(self.asked);
        let elapsed_wall = wall.signed_duration_since(self.asked_wall);
        if TimeDelta::from_std(elapsed).is_ok_and(|e| elapsed_wall + MAX_LAG < e) {
            return Duration::ZERO;
        }
        let elapsed = elapsed.max(elapsed_wall.to_std().unwrap_or(Duration::ZERO));
        self.length.saturating_sub(elapsed)
    }

    pub(crate) fn admits(&self, timeout: Duration, now: Instant, wall: DateTime<Utc>) -> bool {
        let remaining = self.remaining(now, wall);
        !remaining.is_zero() && timeout <= remaining
    }
}

/// The time of day. Closures are clocks too.
pub trait WallClock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;
}

impl<F: Fn() -> DateTime<Utc> + Send + Sync> WallClock for F {
    fn now(&self) -> DateTime<Utc> {
        self()
    }
}

/// The host's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemWall;

impl WallClock for SystemWall {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the clock that is passed in everywhere else"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    struct Moment {
        asked: Instant,
        wall: DateTime<Utc>,
        window: SendWindow,
    }

    fn asked() -> Moment {
        let (asked, wall) = (Instant::now(), DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        Moment {
            asked,
            wall,
            window: SendWindow::new(asked, wall, MINUTE),
        }
    }

    impl Moment {
        /// what is left once the monotonic and the wall clock have moved this many seconds
        fn left(&self, monotonic: u64, wall: i64) -> u64 {
            let now = self.asked + Duration::from_secs(monotonic);
            self.window
                .remaining(now, self.wall + TimeDelta::seconds(wall))
                .as_secs()
        }
    }

    #[test]
    fn the_clock_that_moved_more_decides() {
        let m = asked();
        assert_eq!(
            (m.left(0, 0), m.left(10, 10), m.left(10, 25), m.left(10, 9)),
            (60, 50, 35, 50)
        );
        assert_eq!((m.left(60, 60), m.left(61, 61), m.left(3, 7200)), (0, 0, 0));
    }

    #[test]
    fn a_wall_clock_set_back_closes_the_window() {
        let m = asked();
        assert_eq!(
            (m.left(10, 8), m.left(10, 0), m.left(2, -3600), m.left(0, -2)),
            (0, 0, 0, 0)
        );
    }

    #[test]
    fn the_whole_time_limit_must_fit() {
        let m = asked();
        let at = |seconds: u64| {
            let wall = m.wall + TimeDelta::seconds(seconds as i64);
            m.window.admits(
                Duration::from_secs(30),
                m.asked + Duration::from_secs(seconds),
                wall,
            )
        };
        assert_eq!((at(0), at(30), at(31), at(90)), (true, true, false, false));
        assert!(
            !m.window
                .admits(Duration::ZERO, m.asked + MINUTE, m.wall + TimeDelta::seconds(60))
        );
    }
}
