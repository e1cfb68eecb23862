//! `FlowService`: what moves between a tenant's systems. The streams it is made of are in `stream`.

use skarv_domain::{
    error::{Error, Result},
    flow::FlowState,
};
use skarv_proto::{
    convert::{
        Malformed,
        settings::{
            decode_order_settings, decode_price_settings, decode_product_settings, decode_status_settings,
            decode_stock_settings, decode_template, encode_order_settings, encode_price_settings,
            encode_product_settings, encode_status_settings, encode_stock_settings, encode_template,
            encode_time,
        },
    },
    v1::{self as pb, flow_service_server::FlowService},
};
use tonic::{Request, Response, Status};

mod revision;
mod stream;
mod update;

use super::{Grpc, call::open};
use crate::app::{
    flow::{CreateFlow, DryRunStream, FlowView, PreflightFlow, ReconcileFlow, Settings},
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

    async fn update_stream(
        &self,
        request: Request<pb::UpdateStreamRequest>,
    ) -> Result<Response<pb::UpdateStreamResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, update) = (call.auth()?, stream::decode_update(request)?);
                let made = self.app.stream_update(auth, update).await?;
                let answer = |view: &_| pb::UpdateStreamResponse {
                    stream: Some(self.encode_stream(view)),
                };
                self.once(made, answer).await
            }
            .await,
        )
    }

    async fn start_initial_sync(
        &self,
        request: Request<pb::StartInitialSyncRequest>,
    ) -> Result<Response<pb::StartInitialSyncResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, start) = (call.auth()?, stream::decode_initial_sync(request)?);
                let made = self.app.initial_sync_start(auth, start).await?;
                let answer = |run: &_| pb::StartInitialSyncResponse {
                    run: Some(self.encode_run(run)),
                };
                self.once(made, answer).await
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
                    options: marked(request.request_id),
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

    async fn preflight_flow(
        &self,
        request: Request<pb::PreflightFlowRequest>,
    ) -> Result<Response<pb::PreflightFlowResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let asked = PreflightFlow {
                    name: FlowName::parse("name", &request.name)?,
                    options: marked(request.request_id),
                };
                let made = self.app.flow_preflight(call.auth()?, asked).await?;
                let answer = |run: &_| pb::PreflightFlowResponse {
                    run: Some(self.encode_run(run)),
                };
                self.once(made, answer).await
            }
            .await,
        )
    }

    async fn dry_run_stream(
        &self,
        request: Request<pb::DryRunStreamRequest>,
    ) -> Result<Response<pb::DryRunStreamResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let asked = decode_dry_run(request)?;
                let made = self.app.stream_dry_run(call.auth()?, asked).await?;
                let answer = |run: &_| pb::DryRunStreamResponse {
                    run: Some(self.encode_run(run)),
                };
                self.once(made, answer).await
            }
            .await,
        )
    }

    async fn list_flow_revisions(
        &self,
        request: Request<pb::ListFlowRevisionsRequest>,
    ) -> Result<Response<pb::ListFlowRevisionsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = FlowName::parse("parent", &request.parent)?;
                let page = PageRequest {
                    size: request.page_size,
                    token: request.page_token,
                };
                let page = self.app.flow_revision_list(call.auth()?, &parent, &page).await?;
                let told = page
                    .items
                    .iter()
                    .map(|changed| revision::encode_revision(&parent, changed));
                Ok(pb::ListFlowRevisionsResponse {
                    revisions: told.collect::<Result<_>>()?,
                    next_page_token: page.next_token,
                })
            }
            .await,
        )
    }

    async fn revert_flow(
        &self,
        request: Request<pb::RevertFlowRequest>,
    ) -> Result<Response<pb::RevertFlowResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, revert) = (call.auth()?, revision::decode_revert(request)?);
                let made = self.app.flow_revert(auth, revert).await?;
                self.once(made, |view| pb::RevertFlowResponse {
                    flow: Some(encode_flow(view)),
                })
                .await
            }
            .await,
        )
    }
}

/// The options of a request that only looks: it has nothing to check only.
fn marked(request_id: String) -> Options {
    Options {
        request_id,
        validate_only: false,
    }
}

fn decode_dry_run(request: pb::DryRunStreamRequest) -> Result<DryRunStream> {
    let everything = match pb::DryRunExtent::try_from(request.extent) {
        Ok(pb::DryRunExtent::Unspecified | pb::DryRunExtent::Changes) => false,
        Ok(pb::DryRunExtent::Everything) => true,
        Err(_) => return Err(Error::invalid("extent", "is none of this version")),
    };
    Ok(DryRunStream {
        name: StreamName::parse("name", &request.name)?,
        everything,
        max_records: request.max_records,
        options: marked(request.request_id),
    })
}

fn decode_create_flow(request: pb::CreateFlowRequest) -> Result<CreateFlow> {
    let flow = request
        .flow
        .ok_or_else(|| Error::invalid("flow", "is required"))?;
    Ok(CreateFlow {
        parent: TenantName::parse("parent", &request.parent)?,
        id: request.flow_id,
        template: decode_template(flow.template())
            .ok_or_else(|| Error::invalid("flow.template", "is required"))?,
        shop: ConnectionName::parse("flow.shop_connection", &flow.shop_connection)?,
        erp: ConnectionName::parse("flow.erp_connection", &flow.erp_connection)?,
        settings: decode_settings(flow)?,
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

/// What the streams of a flow are to do.
fn decode_settings(flow: pb::Flow) -> Result<Settings> {
    let orders = flow
        .order_settings
        .ok_or_else(|| Error::invalid("flow.order_settings", "is required"))?;
    let (products, prices, stock) = (flow.product_settings, flow.price_settings, flow.stock_settings);
    let status = flow.status_settings;
    Ok(Settings {
        orders: decode_order_settings(orders).map_err(inside("flow.order_settings"))?,
        products: products
            .map(decode_product_settings)
            .transpose()
            .map_err(inside("flow.product_settings"))?,
        prices: prices
            .map(|prices| decode_price_settings(&prices))
            .transpose()
            .map_err(inside("flow.price_settings"))?,
        stock: stock
            .map(decode_stock_settings)
            .transpose()
            .map_err(inside("flow.stock_settings"))?,
        status: status
            .map(decode_status_settings)
            .transpose()
            .map_err(inside("flow.status_settings"))?,
    })
}

/// A malformed field, seen from the whole request.
fn inside(outer: &str) -> impl FnOnce(Malformed) -> Error {
    move |malformed| Error::invalid(format!("{outer}.{}", malformed.field), malformed.problem)
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
        product_settings: flow.spec.products.as_ref().map(encode_product_settings),
        price_settings: flow.spec.prices.as_ref().map(encode_price_settings),
        stock_settings: flow.spec.stock.map(encode_stock_settings),
        status_settings: flow.spec.status.as_ref().map(encode_status_settings),
        revision: flow.revision,
    }
}

fn encode_flow_state(state: FlowState) -> pb::FlowState {
    match state {
        FlowState::Paused => pb::FlowState::Paused,
        FlowState::Active => pb::FlowState::Active,
    }
}
