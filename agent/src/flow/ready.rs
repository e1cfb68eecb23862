//! Whether the target is ready for a stream, asked before the stream's first record is sent: nothing goes out half set up.

use skarv_canonical::Reason;

use super::{
    engine::{Run, Work, unreadable},
    pull::patiently,
    report::SliceEnd,
};

/// Nothing, or how a stream ends that is not to begin.
pub(super) async fn before_the_first_record(run: &Run) -> Result<(), SliceEnd> {
    if run.work != Work::Stream || run.cursor.is_some() {
        return Ok(());
    }
    let found = patiently(run, || run.sink.obstacles(run.wall.now()))
        .await
        .map_err(|error| unreadable(&error))?;
    match together(found) {
        None => Ok(()),
        Some(reason) => Err(SliceEnd::Failed {
            reason,
            retry: None,
            block: true,
        }),
    }
}

/// One obstacle says itself what is wrong. Of several every one is named, with what to do about the first.
fn together(mut found: Vec<Reason>) -> Option<Reason> {
    let first = found.first()?;
    if found.len() == 1 {
        return found.pop();
    }
    let all: Vec<String> = found.iter().map(Reason::to_string).collect();
    Some(
        Reason::configuration("not_ready")
            .with("count", found.len())
            .with("obstacles", all.join("; "))
            .fix(&first.fix),
    )
}
