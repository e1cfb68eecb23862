//! One control plane on loopback, and callers of every kind.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use skarv_control_plane::{Config, ControlPlane};
use skarv_domain::{
    Clock, Slug, SystemClock,
    auth::{Actor, Role},
    id::{PartnerId, TenantId},
};
use skarv_proto::v1::{
    ExchangeApiKeyRequest, agent_pool_service_client::AgentPoolServiceClient,
    auth_service_client::AuthServiceClient, catalog_service_client::CatalogServiceClient,
    connection_service_client::ConnectionServiceClient, flow_service_client::FlowServiceClient,
    record_service_client::RecordServiceClient, run_service_client::RunServiceClient,
    tenant_service_client::TenantServiceClient,
};
use skarv_store::{Durability, NewPrincipal};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};
use tonic_types::{ErrorDetails, StatusExt};

pub(crate) type Authorized = InterceptedService<Channel, Bearer>;

/// A running control plane.
pub(crate) struct World {
    pub(crate) plane: ControlPlane,
    pub(crate) channel: Channel,
    admin_key: SecretString,
}

/// Puts a token on each call.
#[derive(Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Someone who calls with a token.
#[derive(Clone)]
pub(crate) struct Caller {
    channel: Channel,
    bearer: Bearer,
}

/// Settings with which a test does not wait for what production waits for.
pub(crate) fn quick() -> Config {
    Config {
        durability: Durability::Normal,
        lease: Duration::from_secs(2),
        renew: Duration::from_millis(500),
        recheck: Duration::from_millis(50),
        schedule_every: Duration::from_millis(20),
        reap_every: Duration::from_millis(50),
        stream_interval: Duration::from_secs(3_600),
        ..Config::temporary()
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(quick(), Arc::new(SystemClock)).await
    }

    pub(crate) async fn with(config: Config, clock: Arc<dyn Clock>) -> Self {
        let plane = skarv_control_plane::start(config, clock)
            .await
            .expect("a control plane starts");
        let admin_key = plane
            .bootstrap_key
            .clone()
            .expect("a fresh database has a first admin");
        let channel = Channel::from_shared(plane.url())
            .expect("an address")
            .connect()
            .await
            .expect("it listens");
        Self {
            plane,
            channel,
            admin_key,
        }
    }

    /// The first admin.
    pub(crate) async fn admin(&self) -> Caller {
        self.sign_in(&self.admin_key).await
    }

    /// A partner of this name, with its first sign-in.
    pub(crate) async fn partner(&self, slug: &str) -> Caller {
        let slug: Slug = slug.parse().expect("a slug");
        let store = self.plane.store();
        let partner = store
            .partner_create(&Actor::system("test"), &slug, slug.as_str())
            .await
            .expect("a partner");
        self.person(Role::Partner, Some(partner.id), None).await
    }

    /// A user at a tenant.
    pub(crate) async fn merchant(&self, tenant: TenantId) -> Caller {
        self.person(Role::Merchant, None, Some(tenant)).await
    }

    async fn person(&self, role: Role, partner: Option<PartnerId>, tenant: Option<TenantId>) -> Caller {
        let (store, actor) = (self.plane.store(), Actor::system("test"));
        let new = NewPrincipal {
            role,
            tenant,
            partner,
            pool: None,
            name: "test".to_owned(),
        };
        let person = store.principal_create(&actor, new).await.expect("a principal");
        let (text, prefix, hash) = key_of(&person.id.to_string());
        store
            .api_key_create(&actor, person.id, &prefix, hash, None)
            .await
            .expect("a key");
        self.sign_in(&text).await
    }

    /// Trades a key for a token.
    pub(crate) async fn sign_in(&self, key: &SecretString) -> Caller {
        let token = self.exchange(key).await.expect("the key is good");
        self.caller(&token)
    }

    pub(crate) async fn exchange(&self, key: &SecretString) -> Result<String, Status> {
        let request = ExchangeApiKeyRequest {
            api_key: key.expose_secret().to_owned(),
        };
        let answer = AuthServiceClient::new(self.channel.clone())
            .exchange_api_key(request)
            .await?;
        Ok(answer.into_inner().token)
    }

    /// Someone who calls with this token.
    pub(crate) fn caller(&self, token: &str) -> Caller {
        let bearer = Bearer(format!("Bearer {token}").parse().expect("a header value"));
        Caller {
            channel: self.channel.clone(),
            bearer,
        }
    }
}

/// An API key as it is told and as it is stored.
fn key_of(seed: &str) -> (SecretString, String, [u8; 32]) {
    let prefix: String = seed
        .chars()
        .filter(char::is_ascii_hexdigit)
        .rev()
        .take(12)
        .collect();
    let text = format!("skarv_key_{prefix}_{seed}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    (text.into(), prefix, digest.as_ref().try_into().expect("32 bytes"))
}

macro_rules! clients {
    ($($name:ident: $client:ident),*) => {
        impl Caller {
            $(pub(crate) fn $name(&self) -> $client<Authorized> {
                $client::with_interceptor(self.channel.clone(), self.bearer.clone())
            })*
        }
    };
}

clients! {
    auth: AuthServiceClient,
    tenants: TenantServiceClient,
    catalog: CatalogServiceClient,
    connections: ConnectionServiceClient,
    flows: FlowServiceClient,
    runs: RunServiceClient,
    records: RecordServiceClient,
    pools: AgentPoolServiceClient
}

impl Caller {
    pub(crate) fn dispatch(
        &self,
    ) -> skarv_proto::agent::v1::dispatch_service_client::DispatchServiceClient<Authorized> {
        skarv_proto::agent::v1::dispatch_service_client::DispatchServiceClient::with_interceptor(
            self.channel.clone(),
            self.bearer.clone(),
        )
    }
}

/// The stable reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    details(status)
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default()
}

/// The field that a refusal names.
pub(crate) fn field(status: &Status) -> String {
    let violations = details(status)
        .bad_request()
        .map(|bad| bad.field_violations.clone())
        .unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| violation.field)
        .next()
        .unwrap_or_default()
}

fn details(status: &Status) -> ErrorDetails {
    status.get_error_details()
}
