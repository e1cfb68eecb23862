//! The bare client: the calls of a plan and nothing else. No mapping, no control plane, nothing remembered.
//!
//! It reads a page ahead and writes side by side just as much as Skarv does, through the same guarded HTTP client. What Skarv takes longer than this is what Skarv costs.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skarv_canonical::descriptor::Side;
use skarv_http::{Client, ClientConfig, Method, Request, Response, Url};
use skarv_tests::bench::plan::{Call, Page, Plan, Recorded};
use tokio::sync::{RwLock, SetOnce};

use crate::{
    pace::Pace,
    part::{Lines, Systems, answer},
};

/// How long a call may wait for the one that it rests on.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to do.
#[derive(Serialize, Deserialize)]
pub(crate) struct Task {
    /// The file with the plan.
    pub(crate) plan: PathBuf,
    pub(crate) systems: Systems,
    /// Which of them is read. The other is written.
    pub(crate) source: Side,
    /// Calls a second to each system; at no set pace without.
    pub(crate) pace: Option<u32>,
    /// Reads side by side.
    pub(crate) reading: usize,
    /// Records written side by side.
    pub(crate) writing: usize,
}

/// How it went.
#[derive(Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) seconds: f64,
    pub(crate) calls: u64,
    /// Answers of another status than Skarv got.
    pub(crate) answered_otherwise: u64,
}

/// Is told the task, says when it is ready, is told to go, and says how it went.
pub(crate) async fn client(lines: &mut Lines) -> anyhow::Result<()> {
    let task: Task = lines.next().await?;
    let plan: Plan = serde_json::from_slice(&std::fs::read(&task.plan)?).context("reading the plan")?;
    let bare = Bare::new(task, &plan)?;
    answer(&Value::Null)?;
    let () = lines.next().await?;
    let began = Instant::now();
    bare.pages(&plan.pages).await?;
    answer(&Done {
        seconds: began.elapsed().as_secs_f64(),
        calls: bare.calls.into_inner(),
        answered_otherwise: bare.answered_otherwise.into_inner(),
    })
}

struct Bare {
    shop: Client,
    erp: Client,
    task: Task,
    token: RwLock<SecretString>,
    /// What calls gave out, by their place.
    given: HashMap<usize, Given>,
    calls: AtomicU64,
    answered_otherwise: AtomicU64,
}

/// What a call gave out when it was recorded, and what it gives now.
struct Given {
    then: Vec<String>,
    now: SetOnce<Vec<String>>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
}

impl Bare {
    fn new(task: Task, plan: &Plan) -> anyhow::Result<Self> {
        let all = plan.pages.iter().flat_map(|page| page.records.iter().flatten());
        let given = all.filter(|call| call.recorded.method != "GET").map(|call| {
            let given = Given {
                then: call.gives.clone(),
                now: SetOnce::new(),
            };
            (call.place, given)
        });
        Ok(Self {
            shop: client_at(task.pace)?,
            erp: client_at(task.pace)?,
            token: RwLock::new(SecretString::default()),
            given: given.collect(),
            task,
            calls: AtomicU64::default(),
            answered_otherwise: AtomicU64::default(),
        })
    }

    /// The next page is read while this one is written.
    async fn pages(&self, pages: &[Page]) -> anyhow::Result<()> {
        if let Some(first) = pages.first() {
            self.read(first).await?;
        }
        for (at, page) in pages.iter().enumerate() {
            let ahead = async {
                match pages.get(at + 1) {
                    Some(next) => self.read(next).await,
                    None => Ok(()),
                }
            };
            tokio::try_join!(self.write(page), ahead)?;
        }
        Ok(())
    }

    async fn read(&self, page: &Page) -> anyhow::Result<()> {
        if self.task.source == Side::Erp {
            self.sign_in(page).await?;
        }
        let source = self.task.source;
        for call in &page.head {
            self.ask(source, call).await?;
        }
        let around: Vec<_> = page.around.iter().map(|call| self.ask(source, call)).collect();
        let mut around = stream::iter(around).buffer_unordered(self.task.reading);
        while around.try_next().await?.is_some() {}
        Ok(())
    }

    async fn write(&self, page: &Page) -> anyhow::Result<()> {
        if self.task.source != Side::Erp {
            self.sign_in(page).await?;
        }
        let records: Vec<_> = page.records.iter().map(|calls| self.record(calls)).collect();
        let mut records = stream::iter(records).buffer_unordered(self.task.writing);
        while records.try_next().await?.is_some() {}
        for stage in &page.stages {
            let calls: Vec<_> = stage.iter().map(|call| self.ask(self.target(), call)).collect();
            let mut calls = stream::iter(calls).buffer_unordered(self.task.writing);
            while calls.try_next().await?.is_some() {}
        }
        Ok(())
    }

    async fn record(&self, calls: &[Call]) -> anyhow::Result<()> {
        for call in calls {
            self.ask(self.target(), call).await?;
        }
        Ok(())
    }

    fn target(&self) -> Side {
        match self.task.source {
            Side::Erp => Side::Shop,
            _ => Side::Erp,
        }
    }

    async fn ask(&self, side: Side, call: &Call) -> anyhow::Result<()> {
        match side {
            Side::Erp => self.ask_erp(call).await,
            _ => self.ask_shop(call).await,
        }
    }

    async fn ask_shop(&self, call: &Call) -> anyhow::Result<()> {
        let Recorded { target, body, .. } = &call.recorded;
        let request = request(&self.task.systems.shop_url, call, target, body)?;
        let request = request.basic(&self.task.systems.shop_key, &SecretString::default());
        self.send(&self.shop, call, request).await.map(drop)
    }

    async fn ask_erp(&self, call: &Call) -> anyhow::Result<()> {
        let (mut target, mut body) = (call.recorded.target.clone(), call.recorded.body.clone());
        for place in &call.after {
            let Some(given) = self.given.get(place) else {
                continue;
            };
            let now = tokio::time::timeout(PATIENCE, given.now.wait()).await;
            let now = now.with_context(|| format!("{target} waits for a call that does not come"))?;
            for (then, now) in given.then.iter().zip(now) {
                (target, body) = (target.replace(then, now), body.replace(then, now));
            }
        }
        let request = request(&self.task.systems.erp_url, call, &target, &body)?;
        let request = request.bearer(&*self.token.read().await);
        let response = self.send(&self.erp, call, request).await?;
        if let Some(given) = self.given.get(&call.place) {
            let text = response.text();
            let now = skarv_tests::bench::plan::gives(&text, &format!("{target} {body}"));
            given.now.set(now).ok();
        }
        Ok(())
    }

    /// As often as it was done before this page.
    async fn sign_in(&self, page: &Page) -> anyhow::Result<()> {
        for _ in 0..page.sign_ins {
            self.sign_in_once().await?;
        }
        Ok(())
    }

    async fn sign_in_once(&self) -> anyhow::Result<()> {
        let systems = &self.task.systems;
        let request = Request::post(Url::parse(&systems.erp_token_url)?).form([
            ("grant_type", "client_credentials"),
            ("client_id", &systems.client_id),
            ("client_secret", &systems.client_secret),
        ]);
        self.calls.fetch_add(1, Ordering::Relaxed);
        let response = self.erp.send(request).await?;
        ensure!(response.status.is_success(), "signing in: {}", response.status);
        let granted: Granted = serde_json::from_slice(&response.body)?;
        *self.token.write().await = granted.access_token.into();
        Ok(())
    }

    async fn send(&self, http: &Client, call: &Call, request: Request) -> anyhow::Result<Response> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let response = http.send(request).await?;
        if response.status.as_u16() != call.recorded.status {
            self.answered_otherwise.fetch_add(1, Ordering::Relaxed);
        }
        Ok(response)
    }
}

fn client_at(pace: Option<u32>) -> anyhow::Result<Client> {
    let client = Client::new(ClientConfig {
        allow_private: true,
        ..ClientConfig::default()
    })?;
    Ok(match pace {
        Some(pace) => client.with_pacer(Arc::new(Pace::new(pace))),
        None => client,
    })
}

fn request(base: &str, call: &Call, target: &str, body: &str) -> anyhow::Result<Request> {
    let method: Method = call.recorded.method.parse()?;
    let url = Url::parse(&format!("{base}{target}"))?;
    let request = Request::new(method, url);
    Ok(match body {
        "" => request,
        xml if xml.starts_with('<') => request.body(xml.to_owned(), "text/xml"),
        body => request.body(body.to_owned(), "application/json"),
    })
}
