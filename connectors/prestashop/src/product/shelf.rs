//! What a shop says of all its products: the languages it speaks, the currency of its prices, and the tax of its groups.
//!
//! Read once for each slice, since any of it may be changed between two.

use std::collections::BTreeMap;

use skarv_canonical::{Currency, article::Texts, spec::ProductSettings};
use skarv_connector::Error;

use super::rates::Rates;
use crate::{
    api::{Api, Query},
    error,
    row::Languages,
    shop::{CURRENCIES, LANGUAGES, ShopSettings},
};

pub(crate) struct Shelf {
    /// Two letters by the shop's own ids.
    pub(crate) languages: BTreeMap<u64, String>,
    pub(crate) currency: Currency,
    pub(crate) rates: Rates,
}

impl Shelf {
    pub(crate) async fn read(
        api: &Api,
        shop: &ShopSettings,
        settings: &ProductSettings,
    ) -> Result<Self, Error> {
        let (languages, currency, rates) = tokio::try_join!(
            languages(api),
            default_currency(api, shop),
            Rates::read(api, settings.home_country),
        )?;
        Ok(Self {
            languages,
            currency,
            rates,
        })
    }

    /// A text by the letters of its languages. One without a text is left out: nothing is no translation.
    pub(crate) fn texts(&self, texts: &Languages) -> Texts {
        let letters = |(id, text): (&u64, &String)| Some((self.languages.get(id)?.clone(), text.clone()));
        let filled = texts.iter().filter(|(_, text)| !text.is_empty());
        filled.filter_map(letters).collect()
    }
}

/// Every language of the shop, those that buyers do not see yet among them.
async fn languages(api: &Api) -> Result<BTreeMap<u64, String>, Error> {
    let rows = api.list(Query::of(LANGUAGES)).await?.rows;
    let one = rows.iter().filter_map(|row| {
        let letters = row.text("iso_code").to_lowercase();
        Some((row.text("id").parse().ok()?, letters))
    });
    let languages: BTreeMap<u64, String> = one.collect();
    match languages.is_empty() {
        // there is no shop without one: texts would be read as none, and written as none
        true => Err(error::unreadable(LANGUAGES.path)),
        false => Ok(languages),
    }
}

/// The currency that the shop's prices are in.
pub(crate) async fn default_currency(api: &Api, shop: &ShopSettings) -> Result<Currency, Error> {
    let missing = || Error::configuration("default_currency_missing").fix("choose_default_currency");
    let id = shop.currency.ok_or_else(missing)?.to_string();
    let rows = api
        .list(Query::of(CURRENCIES).any("id", std::slice::from_ref(&id)))
        .await?
        .rows;
    let row = rows.iter().find(|row| row.text("id") == id);
    row.and_then(|row| row.text("iso_code").parse().ok())
        .ok_or_else(missing)
}
