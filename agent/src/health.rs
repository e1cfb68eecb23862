//! Whether the agent is well: `GET /live` and `GET /ready`, where the operator wants them.
//!
//! Anyone who reaches the address may ask, so the answer is one word and nothing about tenants. Ready means registered,
//! lately in touch with the control plane, and not on the way out.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, time::Instant};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{control_plane::Client, worker::POLL};

/// Renewals that may be missed.
const MISSED: u32 = 3;

/// What health depends on.
#[derive(Clone)]
pub(crate) struct Health {
    pub(crate) client: Arc<Client>,
    pub(crate) drain: CancellationToken,
}

/// Answers until it is dropped.
pub(crate) struct Serving {
    pub(crate) addr: SocketAddr,
    _task: AbortOnDropHandle<()>,
}

/// Begins to answer.
pub(crate) async fn serve(listen: SocketAddr, health: Health) -> anyhow::Result<Serving> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen} to say whether the agent is well"))?;
    let addr = listener.local_addr()?;
    tracing::info!(%addr, "says whether it is well");
    let router = Router::new()
        .route("/live", get(|| async { answer(StatusCode::OK, "ok") }))
        .route("/ready", get(ready))
        .with_state(health);
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the agent no longer says whether it is well");
        }
    });
    Ok(Serving {
        addr,
        _task: AbortOnDropHandle::new(task),
    })
}

async fn ready(State(health): State<Health>) -> Response {
    match health.trouble(Instant::now()) {
        None => answer(StatusCode::OK, "ok"),
        Some(trouble) => answer(StatusCode::SERVICE_UNAVAILABLE, trouble),
    }
}

fn answer(status: StatusCode, word: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], word).into_response()
}

impl Health {
    /// One word for why it is not ready.
    fn trouble(&self, now: Instant) -> Option<&'static str> {
        if self.drain.is_cancelled() {
            return Some("draining");
        }
        let Some(heard) = self.client.last_heard() else {
            return Some("registering");
        };
        let silence = self.client.terms().renew * MISSED + POLL;
        (now.duration_since(heard) > silence).then_some("silent")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{config::AgentConfig, registry::Registry};

    #[tokio::test]
    async fn it_is_ready_from_the_first_answer_until_a_long_silence_or_a_drain() {
        let config = AgentConfig::new("http://127.0.0.1:1", "t".to_owned().into());
        let health = Health {
            client: Arc::new(Client::new(&config, &Registry::new(Vec::new())).unwrap()),
            drain: CancellationToken::new(),
        };
        assert_eq!(health.trouble(Instant::now()), Some("registering"));
        health.client.has_answered();
        let after = |seconds| Instant::now() + Duration::from_secs(seconds);
        // three renewals of 5 s, and a poll of 20 s
        assert_eq!(
            (health.trouble(after(30)), health.trouble(after(36))),
            (None, Some("silent"))
        );
        health.drain.cancel();
        assert_eq!(health.trouble(Instant::now()), Some("draining"));
    }
}
