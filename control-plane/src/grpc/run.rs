//! `RunService`: pieces of work, and waiting for them to end.

use std::time::Duration;

use skarv_domain::{
    error::{Error, Result},
    run::{Phase, RunKind, Totals},
};
use skarv_proto::{
    convert::settings::encode_time,
    v1::{self as pb, run_service_server::RunService},
};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open, discovery::encode_discovery};
use crate::app::{
    name::{RunName, TenantName},
    page::PageRequest,
    run::{CheckReport, Found, RunView},
};

#[tonic::async_trait]
impl RunService for Grpc {
    async fn get_run(
        &self,
        request: Request<pb::GetRunRequest>,
    ) -> Result<Response<pb::GetRunResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = RunName::parse("name", &request.name)?;
                let run = self.app.run_get(call.auth()?, &name).await?;
                Ok(pb::GetRunResponse {
                    run: Some(self.encode_run(&run)),
                })
            }
            .await,
        )
    }

    async fn list_runs(
        &self,
        request: Request<pb::ListRunsRequest>,
    ) -> Result<Response<pb::ListRunsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = TenantName::parse("parent", &request.parent)?;
                let page = PageRequest {
                    size: request.page_size,
                    token: request.page_token,
                };
                let page = self.app.run_list(call.auth()?, &parent, &page).await?;
                let runs = page.items.iter().map(|view| self.encode_run(view)).collect();
                Ok(pb::ListRunsResponse {
                    runs,
                    next_page_token: page.next_token,
                })
            }
            .await,
        )
    }

    async fn wait_run(
        &self,
        request: Request<pb::WaitRunRequest>,
    ) -> Result<Response<pb::WaitRunResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = RunName::parse("name", &request.name)?;
                let timeout = request.timeout.map(decode_timeout).transpose()?;
                let run = self.app.run_wait(call.auth()?, &name, timeout).await?;
                Ok(pb::WaitRunResponse {
                    run: Some(self.encode_run(&run)),
                })
            }
            .await,
        )
    }

    async fn cancel_run(
        &self,
        request: Request<pb::CancelRunRequest>,
    ) -> Result<Response<pb::CancelRunResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = RunName::parse("name", &request.name)?;
                let run = self.app.run_cancel(call.auth()?, &name).await?;
                Ok(pb::CancelRunResponse {
                    run: Some(self.encode_run(&run)),
                })
            }
            .await,
        )
    }
}

fn decode_timeout(timeout: prost_types::Duration) -> Result<Duration> {
    Duration::try_from(timeout).map_err(|_| Error::invalid("timeout", "must not be negative"))
}

impl Grpc {
    pub(super) fn encode_run(&self, view: &RunView) -> pb::Run {
        let mut told = self.encode_bare(view);
        match &view.found {
            Some(Found::Check(check)) => told.check = Some(self.encode_check(check)),
            Some(Found::Discovery(kept)) => told.discovery = encode_discovery(kept, view.run.ended_at),
            Some(Found::Preflight(kept)) => {
                told.preflight = self.encode_preflight(kept, view.ends.as_ref());
            }
            Some(Found::DryRun(kept)) => told.dry_run = self.encode_dry_run(kept),
            Some(Found::Reconciliation(kept)) => told.reconciliation = self.encode_reconciliation(kept),
            None => {}
        }
        told
    }

    fn encode_bare(&self, view: &RunView) -> pb::Run {
        let run = &view.run;
        pb::Run {
            name: view.name.to_string(),
            purpose: encode_purpose(run.kind).into(),
            state: encode_phase(run.phase).into(),
            subject: view.subject.clone(),
            totals: Some(encode_totals(run.totals)),
            error: run.error.as_ref().map(|reason| self.encode_reason(reason)),
            create_time: Some(encode_time(run.created_at)),
            end_time: run.ended_at.map(encode_time),
            percent: run.percent,
            ..pb::Run::default()
        }
    }

    fn encode_check(&self, check: &CheckReport) -> pb::ConnectionCheck {
        let items = check.items.iter().map(|item| pb::ConnectionCheckItem {
            code: item.code.clone(),
            problem: item.problem.as_ref().map(|reason| self.encode_reason(reason)),
        });
        pb::ConnectionCheck {
            items: items.collect(),
            title: check.title.clone(),
            system_version: check.system_version.clone(),
        }
    }
}

fn encode_purpose(kind: RunKind) -> pb::RunPurpose {
    match kind {
        RunKind::Sync => pb::RunPurpose::Sync,
        RunKind::Backfill => pb::RunPurpose::Backfill,
        RunKind::Replay => pb::RunPurpose::Replay,
        RunKind::DryRun => pb::RunPurpose::DryRun,
        RunKind::Preflight => pb::RunPurpose::Preflight,
        RunKind::Reconcile => pb::RunPurpose::Reconcile,
        RunKind::Check => pb::RunPurpose::Check,
        RunKind::Discover => pb::RunPurpose::Discover,
        RunKind::Authorize => pb::RunPurpose::Authorize,
    }
}

fn encode_phase(phase: Phase) -> pb::RunState {
    match phase {
        Phase::Queued => pb::RunState::Queued,
        Phase::Running => pb::RunState::Running,
        Phase::Succeeded => pb::RunState::Succeeded,
        Phase::Failed => pb::RunState::Failed,
        Phase::Cancelled => pb::RunState::Cancelled,
    }
}

fn encode_totals(totals: Totals) -> pb::RunTotals {
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
    pb::RunTotals {
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
