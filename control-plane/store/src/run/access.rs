//! What an agent needs for the runs it was leased: settings, secrets and cursors, put together after the commit.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{ColumnTrait, QueryFilter, prelude::Uuid};
use skarv_canonical::{
    Class, Cursor, Fingerprint, Reason,
    descriptor::Side,
    spec::{StreamKind, StreamSpec},
};
use skarv_domain::{
    Error, Result,
    auth::Scope,
    dry_run::DryRunAsk,
    id::{AgentId, ConnectionId, FlowId, RunId, StreamId, TenantId},
    run::{FinishOutcome, RunKind, Totals},
    stream::{direction, parse_kind},
};

use super::{
    Access, FinishItem, LeaseAnswer, LeasePoll, Leased, LeasedFlow, LeasedStream,
    admission::connections,
    lease::{Taken, TakenRun},
    rows,
};
use crate::{
    connection,
    entity::{connection as connection_row, stream},
    error::{of_db, unreadable},
    group::Typed,
    json,
    open::Store,
    secret,
};

impl Store {
    /// Leases runs to all polls that wait, each as many as it has room for. Answers in the order asked; it does not wait.
    pub async fn run_lease(&self, polls: Vec<LeasePoll>) -> Result<Vec<LeaseAnswer>> {
        let agents: Vec<_> = polls.iter().map(|poll| poll.agent).collect();
        let taken = self.typed(polls, Typed::Lease).await?;
        let known = self.connections_of(&taken).await?;
        let mut answers = Vec::new();
        for (agent, taken) in agents.into_iter().zip(taken) {
            let mut leases = Vec::new();
            for run in taken.runs {
                leases.extend(self.leased(agent, run, &known).await?);
            }
            answers.push(LeaseAnswer {
                known: taken.known,
                drain: taken.drain,
                leases,
            });
        }
        Ok(answers)
    }

    async fn connections_of(&self, taken: &[Taken]) -> Result<HashMap<Uuid, connection_row::Model>> {
        let ids: Vec<_> = taken
            .iter()
            .flat_map(|taken| &taken.runs)
            .flat_map(|run| connections(&run.run))
            .collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let scope = Scope::System("connections of leased runs");
        let found = connection_row::within(&scope).filter(connection_row::Column::Id.is_in(ids));
        let rows = found.all(self.reader()).await.map_err(of_db)?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }

    /// The lease with all that is needed, or nothing when that cannot be put together: then the run ends with the reason.
    async fn leased(
        &self,
        agent: AgentId,
        taken: TakenRun,
        known: &HashMap<Uuid, connection_row::Model>,
    ) -> Result<Option<Leased>> {
        let (run, epoch) = (RunId::from_uuid(taken.run.id), taken.run.epoch.unsigned_abs());
        match self.put_together(taken, known).await {
            Ok(leased) => Ok(Some(leased)),
            Err(error) => {
                tracing::error!(%run, %error, "a leased run cannot be handed out");
                self.run_finish(agent, vec![unreadable_access(run, epoch)])
                    .await?;
                Ok(None)
            }
        }
    }

    async fn put_together(
        &self,
        taken: TakenRun,
        known: &HashMap<Uuid, connection_row::Model>,
    ) -> Result<Leased> {
        let kind = rows::kind_of(&taken.run)?;
        let foresee: Option<DryRunAsk> = json::read_of(taken.run.foresee.as_deref())?;
        let source = self.access(taken.run.source_id, &taken, known).await?;
        let target = match taken.run.target_id {
            Some(id) => Some(self.access(id, &taken, known).await?),
            None => None,
        };
        Ok(Leased {
            run: RunId::from_uuid(taken.run.id),
            epoch: taken.run.epoch.unsigned_abs(),
            kind,
            attempt: taken.run.attempt.unsigned_abs() + 1,
            tenant: TenantId::from_uuid(taken.run.tenant_id),
            flow: self.leased_flow(kind, taken.stream.as_ref()).await?,
            stream: taken
                .stream
                .map(|stream| leased_stream(kind, foresee, stream))
                .transpose()?,
            foresee,
            keys: json::read_of(taken.run.keys.as_deref())?.unwrap_or_default(),
            period: json::read_of(taken.run.period.as_deref())?,
            source,
            target,
            lease: self.0.rules.config.lease,
        })
    }

    async fn leased_flow(&self, kind: RunKind, stream: Option<&stream::Model>) -> Result<Option<LeasedFlow>> {
        let Some(stream) = stream.filter(|_| kind == RunKind::Preflight) else {
            return Ok(None);
        };
        let scope = Scope::System("pre-flight check");
        let flow = self.flow_by_id(&scope, FlowId::from_uuid(stream.flow_id)).await?;
        let products = direction(flow.spec.template, StreamKind::Products);
        Ok(Some(LeasedFlow {
            specs: flow.spec.streams().iter().map(StreamSpec::hash).collect(),
            shop_is_master: products == Some((Side::Shop, Side::Erp)),
        }))
    }

    async fn access(
        &self,
        id: Uuid,
        taken: &TakenRun,
        known: &HashMap<Uuid, connection_row::Model>,
    ) -> Result<Access> {
        let row = known.get(&id).ok_or_else(|| Error::not_found("connection", id))?;
        let vault = Arc::clone(&self.0.vault);
        let secrets = secret::open(self.reader(), &vault, row).await?;
        let grant = taken
            .grants
            .get(&id)
            .copied()
            .ok_or_else(|| Error::internal("a lease without a grant"))?;
        let connection = connection::read(row.clone())?;
        Ok(Access {
            connection: ConnectionId::from_uuid(id),
            connector: connection.connector,
            settings: connection.settings,
            secrets,
            secret_version: connection.secret_version,
            shop_ref: connection.shop_ref,
            grant,
        })
    }
}

fn leased_stream(kind: RunKind, foresee: Option<DryRunAsk>, row: stream::Model) -> Result<LeasedStream> {
    let cursor = match kind {
        RunKind::Sync => row.cursor,
        // everything begins at the beginning
        RunKind::DryRun => row.cursor.filter(|_| foresee.is_some_and(|ask| !ask.everything)),
        RunKind::Backfill => row.backfill_cursor,
        RunKind::Replay
        | RunKind::Reconcile
        | RunKind::Check
        | RunKind::Discover
        | RunKind::Authorize
        | RunKind::Preflight => None,
    };
    Ok(LeasedStream {
        id: StreamId::from_uuid(row.id),
        kind: parse_kind(&row.kind).ok_or_else(unreadable("kind of stream"))?,
        spec: Fingerprint::from_bytes(&row.spec_hash).ok_or_else(unreadable("spec hash"))?,
        cursor: cursor.map(Cursor::new),
        verify: row.verify,
    })
}

/// Secrets that do not open will not open the next time either: a person must set them anew.
fn unreadable_access(run: RunId, epoch: u64) -> FinishItem {
    let error = Reason::new(Class::Credentials, "credentials_unreadable").fix("set_credentials");
    FinishItem {
        run,
        epoch,
        outcome: FinishOutcome::Failed,
        error: Some(error),
        retry: None,
        block: true,
        totals: Totals::default(),
        result: None,
        check: None,
    }
}
