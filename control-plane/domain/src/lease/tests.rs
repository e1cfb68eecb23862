//! What agents may do with leases that live, are late or are gone.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{
    clock::{after, from_micros},
    run::{Lease, RunState},
};

const FREE: Circumstances = Circumstances {
    paused: false,
    allowed_until: None,
};
const ACTS: [Act; 5] = [
    Act::Renew,
    Act::Prepare,
    Act::Checkpoint,
    Act::Finish,
    Act::UseConnection,
];

fn at(seconds: i64) -> DateTime<Utc> {
    from_micros(1_770_000_000_000_000 + seconds * 1_000_000)
}

fn agent(n: u128) -> AgentId {
    AgentId::from_uuid(uuid::Uuid::from_u128(n))
}

fn leased(epoch: u64) -> RunState {
    let lease = Lease {
        agent: agent(1),
        poll: 1,
        since: at(0),
        until: at(15),
    };
    RunState {
        step: Step::Leased(lease),
        epoch,
        attempt: 0,
        seq: None,
        cancel: false,
    }
}

fn claim(epoch: u64) -> Claim {
    Claim {
        agent: agent(1),
        epoch,
    }
}

#[test]
fn a_late_agent_may_tell_but_not_start() {
    let late = at(20);
    assert_eq!(
        answer(&leased(3), claim(3), Act::Checkpoint, FREE, late),
        Answer::Ok
    );
    assert_eq!(answer(&leased(3), claim(3), Act::Finish, FREE, late), Answer::Ok);
    assert_eq!(answer(&leased(3), claim(3), Act::Renew, FREE, late), Answer::Ok);
    assert_eq!(
        answer(&leased(3), claim(3), Act::Prepare, FREE, late),
        Answer::Lost
    );
    assert_eq!(
        answer(&leased(3), claim(3), Act::UseConnection, FREE, late),
        Answer::Lost
    );
}

#[test]
fn what_stops_new_writes_is_said_and_what_was_done_is_still_taken_in() {
    let ended = Circumstances {
        allowed_until: Some(at(1)),
        ..FREE
    };
    let paused = Circumstances { paused: true, ..FREE };
    let cancelled = RunState {
        cancel: true,
        ..leased(3)
    };
    assert_eq!(
        answer(&leased(3), claim(3), Act::Prepare, ended, at(2)),
        Answer::NotAllowed
    );
    assert_eq!(
        answer(&leased(3), claim(3), Act::Renew, paused, at(2)),
        Answer::Pause
    );
    assert_eq!(
        answer(&cancelled, claim(3), Act::Prepare, FREE, at(2)),
        Answer::Cancel
    );
    assert_eq!(
        answer(&cancelled, claim(3), Act::Checkpoint, ended, at(2)),
        Answer::Ok
    );
}

proptest! {
    #[test]
    fn a_stale_epoch_or_another_agent_is_never_granted_anything(
        held in 1..6_u64, said in 1..6_u64, who in 1..4_u128, act in 0..5_usize, later in 0..40_u64,
    ) {
        let said_by = Claim { agent: agent(who), epoch: said };
        let told = answer(&leased(held), said_by, ACTS[act], FREE, after(at(0), Duration::from_secs(later)));
        if said != held || who != 1 {
            prop_assert_eq!(told, Answer::Lost);
        }
    }
}
