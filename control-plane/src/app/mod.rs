//! What can be done, one file per noun. Knows neither gRPC nor the web.
//!
//! Every use case takes who calls first, and its first line asks the access policy once more. What the caller may see is
//! the scope of each query; what a change means is decided in the domain and carried out by the store, audit row included.

pub(crate) mod agent_pool;
pub(crate) mod api_key;
pub(crate) mod auth;
pub(crate) mod catalog;
pub(crate) mod connection;
pub(crate) mod discovery;
pub(crate) mod dispatch;
pub(crate) mod flow;
pub(crate) mod mac;
pub(crate) mod name;
pub(crate) mod page;
pub(crate) mod partner;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod run;
pub(crate) mod tenant;

use std::{sync::Arc, time::Duration};

use serde::Serialize;
use skarv_canonical::catalog::Catalog;
use skarv_domain::{
    auth::{Actor, AuthContext, RequestMark},
    clock::Clock,
    error::Result,
};
use skarv_store::Store;
use tokio_util::sync::CancellationToken;

use crate::auth::{rotation::Rotation, token::Tokens};
use dispatch::lease::Polls;
use mac::Mac;
use request::Options;

/// The use cases, and what they stand on.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) rotation: Rotation,
    pub(crate) catalog: Catalog,
    pub(crate) settings: Settings,
    pub(crate) polls: Polls,
    /// Ends whatever waits.
    pub(crate) stop: CancellationToken,
    pub(crate) page_mac: Mac,
    pub(crate) request_mac: Mac,
}

/// Lengths that the use cases go by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) lease: Duration,
    pub(crate) renew: Duration,
    pub(crate) slice: Duration,
    pub(crate) slice_records: u32,
    pub(crate) stream_interval: Option<Duration>,
    pub(crate) poll: Duration,
    pub(crate) recheck: Duration,
    pub(crate) token: Duration,
    pub(crate) agent_token: Duration,
}

impl App {
    /// On whose behalf something changes, by which method and under which mark.
    fn actor(
        &self,
        auth: &AuthContext,
        method: &str,
        options: &Options,
        content: &impl Serialize,
    ) -> Result<Actor> {
        request::actor(&self.request_mac, auth, method, options, content)
    }

    /// Remembers how a marked request was answered. The change is made already, so a failure here only costs a repeat its
    /// exact answer.
    pub(crate) async fn request_answered(&self, mark: &RequestMark, reply: Vec<u8>) {
        if let Err(error) = self.store.request_done(mark, reply).await {
            tracing::warn!(%error, request = %mark.request, "an answer could not be remembered for repeats");
        }
    }
}
