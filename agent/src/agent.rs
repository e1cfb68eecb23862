//! Starting an agent, and ending it: by draining, or at once as a crash would.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use skarv_http::{ClientConfig, Limits};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    carry::Carrier,
    config::AgentConfig,
    control_plane::Client,
    health::{self, Health, Serving},
    registry::Registry,
    worker::Worker,
};

/// How long a starting agent waits for a control plane that is not there yet.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running agent. Dropping it is `kill`.
pub struct Agent {
    drain: CancellationToken,
    ended: CancellationToken,
    work: AbortOnDropHandle<()>,
    health: Option<Serving>,
}

/// Registers with the control plane and begins to take work.
pub async fn start(config: AgentConfig, registry: Registry) -> anyhow::Result<Agent> {
    let client = Arc::new(Client::new(&config, &registry)?);
    let drain = CancellationToken::new();
    let health = say_health(&config, &client, &drain).await?;
    client.sign_in(PATIENCE).await.with_context(|| {
        format!(
            "cannot register with the control plane at {}",
            config.control_plane
        )
    })?;
    let carrier = Carrier {
        client: Arc::clone(&client),
        registry,
        http: http_client(&config)?,
        observer: config.observer,
        wall: config.wall,
    };
    let worker = Worker::new(client, carrier, config.slots, config.drain_limit, drain.clone());
    let ended = CancellationToken::new();
    let end = ended.clone().drop_guard();
    let work = tokio::spawn(async move {
        let _end = end;
        worker.work().await;
    });
    Ok(Agent {
        drain,
        ended,
        work: AbortOnDropHandle::new(work),
        health,
    })
}

/// Says whether the agent is well from before it registers, where that is wanted.
async fn say_health(
    config: &AgentConfig,
    client: &Arc<Client>,
    drain: &CancellationToken,
) -> anyhow::Result<Option<Serving>> {
    let Some(listen) = config.health_listen else {
        return Ok(None);
    };
    let health = Health {
        client: Arc::clone(client),
        drain: drain.clone(),
    };
    health::serve(listen, health).await.map(Some)
}

fn http_client(config: &AgentConfig) -> Result<skarv_http::Client, skarv_http::Error> {
    let limits = Limits::default();
    skarv_http::Client::new(ClientConfig {
        limits: Limits {
            timeout: config.call_timeout,
            connect_timeout: limits.connect_timeout.min(config.call_timeout),
            ..limits
        },
        allow_private: config.allow_private,
        user_agent: config.user_agent.clone(),
        wall: Arc::clone(&config.wall),
    })
}

impl Agent {
    /// Where it says whether it is well.
    pub fn health_addr(&self) -> Option<SocketAddr> {
        self.health.as_ref().map(|serving| serving.addr)
    }

    /// Takes no more work, lets slices finish their page, hands back what cannot end in time, says goodbye. Returns whether
    /// it ended that way, and did not break.
    pub async fn drain(self) -> bool {
        self.drain.cancel();
        let ended = self.work.await;
        if let Err(error) = &ended {
            tracing::error!(%error, "the agent broke");
        }
        ended.is_ok()
    }

    /// Stops everything where it stands and says nothing, as a crash would.
    pub async fn kill(self) {
        self.work.abort();
        self.ended.cancelled().await;
    }

    /// Returns once the agent has ended by itself, because the control plane asked it to drain.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("drains", &self.drain.is_cancelled())
            .finish_non_exhaustive()
    }
}
