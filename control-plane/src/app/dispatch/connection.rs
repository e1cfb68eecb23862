//! A held run's use of its connections: request budget, pleas for a slower pace, and credentials that are renewed.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use skarv_domain::{
    auth::AuthContext,
    error::Result,
    gate::Grant,
    id::{ConnectionId, RunId},
};
use skarv_store::{ConnectionUse, Refresh};

use super::seat;
use crate::app::App;

const RESERVE: &str = "skarv.agent.v1.DispatchService/ReserveRequests";
const THROTTLE: &str = "skarv.agent.v1.DispatchService/ReportThrottle";
const BEGIN_REFRESH: &str = "skarv.agent.v1.DispatchService/BeginCredentialRefresh";
const STORE_CREDENTIAL: &str = "skarv.agent.v1.DispatchService/StoreCredential";

/// The longest that one plea leaves a connection alone.
const LONGEST_ALONE: Duration = Duration::from_secs(3600);

/// Which run of which agent wants to use which connection.
#[derive(Clone, Debug)]
pub(crate) struct Connecting {
    pub(crate) agent_id: String,
    pub(crate) run: RunId,
    pub(crate) epoch: u64,
    pub(crate) connection: ConnectionId,
}

impl Connecting {
    fn by(&self, auth: &AuthContext, method: &str) -> Result<ConnectionUse> {
        let agent = seat(auth, method, &self.agent_id)?;
        Ok(ConnectionUse {
            agent,
            run: self.run,
            epoch: self.epoch,
            connection: self.connection,
        })
    }
}

impl App {
    /// Reserves a chunk of a connection's request budget; `None` when the lease is lost.
    pub(crate) async fn requests_reserve(
        &self,
        auth: &AuthContext,
        connecting: &Connecting,
        count: u32,
    ) -> Result<Option<Grant>> {
        let by = connecting.by(auth, RESERVE)?;
        self.store.gate_reserve(by, count).await
    }

    /// Leaves a connection alone for a while, on behalf of every agent; `false` when the lease is lost.
    pub(crate) async fn throttle_report(
        &self,
        auth: &AuthContext,
        connecting: &Connecting,
        alone: Duration,
    ) -> Result<bool> {
        let by = connecting.by(auth, THROTTLE)?;
        self.store.gate_throttle(by, alone.min(LONGEST_ALONE)).await
    }

    /// Asks for the right to renew a connection's credentials. One run at a time gets it.
    pub(crate) async fn credential_refresh_begin(
        &self,
        auth: &AuthContext,
        connecting: &Connecting,
        version: u64,
    ) -> Result<Refresh> {
        let by = connecting.by(auth, BEGIN_REFRESH)?;
        self.store.secret_refresh_begin(by, version).await
    }

    /// Stores renewed credentials before they are used; `None` when the lease is lost and they were renewed since.
    pub(crate) async fn credential_store(
        &self,
        auth: &AuthContext,
        connecting: &Connecting,
        replaces: u64,
        secrets: BTreeMap<String, SecretString>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<Option<u64>> {
        let by = connecting.by(auth, STORE_CREDENTIAL)?;
        self.store
            .secret_refresh_store(by, replaces, secrets.into_iter().collect(), expires_at)
            .await
    }
}
