//! Connections that can be cut from inside: a lost answer is a socket closed instead of a reply, and
//! stopping the fake ends every connection at once, idle or not, as a crash would.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A handler's grip on the connection that its request came in on.
#[derive(Clone, Default)]
pub(super) struct Line(Arc<AtomicBool>);

impl Line {
    /// No byte of the answer leaves: the client sees the connection close.
    pub(super) fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Connected<IncomingStream<'_, Sockets>> for Line {
    fn connect_info(stream: IncomingStream<'_, Sockets>) -> Self {
        stream.io().line.clone()
    }
}

/// Ends when the fake is told to stop, or is gone.
pub(super) async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // an error means that the fake was dropped, which is a stop too
    drop(stopped.wait_for(|stop| *stop).await.map(|_| ()));
}

pub(super) struct Sockets {
    listener: TcpListener,
    stopped: watch::Receiver<bool>,
}

impl Sockets {
    pub(super) fn new(listener: TcpListener, stopped: watch::Receiver<bool>) -> Self {
        Self { listener, stopped }
    }
}

impl Listener for Sockets {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        // small replies must not wait for more; a socket that refuses works all the same
        drop(stream.set_nodelay(true));
        let stopped = Box::pin(until_stopped(self.stopped.clone()));
        (
            Socket {
                stream,
                line: Line::default(),
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
    stream: TcpStream,
    line: Line,
    /// `None` once it has ended.
    stopped: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Socket {
    /// The stream, or the error that a cut connection answers with.
    fn open(&mut self, cx: &mut Context<'_>) -> io::Result<Pin<&mut TcpStream>> {
        if self
            .stopped
            .as_mut()
            .is_some_and(|stopped| stopped.as_mut().poll(cx).is_ready())
        {
            self.stopped = None;
        }
        if self.stopped.is_none() || self.line.is_cut() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(Pin::new(&mut self.stream))
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
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
