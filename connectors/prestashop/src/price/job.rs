//! What a price tag comes to in the shop: net, in its currency, and where it belongs. Or why it cannot be told.
//!
//! No tax is guessed: a tag with a tax that the shop does not tell is for a person. So is one in a currency that the shop does not
//! sell in (`price/currencies.rs`).

use rust_decimal::Decimal;
use skarv_canonical::price::{Campaign, Owned, PriceTag};
use skarv_connector::Error;

use super::{currencies::PricedIn, family::Family, net};
use crate::{api::Resource, numbers::Place, product::rates::Rates};

/// A product and the combination of it or 0.
pub(super) type Thing = (u64, u64);

/// The prices of one article, net, and where they belong.
pub(super) struct Job {
    pub(super) place: Place,
    pub(super) priced_in: PricedIn,
    pub(super) regular: Decimal,
    pub(super) campaign: Owned<Campaign>,
}

impl Job {
    pub(super) fn of(
        tag: &PriceTag,
        (place, priced_in): (Place, PricedIn),
        family: &Family,
        rates: Option<&Rates>,
    ) -> Result<Self, Error> {
        let tax_in_it = match rates.filter(|_| tag.with_tax) {
            None => None,
            Some(rates) => {
                let rate = rates.of_group(family.tax_group);
                Some(rate.ok_or_else(|| without_rate(tag, family))?)
            }
        };
        let net = |price: Decimal| net::net(price, tax_in_it).ok_or_else(|| unfit(tag, price));
        let campaign = match tag.campaign {
            Owned::Is(campaign) => Owned::Is(Campaign {
                price: net(campaign.price)?,
                ..campaign
            }),
            other => other,
        };
        Ok(Self {
            place,
            priced_in,
            regular: net(tag.regular)?,
            campaign,
        })
    }

    pub(super) fn thing(&self) -> Thing {
        (self.place.product, self.place.combination.unwrap_or(0))
    }
}

fn unfit(tag: &PriceTag, price: Decimal) -> Error {
    Error::data("price_unfit")
        .with("number", &tag.sku)
        .with("price", price)
        .fix("correct_price")
}

fn without_rate(tag: &PriceTag, family: &Family) -> Error {
    Error::data("tax_of_article_unclear")
        .with("number", &tag.sku)
        .with("group", family.tax_group)
        .fix("check_tax_group")
}

pub(super) fn gone(resource: Resource) -> Error {
    Error::data("record_gone")
        .with("resource", resource.path)
        .fix("check_in_source")
}
