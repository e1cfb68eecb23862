//! Prices of an article: what it costs, and what it costs during a campaign. They are two prices, never one that is shown.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Currency, Fingerprint};

/// The prices of one article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticlePrice {
    /// The source's id of the article. Never changes.
    pub key: String,
    /// The article number.
    pub sku: String,
    /// Currency of both.
    pub currency: Currency,
    /// Whether they have tax in them.
    pub with_tax: bool,
    /// What it costs. `None`: the source has no price for it, which is not zero.
    pub regular: Option<Decimal>,
    /// What it costs during a campaign, if there is one.
    pub campaign: Option<Campaign>,
}

/// A price for some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// What it costs.
    pub price: Decimal,
    /// The first day; open when `None`.
    pub from: Option<NaiveDate>,
    /// The last day; open when `None`.
    pub to: Option<NaiveDate>,
}

/// The prices that are to stand in the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceTag {
    /// The article number.
    pub sku: String,
    /// Currency of both.
    pub currency: Currency,
    /// Whether they have tax in them.
    pub with_tax: bool,
    /// What it costs.
    pub regular: Decimal,
    /// What it costs during a campaign.
    pub campaign: Owned<Campaign>,
}

/// A value that may be somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owned<T> {
    /// Not ours: never touched.
    NotOurs,
    /// Ours, and there is none.
    Empty,
    /// Ours.
    Is(T),
}

impl PriceTag {
    /// Over all of it; trailing zeros do not make another price.
    pub fn fingerprint(&self) -> Fingerprint {
        let campaign = match self.campaign {
            Owned::Is(campaign) => Owned::Is(Campaign {
                price: campaign.price.normalize(),
                ..campaign
            }),
            Owned::NotOurs => Owned::NotOurs,
            Owned::Empty => Owned::Empty,
        };
        Fingerprint::of(&Self {
            regular: self.regular.normalize(),
            campaign,
            ..self.clone()
        })
    }
}
