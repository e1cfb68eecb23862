//! The client itself: guard, pace, check the window, send once, read within the caps.
//!
//! Invariant: the window is looked at after every wait and directly before the send, and once more as the body goes on the line
//! (`timely.rs`); the deadline that bounds the call is counted from the look before the send. One `send` is at most one request on the wire: no redirect
//! is followed and no layer below repeats a request that may have been seen.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http::header::LOCATION;
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep_until};
use url::Url;

use crate::error::{self, Error};
use crate::guard::{self, GuardedResolver};
use crate::limits::{ClientConfig, Limits};
use crate::pacer::{Pacer, UNSAID_PAUSE, Unpaced};
use crate::request::{Auth, Request};
use crate::response::Response;
use crate::route;
use crate::timely::{Limit, Timely};
use crate::window::{SendWindow, WallClock};

/// Web servers drop idle connections after 5 s and more. Reusing one that is just being dropped loses the answer
/// to a write, so ours are dropped first.
const IDLE_CONNECTION: Duration = Duration::from_secs(4);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(600);
const HTTP2_HEADER_BYTES: u32 = 64 * 1024;
const LONGEST_LOCATION: usize = 300;

/// A pool of connections and the rules for using it; cloning shares both.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    pacer: Arc<dyn Pacer>,
}

struct Shared {
    http: reqwest::Client,
    limits: Limits,
    allow_private: bool,
    wall: Arc<dyn WallClock>,
}

/// A request that has passed every check that does not depend on time.
struct Outgoing {
    http: reqwest::Request,
    body: Option<Bytes>,
    timeout: Duration,
    window: Option<SendWindow>,
}

impl Client {
    pub fn new(config: ClientConfig) -> Result<Self, Error> {
        let http = transport(&config).map_err(|e| Error::Setup {
            reason: error::root_text(&e),
        })?;
        let ClientConfig {
            limits,
            allow_private,
            wall,
            ..
        } = config;
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                limits,
                allow_private,
                wall,
            }),
            pacer: Arc::new(Unpaced),
        })
    }

    /// The same connections at another pace.
    #[must_use]
    pub fn with_pacer(&self, pacer: Arc<dyn Pacer>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            pacer,
        }
    }

    /// Makes the call once. Every status but a redirect is an answer.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        let outgoing = self.shared.admit(request)?;
        let (method, url) = (outgoing.http.method().clone(), outgoing.http.url().clone());
        self.pacer.permit().await?;
        let started = Instant::now();
        let outcome = self.shared.exchange(outgoing).await;
        trace(&method, &url, started.elapsed(), &outcome);
        self.report_throttling(&outcome);
        outcome
    }

    fn report_throttling(&self, outcome: &Result<Response, Error>) {
        let Ok(response) = outcome else { return };
        let asked = response.retry_after(self.shared.wall.now());
        let pause = match response.status {
            StatusCode::TOO_MANY_REQUESTS => Some(asked.unwrap_or(UNSAID_PAUSE)),
            StatusCode::SERVICE_UNAVAILABLE => asked,
            _ => None,
        };
        if let Some(pause) = pause {
            self.pacer.throttled(pause);
        }
    }
}

impl Shared {
    fn admit(&self, request: Request) -> Result<Outgoing, Error> {
        if let Some(problem) = request.problem {
            return Err(problem);
        }
        guard::check(&request.url, self.allow_private)?;
        let timeout = request
            .timeout
            .unwrap_or(self.limits.timeout)
            .min(LONGEST_TIMEOUT);
        let mut http = self
            .http
            .request(request.method, request.url)
            .headers(request.headers);
        http = match request.auth {
            Some(Auth::Bearer(token)) => http.bearer_auth(token.expose_secret()),
            Some(Auth::Basic { user, password }) => {
                http.basic_auth(user.expose_secret(), Some(password.expose_secret()))
            }
            None => http,
        };
        let http = http.build().map_err(|e| Error::BadRequest {
            reason: error::root_text(&e),
        })?;
        Ok(Outgoing {
            http,
            body: request.body,
            timeout,
            window: request.window,
        })
    }

    async fn exchange(&self, outgoing: Outgoing) -> Result<Response, Error> {
        let Outgoing {
            mut http,
            body,
            timeout,
            window,
        } = outgoing;
        let now = Instant::now();
        if window.is_some_and(|w| !w.admits(timeout, now, self.wall.now())) {
            return Err(Error::WindowClosed);
        }
        *http.body_mut() = body.map(|bytes| self.body(bytes, window, now + timeout));
        // the limit first: a process that was frozen while it connected must not go on to send when it wakes up
        tokio::select! {
            biased;
            () = sleep_until(now + timeout) => Err(Error::Timeout),
            answer = self.round_trip(http) => answer,
        }
    }

    /// What is sent under a grant looks at the clocks once more on its way to the line.
    fn body(&self, bytes: Bytes, window: Option<SendWindow>, deadline: Instant) -> reqwest::Body {
        let Some(window) = window else {
            return bytes.into();
        };
        let limit = Limit {
            deadline,
            window,
            wall: Arc::clone(&self.wall),
        };
        reqwest::Body::wrap(Timely::new(bytes, limit))
    }

    async fn round_trip(&self, request: reqwest::Request) -> Result<Response, Error> {
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let failed = |e: reqwest::Error| Error::from_transport(&host, self.limits.max_headers, &e);
        let mut answer = self.http.execute(request).await.map_err(failed)?;
        if is_redirect(answer.status()) {
            return Err(Error::Redirect {
                status: answer.status(),
                location: location(&answer),
            });
        }
        let body = read(&mut answer, self.limits.max_body, failed).await?;
        let headers = std::mem::take(answer.headers_mut());
        Ok(Response {
            status: answer.status(),
            headers,
            body,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the one guarded client")]
fn transport(config: &ClientConfig) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .tls_backend_rustls()
        .dns_resolver(GuardedResolver {
            allow_private: config.allow_private,
        })
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .gzip(true)
        .connect_timeout(config.limits.connect_timeout)
        .pool_idle_timeout(IDLE_CONNECTION)
        .http1_max_headers(config.limits.max_headers)
        .http2_max_header_list_size(HTTP2_HEADER_BYTES)
        .user_agent(&config.user_agent)
        .build()
}

/// 304 answers a conditional request; it sends nobody anywhere.
fn is_redirect(status: StatusCode) -> bool {
    status.is_redirection() && status != StatusCode::NOT_MODIFIED
}

/// Where the redirect points, without the query, which may hold a token.
fn location(answer: &reqwest::Response) -> Option<String> {
    let text = answer.headers().get(LOCATION)?.to_str().ok()?;
    let url = answer.url().join(text).ok()?;
    let shown = format!(
        "{}{}",
        url.origin().ascii_serialization(),
        route::shown(url.path())
    );
    Some(shown.chars().take(LONGEST_LOCATION).collect())
}

/// Reads decompressed bytes as they come and stops at the cap, whatever the answer claims about its length.
async fn read(
    answer: &mut reqwest::Response,
    limit: usize,
    failed: impl Fn(reqwest::Error) -> Error,
) -> Result<Bytes, Error> {
    if answer
        .content_length()
        .is_some_and(|declared| declared > limit as u64)
    {
        return Err(Error::TooLarge { limit });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(&failed)? {
        if chunk.len() > limit - body.len() {
            return Err(Error::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn trace(method: &http::Method, url: &Url, took: Duration, outcome: &Result<Response, Error>) {
    let (host, path, ms) = (
        url.host_str().unwrap_or_default(),
        route::shown(url.path()),
        took.as_millis() as u64,
    );
    match outcome {
        Ok(answer) => {
            let (status, bytes) = (answer.status.as_u16(), answer.body.len());
            tracing::debug!(%method, host, path, status, ms, bytes, "http call");
        }
        Err(error) => tracing::debug!(%method, host, path, ms, %error, "http call failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_to_loopback_is_stopped_by_the_resolver_alone() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
        listener.set_nonblocking(true).expect("nonblocking");
        let port = listener.local_addr().expect("address").port();
        let client = Client::new(ClientConfig::default()).expect("a client");
        let url = Url::parse(&format!("http://localhost:{port}/")).expect("a url");
        let http = reqwest::Request::new(http::Method::POST, url);
        let unguarded = Outgoing {
            http,
            body: None,
            timeout: Duration::from_secs(5),
            window: None,
        };
        let error = client.shared.exchange(unguarded).await.expect_err("stopped");
        assert_eq!(
            error,
            Error::Blocked {
                host: "localhost".to_owned()
            }
        );
        assert!(listener.accept().is_err(), "connected");
    }
}
