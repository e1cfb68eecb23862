//! When a stream is due, and when a request for it must be followed by another run.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::after;

/// When a stream is due after it was due at `due`. It keeps its beat; beats that were missed are not made up for.
pub fn next_due(due: DateTime<Utc>, interval: Duration, now: DateTime<Utc>) -> DateTime<Utc> {
    let next = after(due, interval);
    if next > now { next } else { after(now, interval) }
}

/// Whether a stream must run again after a run that noted `noted` requests when it was first leased. A run that was never
/// leased has noted none, and its end answers none.
pub fn must_follow(wanted: u64, noted: Option<u64>) -> bool {
    noted.is_some_and(|noted| wanted > noted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::from_micros;

    #[test]
    fn a_stream_keeps_its_beat_and_does_not_catch_up() {
        let at = |s: i64| from_micros(1_770_000_000_000_000 + s * 1_000_000);
        let minute = Duration::from_secs(60);
        assert_eq!(next_due(at(0), minute, at(2)), at(60));
        assert_eq!(next_due(at(0), minute, at(600)), at(660));
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Request,
        Lease,
        Yield,
        Finish,
    }

    /// A stream as the store keeps it: a counter, and one run that is queued (`Some(None)`) or has noted a number.
    #[derive(Debug, Default)]
    struct Model {
        time: u64,
        wanted: u64,
        run: Option<Queued>,
        last_request: Option<u64>,
        last_start: Option<u64>,
    }

    #[derive(Debug, Default)]
    struct Queued {
        noted: Option<u64>,
        leased: bool,
    }

    impl Model {
        fn step(&mut self, step: Step) {
            self.time += 1;
            match (step, self.run.as_mut()) {
                (Step::Request, run) => {
                    self.wanted += 1;
                    self.last_request = Some(self.time);
                    if run.is_none() {
                        self.run = Some(Queued::default());
                    }
                }
                (Step::Lease, Some(run)) if !run.leased => {
                    if run.noted.is_none() {
                        run.noted = Some(self.wanted);
                        self.last_start = Some(self.time);
                    }
                    run.leased = true;
                }
                (Step::Yield, Some(run)) => run.leased = false,
                (Step::Finish, Some(run)) if run.leased => {
                    let again = must_follow(self.wanted, run.noted);
                    self.run = again.then(Queued::default);
                }
                (Step::Lease | Step::Yield | Step::Finish, _) => {}
            }
        }
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![3 => Just(Step::Request), 2 => Just(Step::Lease), 1 => Just(Step::Yield), 2 => Just(Step::Finish)];
        proptest::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn the_last_request_is_followed_by_a_run_that_started_after_it(steps in steps()) {
            let mut model = Model::default();
            steps.into_iter().for_each(|step| model.step(step));
            // then agents do what is queued, and nobody asks for more
            for _ in 0..4 {
                model.step(Step::Lease);
                model.step(Step::Finish);
            }
            prop_assert!(model.run.is_none());
            prop_assert!(model.last_request.is_none() || model.last_start > model.last_request);
        }
    }
}
