//! What would keep a stream's documents from being booked, found before its first record is sent.
//!
//! Every account that the settings name is held against the books, even one that no order has needed yet, and accounts
//! that would fit are named. `account` checks each document again: books change.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use skarv_canonical::spec::{AccountRule, OrderSettings};
use skarv_canonical::vat::VatRate;
use skarv_canonical::{Class, Reason};
use skarv_connector::Error;

use crate::account::{Chart, Year};
use crate::api::Api;
use crate::error::items_not_there;
use crate::item;

/// More suggestions than this are no help.
const MOST_SUGGESTED: usize = 6;
/// The currency that a Swedish company's books are kept in.
const HOME: &str = "SEK";

pub(crate) async fn obstacles(
    api: &Api,
    chart: &Chart,
    settings: &OrderSettings,
    now: DateTime<Utc>,
) -> Result<Vec<Reason>, Error> {
    let mut found = books(api, chart, settings, now).await?;
    found.extend(collective(api, settings).await?);
    found.extend(stock(api, settings).await?);
    Ok(once(found))
}

/// What is in the way in the books: years, accounts and the currency.
pub(crate) async fn books(
    api: &Api,
    chart: &Chart,
    settings: &OrderSettings,
    now: DateTime<Utc>,
) -> Result<Vec<Reason>, Error> {
    let mut found = Vec::new();
    let today = now.date_naive();
    // orders since the start are sent: their year must be open as well as this one
    for day in BTreeSet::from([today, settings.start_at.date_naive().min(today)]) {
        found.extend(year(api, chart, settings, day).await?);
    }
    found.extend(currency(api).await?);
    Ok(found)
}

/// What is wrong with the card that many buyers share, where the flow has one.
pub(crate) async fn collective(api: &Api, settings: &OrderSettings) -> Result<Option<Reason>, Error> {
    match &settings.customers.collective {
        Some(collective) => card(api, &collective.number).await,
        None => Ok(None),
    }
}

/// What keeps invoices from taking from stock, where they are to.
pub(crate) async fn stock(api: &Api, settings: &OrderSettings) -> Result<Option<Reason>, Error> {
    if settings.takes_stock {
        items(api).await
    } else {
        Ok(None)
    }
}

async fn year(
    api: &Api,
    chart: &Chart,
    settings: &OrderSettings,
    day: NaiveDate,
) -> Result<Vec<Reason>, Error> {
    match chart.open_year(api, day).await {
        Ok(year) => Ok(accounts(&year, settings)),
        Err(error) if error.class() == Class::Configuration => Ok(vec![error.reason]),
        Err(error) => Err(error),
    }
}

fn accounts(year: &Year, settings: &OrderSettings) -> Vec<Reason> {
    let payments = &settings.payments;
    let gift_cards = (!settings.gift_cards.is_empty()).then_some(payments.gift_cards);
    let money = payments.modules.values().copied().flatten();
    let money = money
        .chain(payments.otherwise)
        .chain(gift_cards)
        .filter_map(|account| year.takes_payments(account).err());
    let sales = settings.accounts.iter().filter_map(|rule| sales(year, rule));
    sales.chain(money.map(|error| error.reason)).collect()
}

fn sales(year: &Year, rule: &AccountRule) -> Option<Reason> {
    let reason = year.sells(rule.account, rule.rate).err()?.reason;
    let Some(rate) = rule.rate else {
        return Some(reason);
    };
    let code = if reason.code == "account_unknown" {
        "rule_account_unknown"
    } else {
        "rule_account_unfit"
    };
    Some(
        Reason::configuration(code)
            .with("account", rule.account)
            .with("rate", rate)
            .with("suggested", suggested(year, rate))
            .fix("choose_accounts"),
    )
}

fn suggested(year: &Year, rate: VatRate) -> String {
    let fitting = year.sold_at(rate).take(MOST_SUGGESTED);
    let accounts: Vec<_> = fitting.map(|account| account.to_string()).collect();
    if accounts.is_empty() {
        "–".to_owned()
    } else {
        accounts.join(", ")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Currency {
    pub(crate) code: String,
    pub(crate) name: Option<String>,
    is_active: Option<bool>,
}

impl Currency {
    pub(crate) async fn all(api: &Api) -> Result<Vec<Self>, Error> {
        api.list(&["currencies"], &[]).await
    }

    /// What is left out is used, by contract.
    pub(crate) fn is_active(&self) -> bool {
        self.is_active.unwrap_or(true)
    }
}

async fn currency(api: &Api) -> Result<Option<Reason>, Error> {
    let known = Currency::all(api).await?;
    let there = known
        .iter()
        .any(|currency| currency.code == HOME && currency.is_active());
    Ok((!there).then(|| {
        Reason::configuration("currency_unknown")
            .with("currency", HOME)
            .fix("add_currency_in_erp")
    }))
}

#[derive(Deserialize)]
struct Card {
    number: Option<String>,
    customer: Option<Debtor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Debtor {
    is_active: Option<bool>,
}

/// The card that many buyers share: nobody makes it but a person.
async fn card(api: &Api, number: &str) -> Result<Option<Reason>, Error> {
    let cards: Vec<Card> = api.list(&["contacts"], &[("number", number)]).await?;
    let card = cards.iter().find(|card| card.number.as_deref() == Some(number));
    let active = card.map(|card| {
        let debtor = card.customer.as_ref();
        debtor.and_then(|debtor| debtor.is_active).unwrap_or(true)
    });
    let code = match active {
        Some(true) => return Ok(None),
        Some(false) => "customer_inactive",
        None => "customer_not_in_erp",
    };
    Ok(Some(
        Reason::configuration(code)
            .with("number", number)
            .fix("restore_collective_card"),
    ))
}

/// Items that nobody shows can be taken from no stock. That there are none yet is no obstacle.
async fn items(api: &Api) -> Result<Option<Reason>, Error> {
    match item::any(api).await.map_err(items_not_there) {
        Ok(_) => Ok(None),
        Err(error) if error.class() == Class::Configuration => Ok(Some(error.reason)),
        Err(error) => Err(error),
    }
}

/// An account that two rules name, or two years lack, is one thing to mend.
fn once(found: Vec<Reason>) -> Vec<Reason> {
    found.into_iter().fold(Vec::new(), |mut kept, reason| {
        if !kept.contains(&reason) {
            kept.push(reason);
        }
        kept
    })
}
