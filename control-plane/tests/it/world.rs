//! One control plane on loopback, and callers of every kind.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use skarv_control_plane::{Config, ControlPlane};
use skarv_domain::{
    Clock, SystemClock,
    auth::{Actor, Role},
    id::TenantId,
};
use skarv_proto::v1::{
    CreateApiKeyRequest, CreatePartnerRequest, ExchangeApiKeyRequest, Partner,
    agent_pool_service_client::AgentPoolServiceClient, api_key_service_client::ApiKeyServiceClient,
    auth_service_client::AuthServiceClient, catalog_service_client::CatalogServiceClient,
    connection_service_client::ConnectionServiceClient, flow_service_client::FlowServiceClient,
    partner_service_client::PartnerServiceClient, record_service_client::RecordServiceClient,
    run_service_client::RunServiceClient, tenant_service_client::TenantServiceClient,
};
use skarv_store::{Durability, KeyHolder, NewApiKey, NewPrincipal};
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
    /// The first admin's.
    pub(crate) admin_key: SecretString,
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
        stream_interval: Some(Duration::from_secs(3_600)),
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
        Self::of(plane, admin_key).await
    }

    /// A control plane that runs, whose first admin was told this key.
    pub(crate) async fn of(plane: ControlPlane, admin_key: SecretString) -> Self {
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
    pub(crate) async fn partner(&self, id: &str) -> Caller {
        let admin = self.admin().await;
        let request = CreatePartnerRequest {
            partner_id: id.to_owned(),
            partner: Some(Partner {
                display_name: id.to_owned(),
                ..Partner::default()
            }),
            ..CreatePartnerRequest::default()
        };
        admin.partners().create_partner(request).await.expect("a partner");
        let request = CreateApiKeyRequest {
            parent: format!("partners/{id}"),
            ..CreateApiKeyRequest::default()
        };
        let made = admin.keys().create_api_key(request).await.expect("a key");
        self.sign_in(&made.into_inner().secret.into()).await
    }

    /// A user at a tenant.
    pub(crate) async fn merchant(&self, tenant: TenantId) -> Caller {
        self.person(Role::Merchant, Some(tenant)).await
    }

    /// Someone of this role.
    pub(crate) async fn person(&self, role: Role, tenant: Option<TenantId>) -> Caller {
        let (store, actor) = (self.plane.store(), Actor::system("test"));
        let new = NewPrincipal {
            role,
            tenant,
            partner: None,
            pool: None,
            name: "test".to_owned(),
        };
        let person = store.principal_create(&actor, new).await.expect("a principal");
        let (text, prefix, hash) = key_of(&person.id.to_string());
        let key = NewApiKey {
            prefix,
            hash,
            name: String::new(),
            expires_at: None,
        };
        store
            .api_key_create(&actor, KeyHolder::Principal(person.id), key)
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
    keys: ApiKeyServiceClient,
    partners: PartnerServiceClient,
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
