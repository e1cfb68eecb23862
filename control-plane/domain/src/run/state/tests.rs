//! Properties of the run machine, alone and several in one lane.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{clock::after, clock::from_micros, lane};

fn start() -> DateTime<Utc> {
    from_micros(1_770_000_000_000_000)
}

fn ready() -> RunState {
    apply(RunState::enqueue(), Event::Free).unwrap()
}

fn agent(n: u8) -> AgentId {
    AgentId::from_uuid(uuid::Uuid::from_u128(u128::from(n)))
}

#[derive(Clone, Debug)]
enum Move {
    Lease(u8),
    Renew(u8, u64),
    Checkpoint(u8, u64, u64),
    Finish(u8, u64),
    Yield(u8, u64),
    Retry(u8, u64),
    HandBack(u8, u64),
    Reap(bool),
    Promote,
    Hasten,
    Block,
    Cancel,
    Pass(u64),
}

fn moves() -> impl Strategy<Value = Vec<(usize, Move)>> {
    let (who, epoch) = (0..3_u8, 0..6_u64);
    let said = (who.clone(), epoch);
    let one = prop_oneof![
        4 => who.prop_map(Move::Lease),
        1 => said.clone().prop_map(|(a, e)| Move::Renew(a, e)),
        2 => (said.clone(), 0..4_u64).prop_map(|((a, e), seq)| Move::Checkpoint(a, e, seq)),
        1 => said.clone().prop_map(|(a, e)| Move::Finish(a, e)),
        2 => said.clone().prop_map(|(a, e)| Move::Yield(a, e)),
        1 => said.clone().prop_map(|(a, e)| Move::Retry(a, e)),
        1 => said.prop_map(|(a, e)| Move::HandBack(a, e)),
        2 => any::<bool>().prop_map(Move::Reap),
        2 => Just(Move::Promote),
        1 => Just(Move::Hasten),
        1 => Just(Move::Block),
        1 => Just(Move::Cancel),
        3 => (0..30_u64).prop_map(Move::Pass),
    ];
    proptest::collection::vec((0..3_usize, one), 0..80)
}

fn event(step: &Move, now: DateTime<Utc>) -> Option<Event> {
    let claim = |a: &u8, epoch: &u64| Claim {
        agent: agent(*a),
        epoch: *epoch,
    };
    let soon = after(now, Duration::from_secs(10));
    Some(match step {
        Move::Lease(a) => {
            let until = after(now, Duration::from_secs(15));
            Event::Lease(Lease {
                agent: agent(*a),
                poll: 0,
                since: now,
                until,
            })
        }
        Move::Renew(a, e) => Event::Renew {
            claim: claim(a, e),
            until: soon,
        },
        Move::Checkpoint(a, e, seq) => Event::Checkpoint {
            claim: claim(a, e),
            seq: *seq,
        },
        Move::Finish(a, e) => Event::Finish { claim: claim(a, e) },
        Move::Yield(a, e) => Event::Yield {
            claim: claim(a, e),
            at: now,
            now,
        },
        Move::Retry(a, e) => Event::Retry {
            claim: claim(a, e),
            at: soon,
        },
        Move::HandBack(a, e) => Event::HandBack { claim: claim(a, e) },
        Move::Reap(gone) => Event::Reap {
            now,
            gone: *gone,
            retry_at: now,
        },
        Move::Promote => Event::Promote { now },
        Move::Hasten => Event::Hasten,
        Move::Block => Event::Block(ConnectionId::from_uuid(uuid::Uuid::from_u128(9))),
        Move::Cancel => Event::Cancel,
        Move::Pass(_) => return None,
    })
}

fn claim_of(event: &Event) -> Option<Claim> {
    match event {
        Event::Renew { claim, .. }
        | Event::Checkpoint { claim, .. }
        | Event::Finish { claim }
        | Event::Yield { claim, .. }
        | Event::Retry { claim, .. }
        | Event::HandBack { claim } => Some(*claim),
        Event::Lease(_)
        | Event::Reap { .. }
        | Event::Promote { .. }
        | Event::Hasten
        | Event::Block(_)
        | Event::Free
        | Event::Cancel => None,
    }
}

/// Gives a lane that nobody has to the next that waits for it, as the store does after every change.
fn hand_over(lane: &mut [RunState]) {
    if lane.iter().any(RunState::has_lane) {
        return;
    }
    let next = (0..lane.len())
        .filter(|at| lane[*at].step == Step::Waiting(Hold::Lane))
        .min_by_key(|at| lane::turn(lane::Class::Orders, i64::try_from(*at).unwrap_or_default()));
    if let Some(at) = next {
        lane[at] = apply(lane[at].clone(), Event::Free).unwrap();
    }
}

proptest! {
    #[test]
    fn no_sequence_of_events_makes_two_live_leases_of_one_lane(moves in moves()) {
        let (mut lane, mut now) = (vec![RunState::enqueue(); 3], start());
        hand_over(&mut lane);
        for (at, step) in moves {
            match event(&step, now) {
                None => if let Move::Pass(seconds) = step { now = after(now, Duration::from_secs(seconds)) },
                Some(event) => if let Ok(next) = apply(lane[at].clone(), event) { lane[at] = next },
            }
            hand_over(&mut lane);
            prop_assert!(lane.iter().filter(|run| run.has_lane()).count() <= 1);
        }
    }

    #[test]
    fn an_epoch_never_goes_down_and_every_lease_has_its_own(moves in moves()) {
        let (mut run, mut now, mut leases) = (ready(), start(), Vec::new());
        for (_, step) in moves {
            let Some(event) = event(&step, now) else {
                if let Move::Pass(seconds) = step { now = after(now, Duration::from_secs(seconds)) }
                continue;
            };
            let leased = matches!(event, Event::Lease(_));
            let Ok(next) = apply(run.clone(), event) else { continue };
            prop_assert!(next.epoch >= run.epoch);
            if leased {
                prop_assert!(!leases.contains(&next.epoch));
                leases.push(next.epoch);
            }
            run = next;
            hand_over(std::slice::from_mut(&mut run));
        }
    }

    #[test]
    fn a_stale_claim_changes_nothing(moves in moves()) {
        let (mut run, mut now) = (ready(), start());
        for (_, step) in moves {
            let Some(event) = event(&step, now) else {
                if let Move::Pass(seconds) = step { now = after(now, Duration::from_secs(seconds)) }
                continue;
            };
            let stale = claim_of(&event).is_some_and(|claim| {
                claim.epoch != run.epoch || run.lease().is_none_or(|lease| lease.agent != claim.agent)
            });
            let next = apply(run.clone(), event);
            prop_assert!(!stale || next == Err(Refused::Lost));
            run = next.unwrap_or(run);
            hand_over(std::slice::from_mut(&mut run));
        }
    }
}

#[test]
fn a_repeated_checkpoint_is_known_and_a_gap_is_not_papered_over() {
    let claim = Claim {
        agent: agent(1),
        epoch: 1,
    };
    let lease = Lease {
        agent: agent(1),
        poll: 0,
        since: start(),
        until: start(),
    };
    let run = apply(ready(), Event::Lease(lease)).unwrap();
    let one = apply(run, Event::Checkpoint { claim, seq: 1 }).unwrap();
    assert_eq!(
        apply(one.clone(), Event::Checkpoint { claim, seq: 1 }),
        Err(Refused::Repeated)
    );
    assert_eq!(
        apply(one.clone(), Event::Checkpoint { claim, seq: 3 }),
        Err(Refused::Lost)
    );
    assert_eq!(
        apply(one, Event::Checkpoint { claim, seq: 2 }).unwrap().seq,
        Some(2)
    );
}

#[test]
fn a_cancelled_run_ends_instead_of_going_back_to_the_queue() {
    let claim = Claim {
        agent: agent(1),
        epoch: 1,
    };
    let lease = Lease {
        agent: agent(1),
        poll: 0,
        since: start(),
        until: start(),
    };
    let run = apply(ready(), Event::Lease(lease)).unwrap();
    let told = apply(run, Event::Cancel).unwrap();
    assert!(told.lease().is_some());
    assert_eq!(apply(told, Event::HandBack { claim }).unwrap().step, Step::Ended);
}
