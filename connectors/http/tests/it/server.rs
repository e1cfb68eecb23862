//! Loopback servers that count what reaches them, and the clients that may talk to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request as Incoming;
use axum::middleware::{self, Next};
use skarv_http::{Client, ClientConfig, Limits, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) struct Server {
    base: Url,
    hits: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(router: Router) -> Self {
        let hits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&hits);
        let count = middleware::from_fn(move |request: Incoming, next: Next| {
            counted.fetch_add(1, Ordering::SeqCst);
            next.run(request)
        });
        let (listener, base) = listen().await;
        let task = tokio::spawn(async move {
            axum::serve(listener, router.layer(count)).await.expect("serve");
        });
        Self { base, hits, task }
    }

    /// Reads what comes on each connection once, answers these bytes and closes.
    pub(crate) async fn raw(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let hits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&hits);
        let (listener, base) = listen().await;
        let task = tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 4096];
                if socket.read(&mut request).await.is_ok() {
                    socket.write_all(&answer).await.ok();
                }
            }
        });
        Self { base, hits, task }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        self.base.join(path).expect("a path")
    }

    /// How many requests (raw servers: connections) arrived.
    pub(crate) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    (
        listener,
        Url::parse(&format!("http://{address}/")).expect("a url"),
    )
}

/// As in production, but for the address filter.
pub(crate) fn local() -> ClientConfig {
    ClientConfig {
        allow_private: true,
        ..ClientConfig::default()
    }
}

pub(crate) fn client() -> Client {
    Client::new(local()).expect("a client")
}

pub(crate) fn limited(change: impl FnOnce(&mut Limits)) -> Client {
    let mut config = local();
    config.limits.timeout = Duration::from_secs(20);
    change(&mut config.limits);
    Client::new(config).expect("a client")
}
