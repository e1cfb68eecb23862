//! When to try again, by what kind of trouble it was. Jitter is passed in, so that a decision can be repeated.

use std::time::Duration;

use skarv_canonical::Class;

/// Tries after which a run fails for good and its stream waits for the next scheduled one.
pub const MAX_RUN_ATTEMPTS: u32 = 8;

/// Tries after which a parked record waits for a person.
pub const MAX_RECORD_ATTEMPTS: u32 = 8;

/// Leases that may expire in a row before a run is put off: an agent that dies is not the run's fault, a run that kills
/// agents is.
pub const FREE_EXPIRIES: u32 = 3;

const RUN_CAP: Duration = Duration::from_secs(15 * 60);
const RECORD_CAP: Duration = Duration::from_secs(6 * 3600);

/// How long to wait before a run is tried again; `None` when trying again by itself cannot help. `attempt` counts from 1;
/// `jitter` is between 0 and 1.
pub fn run_backoff(class: Class, attempt: u32, jitter: f64) -> Option<Duration> {
    let base = match class {
        Class::Transient => Duration::from_secs(5),
        Class::RateLimited => Duration::from_secs(30),
        Class::Credentials | Class::Configuration | Class::Data | Class::UnknownOutcome => return None,
    };
    (attempt < MAX_RUN_ATTEMPTS).then(|| spread(doubled(base, attempt, RUN_CAP), jitter))
}

/// How long to wait before a run whose lease expired may be leased again. `attempt` counts the expiries, from 1.
pub fn expiry_backoff(attempt: u32, jitter: f64) -> Duration {
    match attempt.checked_sub(FREE_EXPIRIES) {
        None | Some(0) => Duration::ZERO,
        Some(over) => spread(doubled(Duration::from_secs(10), over, RUN_CAP), jitter),
    }
}

/// How long to wait before a parked record is sent again, `base` being what its agent asked for; `None` when it has had its
/// tries. `attempt` counts from 1.
pub fn record_backoff(base: Duration, attempt: u32) -> Option<Duration> {
    (attempt < MAX_RECORD_ATTEMPTS).then(|| doubled(base, attempt, RECORD_CAP))
}

fn doubled(base: Duration, attempt: u32, cap: Duration) -> Duration {
    let factor = 2_u32.saturating_pow(attempt.saturating_sub(1).min(20));
    base.saturating_mul(factor).min(cap)
}

/// Between half and all of it, so that many that failed together do not come back together.
fn spread(wait: Duration, jitter: f64) -> Duration {
    wait.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stop_growing() {
        let waits: Vec<_> = (1..MAX_RUN_ATTEMPTS)
            .filter_map(|n| run_backoff(Class::Transient, n, 1.0))
            .collect();
        assert!(waits.is_sorted());
        assert_eq!(waits[0], Duration::from_secs(5));
        assert!(waits.iter().all(|wait| *wait <= RUN_CAP));
        assert_eq!(run_backoff(Class::Transient, MAX_RUN_ATTEMPTS, 1.0), None);
    }

    #[test]
    fn what_needs_a_person_is_not_tried_again() {
        for class in [
            Class::Credentials,
            Class::Configuration,
            Class::Data,
            Class::UnknownOutcome,
        ] {
            assert_eq!(run_backoff(class, 1, 0.5), None, "{class:?}");
        }
    }

    #[test]
    fn the_first_expired_leases_cost_nothing() {
        assert_eq!(expiry_backoff(FREE_EXPIRIES, 1.0), Duration::ZERO);
        assert_eq!(expiry_backoff(FREE_EXPIRIES + 1, 1.0), Duration::from_secs(10));
        assert_eq!(expiry_backoff(FREE_EXPIRIES + 2, 0.0), Duration::from_secs(10));
    }

    #[test]
    fn a_record_gets_eight_tries_in_all() {
        let base = Duration::from_millis(200);
        assert_eq!(record_backoff(base, 1), Some(base));
        assert_eq!(record_backoff(base, 3), Some(base * 4));
        assert_eq!(record_backoff(base, MAX_RECORD_ATTEMPTS), None);
        assert_eq!(record_backoff(Duration::from_secs(3600), 7), Some(RECORD_CAP));
    }
}
