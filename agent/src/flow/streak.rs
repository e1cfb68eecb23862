//! Trouble with settings, record after record: when it is everybody's, the stream stops, and no storm of parked records follows.
//!
//! It is judged at the end of a page, so what got through after it counts for the others: then it is the trouble of those
//! records alone, and they park.

use skarv_canonical::{Class, Reason};

/// So many records in a row with the same configuration reason, what it names included, stop the stream.
const IN_A_ROW: usize = 3;

/// So many do when each names something else: a financial year for every day, an account for every country.
const ALIKE: usize = 10;

/// How many records without one that got through show that nothing gets through.
const NOTHING_THROUGH: usize = 50;

/// How a record counts.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    /// It got through, or its trouble is of another kind: the row is broken.
    Breaks { through: bool },
    /// It was not sent, and says nothing about the settings.
    Silent,
    /// Its trouble is with the settings. `by_itself` says that the record alone tells so, without the target: another
    /// country, another tax, and it may be different.
    Trouble { reason: &'a Reason, by_itself: bool },
}

/// Configuration reasons in a row, across pages.
#[derive(Debug, Default)]
pub(super) struct Streak {
    reason: Option<Reason>,
    /// In a row with that very reason.
    same: usize,
    /// In a row with its code.
    alike: usize,
    /// Whether the target refused one of them.
    refused: bool,
    /// Records since the last that got through; none has yet without.
    since_through: Option<usize>,
}

impl Streak {
    /// Counts a record in.
    pub(super) fn after(&mut self, step: Step<'_>) {
        let (reason, by_itself) = match step {
            Step::Silent => return,
            Step::Breaks { through } => {
                let since = self.since_through.map(|records| records + 1);
                let since_through = if through { Some(0) } else { since };
                *self = Self {
                    since_through,
                    ..Self::default()
                };
                return;
            }
            Step::Trouble { reason, by_itself } => (reason, by_itself),
        };
        let alike = self.reason.as_ref().is_some_and(|last| last.code == reason.code);
        let same = self.reason.as_ref() == Some(reason);
        self.alike = if alike { self.alike + 1 } else { 1 };
        self.same = if same { self.same + 1 } else { 1 };
        self.refused = (alike && self.refused) || !by_itself;
        self.since_through = self.since_through.map(|records| records + 1);
        self.reason = Some(reason.clone());
    }

    /// Why the stream must stop, if it must.
    pub(super) fn stops(&self) -> Option<&Reason> {
        let long = self.same >= IN_A_ROW || self.alike >= ALIKE;
        let others_pass = self
            .since_through
            .is_some_and(|records| records < NOTHING_THROUGH);
        let theirs_alone = others_pass && !self.refused;
        self.reason.as_ref().filter(|_| long && !theirs_alone)
    }
}

/// Whether a reason is trouble with the settings.
pub(super) fn is_of_settings(reason: &Reason) -> bool {
    reason.class == Class::Configuration
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(country: &str) -> Reason {
        Reason::configuration("account_missing").with("country", country)
    }

    fn streak(steps: &[Option<(Reason, bool)>]) -> Streak {
        let mut streak = Streak::default();
        for step in steps {
            streak.after(match step {
                None => Step::Breaks { through: true },
                Some((reason, by_itself)) => Step::Trouble {
                    reason,
                    by_itself: *by_itself,
                },
            });
        }
        streak
    }

    fn by_themselves(countries: &[&str]) -> Vec<Option<(Reason, bool)>> {
        countries
            .iter()
            .map(|country| (!country.is_empty()).then(|| (missing(country), true)))
            .collect()
    }

    #[test]
    fn the_same_reason_three_times_in_a_row_stops() {
        assert_eq!(streak(&by_themselves(&["NO", "NO"])).stops(), None);
        assert_eq!(
            streak(&by_themselves(&["NO", "NO", "NO"])).stops(),
            Some(&missing("NO"))
        );
    }

    #[test]
    fn the_account_that_one_country_lacks_stops_nobody_while_others_get_through() {
        let mut orders = vec!["", "NO", "NO", "NO"];
        assert_eq!(streak(&by_themselves(&orders)).stops(), None);
        orders.resize(60, "NO");
        assert!(
            streak(&by_themselves(&orders)).stops().is_some(),
            "nothing gets through any more"
        );
    }

    #[test]
    fn what_the_target_refuses_three_times_in_a_row_stops_though_others_got_through_before() {
        let refused = || Some((missing("NO"), false));
        assert!(streak(&[None, refused(), refused(), refused()]).stops().is_some());
        assert!(
            streak(&[refused(), refused(), refused(), None]).stops().is_none(),
            "others get through after it"
        );
    }

    #[test]
    fn reasons_that_each_name_something_else_stop_after_ten() {
        let mut orders = by_themselves(&["NO", "DK", "FI", "DE", "FR", "NL", "BE", "ES", "IT"]);
        assert_eq!(streak(&orders).stops(), None);
        orders.extend(by_themselves(&["PL"]));
        assert!(streak(&orders).stops().is_some());
    }
}
