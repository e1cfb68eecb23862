//! The body of a write that may leave within its window only: it looks at the clocks once more as it is put on the line.
//!
//! Invariant: bytes that are asked for after the deadline of their call, or outside their window, are not given. A connection
//! has its own task, and a process can be frozen between the hand-over and the line; what the client looks at before it hands
//! over says nothing of that. A request whose body breaks off is no request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use crate::window::{SendWindow, WallClock};

/// When a call is over at the latest, by both clocks.
#[derive(Clone)]
pub(crate) struct Limit {
    pub(crate) deadline: Instant,
    pub(crate) window: SendWindow,
    pub(crate) wall: Arc<dyn WallClock>,
}

pub(crate) struct Timely {
    bytes: Bytes,
    limit: Limit,
}

/// It is too late for it.
#[derive(Debug, thiserror::Error)]
#[error("the send window is over")]
pub(crate) struct TooLate;

impl Limit {
    fn is_over(&self) -> bool {
        let now = Instant::now();
        now >= self.deadline || self.window.remaining(now, self.wall.now()).is_zero()
    }
}

impl Timely {
    pub(crate) fn new(bytes: Bytes, limit: Limit) -> Self {
        Self { bytes, limit }
    }
}

impl Body for Timely {
    type Data = Bytes;
    type Error = TooLate;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TooLate>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(match self.limit.is_over() {
            true => Err(TooLate),
            false => Ok(Frame::data(std::mem::take(&mut self.bytes))),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
