//! An item (artikel) as the system shows it, and what it says to a shop: an article, or two prices.
//!
//! Prices are without VAT by contract (`CONTRACT.md`, Items). No price is not zero. A number that occurs twice is in
//! `numbers`.

mod numbers;
mod walk;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use skarv_canonical::article::{Article, Texts};
use skarv_canonical::price::{ArticlePrice, Campaign};
use skarv_canonical::vat::VatRate;
use skarv_canonical::{Currency, Reason};
use skarv_connector::Error;

use crate::amount::Amount;
use crate::api::Api;
use crate::feed::Versioned;

pub(crate) use numbers::{by_number, doubled};
pub(crate) use walk::{Items, Told};

pub(crate) const ITEMS: &str = "items";
/// What is said of a system that had items and shows none.
pub(crate) const VANISHED: &str = "items_vanished";

/// As shown. What it does not say is read as not there.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Item {
    #[serde(rename = "itemId")]
    pub(crate) id: String,
    number: Option<String>,
    name: Option<String>,
    is_active: Option<bool>,
    ean: Option<String>,
    /// A fraction: 0.25 is 25 %.
    vat_percent: Option<Amount>,
    price: Option<Price>,
    sales_accounts: Option<Vec<Map<String, Value>>>,
    pub(crate) version: Option<u64>,
    row_version: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Price {
    regular: Option<Amount>,
    campaign: Option<Amount>,
    campaign_from: Option<NaiveDate>,
    campaign_to: Option<NaiveDate>,
    currency_code: Option<String>,
}

impl Versioned for Item {
    fn id(&self) -> &str {
        &self.id
    }

    fn row_version(&self) -> Option<u64> {
        self.row_version
    }
}

impl Item {
    /// The article number, without blanks around it.
    pub(crate) fn number(&self) -> &str {
        self.number.as_deref().unwrap_or_default().trim()
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// What is left out is sold, by contract.
    pub(crate) fn is_active(&self) -> bool {
        self.is_active.unwrap_or(true)
    }

    pub(crate) fn ean(&self) -> &str {
        self.ean.as_deref().unwrap_or_default()
    }

    pub(crate) fn rate(&self) -> Option<VatRate> {
        let percent = self.vat_percent?.0.saturating_mul(Decimal::ONE_HUNDRED);
        Some(VatRate::percent(percent))
    }

    pub(crate) fn regular(&self) -> Option<Decimal> {
        Some(self.price.as_ref()?.regular?.0)
    }

    /// The code of the currency of both prices; kronor when it is left out, by contract.
    pub(crate) fn currency(&self) -> &str {
        let code = self
            .price
            .as_ref()
            .and_then(|price| price.currency_code.as_deref());
        code.unwrap_or("SEK")
    }

    pub(crate) fn sales_accounts(&self) -> &[Map<String, Value>] {
        self.sales_accounts.as_deref().unwrap_or_default()
    }

    /// What people know it by.
    fn called(&self) -> &str {
        [self.number(), self.name(), &self.id]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    /// Names and texts are in the language that the books are kept in.
    fn article(&self, language: &str) -> Article {
        let currency: Option<Currency> = self.currency().parse().ok();
        let name = Some(self.name()).filter(|name| !name.is_empty());
        Article {
            key: self.id.clone(),
            sku: self.number().to_owned(),
            name: name
                .map(|name| (language.to_owned(), name.to_owned()))
                .into_iter()
                .collect(),
            variant: Texts::new(),
            description: Texts::new(),
            active: self.is_active(),
            ean: self.ean().to_owned(),
            weight: None,
            rate: self.rate(),
            // an amount of nobody knows what is none
            price: self.regular().filter(|_| currency.is_some()),
            currency: currency.unwrap_or(Currency::SEK),
            updated_at: None,
        }
    }

    fn prices(&self, with_tax: bool) -> Result<ArticlePrice, Reason> {
        let price = self.price.clone().unwrap_or_default();
        let regular = self.regular();
        let currency = self.currency();
        Ok(ArticlePrice {
            key: self.id.clone(),
            sku: self.number().to_owned(),
            currency: currency.parse().map_err(|_| {
                let shown = regular
                    .map(|regular| regular.normalize().to_string())
                    .unwrap_or_default();
                Reason::data("price_unfit")
                    .with("number", self.number())
                    .with("price", format!("{shown} {currency}"))
                    .fix("correct_price")
            })?,
            with_tax,
            regular,
            campaign: price.campaign.map(|campaign| Campaign {
                price: campaign.0,
                from: price.campaign_from,
                to: price.campaign_to,
            }),
        })
    }
}

/// Whether the system shows any item at all. An empty list may come from one in trouble.
pub(crate) async fn any(api: &Api) -> Result<bool, Error> {
    let first: Vec<serde::de::IgnoredAny> = api.get(&[ITEMS], &[("page", "1"), ("pageSize", "1")]).await?;
    Ok(!first.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(shown: &Value) -> Item {
        serde_json::from_str(&shown.to_string()).unwrap()
    }

    #[test]
    fn what_is_left_out_or_null_is_not_there() {
        let bare = item(&json!({ "itemId": "6a1f", "number": "A-1", "price": null, "ean": null }));
        let article = bare.article("sv");
        assert_eq!((article.price, article.rate, article.active), (None, None, true));
        assert!(article.name.is_empty() && article.ean.is_empty());
        let prices = bare.prices(false).unwrap();
        assert_eq!(
            (prices.regular, prices.campaign, prices.currency),
            (None, None, Currency::SEK)
        );
    }

    #[test]
    fn prices_and_rates_keep_every_digit() {
        let shown = json!({
            "itemId": "6a1f", "number": " A-1 ", "vatPercent": 0.255,
            "price": { "regular": "89.285714", "campaign": 0, "currencyCode": "eur" },
        });
        let item = item(&shown);
        assert_eq!(item.rate(), Some("25.5".parse().unwrap()));
        let prices = item.prices(true).unwrap();
        assert_eq!(prices.regular, Some("89.285714".parse().unwrap()));
        assert_eq!(
            prices.campaign.map(|campaign| campaign.price),
            Some(Decimal::ZERO)
        );
        assert_eq!(
            (prices.sku.as_str(), prices.currency, prices.with_tax),
            ("A-1", Currency::EUR, true)
        );
    }

    #[test]
    fn a_price_in_a_currency_that_is_none_is_for_a_person() {
        let shown =
            json!({ "itemId": "6a1f", "number": "A-1", "price": { "regular": 10.5, "currencyCode": "KR" } });
        let reason = item(&shown).prices(false).unwrap_err();
        assert_eq!(reason.to_string(), "price_unfit number=A-1 price=10.5 KR");
        assert_eq!(item(&shown).article("sv").price, None);
    }
}
