//! The connector of the till, made by the recipe in CONTRIBUTING.md. `Flaw` is what may be wrong with it.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use skarv_canonical::{
    Class, Cursor, Reason,
    descriptor::{Descriptor, Reads, Side, Writes},
    record::{Pulled, Record},
    spec::{StreamKind, StreamSpec},
    stock::StockLevel,
    write::{Document, Effect, Entity, Write},
};
use skarv_connector::{
    Access, BoxedSink, BoxedSource, CheckItem, CheckReport, Connector, Delivery, Error, Found, Page, Preview,
    PullRequest, Put, Receipt, Sink, Source,
};
use skarv_http::{Request, Response, SendWindow, StatusCode};

/// What is wrong with a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Nothing,
    ForgetsTheCursor,
    LeavesOutTheLast,
    InventsWhatIsGone,
    MakesTwo,
    FindsNothing,
    ForgetsToUpdate,
    WritesWhenPreviewing,
    WritesWhenTesting,
    TakesBusyForBroken,
    ForgetsHowLongToWait,
    CallsALostWriteUnwritten,
    CallsARefusedWriteInDoubt,
    OneAnswerForAll,
    TooManyAtOnce,
    TakesAStrangerForTrouble,
    TakesAnythingForAnAnswer,
}

pub(crate) const BATCH: u32 = 3;

pub(crate) struct TillConnector(pub(crate) Flaw);

#[derive(Clone)]
struct Api {
    access: Access,
    flaw: Flaw,
}

#[async_trait]
impl Connector for TillConnector {
    fn descriptor(&self) -> Descriptor {
        let written = |entity, effect, batch| Writes {
            entity,
            effect,
            searchable: true,
            visible_after_ms: 0,
            batch,
            fields: Vec::new(),
        };
        Descriptor {
            id: "till".to_owned(),
            title: "Kassan".to_owned(),
            version: "1".to_owned(),
            side: Side::Erp,
            verified: false,
            notice: String::new(),
            reads: vec![Reads::changes_of(StreamKind::Stock)],
            writes: vec![
                written(Entity::Article, Effect::Update, 1),
                written(Entity::Price, Effect::Set, BATCH),
            ],
            payment_modules: Vec::new(),
            settings: Vec::new(),
            secrets: Vec::new(),
            requests_per_second: 10,
            max_parallel: 1,
        }
    }

    async fn source(&self, access: &Access, _: &StreamSpec) -> Result<BoxedSource, Error> {
        Ok(Box::new(self.api(access)))
    }

    async fn sink(&self, access: &Access, _: &StreamSpec) -> Result<BoxedSink, Error> {
        Ok(Box::new(self.api(access)))
    }

    async fn check(&self, access: &Access) -> Result<CheckReport, Error> {
        let api = self.api(access);
        if self.0 == Flaw::WritesWhenTesting {
            api.send(api.setting("prices").json(&json!([]))).await?;
        }
        let read = api.json(api.reading("levels").query([("most", "1")])).await;
        let item = CheckItem {
            code: "read_levels".to_owned(),
            problem: read.err().map(|error| error.reason),
        };
        Ok(CheckReport {
            items: vec![item],
            ..CheckReport::default()
        })
    }
}

impl TillConnector {
    fn api(&self, access: &Access) -> Api {
        Api {
            access: access.clone(),
            flaw: self.0,
        }
    }
}

impl Api {
    fn reading(&self, path: &str) -> Request {
        Request::get(self.url(path))
    }

    fn setting(&self, path: &str) -> Request {
        Request::put(self.url(path))
    }

    fn url(&self, path: &str) -> skarv_http::Url {
        format!("{}/{path}", self.access.settings["url"]).parse().unwrap()
    }

    async fn send(&self, request: Request) -> Result<Response, Error> {
        let key = self.access.secret("key")?;
        let answered = self
            .access
            .http
            .send(request.secret_header("x-till-key", key))
            .await;
        let answer = answered.map_err(|error| self.unanswered(error))?;
        match answer.status {
            StatusCode::UNAUTHORIZED if self.flaw == Flaw::TakesAStrangerForTrouble => {
                Err(Error::transient("till_broken"))
            }
            StatusCode::UNAUTHORIZED => Err(Error::credentials("till_key_refused")),
            StatusCode::TOO_MANY_REQUESTS => Err(self.busy(&answer)),
            status if !status.is_success() => {
                Err(Error::transient("till_broken").delivery(Delivery::Answered))
            }
            _ => Ok(answer),
        }
    }

    fn unanswered(&self, error: skarv_http::Error) -> Error {
        let error = Error::from(error);
        match self.flaw {
            Flaw::CallsALostWriteUnwritten => error.delivery(Delivery::NotDelivered),
            _ => error,
        }
    }

    fn busy(&self, answer: &Response) -> Error {
        let class = match self.flaw {
            Flaw::TakesBusyForBroken => Class::Transient,
            _ => Class::RateLimited,
        };
        let error = Error::new(Reason::new(class, "till_busy"));
        let error = match self.flaw {
            Flaw::CallsARefusedWriteInDoubt => error.delivery(Delivery::Answered),
            _ => error,
        };
        let seconds = answer
            .header("retry-after")
            .and_then(|seconds| seconds.parse().ok());
        match seconds.filter(|_| self.flaw != Flaw::ForgetsHowLongToWait) {
            Some(seconds) => error.retry_after(Duration::from_secs(seconds)),
            None => error,
        }
    }

    async fn json(&self, request: Request) -> Result<Value, Error> {
        let answer = self.send(request).await?;
        match serde_json::from_slice(&answer.body) {
            Err(_) if self.flaw == Flaw::TakesAnythingForAnAnswer => Ok(json!([])),
            read => read.map_err(|_| Error::transient("bad_answer").delivery(Delivery::Answered)),
        }
    }

    /// A read writes nothing, whatever became of it.
    async fn read(&self, request: Request) -> Result<Vec<Value>, Error> {
        let read = self
            .json(request)
            .await
            .map_err(|error| error.delivery(Delivery::NotDelivered))?;
        let not_a_list = || Error::transient("bad_answer");
        read.as_array().cloned().ok_or_else(not_a_list)
    }

    fn windowed(request: Request, window: Option<SendWindow>) -> Request {
        match window {
            Some(window) => request.window(window),
            None => request,
        }
    }
}

fn level(told: &Value) -> Pulled {
    let number = told["number"].as_str().unwrap_or_default().to_owned();
    let level = StockLevel {
        key: number.clone(),
        sku: number.clone(),
        available: told["quantity"].as_i64().map(Into::into),
        sold_when_empty: None,
        as_of: DateTime::UNIX_EPOCH,
    };
    Pulled {
        source_key: number.clone(),
        reference: number,
        amount: None,
        content: Ok(Record::Stock(level)),
    }
}

#[async_trait]
impl Source for Api {
    async fn pull(&self, request: PullRequest) -> Result<Page, Error> {
        let mut after = request
            .cursor
            .map(|at| at.as_str().to_owned())
            .unwrap_or_default();
        if self.flaw == Flaw::ForgetsTheCursor && after.as_str() > "G-10" {
            after = "G-10".to_owned();
        }
        let most = request.limit.to_string();
        let ask = || {
            self.read(
                self.reading("levels")
                    .query([("after", after.as_str()), ("most", &most)]),
            )
        };
        let mut told = ask().await?;
        if self.flaw == Flaw::TooManyAtOnce {
            futures::future::try_join_all((0..8).map(|_| ask())).await?;
        }
        let done = told.len() < request.limit;
        let end = told
            .last()
            .and_then(|last| last["number"].as_str())
            .unwrap_or(&after)
            .to_owned();
        if self.flaw == Flaw::LeavesOutTheLast {
            told.pop();
        }
        Ok(Page {
            records: told.iter().map(level).collect(),
            cursor: Cursor::new(end),
            done,
        })
    }

    async fn fetch(&self, keys: &[String], _: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let mut records = Vec::new();
        for key in keys {
            let told = self.read(self.reading("levels").query([("number", key)])).await?;
            let gone = || match self.flaw {
                Flaw::InventsWhatIsGone => level(&json!({ "number": key })),
                _ => Pulled {
                    content: Err(Reason::data("record_gone")),
                    ..level(&json!({ "number": key }))
                },
            };
            records.push(told.first().map_or_else(gone, level));
        }
        Ok(records)
    }
}

#[async_trait]
impl Sink for Api {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        let told = self
            .read(self.reading("articles").query([("number", &write.our_key)]))
            .await?;
        let first = told.first().filter(|_| self.flaw != Flaw::FindsNothing);
        Ok(first.map(|standing| Found {
            foreign_id: standing["id"].to_string(),
            mismatch: None,
        }))
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        let Document::Article(card) = &put.write.document else {
            return Err(Error::configuration("not_supported"));
        };
        let body = json!({ "number": card.sku, "name": card.name });
        if let Some(id) = put.existing {
            if self.flaw != Flaw::ForgetsToUpdate {
                self.send(Self::windowed(self.setting(&format!("articles/{id}")), put.window).json(&body))
                    .await?;
            }
            return Ok(Receipt::of(id));
        }
        let make = || Self::windowed(Request::post(self.url("articles")), put.window).json(&body);
        let mut made = self.json(make()).await?;
        if self.flaw == Flaw::MakesTwo {
            made = self.json(make()).await?;
        }
        Ok(Receipt::of(made["id"].to_string()))
    }

    async fn preview(&self, put: Put<'_>) -> Result<Preview, Error> {
        if self.flaw == Flaw::WritesWhenPreviewing {
            self.send(self.setting("prices").json(&json!([]))).await?;
        }
        Seen(self).preview(put).await
    }

    async fn put_all(&self, puts: Vec<Put<'_>>) -> Vec<Result<Receipt, Error>> {
        let body: Vec<Value> = puts.iter().map(|put| price(put.write)).collect();
        let told = match self.json(self.setting("prices").json(&body)).await {
            Ok(told) => told,
            Err(error) => return puts.iter().map(|_| Err(error.clone())).collect(),
        };
        let end = |(at, put): (usize, &Put<'_>)| match told[at] == true || self.flaw == Flaw::OneAnswerForAll
        {
            true => Ok(Receipt::of(put.write.our_key.clone())),
            false => Err(Error::data("article_unknown")),
        };
        puts.iter().enumerate().map(end).collect()
    }
}

/// The sink with the preview that every sink has.
struct Seen<'a>(&'a Api);

#[async_trait]
impl Sink for Seen<'_> {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        self.0.find(write).await
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        self.0.put(put).await
    }
}

fn price(write: &Write) -> Value {
    match &write.document {
        Document::Price(tag) => json!({ "number": tag.sku, "price": tag.regular.to_string() }),
        _ => Value::Null,
    }
}
