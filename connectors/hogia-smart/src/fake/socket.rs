//! Connections that can be cut from inside: a lost answer is a socket closed instead of a reply, a bad one is played by
//! `skarv_http::hostile`, and stopping the fake ends every connection at once, idle or not, as a crash would.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use skarv_http::hostile::{self, Cue, Stage};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::state::Company;

/// A handler's grip on the connection that its request came in on.
#[derive(Clone)]
pub(super) struct Line(Cue);

impl Line {
    /// No byte of the answer leaves: the client sees the connection close.
    pub(super) fn cut(&self) {
        self.0.cut();
    }

    /// This is sent instead of the answer.
    pub(super) fn play(&self, answer: &hostile::Answer) {
        self.0.play(answer);
    }
}

impl Connected<IncomingStream<'_, Sockets>> for Line {
    fn connect_info(stream: IncomingStream<'_, Sockets>) -> Self {
        Self(stream.io().stage.cue())
    }
}

/// Ends when the fake is told to stop, or is gone.
pub(super) async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // an error means that the fake was dropped, which is a stop too
    drop(stopped.wait_for(|stop| *stop).await.map(|_| ()));
}

pub(super) struct Sockets {
    listener: TcpListener,
    company: Arc<Company>,
    stopped: watch::Receiver<bool>,
}

impl Sockets {
    pub(super) fn new(listener: TcpListener, company: Arc<Company>, stopped: watch::Receiver<bool>) -> Self {
        Self {
            listener,
            company,
            stopped,
        }
    }
}

impl Listener for Sockets {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        let (stream, peer) = loop {
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            if !self.company.faults.resets_connection() {
                break (stream, peer);
            }
            hostile::reset(stream);
        };
        // small replies must not wait for more; a socket that refuses works all the same
        drop(stream.set_nodelay(true));
        let stopped = Box::pin(until_stopped(self.stopped.clone()));
        (
            Socket {
                stage: Stage::new(stream),
                stopped: Some(stopped),
            },
            peer,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

pub(super) struct Socket {
    stage: Stage,
    /// `None` once it has ended.
    stopped: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Socket {
    /// The connection, or the error that it answers with once the fake has stopped.
    fn open(&mut self, cx: &mut Context<'_>) -> io::Result<Pin<&mut Stage>> {
        if self
            .stopped
            .as_mut()
            .is_some_and(|stopped| stopped.as_mut().poll(cx).is_ready())
        {
            self.stopped = None;
        }
        if self.stopped.is_none() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(Pin::new(&mut self.stage))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.open(cx)?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.open(cx)?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open(cx)?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stage).poll_shutdown(cx)
    }
}
