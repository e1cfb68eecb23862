//! What is asked of the target before anything is read: whether it is ready for the stream's first record, so that nothing
//! goes out half set up, and to note how things stand there.

use skarv_canonical::Reason;

use super::{
    demand::Unread,
    engine::{Run, unreadable},
    pull::patiently,
    report::SliceEnd,
};

/// What the target has sold that nobody has read, or how a slice ends that is not to begin.
pub(super) async fn before_reading(run: &Run) -> Result<Unread, SliceEnd> {
    before_the_first_record(run).await?;
    patiently(run, || run.sink.begin())
        .await
        .map_err(|error| unreadable(&error))?;
    // after the look: what is sold between the two counts twice rather than not at all
    Unread::lately(run).await.map_err(|error| unreadable(&error))
}

async fn before_the_first_record(run: &Run) -> Result<(), SliceEnd> {
    if run.work.is_replay() || run.cursor.is_some() {
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
