//! An item (artikel) as it is sent, kept and shown, and the rules that its fields obey. There are no variants and no price
//! lists: one number is one thing with two prices. Texts are measured in characters. That a number is free is asked in
//! `items`; how many there are is `stock`'s.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::chart::{self, Account};
use super::contact::too_long;
use super::errors::{Code, Flaw, Problems, Refusal};
use super::invoice::fraction;
use super::item_price::{self, Price};
use super::request::decimal;
use super::rules::account_flaw;
use super::state::Books;
use super::stock::Stock;

/// What a client sends. `null` is as if left out.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Card {
    #[serde(default)]
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default = "piece")]
    unit_type: String,
    #[serde(default = "yes")]
    is_active: bool,
    #[serde(default, rename = "type")]
    kind: Kind,
    #[serde(default)]
    sales_accounts: Vec<SalesAccount>,
    #[serde(default)]
    price: Price,
    vat_percent: Option<Number>,
    ean: Option<String>,
    purchase_price: Option<Number>,
}

fn piece() -> String {
    "st".to_owned()
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
enum Kind {
    #[default]
    Goods,
    /// Never stocked.
    Service,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SalesAccount {
    number: u32,
    #[serde(rename = "type")]
    market: Market,
}

/// Whom an account sells to.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[expect(clippy::enum_variant_names, reason = "the names of the wire")]
pub(super) enum Market {
    NationalSales,
    EuSales,
    ReverseChargeSales,
    InternationalSales,
}

pub(super) struct Item {
    pub(super) id: Uuid,
    pub(super) version: u64,
    pub(super) row_version: u64,
    pub(super) booked_at: Instant,
    /// By hand: it is nowhere to be found, and its number is not free.
    pub(super) deleted: bool,
    /// `None` while nobody counts it: unknown, which is not zero.
    stock: Option<Stock>,
    card: Card,
}

impl Item {
    pub(super) fn new(card: Card) -> Self {
        Self {
            id: Uuid::new_v4(),
            version: 1,
            row_version: 0,
            booked_at: Instant::now(),
            deleted: false,
            stock: None,
            card: card.kept(),
        }
    }

    pub(super) fn replace(&mut self, card: Card) {
        self.card = card.kept();
    }

    /// The card as it would be with these fields: those that are left out stay.
    pub(super) fn with(&self, sent: Map<String, Value>) -> Result<Card, Refusal> {
        Card::merged(json!(self.card), sent)
    }

    pub(super) fn number(&self) -> &str {
        &self.card.number
    }

    pub(super) fn name(&self) -> &str {
        &self.card.name
    }

    pub(super) fn unit(&self) -> &str {
        &self.card.unit_type
    }

    pub(super) fn ean(&self) -> Option<&str> {
        self.card.ean.as_deref()
    }

    pub(super) fn is_active(&self) -> bool {
        self.card.is_active
    }

    pub(super) fn price(&self) -> &Price {
        &self.card.price
    }

    pub(super) fn account(&self, market: Market) -> Option<u32> {
        self.card.account(market)
    }

    /// Of VAT within the country, in percent.
    pub(super) fn rate(&self) -> Option<Decimal> {
        self.card.rate()
    }

    pub(super) fn stock(&self) -> Option<&Stock> {
        self.stock.as_ref().filter(|_| self.card.kind == Kind::Goods)
    }

    pub(super) fn stock_mut(&mut self) -> Option<&mut Stock> {
        self.stock.as_mut().filter(|_| self.card.kind == Kind::Goods)
    }

    /// False when nobody can count such a thing.
    pub(super) fn count(&mut self, stock: Option<Stock>) -> bool {
        let counted = stock.is_none() || self.card.kind == Kind::Goods;
        if counted {
            self.stock = stock;
        }
        counted
    }

    pub(super) fn shown(&self) -> Value {
        let mut shown = json!(self.card);
        shown["itemId"] = json!(self.id);
        shown["vatPercent"] = self.rate().map_or(Value::Null, fraction);
        shown["version"] = json!(self.version);
        shown["rowVersion"] = json!(self.row_version);
        shown
    }
}

impl Card {
    pub(super) fn of(sent: Map<String, Value>) -> Result<Self, Refusal> {
        Self::merged(json!({}), sent)
    }

    fn merged(mut whole: Value, sent: Map<String, Value>) -> Result<Self, Refusal> {
        merge(&mut whole, sent);
        serde_json::from_value(whole).map_err(|wrong| Refusal::problem("$", wrong.to_string()))
    }

    pub(super) fn number(&self) -> &str {
        &self.number
    }

    /// The rate is said once, to be checked; from then on it is the account's.
    fn kept(mut self) -> Self {
        self.vat_percent = None;
        self
    }

    fn account(&self, market: Market) -> Option<u32> {
        let mut of_market = self.sales_accounts.iter().filter(|known| known.market == market);
        of_market.next().map(|known| known.number)
    }

    fn rate(&self) -> Option<Decimal> {
        let number = self.account(Market::NationalSales)?;
        Some(chart::account(number).and_then(Account::vat)?.rate())
    }

    /// Form first, then every broken rule at once.
    pub(super) fn check(&self, books: &Books) -> Result<(), Refusal> {
        let mut problems = Problems::new();
        self.price.problems(&mut problems);
        item_price::problem("purchasePrice", self.purchase_price.as_ref(), &mut problems);
        if !problems.is_empty() {
            return Err(Refusal::Problem(problems));
        }
        let flaws = self.flaws(books);
        if flaws.is_empty() {
            Ok(())
        } else {
            Err(Refusal::flaws(flaws))
        }
    }

    fn flaws(&self, books: &Books) -> Vec<Flaw> {
        let mut flaws = self.missing();
        flaws.extend(self.too_long());
        flaws.extend(self.refused_characters());
        flaws.extend(self.account_flaws(books));
        flaws.extend(self.rate_flaw());
        flaws.extend(self.ean_flaw());
        flaws.extend(self.price.flaws());
        flaws
    }

    fn missing(&self) -> Vec<Flaw> {
        let needed = [
            ("number", !self.number.trim().is_empty()),
            ("name", !self.name.trim().is_empty()),
            ("salesAccounts", self.account(Market::NationalSales).is_some()),
        ];
        let missing = needed.into_iter().filter(|(_, given)| !given);
        missing
            .map(|(field, _)| Flaw::new(Code::FieldMissing, field, format!("{field} måste anges")))
            .collect()
    }

    fn too_long(&self) -> Vec<Flaw> {
        let texts = [
            ("number", &self.number, 50),
            ("name", &self.name, 100),
            ("unitType", &self.unit_type, 10),
        ];
        let over = |(field, text, most)| too_long(field, Some(text), most);
        texts.into_iter().filter_map(over).collect()
    }

    fn refused_characters(&self) -> Vec<Flaw> {
        let number = refused("number", &self.number, |letter| !may_number(letter));
        let name = refused("name", &self.name, |letter| !may_text(letter));
        let unit = refused("unitType", &self.unit_type, |letter| !may_text(letter));
        [number, name, unit].into_iter().flatten().collect()
    }

    fn account_flaws(&self, books: &Books) -> Vec<Flaw> {
        let place = |at: usize| format!("salesAccounts[{at}]");
        let known = self.sales_accounts.iter().enumerate();
        let mut flaws: Vec<_> = known
            .filter_map(|(at, known)| {
                let reverse = known.market == Market::ReverseChargeSales;
                account_flaw(&format!("{}.number", place(at)), known.number, books, reverse)
            })
            .collect();
        let known = self.sales_accounts.iter().enumerate();
        flaws.extend(known.filter_map(|(at, known)| {
            let before = &self.sales_accounts[..at];
            let twice = before.iter().any(|other| other.market == known.market);
            let said = "två försäljningskonton av samma slag";
            twice.then(|| Flaw::new(Code::SalesAccountTwice, place(at), said))
        }));
        flaws
    }

    fn rate_flaw(&self) -> Option<Flaw> {
        let (said, rate) = (decimal(self.vat_percent.as_ref()?), self.rate()?);
        let wrong = said.is_none_or(|said| said * Decimal::ONE_HUNDRED != rate);
        let message = || format!("försäljningskontot har {rate} % moms");
        wrong.then(|| Flaw::new(Code::VatRateOther, "vatPercent", message()))
    }

    fn ean_flaw(&self) -> Option<Flaw> {
        let ean = self.ean.as_deref()?;
        let right =
            ean.is_empty() || (8..=14).contains(&ean.len()) && ean.bytes().all(|b| b.is_ascii_digit());
        (!right).then(|| Flaw::new(Code::EanMalformed, "ean", "en EAN-kod är 8 till 14 siffror"))
    }
}

/// What is sent goes over what stands, field by field; `null` takes a field away.
fn merge(stands: &mut Value, sent: Map<String, Value>) {
    if !stands.is_object() {
        *stands = json!({});
    }
    for (field, value) in sent {
        match value {
            Value::Null => {
                stands.as_object_mut().map(|fields| fields.remove(&field));
            }
            Value::Object(inner) => merge(&mut stands[field], inner),
            value => stands[field] = value,
        }
    }
}

fn may_number(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "åäöÅÄÖ-_.+/".contains(letter)
}

/// No line breaks, no markup, nothing beyond the basic plane.
fn may_text(letter: char) -> bool {
    !letter.is_control() && !"<>{}|\\".contains(letter) && letter <= '\u{FFFF}'
}

fn refused(field: &str, text: &str, wrong: impl Fn(char) -> bool) -> Option<Flaw> {
    let letter = text.chars().find(|letter| wrong(*letter))?;
    let said = format!(
        "{field} innehåller ett otillåtet tecken: {}",
        letter.escape_default()
    );
    Some(Flaw::new(Code::CharacterRefused, field, said))
}
