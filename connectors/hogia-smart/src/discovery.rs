//! What the books have to choose from in settings: accounts, rates of VAT, financial years and currencies.
//!
//! Accounts are those of the year of the day that is asked for. No call lists years, so those on either side are asked for by
//! their days. A list that this connection may not read is left out.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use skarv_connector::{DiscoveredList, DiscoveredValue, Discovery, Error, list};

use crate::account::{Account, Span, VatSetting};
use crate::api::Api;
use crate::error::is_denied;
use crate::obstacles::Currency;

pub(crate) async fn discovery(api: &Api, today: NaiveDate) -> Result<Discovery, Error> {
    let lists = [
        permitted(list::ACCOUNTS, accounts(api, today).await)?,
        permitted(list::VAT_CODES, vat_codes(api).await)?,
        permitted(list::FISCAL_YEARS, years(api, today).await)?,
        permitted(list::CURRENCIES, currencies(api).await)?,
    ];
    Ok(Discovery {
        lists: lists.into_iter().flatten().collect(),
    })
}

fn permitted(name: &str, read: Result<Vec<DiscoveredValue>, Error>) -> Result<Option<DiscoveredList>, Error> {
    match read {
        Ok(values) => Ok(Some(DiscoveredList {
            name: name.to_owned(),
            values,
        })),
        Err(denied) if is_denied(&denied) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn accounts(api: &Api, today: NaiveDate) -> Result<Vec<DiscoveredValue>, Error> {
    let Some(year) = Span::of(api, today).await? else {
        return Ok(Vec::new());
    };
    let path = ["financialyears", &year.financial_year_id, "accounts"];
    let accounts: Vec<Account> = api.list(&path, &[("accountState", "All")]).await?;
    let settings = VatSetting::all(api).await?;
    let rates: HashMap<u32, String> = settings
        .iter()
        .map(|setting| (setting.number, setting.rate().to_string()))
        .collect();
    let shown = accounts.into_iter().map(|account| {
        let rate = account.vat_setting_number.and_then(|number| rates.get(&number));
        let facts = [
            ("active", Some(account.is_active.to_string())),
            ("vat_percent", rate.cloned()),
        ];
        value(account.number.to_string(), account.name, facts)
    });
    Ok(shown.collect())
}

async fn vat_codes(api: &Api) -> Result<Vec<DiscoveredValue>, Error> {
    let settings = VatSetting::all(api).await?;
    let shown = settings.into_iter().map(|setting| {
        let facts = [
            ("percent", Some(setting.rate().to_string())),
            (
                "account",
                setting.vat_account_number.map(|account| account.to_string()),
            ),
        ];
        value(setting.number.to_string(), setting.name, facts)
    });
    Ok(shown.collect())
}

/// The year of today, the one before it and the one after it.
async fn years(api: &Api, today: NaiveDate) -> Result<Vec<DiscoveredValue>, Error> {
    let Some(this) = Span::of(api, today).await? else {
        return Ok(Vec::new());
    };
    let beside = [this.start_date.pred_opt(), this.end_date.succ_opt()];
    let mut years = vec![this];
    for day in beside.into_iter().flatten() {
        years.extend(Span::of(api, day).await?);
    }
    years.sort_by_key(|year| year.start_date);
    Ok(years.into_iter().map(year).collect())
}

fn year(year: Span) -> DiscoveredValue {
    let (from, to) = (year.start_date.to_string(), year.end_date.to_string());
    let title = format!("{from} – {to}");
    let facts = [
        ("from", Some(from)),
        ("to", Some(to)),
        ("closed", Some(year.is_closed.to_string())),
    ];
    value(year.financial_year_id, Some(title), facts)
}

async fn currencies(api: &Api) -> Result<Vec<DiscoveredValue>, Error> {
    let known = Currency::all(api).await?;
    let shown = known.into_iter().map(|currency| {
        let facts = [
            ("code", Some(currency.code.clone())),
            ("active", Some(currency.is_active().to_string())),
        ];
        value(currency.code, currency.name, facts)
    });
    Ok(shown.collect())
}

/// What is not known is left out; what has no name goes by its id.
fn value<const N: usize>(
    id: String,
    title: Option<String>,
    facts: [(&str, Option<String>); N],
) -> DiscoveredValue {
    let facts: BTreeMap<String, String> = facts
        .into_iter()
        .filter_map(|(name, fact)| Some((name.to_owned(), fact?)))
        .collect();
    DiscoveredValue {
        title: title
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| id.clone()),
        id,
        facts,
    }
}
