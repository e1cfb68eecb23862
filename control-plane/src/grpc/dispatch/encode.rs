//! What agents are told, in the words of the wire.

use std::{collections::HashMap, time::Duration};

use secrecy::ExposeSecret;
use skarv_canonical::{Fingerprint, spec::StreamSpec};
use skarv_domain::{
    dry_run::DryRunAsk, gate::Grant, lease::Answer, period::Period, run::RunKind, write::Verdict,
};
use skarv_proto::{
    agent::v1 as pb,
    convert::{
        reason::encode_reason,
        settings::{encode_stream_kind, encode_stream_spec},
    },
};
use skarv_store::{Access, Checkpointed, Leased, PreparedPage, Refresh, Renewed, Secrets};

use crate::app::dispatch::{Finished, Leases, Registered};

pub(super) fn registered(registered: &Registered) -> pb::RegisterResponse {
    let rejection = |(connector, reason): &(String, skarv_canonical::Reason)| pb::ConnectorRejection {
        connector: connector.clone(),
        reason: Some(encode_reason(reason)),
    };
    pb::RegisterResponse {
        agent_id: registered.agent.to_string(),
        token: registered.token.expose_secret().to_owned(),
        token_ms: ms(registered.token_lasts),
        lease_ms: ms(registered.lease),
        renew_ms: ms(registered.renew),
        rejected: registered.rejected.iter().map(rejection).collect(),
    }
}

pub(super) fn leases(leases: Leases) -> pb::LeaseRunsResponse {
    let slice = pb::Slice {
        max_ms: ms(leases.slice),
        max_records: leases.slice_records,
    };
    pb::LeaseRunsResponse {
        leases: leases.runs.into_iter().map(|run| lease(run, slice)).collect(),
        drain: leases.drain,
    }
}

fn lease(leased: Leased, slice: pb::Slice) -> pb::Lease {
    let (stream, flow) = (leased.stream.as_ref(), leased.flow.as_ref());
    pb::Lease {
        run_id: leased.run.to_string(),
        epoch: leased.epoch,
        kind: kind(leased.kind).into(),
        attempt: leased.attempt,
        tenant_ref: leased.tenant.to_string(),
        stream_kind: stream
            .map(|stream| encode_stream_kind(stream.kind).into())
            .unwrap_or_default(),
        spec_hash: stream
            .map(|stream| stream.spec.as_bytes().to_vec())
            .unwrap_or_default(),
        lease_ms: ms(leased.lease),
        slice: Some(slice),
        cursor: stream
            .and_then(|stream| stream.cursor.as_ref())
            .map(|cursor| cursor.as_str().to_owned()),
        verify: stream.is_some_and(|stream| stream.verify),
        keys: leased.keys,
        source: Some(access(leased.source)),
        target: leased.target.map(access),
        period: leased.period.map(period),
        flow_spec_hashes: flow
            .iter()
            .flat_map(|flow| &flow.specs)
            .map(|hash| hash.as_bytes().to_vec())
            .collect(),
        shop_is_master: flow.is_some_and(|flow| flow.shop_is_master),
        dry_run: leased.foresee.map(dry_run),
    }
}

fn period(period: Period) -> pb::Period {
    pb::Period {
        from: period.from.to_string(),
        to: period.to.to_string(),
    }
}

fn dry_run(ask: DryRunAsk) -> pb::DryRunAsk {
    pb::DryRunAsk {
        everything: ask.everything,
        max_records: ask.max_records,
    }
}

fn kind(kind: RunKind) -> pb::RunKind {
    match kind {
        RunKind::Sync => pb::RunKind::Sync,
        RunKind::Backfill => pb::RunKind::Backfill,
        RunKind::Replay => pb::RunKind::Replay,
        RunKind::DryRun => pb::RunKind::DryRun,
        RunKind::Preflight => pb::RunKind::Preflight,
        RunKind::Reconcile => pb::RunKind::Reconcile,
        RunKind::Check => pb::RunKind::Check,
        RunKind::Discover => pb::RunKind::Discover,
        RunKind::Authorize => pb::RunKind::Authorize,
    }
}

/// The one place where secrets leave the control plane: inside a lease, for that run.
fn access(access: Access) -> pb::ConnectionAccess {
    pb::ConnectionAccess {
        connection_ref: access.connection.to_string(),
        connector: access.connector,
        settings: access.settings.into_iter().collect(),
        secrets: secrets(&access.secrets),
        secret_version: access.secret_version,
        shop_ref: access
            .shop_ref
            .map(|shop_ref| shop_ref.to_string())
            .unwrap_or_default(),
        grant: Some(grant(access.grant)),
    }
}

fn secrets(secrets: &Secrets) -> HashMap<String, String> {
    secrets
        .iter()
        .map(|(name, secret)| (name.to_owned(), secret.expose_secret().to_owned()))
        .collect()
}

pub(super) fn grant(grant: Grant) -> pb::RequestGrant {
    pb::RequestGrant {
        count: grant.count,
        wait_ms: ms_up(grant.wait),
        interval_ms: ms_up(grant.interval),
        expires_ms: ms(grant.expires),
    }
}

pub(super) fn spec((hash, spec): &(Fingerprint, StreamSpec)) -> pb::AddressedSpec {
    pb::AddressedSpec {
        hash: hash.as_bytes().to_vec(),
        spec: Some(encode_stream_spec(spec)),
    }
}

pub(super) fn renewed(renewed: &Renewed) -> pb::RenewedRun {
    pb::RenewedRun {
        run_id: renewed.run.to_string(),
        status: status(renewed.answer).into(),
        lease_ms: ms(renewed.lease),
    }
}

pub(super) fn prepared(run_id: String, page: PreparedPage) -> pb::PreparedPage {
    let demand = |(sku, quantity)| pb::OpenDemand { sku, quantity };
    pb::PreparedPage {
        run_id,
        status: status(page.answer).into(),
        verdicts: page
            .verdicts
            .into_iter()
            .map(|(write_no, verdict)| write_verdict(write_no, verdict))
            .collect(),
        demand: page.demand.into_iter().map(demand).collect(),
        demand_complete: page.demand_complete,
        unread: page.unread,
    }
}

fn write_verdict(write_no: u32, verdict: Verdict) -> pb::WriteVerdict {
    let told = |verdict: pb::Verdict, foreign_id, write: Duration, wait: Duration| pb::WriteVerdict {
        write_no,
        verdict: verdict.into(),
        foreign_id,
        write_ms: ms(write),
        wait_ms: ms_up(wait),
    };
    let (nothing, nobody) = (Duration::ZERO, String::new());
    match verdict {
        Verdict::New { grant } => told(pb::Verdict::New, nobody, grant, nothing),
        Verdict::Held { grant } => told(pb::Verdict::Held, nobody, grant, nothing),
        Verdict::Unchanged { foreign_id } => told(pb::Verdict::Unchanged, foreign_id, nothing, nothing),
        Verdict::Linked { foreign_id, grant } => told(pb::Verdict::Linked, foreign_id, grant, nothing),
        Verdict::Pending { wait, grant } => told(pb::Verdict::Pending, nobody, grant, wait),
        Verdict::Busy { wait } => told(pb::Verdict::Busy, nobody, nothing, wait),
        Verdict::Unknown => told(pb::Verdict::Unknown, nobody, nothing, nothing),
    }
}

pub(super) fn checkpointed(run_id: String, result: Checkpointed) -> pb::CheckpointResult {
    pb::CheckpointResult {
        run_id,
        status: status(result.answer).into(),
        conflicts: result.conflicts,
    }
}

pub(super) fn finished(finished: &Finished) -> pb::FinishResult {
    pb::FinishResult {
        run_id: finished.run.to_string(),
        status: status(finished.answer).into(),
    }
}

pub(super) fn refresh(refresh: Refresh) -> pb::BeginCredentialRefreshResponse {
    use pb::begin_credential_refresh_response::Answer::{Granted, Newer, WaitMs};
    let credentials = |known: &Secrets, secret_version| pb::CredentialGrant {
        secrets: secrets(known),
        secret_version,
    };
    let answer = match refresh {
        Refresh::Lost => None,
        Refresh::Granted(known, version) => Some(Granted(credentials(&known, version))),
        Refresh::Newer(known, version) => Some(Newer(credentials(&known, version))),
        Refresh::Wait(wait) => Some(WaitMs(ms_up(wait))),
    };
    pb::BeginCredentialRefreshResponse {
        status: held(answer.is_some()).into(),
        answer,
    }
}

/// `OK` while the lease is held, else `LOST`.
pub(super) fn held(held: bool) -> pb::RunStatus {
    status(if held { Answer::Ok } else { Answer::Lost })
}

fn status(answer: Answer) -> pb::RunStatus {
    match answer {
        Answer::Ok => pb::RunStatus::Ok,
        Answer::Lost => pb::RunStatus::Lost,
        Answer::Cancel => pb::RunStatus::Cancel,
        Answer::Pause => pb::RunStatus::Pause,
        Answer::NotAllowed => pb::RunStatus::NotAllowed,
    }
}

/// Whole milliseconds, rounded down: a right never grows on the wire.
fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Whole milliseconds, rounded up: a wait never shrinks on the wire.
fn ms_up(span: Duration) -> u64 {
    u64::try_from(span.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_never_grows_and_a_wait_never_shrinks_on_the_wire() {
        let (wait, grant) = (Duration::from_micros(1_001), Duration::from_micros(59_999_999));
        let told = write_verdict(7, Verdict::Pending { wait, grant });
        assert_eq!((told.write_no, told.wait_ms, told.write_ms), (7, 2, 59_999));
    }

    #[test]
    fn waits_of_a_grant_are_not_cut_short() {
        let chunk = Grant {
            count: 2,
            wait: Duration::from_micros(500),
            interval: Duration::from_micros(33_333),
            expires: Duration::from_micros(2_500),
        };
        let told = grant(chunk);
        assert_eq!((told.wait_ms, told.interval_ms, told.expires_ms), (1, 34, 2));
    }
}
