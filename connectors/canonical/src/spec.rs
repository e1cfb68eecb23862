//! Flows and streams as plain data: what a person set up, and what an agent needs to know to carry it out.
//!
//! Nothing here holds credentials. A `StreamSpec` is content-addressed: the same settings are the same spec.

mod articles;
mod orders;
mod status;

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, write::Entity};

pub use articles::{PriceSettings, ProductMode, ProductSettings, StockSettings};
pub use orders::{
    AccountRule, CardUpkeep, Collective, CollectiveFor, CustomerNumbers, CustomerSettings, OrderSettings,
    PaymentSettings, bas_accounts,
};
pub use status::{StatusRule, StatusSettings, StatusSpec};

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

impl Template {
    /// The stable name, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShopMaster => "shop_master",
            Self::ErpMaster => "erp_master",
            Self::Combined => "combined",
        }
    }
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

    /// What it writes, as far as this version writes it: what its target must be able to.
    pub fn written_as(self) -> Option<Entity> {
        match self {
            Self::Orders => Some(Entity::Invoice),
            Self::Products => Some(Entity::Article),
            Self::Prices => Some(Entity::Price),
            Self::Stock => Some(Entity::Stock),
            Self::OrderStatus => Some(Entity::Status),
            Self::PriceLists => None,
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
    /// How products become articles. `None`: the flow has no such stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub products: Option<ProductSettings>,
    /// How prices reach the shop. `None`: the flow has no such stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<PriceSettings>,
    /// How stock levels reach the shop. `None`: the flow has no such stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<StockSettings>,
    /// Which events are told to the shop as order states. `None`: the flow has no such stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusSettings>,
}

impl FlowSpec {
    /// A flow that carries orders and nothing else.
    pub fn of_orders(template: Template, shop: String, erp: String, orders: OrderSettings) -> Self {
        Self {
            template,
            shop,
            erp,
            orders,
            products: None,
            prices: None,
            stock: None,
            status: None,
        }
    }

    /// The streams of the flow, each with what an agent needs to know.
    pub fn streams(&self) -> Vec<StreamSpec> {
        // destructured without `..` so that a new setting cannot be forgotten here
        let Self {
            template: _,
            shop: _,
            erp: _,
            orders,
            products,
            prices,
            stock,
            status,
        } = self;
        let status = status.clone().map(|settings| StatusSpec {
            settings,
            triggers: orders.triggers.clone(),
        });
        let all = [
            Some(StreamSettings::Orders(orders.clone())),
            products.clone().map(StreamSettings::Products),
            prices.clone().map(StreamSettings::Prices),
            stock.map(StreamSettings::Stock),
            status.map(StreamSettings::OrderStatus),
        ];
        let spec = |settings| StreamSpec { settings };
        all.into_iter().flatten().map(spec).collect()
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
    /// Order statuses to the shop.
    OrderStatus(StatusSpec),
}

impl StreamSpec {
    /// The settings of orders, if it is a stream of orders.
    pub fn orders(&self) -> Option<&OrderSettings> {
        match &self.settings {
            StreamSettings::Orders(orders) => Some(orders),
            StreamSettings::Products(_)
            | StreamSettings::Prices(_)
            | StreamSettings::Stock(_)
            | StreamSettings::OrderStatus(_) => None,
        }
    }

    /// Which kind of stream it is for.
    pub fn kind(&self) -> StreamKind {
        match self.settings {
            StreamSettings::Orders(_) => StreamKind::Orders,
            StreamSettings::Products(_) => StreamKind::Products,
            StreamSettings::Prices(_) => StreamKind::Prices,
            StreamSettings::Stock(_) => StreamKind::Stock,
            StreamSettings::OrderStatus(_) => StreamKind::OrderStatus,
        }
    }

    /// The spec's address: equal specs have equal hashes.
    pub fn hash(&self) -> Fingerprint {
        Fingerprint::of(self)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::vat::VatRate;

    fn flow() -> FlowSpec {
        let orders = OrderSettings::swedish(DateTime::UNIX_EPOCH, Vec::new());
        FlowSpec::of_orders(Template::Combined, "shop".to_owned(), "erp".to_owned(), orders)
    }

    #[test]
    fn a_flow_that_was_stored_before_it_could_carry_products_reads_and_writes_as_it_was() {
        let stored = serde_json::to_value(flow()).unwrap();
        let mut names: Vec<_> = stored.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["erp", "orders", "shop", "template"]);
        let read: FlowSpec = serde_json::from_value(stored).unwrap();
        assert_eq!(read, flow());
        assert_eq!(read.streams()[0].hash(), flow().streams()[0].hash());
    }

    #[test]
    fn each_setting_is_a_stream_and_survives_being_stored() {
        let mut products = ProductSettings::swedish();
        products.tax_groups.insert(VatRate::from(25), "1".to_owned());
        let flow = FlowSpec {
            products: Some(products),
            prices: Some(PriceSettings::swedish()),
            stock: Some(StockSettings::default()),
            status: Some(StatusSettings {
                start_on: chrono::NaiveDate::MIN,
                states: std::collections::BTreeMap::new(),
                delivered_when: None,
                cancels_captured: false,
            }),
            ..flow()
        };
        let kinds: Vec<_> = flow.streams().iter().map(StreamSpec::kind).collect();
        let all = [
            StreamKind::Orders,
            StreamKind::Products,
            StreamKind::Prices,
            StreamKind::Stock,
            StreamKind::OrderStatus,
        ];
        assert_eq!(kinds, all);
        let stored = serde_json::to_string(&flow).unwrap();
        assert_eq!(serde_json::from_str::<FlowSpec>(&stored).unwrap(), flow);
    }
}
