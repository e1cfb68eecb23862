//! A socket that can be taken away from the HTTP library that writes to it.
//!
//! From the moment a script is given, no byte of the library leaves: the script plays, and then the connection ends, which
//! the library sees as a broken one. A script that never ends goes on until the other side hangs up.

use std::io;
use std::iter;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::Answer;
use super::script::{self, Act};

/// A grip on one connection, for whoever handles a request that came in on it.
#[derive(Clone, Default)]
pub struct Cue(Arc<Mutex<Option<Vec<Act>>>>);

impl Cue {
    /// This is played instead of the answer.
    pub fn play(&self, answer: &Answer) {
        self.give(script::of(answer));
    }

    /// No byte of the answer leaves: the other side sees the connection close.
    pub fn cut(&self) {
        self.give(Vec::new());
    }

    fn give(&self, acts: Vec<Act>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(acts);
    }

    fn take(&self) -> Option<Vec<Act>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A connection with a [`Cue`].
pub struct Stage {
    stream: TcpStream,
    cue: Cue,
    playing: Option<Playing>,
}

struct Playing {
    acts: std::vec::IntoIter<Act>,
    /// What is left of the bytes being sent.
    bytes: Bytes,
    /// What comes after them before the next act.
    stream: Box<dyn Iterator<Item = Bytes> + Send>,
    pause: Option<Pin<Box<Sleep>>>,
    dripping: bool,
}

impl Stage {
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            cue: Cue::default(),
            playing: None,
        }
    }

    #[must_use]
    pub fn cue(&self) -> Cue {
        self.cue.clone()
    }
}

/// Ends a connection with a reset instead of a farewell.
pub fn reset(stream: TcpStream) {
    // a socket that cannot be told is closed all the same
    drop(stream.set_zero_linger());
    drop(stream);
}

impl Playing {
    fn new(acts: Vec<Act>) -> Self {
        Self {
            acts: acts.into_iter(),
            bytes: Bytes::new(),
            stream: Box::new(iter::empty()),
            pause: None,
            dripping: false,
        }
    }

    /// Plays on. Ready only when the script is over.
    fn poll(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            while !self.bytes.is_empty() {
                let sent = ready!(Pin::new(&mut *stream).poll_write(cx, &self.bytes))?;
                self.bytes.advance(sent);
            }
            if !self.next(stream)? {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Whether there is more.
    fn next(&mut self, stream: &TcpStream) -> io::Result<bool> {
        if self.dripping {
            self.drop_falls();
            return Ok(true);
        }
        if let Some(block) = self.stream.next() {
            self.bytes = block;
            return Ok(true);
        }
        match self.acts.next() {
            Some(Act::Send(bytes)) => self.bytes = bytes,
            Some(Act::Stream(stream)) => self.stream = stream,
            Some(Act::Drip) => self.dripping = true,
            Some(Act::Reset) => stream.set_zero_linger()?,
            None => return Ok(false),
        }
        Ok(true)
    }

    fn drop_falls(&mut self) {
        self.bytes = Bytes::from_static(b" ");
        self.pause = Some(Box::pin(sleep(Duration::from_secs(1))));
    }
}

impl AsyncRead for Stage {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stage {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.playing.is_none() {
            this.playing = this.cue.take().map(Playing::new);
        }
        match &mut this.playing {
            None => Pin::new(&mut this.stream).poll_write(cx, buf),
            Some(playing) => {
                ready!(playing.poll(&mut this.stream, cx))?;
                Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
