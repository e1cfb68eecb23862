//! Skarv carries a shop's orders, from switching the flow on until all is settled.

use std::{path::Path, time::Duration};

use skarv::demo::compare::{Comparison, Parked, Terms};
use skarv_proto::v1 as pb;
use skarv_tests::bench::plan::{Marks, Plan, plan};

use crate::{
    house::{House, Peaks},
    meter::Spent,
    part::Seed,
    report::Calls,
};

/// How long to wait, and for each order.
const PATIENCE: Duration = Duration::from_secs(120);
const PATIENCE_PER_ORDER: Duration = Duration::from_millis(100);

/// How Skarv did.
pub(crate) struct Ran {
    pub(crate) spent: Spent,
    pub(crate) peaks: Peaks,
    pub(crate) comparison: Comparison,
    pub(crate) calls: Calls,
    pub(crate) plan: Plan,
    /// What the comparison of another run of the same orders needs.
    pub(crate) parked: Parked,
    pub(crate) terms: Terms,
}

/// Carries the orders of this shop.
pub(crate) async fn run(seed: &Seed, answer_ms: u64, folder: &Path) -> anyhow::Result<Ran> {
    let settings = pb::Flow {
        template: pb::Template::ShopMaster.into(),
        ..pb::Flow::default()
    };
    let house = House::start(seed, settings, folder).await?;
    house.fakes.begin(answer_ms).await?;
    let lap = house.lap();
    house.activate().await?;
    house.settled(PATIENCE + PATIENCE_PER_ORDER * seed.orders).await?;
    let spent = lap.spent();
    let peaks = house.peaks();
    let (shop, erp) = house.fakes.tapes().await?;
    let parked: Parked = house.parked("orders").await?.into_iter().map(by_id).collect();
    let terms = house.terms.clone();
    let comparison = house.fakes.comparison(&parked, &terms).await?;
    let calls = Calls::of(&shop, &erp);
    let marks = Marks {
        shop_ref: &terms.shop_ref,
        sign_in: house.fakes.sign_in(),
    };
    let plan = plan(shop, erp, &marks);
    house.stop().await?;
    Ok(Ran {
        spent,
        peaks,
        comparison,
        calls,
        plan,
        parked,
        terms,
    })
}

/// The source's id of a record, and why it waits.
pub(crate) fn by_id(record: pb::Record) -> (String, String) {
    let id = record.name.rsplit('/').next().unwrap_or_default().to_owned();
    (id, record.reason.unwrap_or_default().code)
}
