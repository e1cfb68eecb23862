//! The catalogue as it stands, told without the webservice: for tests that compare the books of two systems.

use serde::Serialize;

use super::{Assortment, Entry, What};

#[derive(Serialize)]
pub(super) struct Ledger {
    products: Vec<Product>,
    specific_prices: Vec<SpecificPrice>,
}

#[derive(Serialize)]
struct Product {
    id: u32,
    reference: String,
    ean13: String,
    /// In Swedish.
    name: String,
    price: String,
    weight: String,
    tax_rules_group: u32,
    active: bool,
    /// False for what the back office does not list.
    listed: bool,
    kind: String,
    quantity: i64,
    combinations: Vec<Combination>,
}

#[derive(Serialize)]
struct Combination {
    id: u32,
    reference: String,
    ean13: String,
    price_impact: String,
    quantity: i64,
}

#[derive(Serialize)]
struct SpecificPrice {
    id: u32,
    product: u32,
    combination: u32,
    /// 0: all of them.
    currency: u32,
    group: u32,
    price: String,
    reduction: String,
    reduction_type: String,
    from: String,
    to: String,
    from_quantity: u32,
}

impl Assortment {
    pub(super) fn ledger(&self) -> Ledger {
        let products = self.table(What::Products).iter();
        let prices = self.table(What::SpecificPrices).iter();
        Ledger {
            products: products.map(|row| self.product(row)).collect(),
            specific_prices: prices.map(specific_price).collect(),
        }
    }

    fn product(&self, row: &Entry) -> Product {
        let variants = row.ids("combinations").into_iter();
        let variants = variants.filter_map(|id| self.get(What::Combinations, id));
        Product {
            id: row.id,
            reference: row.text("reference").to_owned(),
            ean13: row.text("ean13").to_owned(),
            name: row.text("name").to_owned(),
            price: row.text("price").to_owned(),
            weight: row.text("weight").to_owned(),
            tax_rules_group: row.number("id_tax_rules_group"),
            active: row.text("active") == "1",
            listed: row.text("state") == "1",
            kind: row.text("type").to_owned(),
            quantity: self.quantity(row, 0),
            combinations: variants.map(|variant| self.combination(row, variant)).collect(),
        }
    }

    fn combination(&self, product: &Entry, row: &Entry) -> Combination {
        Combination {
            id: row.id,
            reference: row.text("reference").to_owned(),
            ean13: row.text("ean13").to_owned(),
            price_impact: row.text("price").to_owned(),
            quantity: self.quantity(product, row.id),
        }
    }

    fn quantity(&self, product: &Entry, combination: u32) -> i64 {
        let rows = product.list("stock_availables").iter();
        let mut rows = rows.filter(|item| item.get(1) == Some(&combination));
        let row = rows.next().and_then(|item| item.first());
        let row = row.and_then(|&id| self.get(What::StockAvailables, id));
        row.map_or(0, |row| row.count("quantity"))
    }
}

fn specific_price(row: &Entry) -> SpecificPrice {
    SpecificPrice {
        id: row.id,
        product: row.number("id_product"),
        combination: row.number("id_product_attribute"),
        currency: row.number("id_currency"),
        group: row.number("id_group"),
        price: row.text("price").to_owned(),
        reduction: row.text("reduction").to_owned(),
        reduction_type: row.text("reduction_type").to_owned(),
        from: row.text("from").to_owned(),
        to: row.text("to").to_owned(),
        from_quantity: row.number("from_quantity"),
    }
}
