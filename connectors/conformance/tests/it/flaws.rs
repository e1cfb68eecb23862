//! Each way in which a connector can break its promises is noticed, and said in words that tell which one.

use skarv_conformance::suite;
use skarv_connector::Connector;

use crate::till::{Flaw, TillConnector, Tills};

/// What the suite says of a till with this flaw.
async fn said(flaw: Flaw) -> String {
    let descriptor = TillConnector(flaw).descriptor();
    let outcome = suite::passes(&descriptor, &Tills(flaw)).await;
    outcome.map_or_else(|error| format!("{error:#}"), |()| "passed".to_owned())
}

#[tokio::test]
async fn a_connector_that_keeps_its_promises_passes() {
    assert_eq!(said(Flaw::Nothing).await, "passed");
}

macro_rules! notices {
    ($($story:ident: $flaw:ident, $words:literal;)*) => {$(
        #[tokio::test]
        async fn $story() {
            let said = said(Flaw::$flaw).await;
            assert!(said.contains($words), "{said}");
        }
    )*};
}

notices! {
    a_forgotten_cursor_is_noticed: ForgetsTheCursor, "everything once, in pages";
    a_record_left_out_is_noticed: LeavesOutTheLast, "missing";
    a_record_of_nothing_is_noticed: InventsWhatIsGone, "a key of nothing gave";
    a_document_that_is_made_twice_is_noticed: MakesTwo, "found by our key";
    a_document_that_is_not_found_again_is_noticed: FindsNothing, "is not found";
    an_update_that_changes_nothing_is_noticed: ForgetsToUpdate, "stands as before";
    a_preview_that_writes_is_noticed: WritesWhenPreviewing, "a preview: it wrote";
    a_test_that_writes_is_noticed: WritesWhenTesting, "testing the connection: it wrote";
    a_busy_system_taken_for_a_broken_one_is_noticed: TakesBusyForBroken, "RateLimited is due";
    a_wait_that_is_not_passed_on_is_noticed: ForgetsHowLongToWait, "asks to wait";
    a_lost_write_called_unwritten_is_noticed: CallsALostWriteUnwritten, "is told not to be";
    a_refused_write_called_in_doubt_is_noticed: CallsARefusedWriteInDoubt, "Answered";
    one_answer_for_many_writes_is_noticed: OneAnswerForAll, "one among 3 is refused";
    more_calls_at_once_than_declared_are_noticed: TooManyAtOnce, "calls were out at once";
    a_stranger_taken_for_trouble_is_noticed: TakesAStrangerForTrouble, "wrong credentials are told as";
    a_page_for_people_taken_for_an_answer_is_noticed: TakesAnythingForAnAnswer, "told as well read";
}
