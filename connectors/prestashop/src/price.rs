//! Prices, written: the regular price of a product or a combination, and a campaign beside it. Never the price that is shown.
//!
//! Everything is compared with what stands first, and what stands is not sent. `price/job.rs` says what a price comes to in the
//! shop. `price/regular.rs` writes products and then their combinations, whose prices hang together (`price/family.rs`).
//! `price/special.rs` keeps one row of ours beside those that others made (`price/campaign.rs`).

mod campaign;
mod family;
mod job;
mod net;
mod regular;
mod save;
mod special;

use std::collections::HashMap;

use async_trait::async_trait;
use skarv_canonical::{
    Currency,
    price::{Owned, PriceTag},
    spec::PriceSettings,
    write::{Document, Write},
};
use skarv_connector::{Error, Found, Put, Receipt, Sink};
use tokio::sync::{Mutex, OnceCell};

use crate::{
    api::Api,
    numbers::{self, Place},
    product::{rates::Rates, shelf::default_currency},
    shop::ShopSettings,
};
use family::{Families, Nets};
use job::{Job, Thing};
use special::Standing;

/// Articles that are read and written together.
pub(crate) const BATCH: u32 = 50;

/// The prices of one shop.
pub(crate) struct Prices {
    api: Api,
    settings: PriceSettings,
    currency: OnceCell<Currency>,
    rates: OnceCell<Rates>,
    products_by_patch: OnceCell<bool>,
    combinations_by_patch: OnceCell<bool>,
    /// Prices of combinations that their product has moved, until they are put right.
    owed: Mutex<Nets>,
}

type End = Result<Receipt, Error>;

impl Prices {
    pub(crate) fn new(api: Api, settings: PriceSettings) -> Self {
        Self {
            api,
            settings,
            currency: OnceCell::new(),
            rates: OnceCell::new(),
            products_by_patch: OnceCell::new(),
            combinations_by_patch: OnceCell::new(),
            owed: Mutex::default(),
        }
    }

    /// One end for each tag.
    async fn tags(&self, tags: &[&PriceTag]) -> Vec<End> {
        match self.jobs(tags).await {
            Ok((jobs, families)) => self.carry_out(jobs, &families).await,
            Err(error) => vec![Err(error); tags.len()],
        }
    }

    /// What each tag comes to, and the families that they are in.
    async fn jobs(&self, tags: &[&PriceTag]) -> Result<(Vec<Result<Job, Error>>, Families), Error> {
        let currency = self.currency().await?;
        let rates = self.rates(tags).await?;
        let numbers: Vec<String> = tags.iter().map(|tag| tag.sku.clone()).collect();
        let places = numbers::places(&self.api, &numbers).await?;
        let place = |tag: &&PriceTag| {
            job::is_in(tag, currency)?;
            numbers::the_one(&places, &tag.sku).cloned()
        };
        let places: Vec<Result<Place, Error>> = tags.iter().map(place).collect();
        let families = family::families(&self.api, places.iter().flatten()).await?;
        let job = |(tag, place): (&&PriceTag, Result<Place, Error>)| {
            let place = place?;
            let family = families
                .get(&place.product)
                .ok_or_else(|| job::gone(family::PRODUCTS))?;
            let family = family.as_ref().map_err(Clone::clone)?;
            Job::of(tag, place, family, rates)
        };
        Ok((tags.iter().zip(places).map(job).collect(), families))
    }

    async fn currency(&self) -> Result<Currency, Error> {
        let read = async || default_currency(&self.api, &ShopSettings::read(&self.api).await?).await;
        self.currency.get_or_try_init(read).await.copied()
    }

    /// The shop's taxes, where a price has tax in it.
    async fn rates(&self, tags: &[&PriceTag]) -> Result<Option<&Rates>, Error> {
        if !tags.iter().any(|tag| tag.with_tax) {
            return Ok(None);
        }
        let read = || Rates::read(&self.api, self.settings.home_country);
        self.rates.get_or_try_init(read).await.map(Some)
    }

    async fn carry_out(&self, jobs: Vec<Result<Job, Error>>, families: &Families) -> Vec<End> {
        let failed = self.regular(&jobs, families).await;
        let campaigns = self.standing(&jobs).await;
        let mut ends = Vec::with_capacity(jobs.len());
        for job in jobs {
            ends.push(match job {
                Ok(job) => self.finish(&job, &failed, &campaigns).await,
                Err(error) => Err(error),
            });
        }
        ends
    }

    async fn finish(
        &self,
        job: &Job,
        failed: &HashMap<Thing, Error>,
        campaigns: &Result<Standing, Error>,
    ) -> End {
        if let Some(error) = failed.get(&job.thing()) {
            return Err(error.clone());
        }
        let wanted = match job.campaign {
            Owned::NotOurs => return Ok(Receipt::of(job.place.key())),
            Owned::Empty => None,
            Owned::Is(campaign) => Some(campaign::row(&job.place, campaign)),
        };
        let standing = campaigns.as_ref().map_err(Clone::clone)?;
        self.campaign(standing, &job.place, wanted).await?;
        Ok(Receipt::of(job.place.key()))
    }
}

#[async_trait]
impl Sink for Prices {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        numbers::found(&self.api, &tag(write)?.sku).await
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        let mut ends = self.tags(&[tag(put.write)?]).await;
        ends.pop()
            .unwrap_or_else(|| Err(Error::configuration("not_supported")))
    }

    async fn put_all(&self, puts: Vec<Put<'_>>) -> Vec<End> {
        let tags: Result<Vec<&PriceTag>, Error> = puts.iter().map(|put| tag(put.write)).collect();
        match tags {
            Ok(tags) => self.tags(&tags).await,
            Err(error) => vec![Err(error); puts.len()],
        }
    }
}

fn tag(write: &Write) -> Result<&PriceTag, Error> {
    match &write.document {
        Document::Price(tag) => Ok(tag),
        _ => Err(Error::configuration("not_supported")),
    }
}
