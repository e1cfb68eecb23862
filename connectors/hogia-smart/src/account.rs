//! The chart of accounts as far as documents need it: which day may be booked on, which VAT an account has, and which
//! accounts take payments.
//!
//! VAT follows the account (`CONTRACT.md`, arithmetic), so an account with another rate than the row's would book
//! another total. That is found here, before anything is sent. Read once per year and sink, when it is first needed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use skarv_canonical::invoice::InvoiceRow;
use skarv_canonical::vat::VatRate;
use skarv_connector::Error;
use tokio::sync::Mutex;

use crate::amount::Amount;
use crate::api::Api;
use crate::error::{about_account, about_year};

/// Accounts from here on are for income and costs: they take no payments.
const FIRST_OF_RESULT: u32 = 3000;

/// The financial years that have been read.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    years: Mutex<Vec<Arc<Year>>>,
}

/// A financial year and its accounts.
#[derive(Debug)]
pub(crate) struct Year {
    span: Span,
    /// Every active account, with its rate; without a VAT setting it has none and cannot be sold on.
    accounts: BTreeMap<u32, Option<VatRate>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Span {
    pub(crate) financial_year_id: String,
    pub(crate) start_date: NaiveDate,
    pub(crate) end_date: NaiveDate,
    pub(crate) is_closed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) number: u32,
    pub(crate) name: Option<String>,
    pub(crate) is_active: bool,
    pub(crate) vat_setting_number: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VatSetting {
    pub(crate) number: u32,
    pub(crate) name: Option<String>,
    pub(crate) vat_account_number: Option<u32>,
    /// A fraction: 0.25 is 25 %.
    percent: Amount,
}

impl Chart {
    /// Refuses a document that would be booked on a closed day, or with other VAT than its rows have.
    pub(crate) async fn check(&self, api: &Api, date: NaiveDate, rows: &[InvoiceRow]) -> Result<(), Error> {
        let year = self.open_year(api, date).await?;
        rows.iter()
            .try_for_each(|row| year.sells(row.account, Some(row.rate)))
    }

    /// Refuses a payment on a closed day, or on an account that takes none.
    pub(crate) async fn check_payment(&self, api: &Api, date: NaiveDate, account: u32) -> Result<(), Error> {
        self.open_year(api, date).await?.takes_payments(account)
    }

    pub(crate) async fn open_year(&self, api: &Api, date: NaiveDate) -> Result<Arc<Year>, Error> {
        let year = self.year(api, date).await?;
        if year.span.is_closed {
            return Err(about_year("financial_year_closed", date));
        }
        Ok(year)
    }

    async fn year(&self, api: &Api, date: NaiveDate) -> Result<Arc<Year>, Error> {
        let mut years = self.years.lock().await;
        if let Some(year) = years.iter().find(|year| year.span.covers(date)) {
            return Ok(Arc::clone(year));
        }
        let year = Arc::new(Year::read(api, date).await?);
        years.push(Arc::clone(&year));
        Ok(year)
    }
}

impl Year {
    pub(crate) fn last_day(&self) -> NaiveDate {
        self.span.end_date
    }

    async fn read(api: &Api, date: NaiveDate) -> Result<Self, Error> {
        let span = Span::of(api, date).await?;
        let span = span.ok_or_else(|| about_year("financial_year_missing", date))?;
        let accounts: Vec<Account> = api
            .list(&["financialyears", &span.financial_year_id, "accounts"], &[])
            .await?;
        let vat = VatSetting::all(api).await?;
        let rate_of: HashMap<u32, VatRate> = vat.iter().map(|vat| (vat.number, vat.rate())).collect();
        let accounts = accounts
            .into_iter()
            .filter(|account| account.is_active)
            .map(|account| {
                let rate = account.vat_setting_number.and_then(|number| rate_of.get(&number));
                (account.number, rate.copied())
            })
            .collect();
        Ok(Self { span, accounts })
    }

    /// Refuses an account that cannot be sold on, or not at this rate.
    pub(crate) fn sells(&self, account: u32, rate: Option<VatRate>) -> Result<(), Error> {
        match (self.accounts.get(&account), rate) {
            (None, _) => Err(about_account("account_unknown", account)),
            (Some(None), _) => Err(about_account("account_vat_wrong", account)),
            (Some(Some(theirs)), Some(ours)) if *theirs != ours => {
                Err(about_account("account_rate_differs", account)
                    .with("rate", ours)
                    .with("account_rate", theirs))
            }
            (Some(Some(_)), _) => Ok(()),
        }
    }

    /// Refuses an account that money cannot be booked on.
    pub(crate) fn takes_payments(&self, account: u32) -> Result<(), Error> {
        if !self.accounts.contains_key(&account) {
            return Err(about_account("account_unknown", account));
        }
        if account >= FIRST_OF_RESULT {
            return Err(about_account("account_takes_no_payments", account));
        }
        Ok(())
    }

    /// The accounts that sales of a rate can be booked on, lowest first.
    pub(crate) fn sold_at(&self, rate: VatRate) -> impl Iterator<Item = u32> {
        let fits = move |(account, theirs): (&u32, &Option<VatRate>)| {
            (*account >= FIRST_OF_RESULT && *theirs == Some(rate)).then_some(*account)
        };
        self.accounts.iter().filter_map(fits)
    }
}

impl Span {
    /// The financial year of a day, if there is one.
    pub(crate) async fn of(api: &Api, date: NaiveDate) -> Result<Option<Self>, Error> {
        api.get_if_there(&["financialyears", "bydate", &date.to_string()])
            .await
    }

    fn covers(&self, date: NaiveDate) -> bool {
        (self.start_date..=self.end_date).contains(&date)
    }
}

impl VatSetting {
    pub(crate) async fn all(api: &Api) -> Result<Vec<Self>, Error> {
        api.list(&["vatsettings"], &[]).await
    }

    pub(crate) fn rate(&self) -> VatRate {
        VatRate::percent(self.percent.0.saturating_mul(Decimal::ONE_HUNDRED))
    }
}
