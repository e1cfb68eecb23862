//! The public API as a caller sees it: an API key is traded for a token, and every call carries it.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use skarv_proto::v1::{
    ExchangeApiKeyRequest, agent_pool_service_client::AgentPoolServiceClient,
    auth_service_client::AuthServiceClient, connection_service_client::ConnectionServiceClient,
    flow_service_client::FlowServiceClient, record_service_client::RecordServiceClient,
    run_service_client::RunServiceClient, tenant_service_client::TenantServiceClient,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

type Token = Arc<RwLock<MetadataValue<Ascii>>>;
type Authorized = InterceptedService<Channel, Bearer>;

/// Puts the caller's token on each call.
#[derive(Clone)]
pub struct Bearer(Token);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let token = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        request.metadata_mut().insert("authorization", token);
        Ok(request)
    }
}

/// A signed-in caller.
#[derive(Clone)]
pub struct Api {
    channel: Channel,
    key: SecretString,
    token: Token,
}

impl Api {
    /// Signs in with an API key.
    pub async fn connect(url: &str, key: SecretString) -> anyhow::Result<Self> {
        let channel = Channel::from_shared(url.to_owned())?
            .connect()
            .await
            .with_context(|| format!("{url} does not answer: is the control plane running there?"))?;
        let token = Arc::new(RwLock::new(exchange(&channel, &key).await?));
        Ok(Self { channel, key, token })
    }

    /// Gets a new token, before the old one ends.
    pub async fn renew(&self) -> anyhow::Result<()> {
        let token = exchange(&self.channel, &self.key).await?;
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
        Ok(())
    }

    fn bearer(&self) -> Bearer {
        Bearer(Arc::clone(&self.token))
    }

    /// Tenants.
    pub fn tenants(&self) -> TenantServiceClient<Authorized> {
        TenantServiceClient::with_interceptor(self.channel.clone(), self.bearer())
    }

    /// Connections.
    pub fn connections(&self) -> ConnectionServiceClient<Authorized> {
        ConnectionServiceClient::with_interceptor(self.channel.clone(), self.bearer())
    }

    /// Flows and streams.
    pub fn flows(&self) -> FlowServiceClient<Authorized> {
        FlowServiceClient::with_interceptor(self.channel.clone(), self.bearer())
    }

    /// Runs.
    pub fn runs(&self) -> RunServiceClient<Authorized> {
        RunServiceClient::with_interceptor(self.channel.clone(), self.bearer())
    }

    /// Records.
    pub fn records(&self) -> RecordServiceClient<Authorized> {
        RecordServiceClient::with_interceptor(self.channel.clone(), self.bearer())
    }

    /// Agents and their pools.
    pub fn pools(&self) -> AgentPoolServiceClient<Authorized> {
        AgentPoolServiceClient::with_interceptor(self.channel.clone(), self.bearer())
    }
}

async fn exchange(channel: &Channel, key: &SecretString) -> anyhow::Result<MetadataValue<Ascii>> {
    let request = ExchangeApiKeyRequest {
        api_key: key.expose_secret().to_owned(),
    };
    let answer = AuthServiceClient::new(channel.clone())
        .exchange_api_key(request)
        .await
        .context("signing in")?;
    let mut token: MetadataValue<Ascii> = format!("Bearer {}", answer.into_inner().token).parse()?;
    token.set_sensitive(true);
    Ok(token)
}
