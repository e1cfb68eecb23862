//! The accept loop: one port for gRPC and for the web, with TLS or without.
//!
//! Half-open connections end by HTTP/2 keep-alive, and every limit that a hostile peer could lean on is set here. On
//! shutdown connections are told to go away and get a bounded time to finish what they have begun.

pub(crate) mod tls;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use skarv_domain::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::grpc::status;

const MAX_CONNECTIONS: usize = 4_096;
const MAX_STREAMS: u32 = 128;
const MAX_HEADER_LIST: u32 = 16 * 1024;
const MAX_RESET_STREAMS: usize = 20;
const KEEP_ALIVE: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const HEADER_READ: Duration = Duration::from_secs(10);
/// From the connection to the end of its TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The first byte of whoever speaks TLS.
const TLS_HANDSHAKE: u8 = 0x16;
/// After a failed accept (out of file handles, say), so that the loop does not spin.
const BREATHER: Duration = Duration::from_millis(50);

/// A bound port that serves one router.
pub(crate) struct Port {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl Port {
    /// Binds an address; port 0 takes a free one.
    pub(crate) async fn bind(addr: SocketAddr, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        Ok(Self { listener, tls })
    }

    /// Where it is reached.
    pub(crate) fn addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until told to stop. Connections are tasks of the tracker.
    pub(crate) async fn serve(self, router: Router, stop: CancellationToken, tasks: TaskTracker) {
        let server = Server {
            builder: builder(),
            router,
            stop,
        };
        let server = Arc::new(server);
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            let stream = tokio::select! {
                () = server.stop.cancelled() => return,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(BREATHER).await;
                        continue;
                    }
                },
            };
            let (server, tls) = (Arc::clone(&server), self.tls.clone());
            tasks.spawn(async move {
                server.connection(stream, tls).await;
                drop(place);
            });
        }
    }
}

/// What every connection is served with.
struct Server {
    builder: Builder<TokioExecutor>,
    router: Router,
    stop: CancellationToken,
}

impl Server {
    async fn connection(&self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection ended before it began");
            return;
        }
        let Some(tls) = tls else {
            return self.serve(stream, self.router.clone()).await;
        };
        // anybody can fail a handshake as often as they like: it is not worth a line in the log
        match self.shake(stream, &tls).await {
            Ok(Shaken::Tls(stream)) => self.serve(*stream, self.router.clone()).await,
            Ok(Shaken::Plain(stream)) => self.serve(stream, Router::new().fallback(speak_tls)).await,
            Err(error) => tracing::debug!(%error, "a connection ended before it began"),
        }
    }

    async fn shake(&self, stream: TcpStream, tls: &TlsAcceptor) -> io::Result<Shaken> {
        let shaking = async {
            let mut first = [0];
            stream.peek(&mut first).await?;
            if first == [TLS_HANDSHAKE] {
                Ok(Shaken::Tls(Box::new(tls.accept(stream).await?)))
            } else {
                Ok(Shaken::Plain(stream))
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => Err(io::ErrorKind::ConnectionAborted.into()),
            shaken = tokio::time::timeout(HANDSHAKE, shaking) => shaken?,
        }
    }

    async fn serve<S>(&self, stream: S, router: Router)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let serving = self
            .builder
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
        tokio::pin!(serving);
        let ended = tokio::select! {
            ended = serving.as_mut() => ended,
            () = self.stop.cancelled() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(error, "a connection ended with an error");
        }
    }
}

/// How a client of a port with TLS began.
enum Shaken {
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
    Plain(TcpStream),
}

/// The answer to whoever speaks plainly to a port with TLS.
async fn speak_tls(request: Request) -> Response {
    let words = "this port speaks TLS: write https:// in the address";
    if is_grpc(&request) {
        let refusal = Error::precondition("TLS_REQUIRED", "the address", words);
        return status::status(&refusal, "").into_http();
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::BAD_REQUEST, kind, format!("{words}\n")).into_response()
}

/// Whether it is a gRPC client that asks, which wants a status and no page.
pub(crate) fn is_grpc(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
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
