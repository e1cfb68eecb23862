//! Asking for work, and reading leases into plain types.
//!
//! What a lease grants counts from the moment the control plane gave it. After a long poll that moment is unknown, so
//! request budgets count from the arrival (never too early for the foreign system), and the worker has the lease itself
//! renewed soon.

use std::{collections::HashMap, time::Duration};

use skarv_canonical::{Class, Cursor, Fingerprint, Reason};
use skarv_connector::Period;
use skarv_proto::agent::v1 as pb;
use tokio::time::Instant;

use super::{
    client::{Client, Patience},
    error::CallError,
    to_ms,
};
use crate::{
    flow::MOST_RECORDS,
    lease::{Connection, DryRunAsk, Kind, Lease, RequestGrant, RunKey, Slice},
    slots::Free,
};

/// How much longer than its wait a poll may take.
const GRACE: Duration = Duration::from_secs(5);

/// The control plane keeps an empty poll waiting at least this long, or is not in a state to be asked.
const SHORTEST_WAIT: Duration = Duration::from_millis(500);

/// What a slice does when the lease does not say.
const SLICE: Slice = Slice {
    length: Duration::from_secs(10),
    records: 500,
};

/// What a poll brought.
#[derive(Debug)]
pub(crate) struct Leased {
    /// The instant before the question left.
    pub(crate) asked: Instant,
    /// The instant the answer came.
    pub(crate) received: Instant,
    pub(crate) leases: Vec<Lease>,
    /// Leases that this version cannot make sense of.
    pub(crate) refused: Vec<Undecodable>,
    /// The agent is to drain.
    pub(crate) drain: bool,
}

impl Leased {
    /// Whether nothing came, and sooner than a poll waits: asking again at once would go round and round.
    pub(crate) fn came_in_vain(&self) -> bool {
        self.leases.is_empty() && self.refused.is_empty() && self.received - self.asked < SHORTEST_WAIT
    }
}

/// A lease that this version cannot make sense of.
#[derive(Debug)]
pub(crate) struct Undecodable {
    pub(crate) key: RunKey,
    pub(crate) reason: Reason,
}

impl Client {
    /// Waits for work. Tries once: whoever polls asks again under the same number.
    pub(crate) async fn lease_runs(
        &self,
        poll_seq: u64,
        free: Free,
        wait: Duration,
    ) -> Result<Leased, CallError> {
        let request = pb::LeaseRunsRequest {
            agent_id: String::new(),
            poll_seq,
            free_slots: free.slots,
            free_background_slots: free.background,
            wait_ms: to_ms(wait),
        };
        let patience = Patience::once(wait + GRACE);
        let answer = self
            .call(patience, request, |mut stub, q| async move {
                stub.lease_runs(q).await
            })
            .await?;
        let mut leased = Leased {
            asked: answer.asked,
            received: Instant::now(),
            leases: Vec::new(),
            refused: Vec::new(),
            drain: answer.reply.drain,
        };
        for lease in answer.reply.leases {
            match decode_lease(lease) {
                Ok(lease) => leased.leases.push(lease),
                Err(refused) => leased.refused.push(refused),
            }
        }
        Ok(leased)
    }
}

fn decode_lease(lease: pb::Lease) -> Result<Lease, Undecodable> {
    let kind = decode_kind(&lease);
    let key = RunKey {
        run_id: lease.run_id,
        epoch: lease.epoch,
    };
    let undecodable = |reason| Undecodable {
        key: key.clone(),
        reason,
    };
    let spec = decode_hash(&lease.spec_hash).map_err(undecodable)?;
    let flow_specs = decode_hashes(&lease.flow_spec_hashes).map_err(undecodable)?;
    let period = decode_period(lease.period).map_err(undecodable)?;
    Ok(Lease {
        key,
        kind,
        attempt: lease.attempt,
        tenant_ref: lease.tenant_ref,
        spec,
        flow_specs,
        shop_is_master: lease.shop_is_master,
        length: Duration::from_millis(lease.lease_ms),
        slice: decode_slice(lease.slice),
        cursor: lease.cursor.map(Cursor::new),
        keys: lease.keys,
        period,
        source: lease.source.map(decode_connection),
        target: lease.target.map(decode_connection),
    })
}

fn decode_hash(bytes: &[u8]) -> Result<Option<Fingerprint>, Reason> {
    if bytes.is_empty() {
        return Ok(None);
    }
    Fingerprint::from_bytes(bytes)
        .map(Some)
        .ok_or_else(|| not_understood("spec_hash"))
}

fn decode_hashes(hashes: &[Vec<u8>]) -> Result<Vec<Fingerprint>, Reason> {
    let known = |hash: &Vec<u8>| Fingerprint::from_bytes(hash);
    hashes
        .iter()
        .map(|hash| known(hash).ok_or_else(|| not_understood("flow_spec_hashes")))
        .collect()
}

fn decode_period(period: Option<pb::Period>) -> Result<Option<Period>, Reason> {
    let Some(period) = period else {
        return Ok(None);
    };
    match (period.from.parse(), period.to.parse()) {
        (Ok(from), Ok(to)) if from <= to => Ok(Some(Period { from, to })),
        _ => Err(not_understood("period")),
    }
}

fn not_understood(field: &str) -> Reason {
    Reason::new(Class::Transient, "lease_not_understood").with("field", field)
}

fn decode_kind(lease: &pb::Lease) -> Kind {
    match lease.kind() {
        pb::RunKind::Sync => Kind::Sync,
        pb::RunKind::Backfill => Kind::Backfill,
        pb::RunKind::Replay => Kind::Replay,
        pb::RunKind::Reconcile => Kind::Reconcile,
        pb::RunKind::Check => Kind::Check,
        pb::RunKind::Discover => Kind::Discover,
        pb::RunKind::Preflight => Kind::Preflight,
        pb::RunKind::DryRun => Kind::DryRun(decode_dry_run(lease.dry_run.as_ref())),
        pb::RunKind::Authorize => Kind::Other("authorize".to_owned()),
        pb::RunKind::Unspecified => Kind::Other("unknown".to_owned()),
    }
}

/// What is not said is new records, as many as may be.
fn decode_dry_run(ask: Option<&pb::DryRunAsk>) -> DryRunAsk {
    let asked_for = ask.map_or(0, |ask| ask.max_records as usize);
    DryRunAsk {
        everything: ask.is_some_and(|ask| ask.everything),
        records: match asked_for {
            0 => MOST_RECORDS,
            some => some.min(MOST_RECORDS),
        },
    }
}

fn decode_slice(slice: Option<pb::Slice>) -> Slice {
    match slice {
        Some(slice) if slice.max_ms > 0 && slice.max_records > 0 => Slice {
            length: Duration::from_millis(slice.max_ms),
            records: slice.max_records as usize,
        },
        _ => SLICE,
    }
}

fn decode_connection(access: pb::ConnectionAccess) -> Connection {
    Connection {
        reference: access.connection_ref,
        connector: access.connector,
        settings: access.settings.into_iter().collect(),
        secrets: secret_map(access.secrets),
        shop_ref: access.shop_ref,
        budget: access.grant.map(decode_grant).unwrap_or_default(),
    }
}

fn secret_map(secrets: HashMap<String, String>) -> std::collections::BTreeMap<String, secrecy::SecretString> {
    secrets
        .into_iter()
        .map(|(name, secret)| (name, secret.into()))
        .collect()
}

pub(super) fn decode_grant(grant: pb::RequestGrant) -> RequestGrant {
    RequestGrant {
        count: grant.count,
        wait: Duration::from_millis(grant.wait_ms),
        interval: Duration::from_millis(grant.interval_ms),
        expires: Duration::from_millis(grant.expires_ms),
    }
}
