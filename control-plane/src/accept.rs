//! The accept loop: one port for gRPC and for the web.
//!
//! Half-open connections end by HTTP/2 keep-alive, and every limit that a hostile peer could lean on is set here. On
//! shutdown connections are told to go away and get a bounded time to finish what they have begun.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const MAX_CONNECTIONS: usize = 4_096;
const MAX_STREAMS: u32 = 128;
const MAX_HEADER_LIST: u32 = 16 * 1024;
const MAX_RESET_STREAMS: usize = 20;
const KEEP_ALIVE: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const HEADER_READ: Duration = Duration::from_secs(10);
/// After a failed accept (out of file handles, say), so that the loop does not spin.
const BREATHER: Duration = Duration::from_millis(50);

/// A bound port that serves one router.
#[derive(Debug)]
pub(crate) struct Port {
    listener: TcpListener,
}

impl Port {
    /// Binds an address; port 0 takes a free one.
    pub(crate) async fn bind(addr: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind(addr).await?,
        })
    }

    /// Where it is reached.
    pub(crate) fn addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until told to stop. Connections are tasks of the tracker.
    pub(crate) async fn serve(self, router: Router, stop: CancellationToken, tasks: TaskTracker) {
        let builder = Arc::new(builder());
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            let stream = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(BREATHER).await;
                        continue;
                    }
                },
            };
            let connection = connection(stream, Arc::clone(&builder), router.clone(), stop.clone());
            tasks.spawn(async move {
                connection.await;
                drop(place);
            });
        }
    }
}

async fn connection(
    stream: TcpStream,
    builder: Arc<Builder<TokioExecutor>>,
    router: Router,
    stop: CancellationToken,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let serving = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection ended with an error");
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST)
        .max_pending_accept_reset_streams(MAX_RESET_STREAMS);
    builder
}
