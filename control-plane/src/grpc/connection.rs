//! `ConnectionService`: a tenant's credentials and settings. Secrets come in here and never go out.

use std::collections::{BTreeMap, HashMap};

use secrecy::SecretString;
use skarv_domain::{
    connection::ConnectionState,
    error::{Error, Result},
};
use skarv_proto::{
    convert::settings::encode_time,
    v1::{self as pb, connection_service_server::ConnectionService},
};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open, discovery::encode_discovery};
use crate::app::{
    connection::{ConnectionView, CreateConnection},
    name::{ConnectionName, TenantName},
    page::PageRequest,
    request::Options,
};

#[tonic::async_trait]
impl ConnectionService for Grpc {
    async fn create_connection(
        &self,
        request: Request<pb::CreateConnectionRequest>,
    ) -> Result<Response<pb::CreateConnectionResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, create) = (call.auth()?, decode_create_connection(request)?);
                let made = self.app.connection_create(auth, create).await?;
                let reply = |view: &ConnectionView| pb::CreateConnectionResponse {
                    connection: Some(self.encode_connection(view)),
                };
                self.once(made, reply).await
            }
            .await,
        )
    }

    async fn get_connection(
        &self,
        request: Request<pb::GetConnectionRequest>,
    ) -> Result<Response<pb::GetConnectionResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = ConnectionName::parse("name", &request.name)?;
                let found = self.app.connection_get(call.auth()?, &name).await?;
                Ok(pb::GetConnectionResponse {
                    connection: Some(self.encode_connection(&found)),
                })
            }
            .await,
        )
    }

    async fn list_connections(
        &self,
        request: Request<pb::ListConnectionsRequest>,
    ) -> Result<Response<pb::ListConnectionsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = TenantName::parse("parent", &request.parent)?;
                let page = PageRequest {
                    size: request.page_size,
                    token: request.page_token,
                };
                let page = self.app.connection_list(call.auth()?, &parent, &page).await?;
                let connections = page
                    .items
                    .iter()
                    .map(|view| self.encode_connection(view))
                    .collect();
                Ok(pb::ListConnectionsResponse {
                    connections,
                    next_page_token: page.next_token,
                })
            }
            .await,
        )
    }

    async fn set_credentials(
        &self,
        request: Request<pb::SetCredentialsRequest>,
    ) -> Result<Response<pb::SetCredentialsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = ConnectionName::parse("name", &request.name)?;
                let secrets = decode_secrets(request.secrets);
                let changed = self.app.credentials_set(call.auth()?, &name, secrets).await?;
                Ok(pb::SetCredentialsResponse {
                    connection: Some(self.encode_connection(&changed)),
                })
            }
            .await,
        )
    }

    async fn test_connection(
        &self,
        request: Request<pb::TestConnectionRequest>,
    ) -> Result<Response<pb::TestConnectionResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = ConnectionName::parse("name", &request.name)?;
                let run = self.app.connection_test(call.auth()?, &name).await?;
                Ok(pb::TestConnectionResponse {
                    run: Some(self.encode_run(&run)),
                })
            }
            .await,
        )
    }

    async fn discover_connection(
        &self,
        request: Request<pb::DiscoverConnectionRequest>,
    ) -> Result<Response<pb::DiscoverConnectionResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = ConnectionName::parse("name", &request.name)?;
                let run = self.app.connection_discover(call.auth()?, &name).await?;
                Ok(pb::DiscoverConnectionResponse {
                    run: Some(self.encode_run(&run)),
                })
            }
            .await,
        )
    }

    async fn get_discovery(
        &self,
        request: Request<pb::GetDiscoveryRequest>,
    ) -> Result<Response<pb::GetDiscoveryResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = ConnectionName::parse("name", &request.name)?;
                let found = self.app.discovery_get(call.auth()?, &name).await?;
                Ok(pb::GetDiscoveryResponse {
                    discovery: encode_discovery(&found.bytes, Some(found.at)),
                })
            }
            .await,
        )
    }
}

fn decode_create_connection(request: pb::CreateConnectionRequest) -> Result<CreateConnection> {
    let connection = request
        .connection
        .ok_or_else(|| Error::invalid("connection", "is required"))?;
    Ok(CreateConnection {
        parent: TenantName::parse("parent", &request.parent)?,
        id: request.connection_id,
        connector: connection.connector,
        settings: connection.settings.into_iter().collect(),
        secrets: decode_secrets(request.secrets),
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

fn decode_secrets(secrets: HashMap<String, String>) -> BTreeMap<String, SecretString> {
    secrets
        .into_iter()
        .map(|(name, secret)| (name, secret.into()))
        .collect()
}

impl Grpc {
    fn encode_connection(&self, view: &ConnectionView) -> pb::Connection {
        let connection = &view.connection;
        pb::Connection {
            name: view.name.to_string(),
            connector: connection.connector.clone(),
            settings: connection.settings.clone().into_iter().collect(),
            state: encode_state(connection.state).into(),
            block_reason: connection
                .block_reason
                .as_ref()
                .map(|reason| self.encode_reason(reason)),
            shop_ref: connection
                .shop_ref
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            verified: view.verified,
            etag: connection.etag.to_string(),
            create_time: Some(encode_time(connection.created_at)),
        }
    }
}

fn encode_state(state: ConnectionState) -> pb::ConnectionState {
    match state {
        ConnectionState::Draft => pb::ConnectionState::Draft,
        ConnectionState::Ok => pb::ConnectionState::Ok,
        ConnectionState::Blocked => pb::ConnectionState::Blocked,
        ConnectionState::NeedsReconnect => pb::ConnectionState::NeedsReconnect,
    }
}
