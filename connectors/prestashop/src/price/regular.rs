//! Regular prices in the shop's currency: those of products first, then what their combinations differ by.
//!
//! Which combinations a product takes along against their will is noted before the product is written, and kept until they are put
//! right: a write that nobody answered may have moved them too. The note lasts as long as the sink.

use std::collections::HashMap;

use rust_decimal::Decimal;
use skarv_connector::Error;

use super::{
    Prices,
    currencies::PricedIn,
    family::{Changes, Families, Nets},
    job::{Job, Thing},
    save::Priced,
};

impl Prices {
    /// Writes regular prices, products first. The errors of those that do not stand.
    pub(super) async fn regular(
        &self,
        jobs: &[Result<Job, Error>],
        families: &Families,
    ) -> HashMap<Thing, Error> {
        let mut failed = HashMap::new();
        let changes = self.changes(jobs, families).await;
        let products: Vec<(u64, Decimal)> = changes
            .iter()
            .filter_map(|(product, changes)| Some((*product, changes.product?)))
            .collect();
        self.owe(changes.values()).await;
        let not_moved = self.save(Priced::Product, &products).await;
        let moved = || {
            changes
                .iter()
                .filter(|(product, _)| !not_moved.contains_key(product))
        };
        let differences: Vec<(u64, Decimal)> = moved()
            .flat_map(|(_, changes)| changes.combinations.iter().copied())
            .collect();
        let not_set = self.save(Priced::Combination, &differences).await;
        self.settle(&differences, &not_set).await;
        for job in on_products(jobs) {
            let thing = job.thing();
            let kept = || {
                changes
                    .get(&thing.0)
                    .into_iter()
                    .flat_map(|changes| changes.kept.keys())
            };
            let error = match job.place.combination {
                _ if not_moved.contains_key(&thing.0) => not_moved.get(&thing.0),
                Some(combination) => not_set.get(&combination),
                None => kept().find_map(|combination| not_set.get(combination)),
            };
            if let Some(error) = error {
                failed.insert(thing, error.clone());
            }
        }
        failed
    }

    async fn changes(&self, jobs: &[Result<Job, Error>], families: &Families) -> HashMap<u64, Changes> {
        let mut own: HashMap<u64, (Option<Decimal>, Nets)> = HashMap::new();
        for job in on_products(jobs) {
            let (product, nets) = own.entry(job.place.product).or_default();
            match job.place.combination {
                Some(combination) => drop(nets.insert(combination, job.regular)),
                None => *product = Some(job.regular),
            }
        }
        let owed = self.owed.lock().await;
        let changes = |(id, (product, nets)): (u64, (Option<Decimal>, Nets))| {
            let family = families.get(&id)?.as_ref().ok()?;
            Some((id, family.changes(product, &nets, &owed)))
        };
        own.into_iter().filter_map(changes).collect()
    }

    async fn owe<'a>(&self, changes: impl Iterator<Item = &'a Changes>) {
        let mut owed = self.owed.lock().await;
        owed.extend(changes.flat_map(|changes| changes.kept.iter().map(|(id, net)| (*id, *net))));
    }

    async fn settle(&self, written: &[(u64, Decimal)], not_set: &HashMap<u64, Error>) {
        let mut owed = self.owed.lock().await;
        for (id, _) in written.iter().filter(|(id, _)| !not_set.contains_key(id)) {
            owed.remove(id);
        }
    }
}

/// Jobs whose prices stand on products and combinations themselves.
fn on_products(jobs: &[Result<Job, Error>]) -> impl Iterator<Item = &Job> {
    let jobs = jobs.iter().flatten();
    jobs.filter(|job| job.priced_in == PricedIn::TheShops)
}
