//! Stories and properties of the write machine: grants never overlap between holders, a done write never moves.

use proptest::prelude::*;

use super::*;
use crate::clock::from_micros;

const TIMING: Timing = Timing {
    grant: Duration::from_secs(60),
    slack: Duration::from_secs(5),
    busy: Duration::from_secs(1),
};

fn at(seconds: i64) -> DateTime<Utc> {
    from_micros(1_770_000_000_000_000 + seconds * 1_000_000)
}

fn run(n: u128) -> RunId {
    RunId::from_uuid(uuid::Uuid::from_u128(n))
}

fn asker(n: u128, epoch: u64) -> Asker {
    Asker {
        run: run(n),
        epoch,
        verify: false,
    }
}

fn invoice(text: &str) -> Question {
    Question {
        fingerprint: Fingerprint::of(&text),
        effect: Effect::Create,
        needs_intent: true,
        searchable: true,
        visible_after: Duration::from_secs(2),
    }
}

fn granted(by: Asker, now: DateTime<Utc>) -> WriteRow {
    verdict(None, false, by, &invoice("a"), now, TIMING).keep.unwrap()
}

fn settling<'a>(by: Asker, foreign_id: &'a str, now: DateTime<Utc>) -> Settling<'a> {
    let fingerprint = Fingerprint::of(&"a");
    Settling {
        run: by.run,
        epoch: by.epoch,
        foreign_id,
        fingerprint,
        unknown: foreign_id.is_empty(),
        may_move: false,
        now,
    }
}

#[test]
fn the_first_to_ask_gets_the_write_and_an_intent_is_stored() {
    let ruling = verdict(None, false, asker(1, 1), &invoice("a"), at(0), TIMING);
    assert_eq!(ruling.verdict, Verdict::New { grant: TIMING.grant });
    assert_eq!(ruling.keep.unwrap().write_until, at(60));
}

#[test]
fn asking_again_gives_a_fresh_window() {
    let row = granted(asker(1, 1), at(0));
    let ruling = verdict(Some(&row), true, asker(1, 1), &invoice("a"), at(50), TIMING);
    assert_eq!(ruling.verdict, Verdict::Held { grant: TIMING.grant });
    assert_eq!(ruling.keep.unwrap().write_until, at(110));
}

#[test]
fn what_a_live_run_holds_is_busy() {
    let row = granted(asker(1, 1), at(0));
    let ruling = verdict(Some(&row), true, asker(2, 1), &invoice("a"), at(1), TIMING);
    assert_eq!(ruling, Ruling::only(Verdict::Busy { wait: TIMING.busy }));
}

#[test]
fn what_a_dead_run_left_is_looked_up_after_its_window_the_slack_and_the_search_lag() {
    let row = granted(asker(1, 1), at(0));
    let ruling = verdict(Some(&row), false, asker(1, 2), &invoice("a"), at(20), TIMING);
    assert_eq!(
        ruling.verdict,
        Verdict::Pending {
            wait: Duration::from_secs(47),
            grant: Duration::ZERO
        }
    );
    assert_eq!(
        ruling.keep.unwrap().write_until,
        at(60),
        "nothing was granted, so nothing more is waited for"
    );
}

#[test]
fn a_taken_over_write_is_to_be_looked_up_however_often_its_holder_asks() {
    let row = granted(asker(1, 1), at(0));
    let taken = verdict(Some(&row), false, asker(2, 1), &invoice("a"), at(20), TIMING)
        .keep
        .unwrap();
    let early = verdict(Some(&taken), true, asker(2, 1), &invoice("a"), at(30), TIMING);
    assert_eq!(
        early.verdict,
        Verdict::Pending {
            wait: Duration::from_secs(37),
            grant: Duration::ZERO
        }
    );
    let late = verdict(Some(&taken), true, asker(2, 1), &invoice("a"), at(100), TIMING);
    assert_eq!(
        late.verdict,
        Verdict::Pending {
            wait: Duration::ZERO,
            grant: TIMING.grant
        }
    );
}

#[test]
fn runs_that_take_over_and_end_without_sending_do_not_put_the_write_off_for_ever() {
    let mut row = granted(asker(1, 1), at(0));
    for (epoch, second) in [(2, 20), (3, 30), (4, 40)] {
        row = verdict(
            Some(&row),
            false,
            asker(1, epoch),
            &invoice("a"),
            at(second),
            TIMING,
        )
        .keep
        .unwrap();
    }
    let last = verdict(Some(&row), false, asker(1, 5), &invoice("a"), at(67), TIMING);
    assert_eq!(
        last.verdict,
        Verdict::Pending {
            wait: Duration::ZERO,
            grant: TIMING.grant
        }
    );
}

#[test]
fn what_cannot_be_searched_is_for_a_person() {
    let row = granted(asker(1, 1), at(0));
    let question = Question {
        searchable: false,
        ..invoice("a")
    };
    assert_eq!(
        verdict(Some(&row), false, asker(2, 1), &question, at(500), TIMING),
        Ruling::only(Verdict::Unknown)
    );
}

#[test]
fn a_verifying_stream_looks_every_create_up_first() {
    let verifying = Asker {
        verify: true,
        ..asker(1, 1)
    };
    let ruling = verdict(None, false, verifying, &invoice("a"), at(0), TIMING);
    let pending = Verdict::Pending {
        wait: Duration::ZERO,
        grant: TIMING.grant,
    };
    assert_eq!(ruling.verdict, pending);
    assert_eq!(
        verdict(
            ruling.keep.as_ref(),
            true,
            verifying,
            &invoice("a"),
            at(1),
            TIMING
        )
        .verdict,
        pending
    );
}

#[test]
fn a_done_write_is_unchanged_or_linked() {
    let Settlement::Keep(row) = settle(None, true, settling(asker(1, 1), "F-1", at(0))) else {
        panic!()
    };
    let same = verdict(Some(&row), false, asker(2, 1), &invoice("a"), at(1), TIMING);
    assert_eq!(
        same.verdict,
        Verdict::Unchanged {
            foreign_id: "F-1".to_owned()
        }
    );
    let other = verdict(Some(&row), false, asker(2, 1), &invoice("b"), at(1), TIMING);
    assert_eq!(
        other.verdict,
        Verdict::Linked {
            foreign_id: "F-1".to_owned(),
            grant: Duration::ZERO
        }
    );
}

#[test]
fn a_write_that_is_found_after_all_is_no_longer_unknown() {
    let Settlement::Keep(unknown) = settle(None, true, settling(asker(1, 1), "", at(0))) else {
        panic!()
    };
    assert_eq!(unknown.state, WriteState::Unknown);
    let Settlement::Keep(found) = settle(Some(&unknown), true, settling(asker(2, 1), "F-1", at(9))) else {
        panic!()
    };
    assert_eq!(
        (found.state, found.foreign_id.as_str()),
        (WriteState::Done, "F-1")
    );
    assert_eq!(
        settle(Some(&found), true, settling(asker(1, 1), "", at(10))),
        Settlement::Nothing
    );
}

fn unknown(by: Asker, now: DateTime<Utc>) -> WriteRow {
    let Settlement::Keep(row) = settle(Some(&granted(by, now)), true, settling(by, "", now)) else {
        panic!()
    };
    row
}

fn told(row: &WriteRow, finding: &Finding, now: DateTime<Utc>) -> Result<WriteRow, Unresolved> {
    resolve(Some(row), finding, TIMING.slack, now)
}

#[test]
fn a_write_that_a_person_found_is_done_under_that_id_and_keeps_its_fingerprint() {
    let exists = Finding::ExistsAs("F-1".to_owned());
    let row = told(&unknown(asker(1, 1), at(0)), &exists, at(65)).unwrap();
    let same = verdict(Some(&row), false, asker(2, 1), &invoice("a"), at(66), TIMING);
    let foreign_id = "F-1".to_owned();
    assert_eq!(same.verdict, Verdict::Unchanged { foreign_id });
}

#[test]
fn a_write_that_is_not_there_is_made_by_whoever_asks_next() {
    let row = told(&unknown(asker(1, 1), at(0)), &Finding::DoesNotExist, at(65)).unwrap();
    let blind = Question {
        searchable: false,
        ..invoice("a")
    };
    let ruling = verdict(Some(&row), false, asker(2, 1), &blind, at(70), TIMING);
    assert_eq!(ruling.verdict, Verdict::New { grant: TIMING.grant });
    assert_eq!(ruling.keep.unwrap().state, WriteState::Intent);
}

#[test]
fn where_the_target_can_be_searched_it_is_looked_up_before_a_person_is_believed() {
    let row = told(&unknown(asker(1, 1), at(0)), &Finding::DoesNotExist, at(65)).unwrap();
    let ruling = verdict(Some(&row), false, asker(2, 1), &invoice("a"), at(70), TIMING);
    let wait = Duration::ZERO;
    assert_eq!(
        ruling.verdict,
        Verdict::Pending {
            wait,
            grant: TIMING.grant
        }
    );
}

#[test]
fn nobody_tells_about_a_write_that_may_still_be_sent() {
    let row = unknown(asker(1, 1), at(0));
    let wait = Duration::from_secs(1);
    for finding in [Finding::ExistsAs("F-1".to_owned()), Finding::DoesNotExist] {
        assert_eq!(told(&row, &finding, at(64)), Err(Unresolved::MayArrive { wait }));
        assert!(told(&row, &finding, at(65)).is_ok());
    }
}

#[test]
fn only_a_write_in_doubt_is_for_a_person() {
    let (by, gone) = (asker(1, 1), Finding::DoesNotExist);
    assert_eq!(
        resolve(None, &gone, TIMING.slack, at(99)),
        Err(Unresolved::NotUnknown)
    );
    assert_eq!(
        told(&granted(by, at(0)), &gone, at(99)),
        Err(Unresolved::Underway)
    );
    let freed = told(&unknown(by, at(0)), &gone, at(99)).unwrap();
    assert_eq!(told(&freed, &gone, at(99)), Err(Unresolved::NotUnknown));
    let Settlement::Keep(done) = settle(None, true, settling(by, "F-1", at(0))) else {
        panic!()
    };
    let foreign_id = "F-1".to_owned();
    assert_eq!(told(&done, &gone, at(99)), Err(Unresolved::Stands { foreign_id }));
}

#[test]
fn a_late_word_of_doubt_undoes_nothing_that_a_person_told() {
    let (by, row) = (asker(1, 1), unknown(asker(1, 1), at(0)));
    let late = settling(by, "", at(90));
    let done = told(&row, &Finding::ExistsAs("F-1".to_owned()), at(65)).unwrap();
    assert_eq!(settle(Some(&done), false, late), Settlement::Nothing);
    let freed = told(&row, &Finding::DoesNotExist, at(65)).unwrap();
    assert_eq!(settle(Some(&freed), false, late), Settlement::Nothing);
    let next = verdict(Some(&freed), false, asker(2, 1), &invoice("a"), at(70), TIMING);
    assert_eq!(settle(next.keep.as_ref(), true, late), Settlement::Nothing);
}

#[test]
fn an_article_that_was_made_anew_stands_where_it_is_now() {
    let Settlement::Keep(done) = settle(None, true, settling(asker(1, 1), "12", at(0))) else {
        panic!()
    };
    let moved = Settling {
        may_move: true,
        ..settling(asker(2, 1), "99", at(90))
    };
    let Settlement::Keep(moved) = settle(Some(&done), false, moved) else {
        panic!()
    };
    assert_eq!((moved.state, moved.foreign_id.as_str()), (WriteState::Done, "99"));
}

#[test]
fn a_late_id_other_than_the_one_a_person_told_is_reported() {
    let row = unknown(asker(1, 1), at(0));
    let done = told(&row, &Finding::ExistsAs("F-1".to_owned()), at(65)).unwrap();
    let stands = "F-1".to_owned();
    let late = settle(Some(&done), false, settling(asker(1, 1), "F-2", at(90)));
    assert_eq!(late, Settlement::Conflict { stands });
}

#[derive(Clone, Debug)]
enum Step {
    Ask {
        run: u128,
        epoch: u64,
        holder_live: bool,
        verify: bool,
    },
    Settle {
        run: u128,
        epoch: u64,
        id: u8,
    },
    Pass {
        seconds: i64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..4_u128, 1..4_u64, any::<bool>(), any::<bool>())
            .prop_map(|(run, epoch, holder_live, verify)| Step::Ask { run, epoch, holder_live, verify }),
        2 => (1..4_u128, 1..4_u64, 0..3_u8).prop_map(|(run, epoch, id)| Step::Settle { run, epoch, id }),
        3 => (0..100_i64).prop_map(|seconds| Step::Pass { seconds }),
    ];
    proptest::collection::vec(step, 0..40)
}

/// A window in which a write may be sent, and by whom.
struct Window {
    by: (u128, u64),
    opens: DateTime<Utc>,
    closes: DateTime<Utc>,
    looked_up: bool,
}

fn window_of(ruling: &Ruling, by: (u128, u64), now: DateTime<Utc>) -> Option<Window> {
    let (wait, grant, looked_up) = match ruling.verdict {
        Verdict::New { grant } | Verdict::Held { grant } => (Duration::ZERO, grant, false),
        Verdict::Pending { wait, .. } if !wait.is_zero() => return None,
        Verdict::Pending { wait, grant } => (wait, grant, true),
        Verdict::Unchanged { .. } | Verdict::Linked { .. } | Verdict::Busy { .. } | Verdict::Unknown => {
            return None;
        }
    };
    let opens = after(now, wait);
    Some(Window {
        by,
        opens,
        closes: after(opens, grant),
        looked_up,
    })
}

proptest! {
    #[test]
    fn two_holders_may_never_send_at_the_same_time(steps in steps()) {
        let (mut row, mut now, mut windows) = (None::<WriteRow>, at(0), Vec::<Window>::new());
        for step in steps {
            match step {
                Step::Pass { seconds } => now = after(now, Duration::from_secs(seconds.unsigned_abs())),
                Step::Settle { .. } => {}
                Step::Ask { run: n, epoch, holder_live, verify } => {
                    let by = Asker { verify, ..asker(n, epoch) };
                    let ruling = verdict(row.as_ref(), holder_live, by, &invoice("a"), now, TIMING);
                    if let Some(window) = window_of(&ruling, (n, epoch), now) {
                        for other in windows.iter().filter(|other| other.by != window.by) {
                            prop_assert!(other.closes + TIMING.slack <= window.opens, "windows overlap");
                            prop_assert!(window.looked_up, "a second holder creates blindly");
                        }
                        windows.push(window);
                    }
                    row = ruling.keep.or(row);
                }
            }
        }
    }

    #[test]
    fn a_done_write_never_changes_its_foreign_id(steps in steps()) {
        let (mut row, mut now, mut stands) = (None::<WriteRow>, at(0), None::<String>);
        for step in steps {
            match step {
                Step::Pass { seconds } => now = after(now, Duration::from_secs(seconds.unsigned_abs())),
                Step::Ask { run: n, epoch, holder_live, verify } => {
                    let by = Asker { verify, ..asker(n, epoch) };
                    row = verdict(row.as_ref(), holder_live, by, &invoice("a"), now, TIMING).keep.or(row);
                }
                Step::Settle { run: n, epoch, id } => {
                    let foreign_id = if id == 0 { String::new() } else { format!("F-{id}") };
                    if let Settlement::Keep(kept) = settle(row.as_ref(), true, settling(asker(n, epoch), &foreign_id, now)) {
                        row = Some(kept);
                    }
                }
            }
            if let Some(row) = row.as_ref().filter(|row| row.state == WriteState::Done) {
                let first = stands.get_or_insert_with(|| row.foreign_id.clone());
                prop_assert_eq!(&*first, &row.foreign_id);
            } else {
                prop_assert!(stands.is_none(), "a done write was undone");
            }
        }
    }
}
