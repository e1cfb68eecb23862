//! Renewing leases, all in one call, with how far each run is.

use std::{sync::Arc, time::Duration};

use skarv_proto::agent::v1 as pb;
use tokio::time::Instant;

use super::{
    client::{Client, Patience},
    error::CallError,
    status::decode_status,
};
use crate::{
    flow::{Signal, Totals},
    holding::Holding,
};

/// The longest that one renewal may take: there must be time for another within the lease.
const LONGEST: Duration = Duration::from_secs(5);

/// What became of leases.
#[derive(Debug)]
pub(crate) struct Renewal {
    /// The instant before the question left: leases count from here.
    pub(crate) asked: Instant,
    /// One for each lease, in the order asked.
    pub(crate) runs: Vec<Renewed>,
    /// The agent is to drain.
    pub(crate) drain: bool,
}

/// What became of one lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Renewed {
    pub(crate) signal: Signal,
    /// How long it lasts now.
    pub(crate) lease: Duration,
}

impl Client {
    /// Tries once. Whoever keeps leases asks again, with what is held then.
    pub(crate) async fn renew(
        &self,
        last_poll_seq: u64,
        held: &[Arc<Holding>],
    ) -> Result<Renewal, CallError> {
        let request = pb::RenewLeasesRequest {
            agent_id: String::new(),
            last_poll_seq,
            held: held.iter().map(|holding| encode_held(holding)).collect(),
        };
        let patience = Patience::once((self.terms().lease / 2).min(LONGEST));
        let answer = self
            .call(patience, request, |mut stub, q| async move {
                stub.renew_leases(q).await
            })
            .await?;
        let same = |(holding, run): (&Arc<Holding>, &pb::RenewedRun)| holding.key.run_id == run.run_id;
        if answer.reply.results.len() != held.len() || !held.iter().zip(&answer.reply.results).all(same) {
            return Err(CallError::Refused(
                "its answer is about other runs than were asked about".to_owned(),
            ));
        }
        let runs = answer.reply.results.iter().map(decode_renewed).collect();
        Ok(Renewal {
            asked: answer.asked,
            runs,
            drain: answer.reply.drain,
        })
    }
}

fn decode_renewed(run: &pb::RenewedRun) -> Renewed {
    Renewed {
        signal: decode_status(run.status()),
        lease: Duration::from_millis(run.lease_ms),
    }
}

pub(super) fn encode_held(holding: &Holding) -> pb::HeldRun {
    let totals = encode_totals(holding.progress.totals());
    pb::HeldRun {
        run_id: holding.key.run_id.clone(),
        epoch: holding.key.epoch,
        progress: Some(pb::Progress {
            totals: Some(totals),
            percent: None,
        }),
    }
}

pub(super) fn encode_totals(totals: Totals) -> pb::Totals {
    // destructured without `..` so that a new count cannot be forgotten here
    let Totals {
        read,
        written,
        adopted,
        unchanged,
        dropped,
        parked,
        unknown,
        retries,
    } = totals;
    pb::Totals {
        read,
        written,
        adopted,
        unchanged,
        dropped,
        parked,
        unknown,
        retries,
    }
}
