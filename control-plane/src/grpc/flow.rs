//! `FlowService`: what moves between a tenant's systems, and the streams it is made of.

use skarv_domain::{
    error::{Error, Result},
    flow::FlowState,
    stream::StreamState,
};
use skarv_proto::{
    convert::{
        Malformed,
        settings::{
            decode_order_settings, decode_template, encode_order_settings, encode_stream_kind,
            encode_template, encode_time,
        },
    },
    v1::{self as pb, flow_service_server::FlowService},
};
use tonic::{Request, Response, Status};

mod update;

use super::{Grpc, call::open};
use crate::app::{
    flow::{CreateFlow, FlowView, ReconcileFlow, StreamView},
    name::{ConnectionName, FlowName, StreamName, TenantName},
    page::PageRequest,
    request::Options,
};

#[tonic::async_trait]
impl FlowService for Grpc {
    async fn create_flow(
        &self,
        request: Request<pb::CreateFlowRequest>,
    ) -> Result<Response<pb::CreateFlowResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, create) = (call.auth()?, decode_create_flow(request)?);
                let made = self.app.flow_create(auth, create).await?;
                self.once(made, |view| pb::CreateFlowResponse {
                    flow: Some(encode_flow(view)),
                })
                .await
            }
            .await,
        )
    }

    async fn get_flow(
        &self,
        request: Request<pb::GetFlowRequest>,
    ) -> Result<Response<pb::GetFlowResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = FlowName::parse("name", &request.name)?;
                let flow = self.app.flow_get(call.auth()?, &name).await?;
                Ok(pb::GetFlowResponse {
                    flow: Some(encode_flow(&flow)),
                })
            }
            .await,
        )
    }

    async fn list_flows(
        &self,
        request: Request<pb::ListFlowsRequest>,
    ) -> Result<Response<pb::ListFlowsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = TenantName::parse("parent", &request.parent)?;
                let page = PageRequest {
                    size: request.page_size,
                    token: request.page_token,
                };
                let page = self.app.flow_list(call.auth()?, &parent, &page).await?;
                let flows = page.items.iter().map(encode_flow).collect();
                Ok(pb::ListFlowsResponse {
                    flows,
                    next_page_token: page.next_token,
                })
            }
            .await,
        )
    }

    async fn update_flow(
        &self,
        request: Request<pb::UpdateFlowRequest>,
    ) -> Result<Response<pb::UpdateFlowResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, update) = (call.auth()?, update::decode(request)?);
                let made = self.app.flow_update(auth, update).await?;
                self.once(made, |view| pb::UpdateFlowResponse {
                    flow: Some(encode_flow(view)),
                })
                .await
            }
            .await,
        )
    }

    async fn activate_flow(
        &self,
        request: Request<pb::ActivateFlowRequest>,
    ) -> Result<Response<pb::ActivateFlowResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = FlowName::parse("name", &request.name)?;
                let flow = self.app.flow_activate(call.auth()?, &name).await?;
                Ok(pb::ActivateFlowResponse {
                    flow: Some(encode_flow(&flow)),
                })
            }
            .await,
        )
    }

    async fn pause_flow(
        &self,
        request: Request<pb::PauseFlowRequest>,
    ) -> Result<Response<pb::PauseFlowResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = FlowName::parse("name", &request.name)?;
                let flow = self.app.flow_pause(call.auth()?, &name).await?;
                Ok(pb::PauseFlowResponse {
                    flow: Some(encode_flow(&flow)),
                })
            }
            .await,
        )
    }

    async fn list_streams(
        &self,
        request: Request<pb::ListStreamsRequest>,
    ) -> Result<Response<pb::ListStreamsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = FlowName::parse("parent", &request.parent)?;
                let streams = self.app.stream_list(call.auth()?, &parent).await?;
                Ok(pb::ListStreamsResponse {
                    streams: streams.iter().map(|view| self.encode_stream(view)).collect(),
                })
            }
            .await,
        )
    }

    async fn run_stream(
        &self,
        request: Request<pb::RunStreamRequest>,
    ) -> Result<Response<pb::RunStreamResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = StreamName::parse("name", &request.name)?;
                let run = self.app.stream_run(call.auth()?, &name).await?;
                Ok(pb::RunStreamResponse {
                    run: Some(self.encode_run(&run)),
                })
            }
            .await,
        )
    }

    async fn reconcile_flow(
        &self,
        request: Request<pb::ReconcileFlowRequest>,
    ) -> Result<Response<pb::ReconcileFlowResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let asked = ReconcileFlow {
                    name: FlowName::parse("name", &request.name)?,
                    from: request.from,
                    to: request.to,
                    options: Options {
                        request_id: request.request_id,
                        validate_only: false,
                    },
                };
                let made = self.app.flow_reconcile(call.auth()?, asked).await?;
                let answer = |run: &_| pb::ReconcileFlowResponse {
                    run: Some(self.encode_run(run)),
                };
                self.once(made, answer).await
            }
            .await,
        )
    }
}

fn decode_create_flow(request: pb::CreateFlowRequest) -> Result<CreateFlow> {
    let flow = request
        .flow
        .ok_or_else(|| Error::invalid("flow", "is required"))?;
    let template =
        decode_template(flow.template()).ok_or_else(|| Error::invalid("flow.template", "is required"))?;
    let orders = flow
        .order_settings
        .ok_or_else(|| Error::invalid("flow.order_settings", "is required"))?;
    Ok(CreateFlow {
        parent: TenantName::parse("parent", &request.parent)?,
        id: request.flow_id,
        template,
        shop: ConnectionName::parse("flow.shop_connection", &flow.shop_connection)?,
        erp: ConnectionName::parse("flow.erp_connection", &flow.erp_connection)?,
        orders: decode_order_settings(orders)
            .map_err(|malformed| inside("flow.order_settings", &malformed))?,
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

/// A malformed field, seen from the whole request.
fn inside(outer: &str, malformed: &Malformed) -> Error {
    Error::invalid(format!("{outer}.{}", malformed.field), &malformed.problem)
}

fn encode_flow(view: &FlowView) -> pb::Flow {
    let FlowView { name, flow } = view;
    let connection = |slug: &str| format!("tenants/{}/connections/{slug}", name.tenant);
    pb::Flow {
        name: name.to_string(),
        template: encode_template(flow.spec.template).into(),
        shop_connection: connection(&flow.spec.shop),
        erp_connection: connection(&flow.spec.erp),
        order_settings: Some(encode_order_settings(&flow.spec.orders)),
        state: encode_flow_state(flow.state).into(),
        etag: flow.etag.to_string(),
        create_time: Some(encode_time(flow.created_at)),
    }
}

fn encode_flow_state(state: FlowState) -> pb::FlowState {
    match state {
        FlowState::Paused => pb::FlowState::Paused,
        FlowState::Active => pb::FlowState::Active,
    }
}

impl Grpc {
    fn encode_stream(&self, view: &StreamView) -> pb::Stream {
        let StreamView { name, stream } = view;
        let run = |run| format!("tenants/{}/runs/{run}", name.flow.tenant);
        pb::Stream {
            name: name.to_string(),
            kind: encode_stream_kind(stream.kind).into(),
            state: encode_stream_state(stream.state).into(),
            block_reason: stream
                .block_reason
                .as_ref()
                .map(|reason| self.encode_reason(reason)),
            interval: prost_types::Duration::try_from(stream.interval).ok(),
            last_ok_time: stream.last_ok_at.map(encode_time),
            active_run: stream.active_run.map(run).unwrap_or_default(),
        }
    }
}

fn encode_stream_state(state: StreamState) -> pb::StreamState {
    match state {
        StreamState::Off => pb::StreamState::Off,
        StreamState::On => pb::StreamState::On,
        StreamState::Paused => pb::StreamState::Paused,
        StreamState::Blocked => pb::StreamState::Blocked,
    }
}
