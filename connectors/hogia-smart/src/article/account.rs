//! The account that an article's sales within the country are booked on. An item's rate of VAT is its account's
//! (`CONTRACT.md`, Items), so a rate can be written only where exactly one account has it; which of several, is not chosen.

use std::ops::RangeInclusive;

use skarv_canonical::{Class, Reason, vat::VatRate};
use skarv_connector::Error;
use skarv_http::{SystemWall, WallClock};

use crate::account::Chart;
use crate::api::Api;

/// Sales of goods within Sweden in the BAS chart.
const DOMESTIC: RangeInclusive<u32> = 3000..=3099;

/// The account of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// Nobody needs to know.
    NotAsked,
    One(u32),
    /// None or several have this rate.
    Unclear(VatRate),
}

impl Account {
    pub(super) fn number(self) -> Option<u32> {
        match self {
            Self::One(number) => Some(number),
            Self::NotAsked | Self::Unclear(_) => None,
        }
    }

    /// What is said of an item that was made without an account of ours.
    pub(super) fn remark(self, number: &str) -> Option<Reason> {
        let Self::Unclear(rate) = self else {
            return None;
        };
        Some(
            Reason::data("article_account_not_chosen")
                .with("number", number)
                .with("rate", rate),
        )
    }
}

/// The accounts of this year.
#[derive(Debug, Default)]
pub(super) struct SalesAccounts(Chart);

impl SalesAccounts {
    pub(super) async fn at(&self, api: &Api, rate: Option<VatRate>) -> Result<Account, Error> {
        let Some(rate) = rate else {
            return Ok(Account::NotAsked);
        };
        let today = SystemWall.now().date_naive();
        let year = match self.0.open_year(api, today).await {
            Ok(year) => year,
            // articles need no open year: what cannot be looked up is left to the system
            Err(error) if error.class() == Class::Configuration => return Ok(Account::Unclear(rate)),
            Err(error) => return Err(error),
        };
        let mut fit = year.sold_at(rate).filter(|account| DOMESTIC.contains(account));
        Ok(match (fit.next(), fit.next()) {
            (Some(number), None) => Account::One(number),
            _ => Account::Unclear(rate),
        })
    }
}
