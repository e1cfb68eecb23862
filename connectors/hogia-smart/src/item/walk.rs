//! Items as records of a stream: articles, or their prices. One without a number of its own parks, so that the page goes on.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::Reason;
use skarv_canonical::record::{Pulled, Record};
use skarv_connector::Error;
use uuid::Uuid;

use super::numbers::Numbers;
use super::{ITEMS, Item, VANISHED, any};
use crate::api::Api;
use crate::feed::{Feed, Part, Position};
use crate::source::{Asked, Step, Walk};

/// What an item is read for.
pub(crate) enum Told {
    /// The article, with its name in this language.
    Article { language: String },
    /// Its prices, which have tax in them or not.
    Prices { with_tax: bool },
}

/// The items of a company.
pub(crate) struct Items {
    api: Api,
    told: Told,
    numbers: Numbers,
}

impl Items {
    pub(crate) fn new(api: Api, told: Told) -> Self {
        Self {
            api,
            told,
            numbers: Numbers::default(),
        }
    }

    async fn records(&self, items: &[Item]) -> Result<Vec<Pulled>, Error> {
        let doubled = self.numbers.doubled(&self.api, items).await?;
        Ok(items.iter().map(|item| self.record(item, &doubled)).collect())
    }

    fn record(&self, item: &Item, doubled: &HashMap<String, Reason>) -> Pulled {
        let content = match doubled.get(item.number()) {
            _ if item.number().is_empty() => Err(Reason::data("article_number_missing")
                .with("article", item.called())
                .fix("give_article_number")),
            Some(reason) => Err(reason.clone()),
            None => self.told(item),
        };
        pulled(&item.id, item.called(), content)
    }

    fn told(&self, item: &Item) -> Result<Record, Reason> {
        match &self.told {
            Told::Article { language } => Ok(Record::Article(Box::new(item.article(language)))),
            Told::Prices { with_tax } => Ok(Record::Price(Box::new(item.prices(*with_tax)?))),
        }
    }

    /// One that is not there is looked for twice: a read that is denied once says little.
    async fn by_id(&self, id: &str) -> Result<Option<Item>, Error> {
        if id.parse::<Uuid>().is_err() {
            return Ok(None);
        }
        let path = [ITEMS, id];
        match self.api.get_if_there(&path).await? {
            Some(item) => Ok(Some(item)),
            None => self.api.get_if_there(&path).await,
        }
    }
}

fn pulled(key: &str, reference: &str, content: Result<Record, Reason>) -> Pulled {
    Pulled {
        source_key: key.to_owned(),
        reference: reference.to_owned(),
        amount: None,
        content,
    }
}

#[async_trait]
impl Walk for Items {
    type Position = Position;
    const VANISHED: &'static str = VANISHED;

    async fn step(&self, from: &Position, asked: Asked) -> Result<Step<Position>, Error> {
        let feed = Feed {
            resource: ITEMS,
            filter: &[],
        };
        let Part {
            rows,
            position,
            done,
            heard,
        } = feed.after(&self.api, from, asked.limit).await?;
        Ok(Step {
            records: self.records(&rows).await?,
            position,
            done,
            heard,
        })
    }

    async fn any(&self) -> Result<bool, Error> {
        any(&self.api).await
    }

    async fn fetch(&self, keys: &[String], _: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push((key, self.by_id(key).await?));
        }
        let items: Vec<Item> = found.iter().filter_map(|(_, item)| item.clone()).collect();
        let doubled = self.numbers.doubled(&self.api, &items).await?;
        let records = found.into_iter().map(|(key, item)| match item {
            Some(item) => self.record(&item, &doubled),
            None => pulled(key, key, Err(Reason::data("article_gone").with("number", key))),
        });
        Ok(records.collect())
    }
}
