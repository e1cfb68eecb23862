//! How much a dry run looks at. It writes nothing, so it may be asked for whatever state its stream is in.

use serde::{Deserialize, Serialize};
use skarv_canonical::spec::StreamKind;

use crate::{
    error::{Error, Result},
    stream::has_initial_sync,
};

/// As many records as one dry run looks at.
const MOST: u32 = 1_000;
/// As many as it looks at when nobody says.
const USUAL: u32 = 100;

/// What a dry run is to foresee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DryRunAsk {
    /// Everything from the beginning, as an initial sync would carry it; otherwise what the stream's next run would.
    pub everything: bool,
    /// At most so many records.
    pub max_records: u32,
}

impl DryRunAsk {
    /// The dry run of a stream that a person asks for; no records mean the usual number.
    pub fn asked(kind: StreamKind, everything: bool, max_records: u32) -> Result<Self> {
        if everything && !has_initial_sync(kind) {
            let problem =
                "must be DRY_RUN_EXTENT_CHANGES: only products, prices and stock can be carried all at once";
            return Err(Error::invalid("extent", problem));
        }
        let max_records = match max_records {
            0 => USUAL,
            1..=MOST => max_records,
            _ => {
                let problem = format!("must be 1 to {MOST}, or 0 for {USUAL}");
                return Err(Error::invalid("max_records", problem));
            }
        };
        Ok(Self {
            everything,
            max_records,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(result: Result<DryRunAsk>) -> String {
        match result {
            Err(Error::InvalidArgument { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_dry_run_is_of_a_hundred_records_unless_somebody_says() {
        let of = |n| DryRunAsk::asked(StreamKind::Orders, false, n).map(|ask| ask.max_records);
        assert_eq!((of(0), of(1), of(1_000)), (Ok(100), Ok(1), Ok(1_000)));
        assert_eq!(
            field(DryRunAsk::asked(StreamKind::Orders, false, 1_001)),
            "max_records"
        );
    }

    #[test]
    fn only_what_has_an_initial_sync_is_foreseen_as_a_whole() {
        for kind in [StreamKind::Products, StreamKind::Prices, StreamKind::Stock] {
            assert!(DryRunAsk::asked(kind, true, 1).unwrap().everything, "{kind:?}");
        }
        for kind in [StreamKind::Orders, StreamKind::OrderStatus] {
            assert_eq!(field(DryRunAsk::asked(kind, true, 1)), "extent", "{kind:?}");
        }
    }
}
