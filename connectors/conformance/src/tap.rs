//! A tap on the line between a connector and its system: it hears every call, counts how many are out at a time, and answers
//! some of them in the system's place.
//!
//! It knows no system: bytes pass as they are. So whatever the suite asks of one connector it asks of every one.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use skarv_http::{
    Method,
    hostile::{Answer, Cue, Format, Hostile, Stage},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// One call that went over the line, with what came back.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    /// Without the address in front, and without the query.
    pub path: String,
    pub query: String,
    pub body: Bytes,
    pub status: u16,
    pub answer: Bytes,
}

impl Call {
    /// Whether it asks for more than to be told something.
    pub fn writes(&self) -> bool {
        self.method != Method::GET && self.method != Method::HEAD
    }
}

/// What becomes of a call besides being passed on.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The system never hears of it; this is answered instead.
    Refused {
        status: u16,
        /// Seconds that the caller is asked to wait.
        retry_after: Option<u64>,
    },
    /// The system does it, and no byte of its answer comes back.
    Lost,
    /// The system never hears of it, and what comes back is meant to hurt.
    Hostile(Hostile, Format),
}

/// Which calls a fault meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meets {
    Every,
    Writing,
}

/// Makes another answer of one.
pub type Tamper = Arc<dyn Fn(&Call) -> Bytes + Send + Sync>;

#[derive(Default)]
struct Line {
    upstream: String,
    faults: Option<(Fault, Meets)>,
    tamper: Option<Tamper>,
    calls: Vec<Call>,
    out: usize,
    most_out: usize,
}

/// A tap. Its line is cut when it is dropped.
pub struct Tap {
    url: String,
    line: Arc<Mutex<Line>>,
    task: JoinHandle<()>,
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tap {
    /// On the line to this address, such as `http://127.0.0.1:4010`.
    pub async fn on(upstream: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a free port")?;
        let url = format!("http://{}", listener.local_addr()?);
        let line = Line {
            upstream: upstream.trim_end_matches('/').to_owned(),
            ..Line::default()
        };
        let line = Arc::new(Mutex::new(line));
        let task = tokio::spawn(serve(listener, Arc::clone(&line), client()?));
        Ok(Self { url, line, task })
    }

    /// Where the connector is to go.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// From now on this becomes of the calls it meets, until it is put right.
    pub fn breaks(&self, fault: Fault, meets: Meets) {
        locked(&self.line).faults = Some((fault, meets));
    }

    pub fn put_right(&self) {
        let mut line = locked(&self.line);
        (line.faults, line.tamper) = (None, None);
    }

    /// From now on answers are made into others.
    pub fn tampers(&self, tamper: Tamper) {
        locked(&self.line).tamper = Some(tamper);
    }

    pub fn calls(&self) -> Vec<Call> {
        locked(&self.line).calls.clone()
    }

    /// How many calls were out at the same time, at most.
    pub fn most_at_once(&self) -> usize {
        locked(&self.line).most_out
    }

    /// Forgets what was called.
    pub fn forget(&self) {
        let mut line = locked(&self.line);
        line.calls.clear();
        line.most_out = 0;
    }
}

fn locked(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the tap is no connector: what it passes on is not guarded"
)]
fn client() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().no_proxy().no_gzip();
    let never = reqwest::redirect::Policy::none();
    builder.redirect(never).build().context("a client")
}

async fn serve(listener: TcpListener, line: Arc<Mutex<Line>>, client: reqwest::Client) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((socket, _)) = listener.accept() => {
                connections.spawn(converse(socket, Arc::clone(&line), client.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(socket: TcpStream, line: Arc<Mutex<Line>>, client: reqwest::Client) {
    let stage = Stage::new(socket);
    let cue = stage.cue();
    let service = service_fn(move |request| {
        let (line, client, cue) = (Arc::clone(&line), client.clone(), cue.clone());
        async move { Ok::<_, Infallible>(answer(request, &line, &client, &cue).await) }
    });
    let served = http1::Builder::new()
        .serve_connection(TokioIo::new(stage), service)
        .await;
    // a caller that hangs up ends it, as does a fault
    drop(served);
}

/// Counts a call for as long as it is out.
struct Out<'a>(&'a Mutex<Line>);

impl<'a> Out<'a> {
    fn begin(line: &'a Mutex<Line>) -> Self {
        let mut counted = locked(line);
        counted.out += 1;
        counted.most_out = counted.most_out.max(counted.out);
        drop(counted);
        Self(line)
    }
}

impl Drop for Out<'_> {
    fn drop(&mut self) {
        locked(self.0).out -= 1;
    }
}

async fn answer(
    request: Request<Incoming>,
    line: &Mutex<Line>,
    client: &reqwest::Client,
    cue: &Cue,
) -> Response<Full<Bytes>> {
    let _out = Out::begin(line);
    let writes = request.method() != Method::GET && request.method() != Method::HEAD;
    let fault = locked(line).faults.clone();
    let fault = fault.filter(|(_, meets)| writes || *meets == Meets::Every);
    match fault.map(|(fault, _)| fault) {
        Some(Fault::Refused { status, retry_after }) => {
            heard(request, line, status).await;
            let mut refused = Response::new(Full::default());
            *refused.status_mut() = status.try_into().unwrap_or_default();
            if let Some(seconds) = retry_after {
                refused.headers_mut().insert("retry-after", seconds.into());
            }
            refused
        }
        Some(Fault::Hostile(hostile, due)) => {
            cue.play(&Answer {
                hostile,
                due,
                status: 200,
                entity_url: String::new(),
            });
            Response::default()
        }
        Some(Fault::Lost) => {
            let lost = pass_on(request, line, client).await;
            cue.cut();
            lost.unwrap_or_default()
        }
        None => pass_on(request, line, client).await.unwrap_or_else(|_| {
            cue.cut();
            Response::default()
        }),
    }
}

/// Keeps a call that the system never hears of.
async fn heard(request: Request<Incoming>, line: &Mutex<Line>, status: u16) {
    let (head, body) = request.into_parts();
    // of a body that breaks off nothing is kept
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    locked(line).calls.push(Call {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body,
        status,
        answer: Bytes::new(),
    });
}

async fn pass_on(
    request: Request<Incoming>,
    line: &Mutex<Line>,
    client: &reqwest::Client,
) -> Result<Response<Full<Bytes>>> {
    let upstream = locked(line).upstream.clone();
    let (mut head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let url = format!("{upstream}{target}");
    // the client says these itself
    for name in ["host", "content-length", "accept-encoding", "connection"] {
        head.headers.remove(name);
    }
    let asked = client.request(head.method.clone(), url).headers(head.headers);
    let answered = asked.body(body.clone()).send().await?;
    let mut response = Response::builder().status(answered.status());
    for (name, value) in answered.headers() {
        if !["content-length", "transfer-encoding", "connection"].contains(&name.as_str()) {
            response = response.header(name, value);
        }
    }
    let mut call = Call {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body,
        status: answered.status().as_u16(),
        answer: answered.bytes().await?,
    };
    let tamper = locked(line).tamper.clone();
    if let Some(tamper) = tamper {
        call.answer = tamper(&call);
    }
    let answer = call.answer.clone();
    locked(line).calls.push(call);
    Ok(response.body(Full::new(answer))?)
}
