//! Saying how runs ended.
//!
//! When nothing gets through, nothing is lost: the lease runs out and the control plane gives the run to another.

use std::{sync::Arc, time::Duration};

use skarv_proto::{agent::v1 as pb, convert::reason::encode_reason};

use super::{
    client::{Client, Patience},
    found::encode_found,
    lease::Undecodable,
    renew::encode_totals,
    status::decode_status,
    to_ms,
};
use crate::{
    flow::{Signal, SliceEnd, Totals},
    holding::Holding,
    lease::{Ending, RunKey},
};

/// Leases are renewed meanwhile, so a finish may outlast a restart of the control plane.
const PATIENCE: Patience = Patience {
    attempt: Duration::from_secs(10),
    all: Duration::from_secs(120),
};

/// A draining process is soon ended by force.
const HURRIED: Patience = Patience {
    attempt: Duration::from_secs(3),
    all: Duration::from_secs(5),
};

impl Client {
    /// Says how a held run ended.
    pub(crate) async fn finish(&self, holding: &Holding, ending: &Ending) {
        let Some(item) = encode_finish(&holding.key, holding.progress.totals(), ending) else {
            return;
        };
        tokio::select! {
            // nobody listens any more; or the run was finished, and a renewal says so first
            () = holding.lost() => tracing::info!(run = %holding.key, "the lease ended while the run was finished"),
            _ = self.finish_items(PATIENCE, vec![item]) => {}
        }
    }

    /// Refuses a lease that cannot be carried.
    pub(crate) async fn finish_unheld(&self, refused: Undecodable) {
        let ending = SliceEnd::Failed {
            reason: refused.reason,
            retry: None,
            block: false,
        }
        .into();
        if let Some(item) = encode_finish(&refused.key, Totals::default(), &ending) {
            self.finish_items(HURRIED, vec![item]).await;
        }
    }

    /// Hands runs back as they are. Returns those that the control plane has not heard of.
    pub(crate) async fn hand_back(&self, holdings: &[Arc<Holding>]) -> Vec<Arc<Holding>> {
        let ending = Ending::from(SliceEnd::HandedBack);
        let items = holdings
            .iter()
            .filter_map(|h| encode_finish(&h.key, h.progress.totals(), &ending))
            .collect();
        if self.finish_items(HURRIED, items).await {
            Vec::new()
        } else {
            holdings.to_vec()
        }
    }

    /// Whether the control plane knows now.
    async fn finish_items(&self, patience: Patience, items: Vec<pb::FinishItem>) -> bool {
        let request = pb::FinishRunRequest {
            agent_id: String::new(),
            items,
        };
        match self
            .call(patience, request, |mut stub, q| async move {
                stub.finish_run(q).await
            })
            .await
        {
            Ok(answer) => {
                for result in answer
                    .reply
                    .results
                    .iter()
                    .filter(|r| decode_status(r.status()) == Signal::Lost)
                {
                    tracing::warn!(
                        run = result.run_id,
                        "the run was someone else's when it was finished here"
                    );
                }
                true
            }
            Err(error) => {
                tracing::error!(%error, "runs could not be finished: their leases will run out");
                false
            }
        }
    }
}

/// `None` for a lost run: there is nothing to say about it.
fn encode_finish(key: &RunKey, totals: Totals, ending: &Ending) -> Option<pb::FinishItem> {
    let mut item = pb::FinishItem {
        run_id: key.run_id.clone(),
        epoch: key.epoch,
        totals: Some(encode_totals(totals)),
        result: ending.found.as_ref().map(encode_found),
        ..pb::FinishItem::default()
    };
    let outcome = match &ending.end {
        SliceEnd::Succeeded => pb::FinishOutcome::Succeeded,
        SliceEnd::Yielded { retry } => {
            item.retry_ms = retry.map(to_ms);
            pb::FinishOutcome::Yielded
        }
        SliceEnd::Failed { reason, retry, block } => {
            item.error = Some(encode_reason(reason));
            item.retry_ms = retry.map(to_ms);
            item.block = *block;
            pb::FinishOutcome::Failed
        }
        SliceEnd::HandedBack => pb::FinishOutcome::HandedBack,
        SliceEnd::Cancelled => pb::FinishOutcome::Cancelled,
        SliceEnd::Lost => return None,
    };
    item.set_outcome(outcome);
    Some(item)
}

#[cfg(test)]
mod tests {
    use skarv_canonical::Reason;

    use super::*;

    fn encoded(end: SliceEnd) -> Option<pb::FinishItem> {
        let key = RunKey {
            run_id: "r".to_owned(),
            epoch: 7,
        };
        encode_finish(&key, Totals::default(), &end.into())
    }

    #[test]
    fn a_failure_carries_its_reason_its_wait_and_whether_the_stream_stops() {
        let reason = Reason::configuration("setting_missing").with("setting", "base_url");
        let retry = Some(Duration::from_secs(3));
        let item = encoded(SliceEnd::Failed {
            reason,
            retry,
            block: true,
        })
        .unwrap();
        assert_eq!(
            (item.epoch, item.outcome(), item.retry_ms, item.block),
            (7, pb::FinishOutcome::Failed, Some(3_000), true)
        );
        assert_eq!(item.error.unwrap().code, "setting_missing");
    }

    #[test]
    fn about_a_lost_run_nothing_is_said() {
        assert!(encoded(SliceEnd::Lost).is_none());
    }
}
