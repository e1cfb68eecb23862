//! Flows and streams as plain data: what a person set up, and what an agent needs to know to carry it out.
//!
//! Nothing here holds credentials. A `StreamSpec` is content-addressed: the same settings are the same spec.

mod articles;
mod orders;

use serde::{Deserialize, Serialize};

use crate::Fingerprint;

pub use articles::{PriceSettings, ProductMode, ProductSettings, StockSettings};
pub use orders::{
    AccountRule, CardUpkeep, Collective, CollectiveFor, CustomerNumbers, CustomerSettings, OrderSettings,
    PaymentSettings, bas_accounts,
};

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
    /// Products, in the direction that the template says.
    Products(ProductSettings),
    /// Regular and campaign prices to the shop.
    Prices(PriceSettings),
    /// Stock levels to the shop.
    Stock(StockSettings),
}

impl StreamSpec {
    /// The settings of orders, if it is a stream of orders.
    pub fn orders(&self) -> Option<&OrderSettings> {
        match &self.settings {
            StreamSettings::Orders(orders) => Some(orders),
            StreamSettings::Products(_) | StreamSettings::Prices(_) | StreamSettings::Stock(_) => None,
        }
    }

    /// Which kind of stream it is for.
    pub fn kind(&self) -> StreamKind {
        match self.settings {
            StreamSettings::Orders(_) => StreamKind::Orders,
            StreamSettings::Products(_) => StreamKind::Products,
            StreamSettings::Prices(_) => StreamKind::Prices,
            StreamSettings::Stock(_) => StreamKind::Stock,
        }
    }

    /// The spec's address: equal specs have equal hashes.
    pub fn hash(&self) -> Fingerprint {
        Fingerprint::of(self)
    }
}
