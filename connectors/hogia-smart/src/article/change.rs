//! What an item is to say by an article's card, and how that differs from what it says.
//!
//! Invariant: a field is sent only if the card owns it and it says something else. Lists are replaced whole, so an account
//! is changed in the list that stands.

use rust_decimal::RoundingStrategy;
use serde::Serialize;
use serde_json::{Map, Value, json};
use skarv_canonical::article::{ArticleCard, in_language};
use skarv_canonical::vat::VatRate;
use skarv_canonical::{Currency, Reason};
use skarv_connector::Error;

use super::account::Account;
use super::text;
use crate::amount::Amount;
use crate::error::{article_number_unfit, article_unnamed};
use crate::item::Item;

const PRICE_DECIMALS: u32 = 6;
/// Of an account that sells within the country.
const DOMESTIC: &str = "NationalSales";

/// The parts of an item that a card owns, as the contract takes them.
pub(super) struct Wanted {
    pub(super) name: Option<String>,
    active: Option<bool>,
    ean: Option<String>,
    pub(super) rate: Option<VatRate>,
    price: Option<Amount>,
    currency: Currency,
    number: String,
}

/// A card of the contract. What is left out is the system's own, or stays as it is.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sent {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_active: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ean: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sales_accounts: Option<Vec<Map<String, Value>>>,
    /// A fraction: 0.25 is 25 %. It chooses nothing, and refuses an account with another rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    vat_percent: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Price {
    regular: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_code: Option<&'static str>,
}

impl Wanted {
    /// What is put right so that it can be written is told in `remarks`.
    pub(super) fn of(card: &ArticleCard, language: &str, remarks: &mut Vec<Reason>) -> Result<Self, Error> {
        let number = &card.sku;
        let name = card.name.as_ref().map(|texts| in_language(texts, language));
        if !text::may_be_number(number) {
            return Err(article_number_unfit(number, name.unwrap_or(number)));
        }
        let name = name.map(|name| text::name(number, name, remarks));
        if name.as_ref().is_some_and(String::is_empty) {
            return Err(article_unnamed(number));
        }
        let rounded = |price: rust_decimal::Decimal| {
            price.round_dp_with_strategy(PRICE_DECIMALS, RoundingStrategy::MidpointAwayFromZero)
        };
        Ok(Self {
            name,
            active: card.active,
            ean: card.ean.as_ref().map(|ean| text::ean(number, ean, remarks)),
            rate: card.rate,
            price: card.price.map(|price| Amount(rounded(price))),
            currency: card.currency,
            number: number.clone(),
        })
    }

    pub(super) fn new_item(&self, number: &str, name: &str, account: &Account) -> Sent {
        Sent {
            number: Some(number.to_owned()),
            name: Some(name.to_owned()),
            is_active: self.active,
            ean: self.ean.clone().filter(|ean| !ean.is_empty()),
            sales_accounts: account.number().map(|account| with_account(&[], account)),
            vat_percent: self.rate.map(fraction),
            price: self.price.map(|regular| Price {
                regular,
                currency_code: Some(self.currency.code()),
            }),
        }
    }

    pub(super) fn change(&self, item: &Item, account: &Account, remarks: &mut Vec<Reason>) -> Sent {
        let mut change = Sent {
            name: self.name.clone().filter(|name| name != item.name()),
            is_active: self.active.filter(|active| *active != item.is_active()),
            ean: self.ean.clone().filter(|ean| ean != item.ean()),
            price: self.changed_price(item, remarks),
            ..Sent::default()
        };
        match *account {
            Account::NotAsked => {}
            Account::One(number) => {
                change.sales_accounts = Some(with_account(item.sales_accounts(), number));
                change.vat_percent = self.rate.map(fraction);
            }
            Account::Unclear(rate) => remarks.push(self.rate_left(item, rate)),
        }
        change
    }

    /// One currency is that of both prices, and the campaign's is not ours: where it differs, the price is left alone.
    fn changed_price(&self, item: &Item, remarks: &mut Vec<Reason>) -> Option<Price> {
        let regular = self.price?;
        let (ours, theirs) = (self.currency.code(), item.currency());
        if ours != theirs {
            remarks.push(
                Reason::data("price_in_other_currency")
                    .with("number", &self.number)
                    .with("currency", ours)
                    .with("erp_currency", theirs),
            );
            return None;
        }
        (item.regular() != Some(regular.0)).then_some(Price {
            regular,
            currency_code: None,
        })
    }

    fn rate_left(&self, item: &Item, rate: VatRate) -> Reason {
        let theirs = item.rate().map(|rate| rate.to_string());
        Reason::data("article_rate_left")
            .with("number", &self.number)
            .with("rate", rate)
            .with("erp_rate", theirs.as_deref().unwrap_or("?"))
    }
}

/// The parts of an item as a person reads them. None is not there, or not sent.
#[derive(Default)]
pub(super) struct Told {
    account: Option<String>,
    active: Option<String>,
    currency: Option<String>,
    ean: Option<String>,
    name: Option<String>,
    number: Option<String>,
    price: Option<String>,
    rate: Option<String>,
}

impl Told {
    pub(super) fn of_item(item: &Item) -> Self {
        Self {
            account: domestic(item.sales_accounts()),
            active: Some(item.is_active().to_string()),
            currency: Some(item.currency().to_owned()),
            ean: Some(item.ean().to_owned()),
            name: Some(item.name().to_owned()),
            number: Some(item.number().to_owned()),
            price: item.regular().map(|price| price.normalize().to_string()),
            rate: item.rate().map(|rate| rate.to_string()),
        }
    }

    /// By path.
    pub(super) fn into_fields(self) -> [(&'static str, Option<String>); 8] {
        [
            ("account", self.account),
            ("active", self.active),
            ("currency", self.currency),
            ("ean", self.ean),
            ("name", self.name),
            ("number", self.number),
            ("price", self.price),
            ("rate", self.rate),
        ]
    }
}

/// The account that sells within the country.
fn domestic(accounts: &[Map<String, Value>]) -> Option<String> {
    let domestic = accounts.iter().find(|account| is_domestic(account))?;
    domestic.get("number").map(Value::to_string)
}

fn is_domestic(account: &Map<String, Value>) -> bool {
    account.get("type") == Some(&json!(DOMESTIC))
}

impl Sent {
    pub(super) fn told(&self) -> Told {
        let price = self.price.as_ref();
        Told {
            account: self.sales_accounts.as_deref().and_then(domestic),
            active: self.is_active.map(|active| active.to_string()),
            currency: price.and_then(|price| price.currency_code).map(str::to_owned),
            ean: self.ean.clone(),
            name: self.name.clone(),
            number: self.number.clone(),
            price: price.map(|price| price.regular.0.normalize().to_string()),
            rate: self.vat_percent.map(|rate| percent(rate).to_string()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let Self {
            number,
            name,
            is_active,
            ean,
            sales_accounts,
            vat_percent,
            price,
        } = self;
        let texts = number.is_none() && name.is_none() && ean.is_none();
        texts && is_active.is_none() && sales_accounts.is_none() && vat_percent.is_none() && price.is_none()
    }
}

fn percent(fraction: Amount) -> VatRate {
    VatRate::percent(fraction.0 * rust_decimal::Decimal::ONE_HUNDRED)
}

fn fraction(rate: VatRate) -> Amount {
    Amount(rate.as_percent() / rust_decimal::Decimal::ONE_HUNDRED)
}

/// The accounts that stand, with this one for sales within the country.
fn with_account(standing: &[Map<String, Value>], number: u32) -> Vec<Map<String, Value>> {
    let mut accounts = standing.to_vec();
    match accounts.iter_mut().find(|account| is_domestic(account)) {
        Some(domestic) => {
            domestic.insert("number".to_owned(), json!(number));
        }
        None => accounts.push(Map::from_iter([
            ("number".to_owned(), json!(number)),
            ("type".to_owned(), json!(DOMESTIC)),
        ])),
    }
    accounts
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use skarv_canonical::article::Texts;

    use super::*;

    fn card() -> ArticleCard {
        ArticleCard {
            sku: "A-1".to_owned(),
            name: None,
            description: None,
            active: None,
            ean: None,
            weight: None,
            rate: None,
            price: None,
            currency: Currency::SEK,
            first_price: None,
            may_create: true,
        }
    }

    fn item() -> Item {
        let shown = json!({
            "itemId": "6a1f", "number": "A-1", "name": "Panna", "isActive": true, "ean": "7350000000001",
            "vatPercent": 0.25, "version": 3, "rowVersion": 17, "unitType": "kg",
            "salesAccounts": [
                { "number": 3106, "type": "EuSales" },
                { "number": 3001, "type": "NationalSales", "somethingNew": 1 },
            ],
            "price": { "regular": 80, "campaign": 64, "currencyCode": "SEK" },
        });
        serde_json::from_str(&shown.to_string()).unwrap()
    }

    fn sent(card: &ArticleCard, account: Account) -> (Value, Vec<String>) {
        let mut remarks = Vec::new();
        let wanted = Wanted::of(card, "sv", &mut remarks).unwrap();
        let change = wanted.change(&item(), &account, &mut remarks);
        let told = remarks.iter().map(Reason::to_string).collect();
        let empty = change.is_empty();
        let sent: Value = serde_json::from_str(&serde_json::to_string(&change).unwrap()).unwrap();
        assert_eq!(empty, sent == json!({}));
        (sent, told)
    }

    #[test]
    fn what_the_card_does_not_own_or_the_item_says_already_is_not_sent() {
        let mut same = card();
        assert_eq!(sent(&same, Account::NotAsked), (json!({}), vec![]));
        same.name = Some(Texts::from([("sv".to_owned(), "Panna".to_owned())]));
        (same.active, same.ean) = (Some(true), Some("7350000000001".to_owned()));
        (same.rate, same.price) = (Some(25.into()), Some("80.0000004".parse().unwrap()));
        assert_eq!(sent(&same, Account::NotAsked), (json!({}), vec![]));
    }

    #[test]
    fn another_rate_is_another_account_in_the_list_that_stands() {
        let mut other = card();
        other.rate = Some("6".parse().unwrap());
        let (sent, told) = sent(&other, Account::One(3003));
        let accounts = json!([
            { "number": 3106, "type": "EuSales" },
            { "number": 3003, "type": "NationalSales", "somethingNew": 1 },
        ]);
        assert_eq!(sent, json!({ "salesAccounts": accounts, "vatPercent": 0.06 }));
        assert!(told.is_empty());
    }

    #[test]
    fn a_rate_without_one_account_is_left_as_it_is_and_told() {
        let mut other = card();
        other.rate = Some("19".parse().unwrap());
        let told = vec!["article_rate_left erp_rate=25 number=A-1 rate=19".to_owned()];
        assert_eq!(sent(&other, Account::Unclear(19.into())), (json!({}), told));
    }

    #[test]
    fn a_price_is_changed_alone_and_never_in_another_currency() {
        let mut dearer = card();
        dearer.price = Some(Decimal::new(895, 1));
        assert_eq!(
            sent(&dearer, Account::NotAsked).0,
            json!({ "price": { "regular": 89.5 } })
        );
        dearer.currency = Currency::EUR;
        let told = vec!["price_in_other_currency currency=EUR erp_currency=SEK number=A-1".to_owned()];
        assert_eq!(sent(&dearer, Account::NotAsked), (json!({}), told));
    }

    #[test]
    fn a_code_that_is_none_is_told_and_takes_the_one_that_stands_away() {
        let mut odd = card();
        odd.ean = Some("73-5000".to_owned());
        let told = vec!["ean_left_out ean=73-5000 number=A-1".to_owned()];
        assert_eq!(sent(&odd, Account::NotAsked), (json!({ "ean": "" }), told));
        odd.ean = Some(String::new());
        assert_eq!(sent(&odd, Account::NotAsked), (json!({ "ean": "" }), vec![]));
    }
}
