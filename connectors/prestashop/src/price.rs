//! Prices, written: the regular price of a product or a combination, and a campaign beside it. Never the price that is shown.
//!
//! Everything is compared with what stands first, and what stands is not sent. `price/job.rs` says what a price comes to in the
//! shop. `price/regular.rs` writes products and then their combinations, whose prices hang together (`price/family.rs`). What
//! stands beside them, campaigns and the prices of other currencies than the shop's, is rows of ours (`price/wanted.rs`) among those
//! that others made (`price/ours.rs`), kept by `price/special.rs`.

mod currencies;
mod family;
mod job;
mod net;
mod ours;
mod regular;
mod save;
mod special;
mod wanted;

use std::collections::HashMap;

use async_trait::async_trait;
use skarv_canonical::{
    Currency,
    price::PriceTag,
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
use currencies::{Currencies, PricedIn, Sold};
use family::{Families, Nets};
use job::{Job, Thing};
use special::Standing;

/// Articles that are read and written together.
pub(crate) const BATCH: u32 = 50;

/// The prices of one shop.
pub(crate) struct Prices {
    api: Api,
    settings: PriceSettings,
    the_shops_currency: OnceCell<Currency>,
    sold_in: OnceCell<Sold>,
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
            the_shops_currency: OnceCell::new(),
            sold_in: OnceCell::new(),
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
        let currencies = self.currencies(tags).await?;
        let rates = self.rates(tags).await?;
        let numbers: Vec<String> = tags.iter().map(|tag| tag.sku.clone()).collect();
        let places = numbers::places(&self.api, &numbers).await?;
        let place = |tag: &&PriceTag| {
            currencies.of(tag)?;
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
            Job::of(tag, (place, currencies.of(tag)?), family, rates)
        };
        Ok((tags.iter().zip(places).map(job).collect(), families))
    }

    /// The shop's currency, and the others where a price is in one.
    async fn currencies(&self, tags: &[&PriceTag]) -> Result<Currencies, Error> {
        let read = async || default_currency(&self.api, &ShopSettings::read(&self.api).await?).await;
        let the_shops = *self.the_shops_currency.get_or_try_init(read).await?;
        let sold = match tags.iter().any(|tag| tag.currency != the_shops) {
            true => {
                let read = || currencies::sold(&self.api);
                self.sold_in.get_or_try_init(read).await?.clone()
            }
            false => Sold::default(),
        };
        Ok(Currencies { the_shops, sold })
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
        let standing = self.standing(&jobs).await;
        let mut ends = Vec::with_capacity(jobs.len());
        for job in jobs {
            ends.push(match job {
                Ok(job) => self.finish(&job, &failed, &standing).await,
                Err(error) => Err(error),
            });
        }
        ends
    }

    async fn finish(
        &self,
        job: &Job,
        failed: &HashMap<Thing, Error>,
        standing: &Result<Standing, Error>,
    ) -> End {
        if let (PricedIn::TheShops, Some(error)) = (job.priced_in, failed.get(&job.thing())) {
            return Err(error.clone());
        }
        for wanted in wanted::wanted(job) {
            let standing = standing.as_ref().map_err(Clone::clone)?;
            self.stand(standing, wanted).await?;
        }
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
