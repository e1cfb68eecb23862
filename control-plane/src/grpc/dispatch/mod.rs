//! `DispatchService`: work for agents.

mod decode;
mod encode;

use skarv_domain::error::Result;
use skarv_proto::{
    agent::v1::{self as pb, dispatch_service_server::DispatchService},
    convert::settings::decode_time,
};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};

#[tonic::async_trait]
impl DispatchService for Grpc {
    async fn register(
        &self,
        request: Request<pb::RegisterRequest>,
    ) -> Result<Response<pb::RegisterResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let register = decode::register(request)?;
                let registered = self.app.agent_register(call.enrolment_token()?, register).await?;
                Ok(encode::registered(&registered))
            }
            .await,
        )
    }

    async fn lease_runs(
        &self,
        request: Request<pb::LeaseRunsRequest>,
    ) -> Result<Response<pb::LeaseRunsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                Ok(encode::leases(
                    self.app
                        .runs_lease(call.auth()?, decode::lease_ask(request))
                        .await?,
                ))
            }
            .await,
        )
    }

    async fn batch_get_specs(
        &self,
        request: Request<pb::BatchGetSpecsRequest>,
    ) -> Result<Response<pb::BatchGetSpecsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let hashes = decode::hashes(&request.hashes)?;
                let specs = self.app.specs_get(call.auth()?, &hashes).await?;
                Ok(pb::BatchGetSpecsResponse {
                    specs: specs.iter().map(encode::spec).collect(),
                })
            }
            .await,
        )
    }

    async fn renew_leases(
        &self,
        request: Request<pb::RenewLeasesRequest>,
    ) -> Result<Response<pb::RenewLeasesResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let held = decode::held(request.held)?;
                let (agent, last) = (&request.agent_id, request.last_poll_seq);
                let answer = self.app.leases_renew(call.auth()?, agent, last, held).await?;
                let results = answer.results.iter().map(encode::renewed).collect();
                Ok(pb::RenewLeasesResponse {
                    results,
                    drain: answer.drain,
                })
            }
            .await,
        )
    }

    async fn prepare_writes(
        &self,
        request: Request<pb::PrepareWritesRequest>,
    ) -> Result<Response<pb::PrepareWritesResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let runs: Vec<_> = request.pages.iter().map(|page| page.run_id.clone()).collect();
                let pages = request
                    .pages
                    .into_iter()
                    .map(decode::prepare_page)
                    .collect::<Result<_>>()?;
                let prepared = self
                    .app
                    .writes_prepare(call.auth()?, &request.agent_id, pages)
                    .await?;
                let pages = runs
                    .into_iter()
                    .zip(prepared)
                    .map(|(run, page)| encode::prepared(run, page))
                    .collect();
                Ok(pb::PrepareWritesResponse { pages })
            }
            .await,
        )
    }

    async fn checkpoint(
        &self,
        request: Request<pb::CheckpointRequest>,
    ) -> Result<Response<pb::CheckpointResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let runs: Vec<_> = request.items.iter().map(|item| item.run_id.clone()).collect();
                let items = request
                    .items
                    .into_iter()
                    .map(decode::checkpoint_item)
                    .collect::<Result<_>>()?;
                let settled = self
                    .app
                    .checkpoint(call.auth()?, &request.agent_id, items)
                    .await?;
                let results = runs
                    .into_iter()
                    .zip(settled)
                    .map(|(run, item)| encode::checkpointed(run, item))
                    .collect();
                Ok(pb::CheckpointResponse { results })
            }
            .await,
        )
    }

    async fn finish_run(
        &self,
        request: Request<pb::FinishRunRequest>,
    ) -> Result<Response<pb::FinishRunResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let items = request
                    .items
                    .into_iter()
                    .map(decode::finish)
                    .collect::<Result<_>>()?;
                let finished = self
                    .app
                    .runs_finish(call.auth()?, &request.agent_id, items)
                    .await?;
                Ok(pb::FinishRunResponse {
                    results: finished.iter().map(encode::finished).collect(),
                })
            }
            .await,
        )
    }

    async fn reserve_requests(
        &self,
        request: Request<pb::ReserveRequestsRequest>,
    ) -> Result<Response<pb::ReserveRequestsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let pb::ReserveRequestsRequest {
                    agent_id,
                    run_id,
                    epoch,
                    connection_ref,
                    count,
                } = request;
                let connecting = decode::connecting(agent_id, &run_id, epoch, &connection_ref)?;
                let grant = self
                    .app
                    .requests_reserve(call.auth()?, &connecting, count)
                    .await?;
                let status = encode::held(grant.is_some()).into();
                Ok(pb::ReserveRequestsResponse {
                    status,
                    grant: grant.map(encode::grant),
                })
            }
            .await,
        )
    }

    async fn report_throttle(
        &self,
        request: Request<pb::ReportThrottleRequest>,
    ) -> Result<Response<pb::ReportThrottleResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let pb::ReportThrottleRequest {
                    agent_id,
                    run_id,
                    epoch,
                    connection_ref,
                    retry_ms,
                    kind: _,
                } = request;
                let connecting = decode::connecting(agent_id, &run_id, epoch, &connection_ref)?;
                let alone = std::time::Duration::from_millis(retry_ms);
                let held = self.app.throttle_report(call.auth()?, &connecting, alone).await?;
                Ok(pb::ReportThrottleResponse {
                    status: encode::held(held).into(),
                })
            }
            .await,
        )
    }

    async fn begin_credential_refresh(
        &self,
        request: Request<pb::BeginCredentialRefreshRequest>,
    ) -> Result<Response<pb::BeginCredentialRefreshResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let pb::BeginCredentialRefreshRequest {
                    agent_id,
                    run_id,
                    epoch,
                    connection_ref,
                    secret_version,
                } = request;
                let connecting = decode::connecting(agent_id, &run_id, epoch, &connection_ref)?;
                let refresh = self
                    .app
                    .credential_refresh_begin(call.auth()?, &connecting, secret_version)
                    .await?;
                Ok(encode::refresh(refresh))
            }
            .await,
        )
    }

    async fn store_credential(
        &self,
        request: Request<pb::StoreCredentialRequest>,
    ) -> Result<Response<pb::StoreCredentialResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let connecting = decode::connecting(
                    request.agent_id,
                    &request.run_id,
                    request.epoch,
                    &request.connection_ref,
                )?;
                let (secrets, replaces) = (decode::secrets(request.secrets), request.secret_version);
                let ends = request.expires_at.and_then(decode_time);
                let version = self
                    .app
                    .credential_store(call.auth()?, &connecting, replaces, secrets, ends)
                    .await?;
                let status = encode::held(version.is_some()).into();
                Ok(pb::StoreCredentialResponse {
                    status,
                    secret_version: version.unwrap_or_default(),
                })
            }
            .await,
        )
    }

    async fn deregister(
        &self,
        request: Request<pb::DeregisterRequest>,
    ) -> Result<Response<pb::DeregisterResponse>, Status> {
        let (call, request) = open(request);
        // whatever the agent still holds goes back, named or not
        call.answer(
            async {
                self.app.agent_deregister(call.auth()?, &request.agent_id).await?;
                Ok(pb::DeregisterResponse {})
            }
            .await,
        )
    }
}
