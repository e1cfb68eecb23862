//! The public API as a caller sees it: an API key is traded for a token, and every call carries it.
//!
//! A token lasts a quarter of an hour. `call` notices when it has ended, trades the key again and repeats the call once:
//! a call that was refused for its token has changed nothing.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use skarv_proto::v1::{
    ExchangeApiKeyRequest, agent_pool_service_client::AgentPoolServiceClient,
    api_key_service_client::ApiKeyServiceClient, auth_service_client::AuthServiceClient,
    catalog_service_client::CatalogServiceClient, connection_service_client::ConnectionServiceClient,
    flow_service_client::FlowServiceClient, partner_service_client::PartnerServiceClient,
    record_service_client::RecordServiceClient, run_service_client::RunServiceClient,
    tenant_service_client::TenantServiceClient,
};
use tonic::{
    Code, Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

/// How long a server may take to answer a new connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longer than any call waits, `WaitRun` included.
const CALL_TIMEOUT: Duration = Duration::from_secs(90);

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
        Self::connect_trusting(url, None, key).await
    }

    /// Signs in with an API key at a server whose certificate these PEM certificates, or the host's own, vouch for.
    pub async fn connect_trusting(url: &str, ca: Option<&str>, key: SecretString) -> anyhow::Result<Self> {
        let channel = endpoint(url, ca)?
            .connect()
            .await
            .with_context(|| format!("{url} does not answer: is the control plane running there?"))?;
        let token = Arc::new(RwLock::new(exchange(&channel, &key).await?));
        Ok(Self { channel, key, token })
    }

    /// Makes a call, and once more with a new token when the token has ended.
    pub async fn call<A: Clone, R>(
        &self,
        request: A,
        send: impl AsyncFn(A) -> Result<Response<R>, Status>,
    ) -> anyhow::Result<R> {
        let answer = match send(request.clone()).await {
            Err(status) if status.code() == Code::Unauthenticated => {
                self.renew().await?;
                send(request).await
            }
            answer => answer,
        };
        Ok(answer?.into_inner())
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

    /// Who the caller is, and the keys that sign tokens.
    pub fn auth(&self) -> AuthServiceClient<Authorized> {
        AuthServiceClient::with_interceptor(self.channel.clone(), self.bearer())
    }

    /// API keys.
    pub fn keys(&self) -> ApiKeyServiceClient<Authorized> {
        ApiKeyServiceClient::with_interceptor(self.channel.clone(), self.bearer())
    }

    /// Agencies.
    pub fn partners(&self) -> PartnerServiceClient<Authorized> {
        PartnerServiceClient::with_interceptor(self.channel.clone(), self.bearer())
    }

    /// What Skarv can connect.
    pub fn catalog(&self) -> CatalogServiceClient<Authorized> {
        CatalogServiceClient::with_interceptor(self.channel.clone(), self.bearer())
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

fn endpoint(url: &str, ca: Option<&str>) -> anyhow::Result<Endpoint> {
    let endpoint = Endpoint::from_shared(url.to_owned())
        .with_context(|| format!("`{url}` is no address of a server: write http(s)://host:port"))?
        .user_agent(concat!("skarv/", env!("CARGO_PKG_VERSION")))?
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .tcp_nodelay(true);
    if !url.starts_with("https://") {
        return Ok(endpoint);
    }
    let tls = ca
        .into_iter()
        .fold(ClientTlsConfig::new().with_enabled_roots(), |tls, pem| {
            tls.ca_certificate(Certificate::from_pem(pem))
        });
    endpoint
        .tls_config(tls)
        .context("the certificates to trust cannot be used")
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
