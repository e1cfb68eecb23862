//! How orders become invoices: everything that a person chooses about it, as plain data.
//!
//! `OrderSettings::swedish` is what a Swedish shop starts with; each part says in its own words what leaving it alone means.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Country,
    gift_card::{GIFT_CARD_ACCOUNT, GiftCardVoucher},
    invoice::RowKind,
    payment_rule::PaymentRules,
    trigger::TriggerState,
    vat::{VatRate, VatScheme},
};

/// How orders become invoices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSettings {
    /// Orders placed before this instant are never sent.
    pub start_at: DateTime<Utc>,
    /// The shop's order states that send an order: it goes when it *has been* in one of them.
    pub triggers: Vec<TriggerState>,
    /// Whether an order is sent by how it is paid.
    pub payment_rules: PaymentRules,
    /// E-mail addresses, or `@domain` for all of one, whose orders are tries and never sent.
    pub test_buyers: Vec<String>,
    /// Where the seller is: decides which sales are domestic.
    pub home_country: Country,
    /// Days until an invoice is due.
    pub payment_terms_days: u32,
    /// Which account a row is booked on. The first rule that fits counts.
    pub accounts: Vec<AccountRule>,
    /// Whose card an invoice goes to.
    pub customers: CustomerSettings,
    /// Vouchers that are gift cards, and so a payment.
    pub gift_cards: Vec<GiftCardVoucher>,
    /// Whether what the shop was paid is registered on the invoice.
    pub payments: PaymentSettings,
    /// Whether an invoice takes its articles from the accounting system's stock. Needed where that stock is what the shop
    /// sells from (a stock stream, which cannot see this setting): without it a sale lowers nothing there, and the next stock
    /// level undoes it in the shop. Credit notes put nothing back: returned goods are counted in by hand.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_stock: bool,
}

impl OrderSettings {
    /// What a Swedish shop starts with: every order that has been in one of these states, customer cards numbered after the
    /// shop's customers, BAS accounts, due in 30 days, no payments registered, no stock taken.
    pub fn swedish(start_at: DateTime<Utc>, triggers: Vec<TriggerState>) -> Self {
        Self {
            start_at,
            triggers,
            payment_rules: PaymentRules::default(),
            test_buyers: Vec::new(),
            home_country: Country::SE,
            payment_terms_days: 30,
            accounts: bas_accounts(),
            customers: CustomerSettings::default(),
            gift_cards: Vec::new(),
            payments: PaymentSettings::default(),
            takes_stock: false,
        }
    }
}

/// Whose card an invoice goes to, and what happens to that card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerSettings {
    /// Who numbers new cards.
    pub numbers: CustomerNumbers,
    /// One card for many buyers; `None` gives every buyer a card of their own.
    pub collective: Option<Collective>,
    /// What an order does to a card that stands.
    pub cards: CardUpkeep,
    /// Whether a buyer without a card is looked for among the cards that stand, by organisation number and e-mail.
    pub match_existing: bool,
}

impl Default for CustomerSettings {
    fn default() -> Self {
        Self {
            numbers: CustomerNumbers::default(),
            collective: None,
            cards: CardUpkeep::default(),
            match_existing: true,
        }
    }
}

/// Who numbers new customer cards.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerNumbers {
    /// The shop: its customer's id after this prefix. `None` is the shop's reference, so that two shops never meet.
    Shop(Option<String>),
    /// The accounting system: its next number. A buyer must then be recognisable by organisation number or e-mail.
    Erp,
}

impl Default for CustomerNumbers {
    fn default() -> Self {
        Self::Shop(None)
    }
}

/// One card for many buyers. Who bought stands on the invoice. A company that gives its number always has a card of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Collective {
    /// The card's number. It must stand in the accounting system.
    pub number: String,
    /// Whose invoices go to it.
    pub buyers: CollectiveFor,
}

/// Whose invoices go to the collective card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectiveFor {
    /// Buyers who gave neither an e-mail address nor an organisation number.
    Unidentified,
    /// Every private person, those included.
    Private,
}

/// What an order does to a customer card that stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardUpkeep {
    /// Nothing: the order's addresses are for its own invoice.
    #[default]
    Keep,
    /// A new order brings name and address of the buyer's own card up to date.
    Update,
}

/// Whether what the shop was paid is registered on the invoice, and where the money is booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentSettings {
    /// The account by the payment module's technical name, such as 1580 for `klarnaofficial`. `None`: its payments are not
    /// registered.
    pub modules: BTreeMap<String, Option<u32>>,
    /// The account for every other module. `None`: their payments are not registered.
    pub otherwise: Option<u32>,
    /// The account that redeemed gift cards are paid from.
    pub gift_cards: u32,
}

impl PaymentSettings {
    /// Where payments of a module are booked, if they are.
    pub fn account(&self, module: &str) -> Option<u32> {
        self.modules.get(module).copied().unwrap_or(self.otherwise)
    }
}

impl Default for PaymentSettings {
    fn default() -> Self {
        Self {
            modules: BTreeMap::new(),
            otherwise: None,
            gift_cards: GIFT_CARD_ACCOUNT,
        }
    }
}

/// Books rows of one kind on an account. An open field fits everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRule {
    /// What the row is for. Discounts use the rules of goods.
    pub row: RowKind,
    /// Which VAT rules the sale falls under.
    pub scheme: VatScheme,
    /// The country of delivery, or any.
    pub country: Option<Country>,
    /// The rate of the row, or any.
    pub rate: Option<VatRate>,
    /// The account number.
    pub account: u32,
}

impl AccountRule {
    fn new(row: RowKind, scheme: VatScheme, rate: Option<u32>, account: u32) -> Self {
        Self {
            row,
            scheme,
            country: None,
            rate: rate.map(VatRate::from),
            account,
        }
    }
}

/// The accounts of the Swedish BAS chart that most shops use, as a starting point. Sales to consumers in other EU countries
/// have none: every company numbers those accounts its own way.
pub fn bas_accounts() -> Vec<AccountRule> {
    use RowKind::{Fee, Goods, Rounding, Shipping, Wrapping};
    use VatScheme::{Domestic, Export, Oss, ReverseCharge};
    let mut rules = vec![
        AccountRule::new(Goods, Domestic, Some(25), 3001),
        AccountRule::new(Goods, Domestic, Some(12), 3002),
        AccountRule::new(Goods, Domestic, Some(6), 3003),
        AccountRule::new(Goods, Domestic, Some(0), 3004),
        AccountRule::new(Goods, ReverseCharge, Some(0), 3108),
        AccountRule::new(Goods, Export, Some(0), 3105),
        AccountRule::new(Shipping, Domestic, Some(25), 3520),
        AccountRule::new(Shipping, ReverseCharge, Some(0), 3521),
        AccountRule::new(Shipping, Export, Some(0), 3522),
        AccountRule::new(Wrapping, Domestic, Some(25), 3540),
        AccountRule::new(Fee, Domestic, Some(25), 3540),
        AccountRule::new(Wrapping, ReverseCharge, Some(0), 3541),
        AccountRule::new(Fee, ReverseCharge, Some(0), 3541),
        AccountRule::new(Wrapping, Export, Some(0), 3542),
        AccountRule::new(Fee, Export, Some(0), 3542),
    ];
    for scheme in [Domestic, Oss, ReverseCharge, Export] {
        rules.push(AccountRule::new(Rounding, scheme, Some(0), 3740));
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fingerprint;

    #[test]
    fn settings_that_were_stored_before_stock_could_be_taken_read_and_write_as_they_were() {
        let settings = OrderSettings::swedish(DateTime::UNIX_EPOCH, Vec::new());
        let stored = serde_json::to_value(&settings).unwrap();
        assert!(stored.get("takes_stock").is_none(), "{stored}");
        assert_eq!(serde_json::from_value::<OrderSettings>(stored).unwrap(), settings);
        let takes_stock = OrderSettings {
            takes_stock: true,
            ..settings.clone()
        };
        let stored = serde_json::to_value(&takes_stock).unwrap();
        assert_eq!(
            serde_json::from_value::<OrderSettings>(stored).unwrap(),
            takes_stock
        );
        assert_ne!(Fingerprint::of(&takes_stock), Fingerprint::of(&settings));
    }
}
