//! The writing half: takes each document to the file that knows it.
//!
//! One sink serves one run. Its token and the chart of accounts are read when they are first needed and forgotten
//! with it.

use async_trait::async_trait;
use skarv_canonical::spec::{StreamSettings, StreamSpec};
use skarv_canonical::write::{Document, Write};
use skarv_connector::{Error, Found, Put, Receipt, Sink};

use crate::account::Chart;
use crate::api::Api;
use crate::{customer, invoice};

pub(crate) struct HogiaSink {
    api: Api,
    chart: Chart,
    payment_terms_days: u32,
}

impl HogiaSink {
    pub(crate) fn new(api: Api, stream: &StreamSpec) -> Self {
        let StreamSettings::Orders(orders) = &stream.settings;
        Self {
            api,
            chart: Chart::default(),
            payment_terms_days: orders.payment_terms_days,
        }
    }
}

#[async_trait]
impl Sink for HogiaSink {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        match &write.document {
            Document::Customer(card) => customer::find(&self.api, card).await,
            Document::Invoice(invoice) => invoice::find(&self.api, invoice).await,
            Document::Payment(_) | Document::Credit(_) => Err(Error::configuration("not_supported")),
        }
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        // both kinds are made once (see the descriptor): making another instead of updating would double it
        if put.existing.is_some() {
            return Err(Error::configuration("not_supported"));
        }
        let document = &put.write.document;
        match document {
            Document::Customer(card) => {
                customer::put(&self.api, document, card, self.payment_terms_days, put.window).await
            }
            Document::Invoice(invoice) => {
                invoice::put(&self.api, &self.chart, document, invoice, put.window).await
            }
            Document::Payment(_) | Document::Credit(_) => Err(Error::configuration("not_supported")),
        }
    }
}
