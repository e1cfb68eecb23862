//! Articles in both systems' books, held against each other by article number: what a template says they share. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// The shop's catalogue.
#[derive(Clone, Debug, Deserialize)]
pub struct Catalogue {
    /// Every product.
    pub products: Vec<Product>,
    /// Every special price.
    pub specific_prices: Vec<SpecificPrice>,
}

/// A product of the shop.
#[derive(Clone, Debug, Deserialize)]
pub struct Product {
    /// The shop's id.
    pub id: u32,
    /// Article number, or empty.
    pub reference: String,
    /// European article number, or empty.
    pub ean13: String,
    /// In Swedish.
    pub name: String,
    /// Without tax.
    pub price: Decimal,
    /// Whether it is sold.
    pub active: bool,
    /// Whether the back office lists it: what it does not list is a draft.
    pub listed: bool,
    /// How many there are.
    pub quantity: i64,
    /// Its combinations.
    pub combinations: Vec<Combination>,
}

/// A combination of a product.
#[derive(Clone, Debug, Deserialize)]
pub struct Combination {
    /// The shop's id.
    pub id: u32,
    /// Article number, or empty.
    pub reference: String,
    /// European article number, or empty.
    pub ean13: String,
    /// What it costs more, or less, than its product.
    pub price_impact: Decimal,
    /// How many there are.
    pub quantity: i64,
}

/// A special price of the shop.
#[derive(Clone, Debug, Deserialize)]
pub struct SpecificPrice {
    /// Whose.
    pub product: u32,
    /// Of which combination; 0 is the product.
    pub combination: u32,
    /// For which group of customers; 0 is all.
    pub group: u32,
    /// Without tax; negative keeps the regular one.
    pub price: Decimal,
    /// The first moment, in the shop's time.
    pub from: String,
    /// The last.
    pub to: String,
}

/// An item of the accounting system.
#[derive(Clone, Debug, Deserialize)]
pub struct Item {
    /// Article number.
    pub number: String,
    /// What it is called.
    pub name: String,
    /// Whether it is sold.
    pub active: bool,
    /// European article number.
    pub ean: Option<String>,
    /// Without tax; none where it has no price.
    pub regular: Option<Decimal>,
    /// During a campaign.
    pub campaign: Option<Decimal>,
    /// Its first day.
    pub campaign_from: Option<NaiveDate>,
    /// Its last day.
    pub campaign_to: Option<NaiveDate>,
    /// None where nobody counts it.
    pub stock: Option<ItemStock>,
}

/// How many of an item there are.
#[derive(Clone, Debug, Deserialize)]
pub struct ItemStock {
    /// That may be sold.
    pub available: Decimal,
}

/// What the systems share by a template.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shares {
    /// Products, from the shop to the accounting system.
    pub products_to_erp: bool,
    /// Products, from the accounting system to the shop.
    pub products_to_shop: bool,
    /// Prices, from the accounting system to the shop.
    pub prices: bool,
    /// Stock, from the accounting system to the shop.
    pub stock: bool,
}

/// Articles in both books, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Articles {
    /// Articles of the shop: combinations, and products without any.
    pub articles_in_shop: usize,
    /// Items of the accounting system.
    pub articles_in_erp: usize,
    /// Numbers that both have.
    pub articles_shared: usize,
    /// Articles that should be in the other system and are not.
    pub articles_missing: usize,
    /// Shared ones that are called otherwise.
    pub names_differ: usize,
    /// Shared ones that are sold in one system only.
    pub active_differ: usize,
    /// Shared ones with another European article number.
    pub eans_differ: usize,
    /// Shared ones with another regular price.
    pub prices_differ: usize,
    /// Shared ones with another campaign.
    pub campaigns_differ: usize,
    /// Shared ones with another quantity.
    pub stock_differs: usize,
}

/// An article of the shop.
struct ShopArticle<'a> {
    name: &'a str,
    is_combination: bool,
    active: bool,
    ean: &'a str,
    price: Decimal,
    quantity: i64,
    campaigns: Vec<&'a SpecificPrice>,
}

impl Catalogue {
    /// By article number. What has none, or shares one, is no article that a system could know.
    fn articles(&self) -> BTreeMap<&str, ShopArticle<'_>> {
        let mut articles = BTreeMap::new();
        let mut doubled = Vec::new();
        for (number, article) in self.products.iter().flat_map(|product| self.flattened(product)) {
            if !number.is_empty() && articles.insert(number, article).is_some() {
                doubled.push(number);
            }
        }
        for number in doubled {
            articles.remove(number);
        }
        articles
    }

    fn flattened<'a>(&'a self, product: &'a Product) -> Vec<(&'a str, ShopArticle<'a>)> {
        let article = |ean, price, quantity, combination: u32| ShopArticle {
            name: &product.name,
            is_combination: combination != 0,
            active: product.active && product.listed,
            ean,
            price,
            quantity,
            campaigns: self.campaigns(product.id, combination),
        };
        if product.combinations.is_empty() {
            let own = article(&product.ean13, product.price, product.quantity, 0);
            return vec![(&product.reference, own)];
        }
        let variants = product.combinations.iter().map(|variant| {
            let price = product.price + variant.price_impact;
            let own = article(&variant.ean13, price, variant.quantity, variant.id);
            (variant.reference.as_str(), own)
        });
        variants.collect()
    }

    fn campaigns(&self, product: u32, combination: u32) -> Vec<&SpecificPrice> {
        let mine = |price: &&SpecificPrice| {
            price.product == product
                && price.combination == combination
                && price.group == 0
                && !price.price.is_sign_negative()
        };
        self.specific_prices.iter().filter(mine).collect()
    }
}

/// What else decides over the articles.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Numbers that Skarv says wait for a person.
    pub parked: Vec<String>,
    /// What is ordered and not invoiced, by number: the shop may have so many fewer.
    pub open_demand: BTreeMap<String, i64>,
}

/// Holds the books against each other.
pub fn compare(shop: &Catalogue, erp: &[Item], around: &Around, shares: Shares) -> Articles {
    let articles = shop.articles();
    let items: BTreeMap<&str, &Item> = erp.iter().map(|item| (item.number.as_str(), item)).collect();
    let mut found = Articles {
        articles_in_shop: shop.products.iter().map(|p| p.combinations.len().max(1)).sum(),
        articles_in_erp: erp.len(),
        ..Articles::default()
    };
    let waits = |number: &&&str| around.parked.iter().any(|parked| parked == **number);
    if shares.products_to_erp {
        let missing = articles.keys().filter(|number| !items.contains_key(**number));
        found.articles_missing += missing.filter(|number| !waits(number)).count();
    }
    if shares.products_to_shop {
        let missing = items.keys().filter(|number| !articles.contains_key(**number));
        found.articles_missing += missing.filter(|number| !waits(number)).count();
    }
    for (number, article) in &articles {
        if let Some(item) = items.get(number) {
            found.articles_shared += 1;
            let open = around.open_demand.get(*number).copied().unwrap_or_default();
            found.count(article, item, open, shares);
        }
    }
    found
}

impl Articles {
    fn count(&mut self, article: &ShopArticle<'_>, item: &Item, open: i64, shares: Shares) {
        if shares.products_to_erp || shares.products_to_shop {
            self.names_differ += usize::from(!is_called(article, &item.name, shares));
            self.active_differ += usize::from(article.active != item.active);
            self.eans_differ += usize::from(article.ean != item.ean.as_deref().unwrap_or_default());
        }
        if let Some(regular) = item.regular.filter(|_| shares.prices) {
            self.prices_differ += usize::from((article.price - regular).abs() > Decimal::new(1, 6));
            self.campaigns_differ += usize::from(!has_campaign_of(article, item, regular));
        }
        if let Some(stock) = item.stock.as_ref().filter(|_| shares.stock) {
            let wanted = stock.available.floor().to_i64();
            let stands = wanted.is_some_and(|wanted| (wanted - open..=wanted).contains(&article.quantity));
            self.stock_differs += usize::from(!stands);
        }
    }

    /// What must hold, and whether it does.
    pub(super) fn laws(&self) -> [(bool, &'static str); 8] {
        [
            (self.articles_shared > 0, "the systems share articles"),
            (
                self.articles_missing == 0,
                "no article is missing in the other system",
            ),
            (
                self.names_differ == 0,
                "every article is called the same in both systems",
            ),
            (
                self.active_differ == 0,
                "every article is sold in both systems or in neither",
            ),
            (self.eans_differ == 0, "every article has one EAN"),
            (
                self.prices_differ == 0,
                "every article costs the same in both systems",
            ),
            (
                self.campaigns_differ == 0,
                "every campaign is the same in both systems",
            ),
            (
                self.stock_differs == 0,
                "there are as many of every article in both systems, less what is ordered and not invoiced",
            ),
        ]
    }
}

/// The catalogue tells a combination's product, and not what sets it apart. A name that one system cannot hold is cut there.
fn is_called(article: &ShopArticle<'_>, name: &str, shares: Shares) -> bool {
    if article.is_combination {
        return !shares.products_to_erp || name.starts_with(article.name);
    }
    let (longer, shorter) = if article.name.len() >= name.len() {
        (article.name, name)
    } else {
        (name, article.name)
    };
    longer == shorter || (shorter.chars().count() >= 50 && longer.starts_with(shorter))
}

fn has_campaign_of(article: &ShopArticle<'_>, item: &Item, regular: Decimal) -> bool {
    let wanted = item.campaign.filter(|campaign| *campaign < regular);
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "0000-00-00".to_owned(), |day| day.to_string());
    match (wanted, article.campaigns.as_slice()) {
        (None, []) => true,
        (Some(wanted), [campaign]) => {
            (campaign.price - wanted).abs() <= Decimal::new(1, 6)
                && campaign.from.starts_with(&day(item.campaign_from))
                && campaign.to.starts_with(&day(item.campaign_to))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn catalogue(products: &Value, specific_prices: &Value) -> Catalogue {
        serde_json::from_value(json!({ "products": products, "specific_prices": specific_prices })).unwrap()
    }

    fn product(id: u32, reference: &str, price: &str, quantity: i64, combinations: &Value) -> Value {
        json!({
            "id": id, "reference": reference, "ean13": "735", "name": "Tröja", "price": price, "active": true,
            "listed": true, "quantity": quantity, "combinations": combinations,
        })
    }

    fn item(number: &str, name: &str) -> Item {
        serde_json::from_value(json!({
            "number": number, "name": name, "active": true, "ean": "735", "regular": "100", "campaign": null,
            "campaign_from": null, "campaign_to": null, "stock": { "available": "7" },
        }))
        .unwrap()
    }

    fn everything() -> Shares {
        Shares {
            products_to_erp: true,
            products_to_shop: true,
            prices: true,
            stock: true,
        }
    }

    fn holds(found: &Articles) -> bool {
        found.laws().iter().all(|(holds, _)| *holds)
    }

    #[test]
    fn books_that_agree_have_no_problem() {
        let variant = json!([{ "id": 9, "reference": "A-M", "ean13": "735", "price_impact": "20.000000", "quantity": 7 }]);
        let shop = catalogue(&json!([product(1, "", "80.000000", 7, &variant)]), &json!([]));
        let found = compare(
            &shop,
            &[item("A-M", "Tröja - Storlek M")],
            &Around::default(),
            everything(),
        );
        assert!(holds(&found), "{found:?}");
        assert_eq!(found.articles_shared, 1);
    }

    #[test]
    fn each_difference_is_noticed() {
        let shop = catalogue(&json!([product(1, "A", "90", 8, &json!([]))]), &json!([]));
        let mut other = item("A", "Väst");
        (other.active, other.ean) = (false, None);
        other.campaign = Some(50.into());
        let found = compare(
            &shop,
            &[other, item("B", "Byxa")],
            &Around::default(),
            everything(),
        );
        let one_each = Articles {
            articles_in_shop: 1,
            articles_in_erp: 2,
            articles_shared: 1,
            articles_missing: 1,
            names_differ: 1,
            active_differ: 1,
            eans_differ: 1,
            prices_differ: 1,
            campaigns_differ: 1,
            stock_differs: 1,
        };
        assert_eq!(found, one_each);
    }

    #[test]
    fn a_campaign_is_the_same_by_price_and_days() {
        let special = json!([{
            "product": 1, "combination": 0, "group": 0, "price": "50.000000",
            "from": "2026-11-20 00:00:00", "to": "2026-11-30 23:59:59",
        }]);
        let shop = catalogue(&json!([product(1, "A", "100", 7, &json!([]))]), &special);
        let mut sale = item("A", "Tröja");
        sale.campaign = Some(50.into());
        sale.campaign_from = "2026-11-20".parse().ok();
        sale.campaign_to = "2026-11-30".parse().ok();
        assert!(holds(&compare(
            &shop,
            std::slice::from_ref(&sale),
            &Around::default(),
            everything()
        )));
        sale.campaign_to = "2026-12-01".parse().ok();
        assert_eq!(
            compare(&shop, &[sale], &Around::default(), everything()).campaigns_differ,
            1
        );
    }

    #[test]
    fn a_number_that_two_products_share_is_nobodys_and_a_parked_one_is_not_missing() {
        let twice = json!([
            product(1, "A", "1", 1, &json!([])),
            product(2, "A", "1", 1, &json!([]))
        ]);
        let found = compare(
            &catalogue(&twice, &json!([])),
            &[item("B", "Tröja")],
            &Around {
                parked: vec!["B".to_owned()],
                ..Around::default()
            },
            everything(),
        );
        assert_eq!((found.articles_shared, found.articles_missing), (0, 0));
    }

    #[test]
    fn the_shop_has_fewer_of_what_is_ordered_and_not_invoiced() {
        let differs = |quantity: i64| {
            let shop = catalogue(&json!([product(1, "A", "100", quantity, &json!([]))]), &json!([]));
            let around = Around {
                open_demand: [("A".to_owned(), 2)].into(),
                ..Around::default()
            };
            compare(&shop, &[item("A", "Tröja")], &around, everything()).stock_differs
        };
        assert_eq!([differs(4), differs(5), differs(7), differs(8)], [1, 0, 0, 1]);
    }
}
