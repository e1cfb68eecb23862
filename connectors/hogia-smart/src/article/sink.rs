//! The sink of a stream of products. One serves one run; the chart of accounts is read when a rate is first needed.

use async_trait::async_trait;
use skarv_canonical::article::ArticleCard;
use skarv_canonical::spec::ProductSettings;
use skarv_canonical::write::{Document, Write};
use skarv_connector::{Error, Found, Preview, Put, Receipt, Sink};

use super::account::SalesAccounts;
use super::{Order, create, find, preview, update};
use crate::api::Api;
use crate::preview::foreseen;

/// Writes what a shop's products become.
pub(crate) struct Articles {
    api: Api,
    accounts: SalesAccounts,
    /// Of the books' texts.
    language: String,
}

impl Articles {
    pub(crate) fn new(api: Api, settings: ProductSettings) -> Self {
        Self {
            api,
            accounts: SalesAccounts::default(),
            language: settings.language,
        }
    }

    fn order<'a>(&'a self, put: &Put<'a>) -> Result<Order<'a>, Error> {
        Ok(Order {
            api: &self.api,
            accounts: &self.accounts,
            language: &self.language,
            document: &put.write.document,
            card: card(put.write)?,
            window: put.window,
        })
    }
}

fn card(write: &Write) -> Result<&ArticleCard, Error> {
    match &write.document {
        Document::Article(card) => Ok(card),
        _ => Err(Error::configuration("not_supported")),
    }
}

#[async_trait]
impl Sink for Articles {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        find(&self.api, card(write)?).await
    }

    async fn match_existing(&self, write: &Write) -> Result<Option<Found>, Error> {
        find(&self.api, card(write)?).await
    }

    async fn preview(&self, put: Put<'_>) -> Result<Preview, Error> {
        let order = self.order(&put)?;
        let looked = match put.existing {
            None => preview::of_new(&order).await,
            Some(number) => preview::of_change(&order, number).await,
        };
        foreseen(looked)
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        let order = self.order(&put)?;
        match put.existing {
            None => create(&order).await,
            Some(number) => update(&order, number).await,
        }
    }
}
