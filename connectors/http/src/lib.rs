//! The one guarded HTTP client: every call to a foreign system goes through [`Client::send`].
//!
//! It holds what no connector may forget: one time limit over the whole call, size caps, no redirects, no
//! proxy, no cookies, no private addresses, no silent resend, and for a write that must not happen twice a
//! [`SendWindow`] outside which nothing leaves. What an answer *means* is decided in each connector's
//! `error.rs`; when to try again is decided by the caller, with [`Error::class`] and [`Backoff`] as its tools.
//!
//! Nothing here prints a header value, a query string or a body; the HTTP libraries beneath do not either, at
//! any log level. Of a path only what is plainly a word is printed (`route.rs`).

mod address;
mod backoff;
mod client;
mod error;
mod guard;
#[cfg(feature = "hostile")]
pub mod hostile;
mod limits;
mod pacer;
mod request;
mod response;
mod route;
mod timely;
mod window;

pub use backoff::Backoff;
pub use client::Client;
pub use error::{Error, Retry, Stage};
pub use limits::{ClientConfig, Limits};
pub use pacer::{Pacer, PacerClosed, Unpaced};
pub use request::Request;
pub use response::Response;
pub use window::{SendWindow, SystemWall, WallClock};

pub use bytes::Bytes;
pub use http::{HeaderMap, Method, StatusCode, header};
pub use url::Url;
