//! What the invoices of the last days show of a company, for which no call asks: a till, and rounding to whole kronor.
//!
//! One such invoice is enough; that none is found proves nothing. So much is read and no more, and nobody's invoice is kept.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde::Deserialize;
use skarv_connector::Error;

use crate::amount::Amount;
use crate::api::Api;
use crate::document::DOCUMENTS;

const LATELY: Days = Days::new(30);
/// Ten thousand invoices.
const MOST_PAGES: usize = 20;
/// Where a document of the till was made.
const TILL: &str = "CashRegister";

/// What is wanted to be known.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) till: bool,
    pub(super) rounding: bool,
}

/// What was seen.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) till: bool,
    /// What an invoice was rounded by.
    pub(super) rounding: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recent {
    rounding_amount: Option<Amount>,
    invoice_header: Option<Header>,
}

#[derive(Deserialize)]
struct Header {
    origin: Option<String>,
}

impl Recent {
    fn is_of_till(&self) -> bool {
        let header = self.invoice_header.as_ref();
        header.and_then(|header| header.origin.as_deref()) == Some(TILL)
    }

    /// Of an invoice that was sent: cash is rounded anyway.
    fn rounding(&self) -> Option<Decimal> {
        let rounding = self.rounding_amount.filter(|_| !self.is_of_till())?.0;
        (!rounding.is_zero()).then_some(rounding)
    }
}

pub(super) async fn seen(api: &Api, today: NaiveDate, asked: Asked) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    let from = today.checked_sub_days(LATELY).unwrap_or(today).to_string();
    for number in 1..=MOST_PAGES {
        let is_known =
            |seen: &Seen| (!asked.till || seen.till) && (!asked.rounding || seen.rounding.is_some());
        if is_known(&seen) {
            break;
        }
        let page = api
            .page::<Recent>(&[DOCUMENTS], &[("invoiceDateFrom", &from)], number)
            .await?;
        seen.till |= asked.till && page.items.iter().any(Recent::is_of_till);
        if asked.rounding && seen.rounding.is_none() {
            seen.rounding = page.items.iter().find_map(Recent::rounding);
        }
        if page.last {
            break;
        }
    }
    Ok(seen)
}
