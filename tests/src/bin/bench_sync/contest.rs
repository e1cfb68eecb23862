//! Skarv against the bare client: how each did, and the ratio of their seconds.

use serde::Serialize;
use skarv_canonical::descriptor::FASTEST;

use crate::{bare::Done, meter::Spent, report::Side};

#[derive(Serialize)]
pub(crate) struct Contest {
    skarv: Side,
    bare: Side,
    bare_without_pace: Side,
    /// Calls a second to each system.
    pace: u32,
    /// Skarv's seconds to the bare client's at the same pace.
    ratio: f64,
    ratio_without_pace: f64,
    answered_otherwise: u64,
}

/// What a bare client spent, and what it did for it.
type Bare<'a> = (&'a Spent, &'a Done);

impl Contest {
    /// `calls` are Skarv's.
    pub(crate) fn of(
        records: usize,
        skarv: &Spent,
        calls: usize,
        paced: Bare<'_>,
        unpaced: Bare<'_>,
    ) -> Self {
        let bare = |(spent, done): Bare<'_>| Side::of(spent, records, done.calls as usize);
        Self {
            skarv: Side::of(skarv, records, calls),
            bare: bare(paced),
            bare_without_pace: bare(unpaced),
            pace: FASTEST,
            ratio: skarv.seconds / paced.0.seconds,
            ratio_without_pace: skarv.seconds / unpaced.0.seconds,
            answered_otherwise: paced.1.answered_otherwise + unpaced.1.answered_otherwise,
        }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        vec![
            self.skarv.line("skarv"),
            self.bare.line("bare"),
            self.bare_without_pace.line("bare, free"),
            format!(
                "ratio      {:.2} at the same pace, {} calls a second to each system; {:.2} to a bare client at no pace",
                self.ratio, self.pace, self.ratio_without_pace
            ),
        ]
    }

    /// Said only where it happened: the same calls should have the same answers.
    pub(crate) fn otherwise(&self) -> Option<String> {
        let times = self.answered_otherwise;
        (times > 0).then(|| format!("the bare client was answered otherwise than Skarv {times} times"))
    }
}
