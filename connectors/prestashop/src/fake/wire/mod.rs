//! The tables as the webservice shows them: one file per group of resources, each a list of columns in the real order.
//!
//! `resource.rs` answers a query on any of them, `column.rs` says what a column may be, `xml.rs` writes. A column that the fake has
//! no use for is still there with the value it has in a fresh shop: leaving it out would let a client rely on less than it gets.

mod addresses;
mod catalogue;
mod column;
mod customers;
mod images;
mod order_details;
mod order_parts;
mod orders;
mod resource;
mod setup;
mod slips;
mod vouchers;
mod xml;

pub(crate) use catalogue::echo;
pub(crate) use column::Cell;
pub(crate) use images::page as images_page;
pub(crate) use resource::{Served, Site};
pub(crate) use xml::{PROLOGUE, cdata};

use super::{Version, seed};
use xml::Writer;

/// Everything the key may read, by name.
pub(crate) struct Catalogue {
    served: Vec<Box<dyn Served>>,
}

impl Catalogue {
    pub(crate) fn of(version: Version) -> Self {
        let mut served: Vec<Box<dyn Served>> = vec![
            Box::new(orders::resource()),
            Box::new(order_details::resource()),
            Box::new(customers::resource()),
            Box::new(addresses::resource()),
            Box::new(slips::resource()),
        ];
        served.extend(order_parts::resources(version));
        served.extend(vouchers::resources());
        served.extend(setup::resources());
        served.sort_by_key(|resource| resource.name());
        Self { served }
    }

    /// With the tables of products and their stock, prices and pictures.
    pub(crate) fn with_products(mut self, version: Version) -> Self {
        self.served.extend(catalogue::resources(version));
        self.served.push(Box::new(images::Images(version)));
        self.served.sort_by_key(|resource| resource.name());
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&dyn Served> {
        self.served
            .iter()
            .find(|resource| resource.name() == name)
            .map(|found| &**found)
    }

    /// Every resource a real shop has, ours or not.
    pub(crate) fn all_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self
            .served
            .iter()
            .map(|resource| resource.name())
            .chain(UNSERVED)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The list at the root: what this key may do with what.
    pub(crate) fn overview(&self, api: &str, denied: &[String]) -> String {
        let mut writer = Writer::new(api);
        writer.line(&format!(
            "<api shopName=\"{}\">",
            seed::SHOP_NAME.replace('&', "&amp;")
        ));
        for resource in self
            .served
            .iter()
            .filter(|resource| !denied.iter().any(|name| name == resource.name()))
        {
            let (name, description) = (resource.name(), resource.description());
            let may = |method: &str| {
                let denied = denied.iter().any(|entry| *entry == format!("{method} {name}"));
                !denied && (method == "GET" || resource.is_written_by(method))
            };
            let (get, head) = (may("GET"), true);
            let [put, post, patch, delete] = ["PUT", "POST", "PATCH", "DELETE"].map(may);
            let rights = format!(
                "get=\"{get}\" put=\"{put}\" post=\"{post}\" patch=\"{patch}\" delete=\"{delete}\" head=\"{head}\""
            );
            writer.line(&format!("<{name} xlink:href=\"{api}{name}\" {rights}>"));
            writer.line(&format!(
                "<description xlink:href=\"{api}{name}\" {rights}>\n{description}</description>"
            ));
            for schema in ["blank", "synopsis"] {
                writer.line(&format!(
                    "<schema xlink:href=\"{api}{name}?schema={schema}\" type=\"{schema}\"/>"
                ));
            }
            writer.line(&format!("</{name}>"));
        }
        writer.line("</api>");
        writer.finish()
    }
}

/// Resources of a real shop that this key has no right to.
pub(crate) const UNSERVED: [&str; 50] = [
    "attachments",
    "carts",
    "categories",
    "combinations",
    "contacts",
    "content_management_system",
    "customer_messages",
    "customer_threads",
    "customizations",
    "deliveries",
    "employees",
    "guests",
    "image_types",
    "images",
    "manufacturers",
    "messages",
    "order_invoices",
    "price_ranges",
    "product_customization_fields",
    "product_feature_values",
    "product_features",
    "product_option_values",
    "product_options",
    "product_suppliers",
    "products",
    "search",
    "shop_groups",
    "shop_urls",
    "specific_price_rules",
    "specific_prices",
    "states",
    "stock_availables",
    "stock_movement_reasons",
    "stock_movements",
    "stocks",
    "stores",
    "suppliers",
    "supply_order_details",
    "supply_order_histories",
    "supply_order_receipt_histories",
    "supply_order_states",
    "supply_orders",
    "tags",
    "tax_rule_groups",
    "tax_rules",
    "translated_configurations",
    "warehouse_product_locations",
    "warehouses",
    "weight_ranges",
    "zones",
];
