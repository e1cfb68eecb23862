//! One control plane, one shop, one accounting system, and a tenant that moves orders between them.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use skarv::{
    client::Api,
    demo::{
        books::{Admin, ErpBooks, ShopBooks},
        setup::{self, SetUp, Systems},
    },
    fake,
};
use skarv_agent::{AgentConfig, flow::Observer};
use skarv_control_plane::{ControlPlane, config::Config};
use skarv_domain::SystemClock;
use skarv_proto::v1 as pb;
use skarv_store::Location;

use crate::AgentThread;

/// How long a story waits for something before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Spans that are minutes in production and too long for a story.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// How long a lease lasts.
    pub lease: Duration,
    /// How long a granted write may be sent.
    pub grant: Duration,
    /// How long one call to a foreign system may take.
    pub call: Duration,
    /// How long a run holds its slot before it yields.
    pub slice: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(2),
            grant: Duration::from_secs(10),
            call: Duration::from_secs(5),
            slice: Duration::from_secs(10),
        }
    }
}

/// What a platform stands on.
#[derive(Clone)]
pub struct Ground {
    /// Where the control plane keeps what it remembers.
    pub database: Location,
    /// What it seals secrets with.
    pub master_key: [u8; 32],
    /// The key that the shop accepts.
    pub shop_key: String,
    /// Who signs in to the accounting system.
    pub client_id: String,
    /// With what.
    pub client_secret: String,
}

impl Default for Ground {
    fn default() -> Self {
        let company = skarv_hogia_smart::fake::Config::example();
        Self {
            database: Location::Temporary,
            master_key: rand::random(),
            shop_key: fake::SHOP_KEY.to_owned(),
            client_id: company.client_id,
            client_secret: company.client_secret.expose_secret().to_owned(),
        }
    }
}

/// What the two systems are like when they open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening {
    /// Orders in the shop.
    pub orders: u32,
    /// Products in the shop; without any it keeps its catalogue to itself.
    pub products: u32,
    /// Whether the accounting system has a till.
    pub till: bool,
    /// What the shop is generated from: another number is another shop.
    pub seed: u64,
}

/// The whole system, but for agents: a story starts those itself.
pub struct Platform {
    /// The public API, signed in.
    pub api: Api,
    /// Behind the shop's counter.
    pub shop: Admin,
    /// Behind the accounting system's counter.
    pub erp: Admin,
    /// The control plane.
    pub control_plane: ControlPlane,
    /// Where the two systems are and how to get in.
    pub systems: Systems,
    /// What agents enrol with.
    pub pool_token: SecretString,
    times: Times,
    pub(crate) now: DateTime<Utc>,
    // stopped when the story ends
    _fakes: (skarv_prestashop::fake::Shop, skarv_hogia_smart::fake::Erp),
}

impl Platform {
    /// Starts everything, with this many orders in the shop.
    pub async fn start(orders: u32, times: Times) -> anyhow::Result<Self> {
        Self::start_on(Ground::default(), orders, times).await
    }

    /// Starts everything, with a catalogue in the shop.
    pub async fn open(opening: Opening, times: Times) -> anyhow::Result<Self> {
        Self::open_on(Ground::default(), opening, times).await
    }

    /// Starts everything on this ground.
    pub async fn start_on(ground: Ground, orders: u32, times: Times) -> anyhow::Result<Self> {
        let opening = Opening {
            orders,
            ..Opening::default()
        };
        Self::open_on(ground, opening, times).await
    }

    async fn open_on(ground: Ground, opening: Opening, times: Times) -> anyhow::Result<Self> {
        let now = now();
        let (shop, erp) = simulators(&ground, opening, now).await?;
        let config = Config {
            lease: times.lease,
            renew: times.lease / 4,
            grant: times.grant,
            slice: times.slice,
            slack: Duration::from_millis(200),
            stream_interval: Some(Duration::from_secs(3600)),
            ..Config::new(ground.database, ground.master_key)
        };
        let control_plane = skarv_control_plane::start(config, Arc::new(SystemClock)).await?;
        let key = control_plane
            .bootstrap_key
            .clone()
            .context("a fresh database has a first key")?;
        let api = Api::connect(&control_plane.url(), key).await?;
        let request = pb::CreateEnrolmentTokenRequest {
            parent: "pools/default".to_owned(),
        };
        let token = api
            .pools()
            .create_enrolment_token(request)
            .await?
            .into_inner()
            .enrolment_token;
        let config = erp.config();
        let systems = Systems {
            shop_url: shop.base_url(),
            shop_key: shop.api_key().to_owned(),
            erp_url: erp.base_url(),
            erp_token_url: erp.token_url(),
            organization_id: config.organization_id.to_string(),
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.expose_secret().to_owned(),
        };
        let platform = Self {
            api,
            shop: Admin::new(shop.admin_url())?,
            erp: Admin::new(erp.admin_url())?,
            control_plane,
            systems,
            pool_token: token.into(),
            times,
            now,
            _fakes: (shop, erp),
        };
        platform.shop_clock(TimeDelta::minutes(1)).await?;
        Ok(platform)
    }

    /// What an agent of this platform is configured with.
    pub fn agent_config(&self) -> AgentConfig {
        AgentConfig {
            allow_private: true,
            call_timeout: self.times.call,
            ..AgentConfig::new(self.control_plane.url(), self.pool_token.clone())
        }
    }

    /// Starts an agent.
    pub async fn agent(&self) -> anyhow::Result<AgentThread> {
        AgentThread::start(self.agent_config()).await
    }

    /// Starts an agent whose moments are seen.
    pub async fn observed_agent(&self, observer: Arc<dyn Observer>) -> anyhow::Result<AgentThread> {
        AgentThread::start(AgentConfig {
            observer,
            ..self.agent_config()
        })
        .await
    }

    /// Sets the tenant up and switches its flow on. Needs an agent.
    pub async fn set_up(&self) -> anyhow::Result<SetUp> {
        setup::set_up(
            &self.api,
            "kunden",
            &self.systems,
            self.now - TimeDelta::days(30),
            None,
        )
        .await
    }

    /// Moves the shop's clock to so long after the story's beginning.
    pub async fn shop_clock(&self, after: TimeDelta) -> anyhow::Result<()> {
        self.shop
            .post("clock", &json!({ "now": self.now + after }))
            .await
            .map(|_: Value| ())
    }

    /// Asks for the stream to run, without waiting.
    pub async fn request_run(&self, set_up: &SetUp) -> anyhow::Result<pb::Run> {
        let request = pb::RunStreamRequest {
            name: set_up.stream.clone(),
        };
        Ok(self
            .api
            .flows()
            .run_stream(request)
            .await?
            .into_inner()
            .run
            .unwrap_or_default())
    }

    /// Waits until the order stream has settled everything after this instant and nothing is queued.
    pub async fn settled(&self, set_up: &SetUp) -> anyhow::Result<pb::Stream> {
        self.stream_until(set_up, |stream| {
            stream.last_ok_time.is_some() && stream.active_run.is_empty()
        })
        .await
    }

    /// Waits until the order stream looks like this.
    pub async fn stream_until(
        &self,
        set_up: &SetUp,
        done: impl Fn(&pb::Stream) -> bool,
    ) -> anyhow::Result<pb::Stream> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let request = pb::ListStreamsRequest {
                parent: set_up.flow.clone(),
            };
            let streams = self.api.flows().list_streams(request).await?.into_inner().streams;
            let stream = streams
                .into_iter()
                .find(|s| s.name == set_up.stream)
                .context("no order stream")?;
            if done(&stream) {
                return Ok(stream);
            }
            if tokio::time::Instant::now() > deadline {
                bail!("the stream never got there: {stream:?}");
            }
            // polling a real server: an interval, not a guess at how long something takes
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// How many records of the order stream are in a state, such as "adopted".
    pub async fn records_in(
        &self,
        set_up: &SetUp,
        state: pb::RecordState,
    ) -> anyhow::Result<Vec<pb::Record>> {
        let parent = set_up.stream.clone();
        let request = pb::ListRecordsRequest {
            parent,
            state: state.into(),
            page_size: 500,
            ..pb::ListRecordsRequest::default()
        };
        Ok(self
            .api
            .records()
            .list_records(request)
            .await?
            .into_inner()
            .records)
    }

    /// The time at which the story began.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The shop's own books.
    pub async fn shop_books(&self) -> anyhow::Result<ShopBooks> {
        self.shop.ledger().await
    }

    /// The accounting system's own books.
    pub async fn erp_books(&self) -> anyhow::Result<ErpBooks> {
        self.erp.ledger().await
    }
}

async fn simulators(
    ground: &Ground,
    opening: Opening,
    now: DateTime<Utc>,
) -> anyhow::Result<(skarv_prestashop::fake::Shop, skarv_hogia_smart::fake::Erp)> {
    use skarv_hogia_smart::fake as hogia;
    use skarv_prestashop::fake as prestashop;
    let shop = prestashop::Config {
        seed: prestashop::Seed {
            orders: opening.orders,
            seed: opening.seed + 1,
            now,
        },
        api_key: ground.shop_key.clone(),
        version: prestashop::Version::V8_2_1,
        port: 0,
        allow_any_host: true,
    };
    let erp = hogia::Config {
        client_id: ground.client_id.clone(),
        client_secret: ground.client_secret.as_str().into(),
        till: opening.till,
        ..hogia::Config::example()
    };
    let shop = prestashop::start_with_products(shop, opening.products)
        .await
        .context("starting the shop")?;
    let erp = hogia::start(erp)
        .await
        .context("starting the accounting system")?;
    Ok((shop, erp))
}

#[allow(
    clippy::disallowed_methods,
    reason = "a story begins at the real time, as tokens are checked against it"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}
