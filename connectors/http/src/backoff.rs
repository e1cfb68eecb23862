//! Exponential backoff with full jitter, as a function of the attempt and a random number.
//!
//! Full jitter spreads callers that failed together over the whole span, so that they do not come back
//! together. The caller brings the random number and does the waiting.

use std::time::Duration;

/// The delay before attempt `n` is anywhere in `0 ..= min(cap, base × 2ⁿ)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    pub base: Duration,
    pub cap: Duration,
}

impl Backoff {
    #[must_use]
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap }
    }

    /// `attempt` counts from 0; `rand01` is uniform in `0.0 ..= 1.0` (anything else counts as 1).
    #[must_use]
    pub fn delay(&self, attempt: u32, rand01: f64) -> Duration {
        let ceiling = self
            .base
            .saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX))
            .min(self.cap);
        let share = if (0.0..=1.0).contains(&rand01) {
            rand01
        } else {
            1.0
        };
        Duration::try_from_secs_f64(ceiling.as_secs_f64() * share).unwrap_or(ceiling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(60));

    #[test]
    fn the_ceiling_doubles_until_the_cap() {
        let ceilings: Vec<u64> = (0..9).map(|n| BACKOFF.delay(n, 1.0).as_millis() as u64).collect();
        assert_eq!(
            ceilings,
            [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]
        );
    }

    #[test]
    fn jitter_covers_the_whole_span() {
        assert_eq!(BACKOFF.delay(3, 0.0), Duration::ZERO);
        assert_eq!(BACKOFF.delay(3, 0.25), Duration::from_secs(1));
    }

    #[test]
    fn absurd_input_never_panics_and_never_passes_the_cap() {
        for rand01 in [f64::NAN, f64::INFINITY, -1.0, 2.0, 1.0] {
            assert_eq!(BACKOFF.delay(u32::MAX, rand01), BACKOFF.cap);
        }
        let boundless = Backoff::new(Duration::MAX, Duration::MAX);
        assert!(boundless.delay(40, 1.0) <= Duration::MAX);
    }
}
