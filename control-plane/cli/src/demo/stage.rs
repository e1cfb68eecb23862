//! Everything the demo needs, started and stopped in order: both simulators, the control plane, one agent.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use skarv_agent::{Agent, AgentConfig, Registry};
use skarv_control_plane::{ControlPlane, config::Config};
use skarv_domain::SystemClock;
use skarv_hogia_smart::fake as hogia;
use skarv_prestashop::fake as prestashop;
use skarv_proto::v1::CreateEnrolmentTokenRequest;

use super::{Options, books::Admin, goods::Flow, setup::Systems};
use crate::{client::Api, fake};

/// Products that the shop's orders are about.
const ORDERED: u32 = 32;

/// How often the demo's streams run.
const INTERVAL: Duration = Duration::from_secs(5);

/// The demo's systems, running.
pub struct Stage {
    /// The public API, signed in.
    pub api: Api,
    /// Behind the shop's counter.
    pub shop_admin: Admin,
    /// Behind the accounting system's counter.
    pub erp_admin: Admin,
    shop: prestashop::Shop,
    erp: hogia::Erp,
    agent: Agent,
    control_plane: ControlPlane,
}

impl Stage {
    /// Starts everything.
    pub async fn start(options: &Options, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let products = match options.flow {
            // the ones that orders are about are there before anybody writes others
            Some(Flow::ErpMaster) => ORDERED,
            Some(Flow::ShopMaster | Flow::Combined) => options.products.max(ORDERED),
            None => 0,
        };
        let shop = fake::shop(options.orders, products, now, 0).await?;
        let erp = fake::erp(0).await?;
        let started = skarv_control_plane::start(config(options.port), Arc::new(SystemClock)).await;
        let control_plane = started.context("starting the control plane")?;
        let key = control_plane
            .bootstrap_key
            .clone()
            .context("a fresh database has a first key")?;
        let api = Api::connect(&control_plane.url(), key).await?;
        let agent = start_agent(&api, &control_plane.url())
            .await
            .context("starting the agent")?;
        let shop_admin = Admin::new(shop.admin_url())?;
        let erp_admin = Admin::new(erp.admin_url())?;
        // a shop is read up to ten seconds ago, so the youngest order must be older than that
        shop_admin
            .post::<serde_json::Value>("clock", &json!({ "now": now + TimeDelta::minutes(1) }))
            .await?;
        Ok(Self {
            api,
            shop_admin,
            erp_admin,
            shop,
            erp,
            agent,
            control_plane,
        })
    }

    /// Where both systems are, for the tenant's connections.
    pub fn systems(&self) -> Systems {
        let erp = self.erp.config();
        Systems {
            shop_url: self.shop.base_url(),
            shop_key: self.shop.api_key().to_owned(),
            erp_url: self.erp.base_url(),
            erp_token_url: self.erp.token_url(),
            organization_id: erp.organization_id.to_string(),
            client_id: erp.client_id.clone(),
            client_secret: erp.client_secret.expose_secret().to_owned(),
        }
    }

    /// Makes both systems stumble, as real ones do, only more often.
    pub async fn stumble(&self) -> anyhow::Result<()> {
        let shop = json!({ "http_500_every": 23, "http_429_every": 31, "retry_after_s": 1, "slow_every": 17, "slow_ms": 200 });
        self.shop_admin.faults(&shop).await?;
        let erp = json!({
            "lost_answer_every": 25, "http_500_every": 41, "http_429_every": 97, "retry_after_s": 1,
            "slow_every": 53, "slow_ms": 150, "deduplicate": false,
        });
        self.erp_admin.faults(&erp).await
    }

    /// Where the console is.
    pub fn url(&self) -> String {
        self.control_plane.url()
    }

    /// Stops everything in order.
    pub async fn stop(self) {
        self.agent.drain().await;
        self.control_plane.shutdown().await;
        self.shop.shutdown().await;
        self.erp.shutdown().await;
    }
}

/// A database and a master key of the demo's own, both gone when it ends.
fn config(port: u16) -> Config {
    Config {
        listen: ([127, 0, 0, 1], port).into(),
        stream_interval: Some(INTERVAL),
        ..Config::temporary()
    }
}

async fn start_agent(api: &Api, url: &str) -> anyhow::Result<Agent> {
    let request = CreateEnrolmentTokenRequest {
        parent: "pools/default".to_owned(),
    };
    let token = api
        .pools()
        .create_enrolment_token(request)
        .await
        .context("making an enrolment token")?;
    let config = AgentConfig {
        // both simulators are on this machine; a production agent refuses private addresses
        allow_private: true,
        name: "demo".to_owned(),
        ..AgentConfig::new(url, SecretString::from(token.into_inner().enrolment_token))
    };
    skarv_agent::start(config, Registry::standard()).await
}
