//! The gRPC edge: one file per service, decoding above, use cases in `app`, encoding below. Decides nothing.
//!
//! `status.rs` is the one place that makes a status. Who may call what is asked before anything here runs.

mod agent_pool;
mod api_key;
mod auth;
mod bounded;
mod call;
mod catalog;
mod connection;
mod discovery;
mod dispatch;
mod dry_run;
mod flow;
mod partner;
mod preflight;
mod reason;
mod reconciliation;
mod record;
mod run;
pub(crate) mod status;
mod tenant;

use std::sync::Arc;

use prost::Message;
use skarv_domain::error::{Error, Result};
use skarv_proto::{
    DESCRIPTOR_SET,
    agent::v1::dispatch_service_server::DispatchServiceServer,
    v1::{
        agent_pool_service_server::AgentPoolServiceServer, api_key_service_server::ApiKeyServiceServer,
        auth_service_server::AuthServiceServer, catalog_service_server::CatalogServiceServer,
        connection_service_server::ConnectionServiceServer, flow_service_server::FlowServiceServer,
        partner_service_server::PartnerServiceServer, record_service_server::RecordServiceServer,
        run_service_server::RunServiceServer, tenant_service_server::TenantServiceServer,
    },
};
use tonic::service::Routes;
use tonic_health::server::HealthReporter;

use crate::{
    app::{App, request::Once},
    messages::Messages,
};

/// The longest request.
const LONGEST_REQUEST: usize = 4 * 1024 * 1024;

/// All services.
#[derive(Clone, Debug)]
pub(crate) struct Grpc {
    pub(crate) app: Arc<App>,
    pub(crate) messages: Arc<Messages>,
}

impl Grpc {
    /// The answer to a request that is done once: as it was encoded the first time, or encoded now and remembered.
    async fn once<T, M: Message + Default>(&self, made: Once<T>, encode: impl FnOnce(&T) -> M) -> Result<M> {
        match made {
            Once::Before(reply) => M::decode(reply.as_slice()).map_err(Error::internal),
            Once::Now(made, mark) => {
                let reply = encode(&made);
                if let Some(mark) = mark {
                    self.app.request_answered(&mark, reply.encode_to_vec()).await;
                }
                Ok(reply)
            }
        }
    }
}

/// The services, with reflection, and with health as the reporter has it.
pub(crate) fn routes(grpc: &Grpc) -> Result<(Routes, HealthReporter), tonic_reflection::server::Error> {
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let (reporter, health) = tonic_health::server::health_reporter();
    let most = LONGEST_REQUEST;
    let routes = Routes::new(reflection)
        .add_service(health)
        .add_service(AuthServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(ApiKeyServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(PartnerServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(TenantServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(CatalogServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(ConnectionServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(FlowServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(RunServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(RecordServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(AgentPoolServiceServer::new(grpc.clone()).max_decoding_message_size(most))
        .add_service(DispatchServiceServer::new(grpc.clone()).max_decoding_message_size(most));
    Ok((routes, reporter))
}
