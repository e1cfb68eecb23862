//! Flows and streams as plain data: what a person set up, and what an agent needs to know to carry it out.
//!
//! Nothing here holds credentials. A `StreamSpec` is content-addressed: the same settings are the same spec.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Country, Fingerprint, invoice::RowKind, vat::VatRate, vat::VatScheme};

/// Which system owns what in a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// The shop owns the products.
    ShopMaster,
    /// The accounting system owns the products, prices and stock.
    ErpMaster,
    /// The shop owns products, the accounting system prices and stock.
    Combined,
}

/// One entity in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// Orders from the shop, invoices in the accounting system.
    Orders,
    /// Order statuses from the accounting system to the shop.
    OrderStatus,
    /// Products, in the direction that the template says.
    Products,
    /// Regular and campaign prices to the shop.
    Prices,
    /// Price lists to the shop.
    PriceLists,
    /// Stock levels to the shop.
    Stock,
}

impl StreamKind {
    /// The stable name, as stored and in resource names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::OrderStatus => "order-status",
            Self::Products => "products",
            Self::Prices => "prices",
            Self::PriceLists => "price-lists",
            Self::Stock => "stock",
        }
    }
}

/// What a flow does, over which connections. Connections are named by their ids within the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowSpec {
    /// Which system owns what.
    pub template: Template,
    /// The shop connection.
    pub shop: String,
    /// The accounting connection.
    pub erp: String,
    /// How orders become invoices.
    pub orders: OrderSettings,
}

impl FlowSpec {
    /// The streams of the flow, each with what an agent needs to know.
    pub fn streams(&self) -> Vec<StreamSpec> {
        // destructured without `..` so that a new setting cannot be forgotten here
        let Self {
            template: _,
            shop: _,
            erp: _,
            orders,
        } = self;
        vec![StreamSpec {
            settings: StreamSettings::Orders(orders.clone()),
        }]
    }
}

/// What an agent needs to know to serve one stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamSpec {
    /// Settings of its kind.
    pub settings: StreamSettings,
}

/// Settings by kind of stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StreamSettings {
    /// Orders from the shop, invoices in the accounting system.
    Orders(OrderSettings),
}

impl StreamSpec {
    /// Which kind of stream it is for.
    pub fn kind(&self) -> StreamKind {
        match self.settings {
            StreamSettings::Orders(_) => StreamKind::Orders,
        }
    }

    /// The spec's address: equal specs have equal hashes.
    pub fn hash(&self) -> Fingerprint {
        Fingerprint::of(self)
    }
}

/// How orders become invoices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSettings {
    /// Orders placed before this instant are never sent.
    pub start_at: DateTime<Utc>,
    /// Ids of the shop's order states that send an order: it goes when it *has been* in one of them.
    pub trigger_states: Vec<String>,
    /// Where the seller is: decides which sales are domestic.
    pub home_country: Country,
    /// Days until an invoice is due.
    pub payment_terms_days: u32,
    /// Which account a row is booked on. The first rule that fits counts.
    pub accounts: Vec<AccountRule>,
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
