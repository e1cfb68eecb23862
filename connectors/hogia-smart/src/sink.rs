//! The writing half: takes each document to the file that knows it.
//!
//! One sink serves one run. The chart of accounts and what there is of an article are read when they are first needed and
//! forgotten with it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::Reason;
use skarv_canonical::spec::OrderSettings;
use skarv_canonical::write::{Document, Write};
use skarv_connector::{Error, Found, Preview, Put, Receipt, Sink};

use crate::account::Chart;
use crate::api::Api;
use crate::invoice::{self, Catalogue};
use crate::{credit, customer, obstacles, payment, preview};

/// Writes what orders become.
pub(crate) struct Orders {
    api: Api,
    chart: Chart,
    catalogue: Catalogue,
    settings: OrderSettings,
}

impl Orders {
    pub(crate) fn new(api: Api, settings: OrderSettings) -> Self {
        Self {
            api,
            chart: Chart::default(),
            catalogue: Catalogue::default(),
            settings,
        }
    }
}

impl Orders {
    /// The checks of `put`, and nothing that is sent.
    async fn foresee(&self, put: &Put<'_>) -> Result<Preview, Error> {
        let (api, chart) = (&self.api, &self.chart);
        let document = customer::addressed(&put.write.document, put.earlier);
        let mut remark = None;
        match (document.as_ref(), put.existing) {
            (Document::Customer(card), None) => return customer::foresee(api, &document, card).await,
            (Document::Customer(card), Some(number)) => {
                return customer::foresee_update(api, card, number).await;
            }
            (_, Some(_))
            | (Document::Article(_) | Document::Price(_) | Document::Stock(_) | Document::Status(_), None) => {
                return Err(not_supported());
            }
            (Document::Invoice(invoice), None) => {
                remark = invoice::ready(api, chart, &self.catalogue, invoice)
                    .await?
                    .remark();
            }
            (Document::Payment(payment), None) => {
                payment::foresee(api, chart, put.earlier, payment).await?;
            }
            (Document::Credit(credit), None) => credit::foresee(api, chart, put.earlier, credit).await?,
        }
        Ok(preview::made(&document).with_remarks(remark))
    }
}

#[async_trait]
impl Sink for Orders {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        match &write.document {
            Document::Customer(card) => customer::find(&self.api, card).await,
            Document::Invoice(invoice) => invoice::find(&self.api, invoice).await,
            Document::Payment(payment) => payment::find(&self.api, payment).await,
            Document::Credit(credit) => credit::find(&self.api, credit).await,
            Document::Article(_) | Document::Price(_) | Document::Stock(_) | Document::Status(_) => {
                Err(not_supported())
            }
        }
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        let document = customer::addressed(&put.write.document, put.earlier);
        match (document.as_ref(), put.existing) {
            (Document::Customer(card), None) => {
                customer::put(
                    &self.api,
                    &document,
                    card,
                    self.settings.payment_terms_days,
                    put.window,
                )
                .await
            }
            (Document::Customer(card), Some(number)) => {
                customer::update(&self.api, &document, card, number, put.window).await
            }
            // everything else is made once (see the descriptor): making another instead of updating would double it
            (_, Some(_))
            | (Document::Article(_) | Document::Price(_) | Document::Stock(_) | Document::Status(_), None) => {
                Err(not_supported())
            }
            (Document::Invoice(invoice), None) => {
                let ready = invoice::ready(&self.api, &self.chart, &self.catalogue, invoice).await?;
                invoice::put(&self.api, ready, &document, invoice, put.window).await
            }
            (Document::Payment(payment), None) => payment::put(&self.api, &self.chart, &put, payment).await,
            (Document::Credit(credit), None) => credit::put(&self.api, &self.chart, &put, credit).await,
        }
    }

    async fn preview(&self, put: Put<'_>) -> Result<Preview, Error> {
        preview::foreseen(self.foresee(&put).await)
    }

    async fn obstacles(&self, now: DateTime<Utc>) -> Result<Vec<Reason>, Error> {
        obstacles::obstacles(&self.api, &self.chart, &self.settings, now).await
    }

    async fn match_existing(&self, write: &Write) -> Result<Option<Found>, Error> {
        match &write.document {
            Document::Customer(card) => customer::match_existing(&self.api, card).await,
            _ => Ok(None),
        }
    }
}

fn not_supported() -> Error {
    Error::configuration("not_supported")
}
