//! How many of an article there are. Unknown is not zero: a level that the source does not know is never written.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How many of an article its source has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockLevel {
    /// The source's id of the article. Never changes.
    pub key: String,
    /// The article number.
    pub sku: String,
    /// How many may be sold. `None`: the source does not keep stock of it.
    pub available: Option<Decimal>,
    /// Whether it may be sold when there is none. `None`: the source does not decide that.
    pub sold_when_empty: Option<bool>,
    /// When it was counted.
    pub as_of: DateTime<Utc>,
}

/// The quantity that is to stand in the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockCount {
    /// The article number.
    pub sku: String,
    /// Whole units; negative when more is sold than there is.
    pub quantity: i64,
    /// Whether it may be sold when there is none. `None` is not ours.
    pub sold_when_empty: Option<bool>,
    /// The day of a sweep that compares whatever was written last; `None` in between.
    pub sweep: Option<NaiveDate>,
}
