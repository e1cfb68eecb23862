//! The chart of accounts as far as invoices need it: which day may be booked on, and which VAT an account has.
//!
//! VAT follows the account (`CONTRACT.md`, arithmetic), so an account with another rate than the row's would book
//! another total. That is found here, before anything is sent. Read once per year and sink, when it is first needed.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use skarv_canonical::invoice::{Invoice, InvoiceRow};
use skarv_canonical::vat::VatRate;
use skarv_connector::Error;
use tokio::sync::Mutex;

use crate::amount::Amount;
use crate::api::Api;
use crate::error::{about_account, about_year};

/// The financial years that have been read.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    years: Mutex<Vec<Arc<Year>>>,
}

#[derive(Debug)]
struct Year {
    span: Span,
    /// The rate of every active account; without VAT it is zero.
    rates: HashMap<u32, VatRate>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Span {
    financial_year_id: String,
    start_date: NaiveDate,
    end_date: NaiveDate,
    is_closed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    number: u32,
    is_active: bool,
    vat_setting_number: Option<u32>,
}

#[derive(Deserialize)]
struct VatSetting {
    number: u32,
    /// A fraction: 0.25 is 25 %.
    percent: Amount,
}

impl Chart {
    /// Refuses an invoice that would be booked on a closed day, or with other VAT than its rows have.
    pub(crate) async fn check(&self, api: &Api, invoice: &Invoice) -> Result<(), Error> {
        let year = self.year(api, invoice.date).await?;
        if year.span.is_closed {
            return Err(about_year("financial_year_closed", invoice.date));
        }
        invoice.rows.iter().try_for_each(|row| year.check(row))
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
    async fn read(api: &Api, date: NaiveDate) -> Result<Self, Error> {
        let span: Option<Span> = api
            .get_if_there(&["financialyears", "bydate", &date.to_string()])
            .await?;
        let span = span.ok_or_else(|| about_year("financial_year_missing", date))?;
        let accounts: Vec<Account> = api
            .list(&["financialyears", &span.financial_year_id, "accounts"], &[])
            .await?;
        let vat: Vec<VatSetting> = api.list(&["vatsettings"], &[]).await?;
        let rate_of: HashMap<u32, VatRate> = vat.iter().map(|vat| (vat.number, vat.rate())).collect();
        let rates = accounts
            .into_iter()
            .filter(|account| account.is_active)
            .map(|account| {
                let rate = account.vat_setting_number.and_then(|number| rate_of.get(&number));
                (account.number, rate.copied().unwrap_or(VatRate::ZERO))
            })
            .collect();
        Ok(Self { span, rates })
    }

    fn check(&self, row: &InvoiceRow) -> Result<(), Error> {
        match self.rates.get(&row.account) {
            None => Err(about_account("account_unknown", row.account)),
            Some(rate) if *rate != row.rate => Err(about_account("account_rate_differs", row.account)
                .with("rate", row.rate)
                .with("account_rate", rate)),
            Some(_) => Ok(()),
        }
    }
}

impl Span {
    fn covers(&self, date: NaiveDate) -> bool {
        (self.start_date..=self.end_date).contains(&date)
    }
}

impl VatSetting {
    fn rate(&self) -> VatRate {
        VatRate::percent(self.percent.0.saturating_mul(Decimal::ONE_HUNDRED))
    }
}
