//! The two simulators and the connectors on them, without a control plane and without an agent.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use skarv::{demo::books::Admin, fake};
use skarv_canonical::{
    spec::{OrderSettings, StreamSettings, StreamSpec},
    trigger::TriggerState,
};
use skarv_connector::{Access, BoxedSink, BoxedSource, Connector};
use skarv_hogia_smart::HogiaSmart;
use skarv_http::{Client, ClientConfig, Limits};
use skarv_prestashop::PrestaShop;

/// A shop and an accounting system.
pub struct Foreign {
    /// Behind the shop's counter.
    pub shop: Admin,
    /// Behind the accounting system's counter.
    pub erp: Admin,
    fakes: (skarv_prestashop::fake::Shop, skarv_hogia_smart::fake::Erp),
    call: Duration,
}

impl Foreign {
    /// Starts both, with this many orders up to `now`. A call may take so long.
    pub async fn start(orders: u32, now: DateTime<Utc>, call: Duration) -> anyhow::Result<Self> {
        let fakes = (fake::shop(orders, 0, now, 0).await?, fake::erp(0).await?);
        Ok(Self {
            shop: Admin::new(fakes.0.admin_url())?,
            erp: Admin::new(fakes.1.admin_url())?,
            fakes,
            call,
        })
    }

    /// The shop's orders, as an agent opens them.
    pub async fn source(&self) -> anyhow::Result<BoxedSource> {
        let (shop, _) = &self.fakes;
        let access = self.access(
            &[("base_url", shop.base_url())],
            &[("api_key", shop.api_key().into())],
        )?;
        Ok(PrestaShop.source(&access, &orders()).await?)
    }

    /// The accounting system, as an agent opens it.
    pub async fn sink(&self) -> anyhow::Result<BoxedSink> {
        let (_, erp) = &self.fakes;
        let config = erp.config();
        let access = self.access(
            &[
                ("base_url", erp.base_url()),
                ("token_url", erp.token_url()),
                ("organization_id", config.organization_id.to_string()),
            ],
            &[
                ("client_id", config.client_id.clone().into()),
                ("client_secret", config.client_secret.clone()),
            ],
        )?;
        Ok(HogiaSmart::default().sink(&access, &orders()).await?)
    }

    fn access(
        &self,
        settings: &[(&str, String)],
        secrets: &[(&str, SecretString)],
    ) -> anyhow::Result<Access> {
        let http = Client::new(ClientConfig {
            allow_private: true,
            limits: Limits {
                timeout: self.call,
                ..Limits::default()
            },
            ..ClientConfig::default()
        })?;
        let settings = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let secrets = secrets
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Ok(Access {
            connection: "kopplingen".to_owned(),
            shop_ref: "k3x9qa".to_owned(),
            settings: settings.collect::<BTreeMap<_, _>>(),
            secrets: secrets.collect(),
            http,
        })
    }
}

fn orders() -> StreamSpec {
    StreamSpec {
        settings: StreamSettings::Orders(OrderSettings::swedish(
            DateTime::UNIX_EPOCH,
            ["2", "11"].map(|id| TriggerState::Id(id.to_owned())).to_vec(),
        )),
    }
}
