//! Whether it is well: `GET /live`, `GET /ready`, and gRPC's health service, for whoever watches over the process.
//!
//! Anyone may ask, so the answer is one word and nothing about tenants. Ready means that the database answers and that no
//! stop has begun.

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use skarv_store::Store;
use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

/// How long the database may take to answer.
const ANSWER: Duration = Duration::from_secs(1);

/// gRPC's name for the whole server.
const WHOLE: &str = "";

/// What health depends on.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) store: Store,
    pub(crate) stop: CancellationToken,
}

/// The two addresses.
pub(crate) fn router(health: Health) -> Router {
    Router::new()
        .route("/live", get(|| async { answer(StatusCode::OK, "ok") }))
        .route("/ready", get(ready))
        .with_state(health)
}

async fn ready(State(health): State<Health>) -> Response {
    match health.trouble().await {
        None => answer(StatusCode::OK, "ok"),
        Some(trouble) => answer(StatusCode::SERVICE_UNAVAILABLE, trouble),
    }
}

fn answer(status: StatusCode, word: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], word).into_response()
}

impl Health {
    /// One word for why it is not ready.
    async fn trouble(&self) -> Option<&'static str> {
        if self.stop.is_cancelled() {
            return Some("stopping");
        }
        let asked = tokio::time::timeout(ANSWER, self.store.api_key_any()).await;
        (!matches!(asked, Ok(Ok(_)))).then_some("database")
    }

    /// Keeps gRPC's health service up to date until the stop.
    pub(crate) async fn report(self, mut reporter: HealthReporter, every: Duration) {
        let mut told = ServingStatus::Serving;
        while let Some(trouble) = self.stop.run_until_cancelled(self.trouble()).await {
            let now = trouble.map_or(ServingStatus::Serving, |_| ServingStatus::NotServing);
            if now != told {
                tracing::warn!(trouble, "health is now {now}");
                reporter.set_service_status(WHOLE, now).await;
                told = now;
            }
            self.stop.run_until_cancelled(tokio::time::sleep(every)).await;
        }
        reporter
            .set_service_status(WHOLE, ServingStatus::NotServing)
            .await;
        // who watches has been told, and would otherwise hold its connection open and the stop up
        reporter.clear_service_status(WHOLE).await;
    }
}
