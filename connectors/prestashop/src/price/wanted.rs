//! Which rows of `specific_prices` a price comes to beside the product: one for a campaign, and in another currency than the
//! shop's one for the regular price too.
//!
//! Of two rows that hold on the same day the shop takes the one of the buyer's currency before the one of all currencies, and of
//! those the one with a last day, or a first, before the one without. So a campaign stands over the regular price of its currency
//! for its days. A row of a combination is its whole price; one of a product goes for its combinations too, each with what it
//! differs by, but for those that have a row of their own.

use skarv_canonical::price::{Campaign, Owned};

use super::{
    currencies::PricedIn,
    job::Job,
    ours::{self, Spot, When},
};
use crate::xml::Node;

/// The id of no currency: a row of all of them.
const ALL: u64 = 0;

/// What is to stand at a spot. `None`: nothing of ours.
pub(super) struct Wanted {
    pub(super) spot: Spot,
    pub(super) row: Option<Node>,
}

/// Spots that are not named are left alone.
pub(super) fn wanted(job: &Job) -> Vec<Wanted> {
    let at = |currency, when, price: Option<Campaign>| {
        let spot = Spot::of(&job.place, currency, when);
        let row = price.map(|price| ours::row(spot, price));
        Wanted { spot, row }
    };
    let campaign = match job.campaign {
        Owned::NotOurs => None,
        Owned::Empty => Some(None),
        Owned::Is(campaign) => Some(Some(campaign)),
    };
    let PricedIn::Another(currency) = job.priced_in else {
        let only = campaign.map(|campaign| at(ALL, When::AnyTime, campaign));
        return only.into_iter().collect();
    };
    // one without days is the same case as the regular price, and there is one row for each case: it has the row while it lasts,
    // and its end puts the regular price back
    let endless = campaign.flatten().filter(|campaign| !has_days(campaign));
    let always = endless.unwrap_or(Campaign {
        price: job.regular,
        from: None,
        to: None,
    });
    let regular = at(currency, When::Always, Some(always));
    let campaign = campaign.map(|campaign| at(currency, When::SomeDays, campaign.filter(has_days)));
    [regular].into_iter().chain(campaign).collect()
}

fn has_days(campaign: &Campaign) -> bool {
    campaign.from.is_some() || campaign.to.is_some()
}
