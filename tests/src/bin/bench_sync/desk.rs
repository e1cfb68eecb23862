//! Behind a simulator's counter: its books and its tape, which are larger than any answer that Skarv would read.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde::de::DeserializeOwned;
use serde_json::Value;
use skarv_http::{Bytes, Client, ClientConfig, Limits, Request, Url};

/// A tape of some hundred thousand calls.
const LARGEST: usize = 2 * 1024 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(300);

/// One simulator's.
pub(crate) struct Desk {
    http: Client,
    url: String,
}

impl Desk {
    pub(crate) fn new(url: String) -> anyhow::Result<Self> {
        let limits = Limits {
            timeout: LONGEST,
            max_body: LARGEST,
            ..Limits::default()
        };
        let http = Client::new(ClientConfig {
            allow_private: true,
            limits,
            ..ClientConfig::default()
        })?;
        Ok(Self { http, url })
    }

    /// Reads something.
    pub(crate) async fn get<T: DeserializeOwned>(&self, what: &str) -> anyhow::Result<T> {
        let answer = self.send(Request::get(self.at(what)?)).await?;
        serde_json::from_slice(&answer).with_context(|| format!("reading the {what} of {}", self.url))
    }

    /// Changes something.
    pub(crate) async fn post(&self, what: &str, body: &Value) -> anyhow::Result<()> {
        self.send(Request::post(self.at(what)?).json(body)).await?;
        Ok(())
    }

    fn at(&self, what: &str) -> anyhow::Result<Url> {
        Ok(Url::parse(&format!("{}/{what}", self.url))?)
    }

    async fn send(&self, request: Request) -> anyhow::Result<Bytes> {
        let answer = self.http.send(request).await?;
        ensure!(
            answer.status.is_success(),
            "{} answered {}: {}",
            self.url,
            answer.status,
            answer.text()
        );
        Ok(answer.body)
    }
}
