//! What follows from a write in the rows around it, and what never does.
//!
//! A product and a combination bring their stock row along and take it with them; the product's own stock is the sum of its
//! combinations' from when one of those is written. None of this moves the change date of a product: only writing the product does.

use super::{
    Assortment, Entry, What,
    entry::{Item, of_ids},
};

impl Assortment {
    pub(super) fn follow_arrival(&mut self, what: What, id: u32) {
        match what {
            What::Products => {
                self.add_stock_row(id, 0);
                self.refresh_product(id);
                self.refresh_categories();
            }
            What::Combinations => self.follow_combination(id),
            What::ProductOptionValues => self.place_value(id),
            What::ProductOptions => {
                let place = self.table(what).iter().count().saturating_sub(1);
                if let Some(option) = self.get_mut(what, id) {
                    option.set("position", place.to_string());
                }
            }
            What::Categories => self.place_category(id),
            What::StockAvailables | What::SpecificPrices | What::TaxRuleGroups | What::TaxRules => {}
        }
    }

    pub(super) fn follow_change(&mut self, what: What, id: u32) {
        match what {
            What::Products => {
                self.forget_combinations(id);
                self.refresh_product(id);
                self.refresh_categories();
            }
            What::Combinations => {
                let product = self.get(what, id).map(|row| row.number("id_product"));
                self.refresh_product(product.unwrap_or_default());
            }
            What::StockAvailables => self.follow_stock(id),
            What::Categories => self.place_category(id),
            What::ProductOptions
            | What::ProductOptionValues
            | What::SpecificPrices
            | What::TaxRuleGroups
            | What::TaxRules => {}
        }
    }

    pub(super) fn follow_departure(&mut self, gone: &Entry) {
        match gone.what {
            What::Products => {
                for what in [What::Combinations, What::StockAvailables, What::SpecificPrices] {
                    self.drop_rows(what, |row| row.number("id_product") == gone.id);
                }
                self.refresh_categories();
            }
            What::Combinations => {
                let product = gone.number("id_product");
                self.drop_rows(What::StockAvailables, |row| {
                    row.number("id_product_attribute") == gone.id
                });
                self.sum_stock(product);
                self.refresh_product(product);
            }
            What::ProductOptions => {
                self.drop_rows(What::ProductOptionValues, |row| {
                    row.number("id_attribute_group") == gone.id
                });
            }
            What::ProductOptionValues => self.refresh_option(gone.number("id_attribute_group")),
            What::Categories => self.refresh_categories(),
            What::StockAvailables | What::SpecificPrices | What::TaxRuleGroups | What::TaxRules => {}
        }
    }

    fn drop_rows(&mut self, what: What, is_meant: impl Fn(&Entry) -> bool) {
        let meant: Vec<u32> = self
            .table(what)
            .iter()
            .filter(|row| is_meant(row))
            .map(|row| row.id)
            .collect();
        for id in meant {
            self.table_mut(what).delete(id);
        }
    }

    pub(super) fn add_stock_row(&mut self, product: u32, combination: u32) -> u32 {
        let mut row = Entry::blank(What::StockAvailables, 0);
        row.set("id_product", product.to_string());
        row.set("id_product_attribute", combination.to_string());
        row.set("id_shop", "1");
        row.set("out_of_stock", "2");
        self.table_mut(What::StockAvailables)
            .add(|id| Entry { id, ..row })
    }

    fn follow_combination(&mut self, id: u32) {
        let product = self
            .get(What::Combinations, id)
            .map(|row| row.number("id_product"));
        let product = product.unwrap_or_default();
        self.add_stock_row(product, id);
        if let Some(product) = self.get_mut(What::Products, product) {
            product.set("product_type", "combinations");
        }
        self.refresh_product(product);
    }

    fn follow_stock(&mut self, id: u32) {
        let row = self.get(What::StockAvailables, id);
        let of = row.map(|row| (row.number("id_product"), row.number("id_product_attribute")));
        if let Some((product, 1..)) = of {
            self.sum_stock(product);
        }
    }

    /// The product's own row becomes the sum of its combinations', where it has any.
    pub(super) fn sum_stock(&mut self, product: u32) {
        let parts = self
            .of_product(What::StockAvailables, product)
            .filter(|row| row.number("id_product_attribute") > 0);
        let sum: i64 = parts.map(|row| row.count("quantity")).sum();
        let parent = self.stock_row(product, 0);
        if let Some(row) = parent.and_then(|id| self.get_mut(What::StockAvailables, id)) {
            row.set("quantity", sum.to_string());
        }
    }

    /// A product that was sent with a list of combinations loses those that are not in it.
    fn forget_combinations(&mut self, product: u32) {
        let Some(kept) = self
            .get(What::Products, product)
            .map(|row| row.ids("combinations"))
        else {
            return;
        };
        let lost: Vec<u32> = self
            .of_product(What::Combinations, product)
            .map(|row| row.id)
            .filter(|id| !kept.contains(id))
            .collect();
        for id in lost {
            if let Some(gone) = self.get(What::Combinations, id).cloned() {
                self.table_mut(What::Combinations).delete(id);
                self.follow_departure(&gone);
            }
        }
    }

    /// Everything on a product that other rows decide.
    pub(super) fn refresh_product(&mut self, id: u32) {
        let Some(row) = self.get(What::Products, id) else {
            return;
        };
        let variants: Vec<&Entry> = self.of_product(What::Combinations, id).collect();
        let default = variants.iter().find(|it| it.text("default_on") == "1");
        let default = default.map_or(0, |it| it.id);
        let mut values: Vec<u32> = Vec::new();
        for value in variants.iter().flat_map(|it| it.ids("product_option_values")) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let combinations = variants.iter().map(|it| it.id).collect::<Vec<_>>();
        let stock: Vec<Item> = self
            .of_product(What::StockAvailables, id)
            .map(|it| vec![it.id, it.number("id_product_attribute")])
            .collect();
        let kind = kind_of(row);
        let image = row.ids("images").first().map(u32::to_string).unwrap_or_default();
        let position = self.position(row);
        let Some(row) = self.get_mut(What::Products, id) else {
            return;
        };
        row.set("id_default_combination", default.to_string());
        if default > 0 {
            row.set("cache_default_attribute", default.to_string());
        }
        row.set("type", kind);
        row.set("id_default_image", image);
        row.set("position_in_category", position);
        row.set_list("combinations", of_ids(combinations));
        row.set_list("product_option_values", of_ids(values));
        row.set_list("stock_availables", stock);
    }

    /// Where in its own category the product stands, from 1; nothing where it is not in it.
    fn position(&self, product: &Entry) -> String {
        let category = product.number("id_category_default");
        if !product.ids("categories").contains(&category) {
            return String::new();
        }
        let products = self.table(What::Products).iter();
        let before = products
            .filter(|row| row.id < product.id && row.ids("categories").contains(&category))
            .count();
        (before + 1).to_string()
    }

    /// How many products a category holds.
    pub(super) fn products_in(&self, category: u32) -> usize {
        let products = self.table(What::Products).iter();
        products
            .filter(|row| row.ids("categories").contains(&category))
            .count()
    }

    fn place_value(&mut self, id: u32) {
        let group = self.get(What::ProductOptionValues, id);
        let group = group.map_or(0, |row| row.number("id_attribute_group"));
        let values = self.table(What::ProductOptionValues).iter();
        let before = values
            .filter(|row| row.id < id && row.number("id_attribute_group") == group)
            .count();
        if let Some(value) = self.get_mut(What::ProductOptionValues, id) {
            value.set("position", before.to_string());
        }
        self.refresh_option(group);
    }

    fn refresh_option(&mut self, option: u32) {
        let values = self.table(What::ProductOptionValues).iter();
        let values = values.filter(|row| row.number("id_attribute_group") == option);
        let values = of_ids(values.map(|row| row.id));
        if let Some(option) = self.get_mut(What::ProductOptions, option) {
            option.set_list("product_option_values", values);
        }
    }

    fn place_category(&mut self, id: u32) {
        let parent = self.get(What::Categories, id).map(|row| row.number("id_parent"));
        let parent = parent.and_then(|parent| self.get(What::Categories, parent));
        let depth = parent.map_or(0, |parent| parent.number("level_depth") + 1);
        if let Some(category) = self.get_mut(What::Categories, id) {
            category.set("level_depth", depth.to_string());
        }
        self.refresh_categories();
    }

    /// What each category holds: products, and categories.
    pub(super) fn refresh_categories(&mut self) {
        let categories: Vec<(u32, u32)> = self
            .table(What::Categories)
            .iter()
            .map(|row| (row.id, row.number("id_parent")))
            .collect();
        for &(id, _) in &categories {
            let products = self.table(What::Products).iter();
            let products = products.filter(|row| row.ids("categories").contains(&id));
            let products = of_ids(products.map(|row| row.id));
            let below = categories.iter().filter(|&&(_, parent)| parent == id);
            let below = of_ids(below.map(|&(id, _)| id));
            if let Some(category) = self.get_mut(What::Categories, id) {
                category.set("nb_products_recursive", products.len().to_string());
                category.set_list("products", products);
                category.set_list("categories", below);
            }
        }
    }
}

/// Whether it has combinations is not asked.
fn kind_of(product: &Entry) -> &'static str {
    if !product.list("product_bundle").is_empty() {
        "pack"
    } else if product.text("is_virtual") == "1" {
        "virtual"
    } else {
        "simple"
    }
}
