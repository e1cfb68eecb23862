//! Articles, prices and stock levels of the world: what a source tells of them, and what stands in the target.

use std::collections::BTreeMap;

use chrono::DateTime;
use rust_decimal::Decimal;
use skarv_canonical::{
    Currency, Reason,
    article::{Article, ArticleCard, Texts},
    price::ArticlePrice,
    record::{Pulled, Record},
    spec::{ProductMode, ProductSettings, StreamSettings},
    stock::StockLevel,
    vat::VatRate,
    write::{Document, Effect, Entity, Write},
};
use skarv_connector::{Error, Found, Put, Receipt};

use super::{Books, World};

/// How many values the target takes in one body.
pub(super) const BATCH: u32 = 4;

/// What the target holds of articles.
#[derive(Default)]
pub(in crate::flow::tests) struct Shelf {
    /// By the target's id.
    pub(in crate::flow::tests) cards: BTreeMap<String, ArticleCard>,
    /// Prices and quantities, by article number.
    pub(in crate::flow::tests) values: BTreeMap<String, Decimal>,
    /// Article numbers of each body of values, as they were sent.
    pub(in crate::flow::tests) bodies: Vec<Vec<String>>,
    /// What is said of the next write that succeeds.
    pub(in crate::flow::tests) remarks: Vec<Reason>,
    made: usize,
}

impl Shelf {
    /// An article that somebody else has put there.
    pub(in crate::flow::tests) fn stands(&mut self, id: &str, number: &str, name: &str) {
        let card = ArticleCard {
            sku: number.to_owned(),
            name: Some(texts(name)),
            description: None,
            active: None,
            ean: None,
            weight: None,
            rate: None,
            price: None,
            currency: Currency::SEK,
            first_price: None,
            may_create: true,
        };
        self.cards.insert(id.to_owned(), card);
    }

    /// The names of all articles, by number. Several of one number show.
    pub(in crate::flow::tests) fn names(&self) -> Vec<(&str, &str)> {
        let mut names: Vec<_> = self
            .cards
            .values()
            .map(|card| {
                (
                    card.sku.as_str(),
                    card.name.as_ref().map_or("", |name| &*name["sv"]),
                )
            })
            .collect();
        names.sort_unstable();
        names
    }

    pub(super) fn find(&self, number: &str) -> Result<Option<Found>, Error> {
        let hits: Vec<&String> = self
            .cards
            .iter()
            .filter(|(_, card)| card.sku == number)
            .map(|(id, _)| id)
            .collect();
        match hits.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(Found {
                foreign_id: (*one).clone(),
                mismatch: None,
            })),
            _ => Err(Error::data("article_number_doubled")),
        }
    }

    /// Makes an article, or brings the one of this id up to date.
    pub(super) fn put(&mut self, card: &ArticleCard, existing: Option<&str>) -> Receipt {
        self.made += usize::from(existing.is_none());
        let id = existing.map_or_else(|| format!("a{}", self.made), str::to_owned);
        self.cards.insert(id.clone(), card.clone());
        Receipt {
            remarks: std::mem::take(&mut self.remarks),
            ..Receipt::of(id)
        }
    }
}

impl Books {
    /// Sets one value, of an article that the target has. Every article has its price and its stock row.
    pub(super) fn set(&mut self, put: &Put<'_>) -> Result<Receipt, Error> {
        let value = match &put.write.document {
            Document::Price(tag) => tag.regular,
            Document::Stock(count) => count.quantity.into(),
            other => panic!("no value: {other:?}"),
        };
        let number = &put.write.our_key;
        if !self.shelf.cards.values().any(|card| card.sku == *number) {
            return Err(Error::data("article_not_there").with("number", number));
        }
        self.shelf.values.insert(number.clone(), value);
        Ok(Receipt::of(format!("row-{number}")))
    }
}

impl World {
    /// A source of such records, in a stream of these settings.
    pub(in crate::flow::tests) fn of_wares(settings: StreamSettings, wares: Vec<Pulled>) -> Self {
        let mut world = Self::new(0);
        world.wares = Some(settings);
        world.with(|books| books.wares = wares);
        world
    }

    /// A source of articles 1 to `articles`.
    pub(in crate::flow::tests) fn of_articles(articles: usize, mode: ProductMode) -> Self {
        let settings = ProductSettings {
            mode,
            ..ProductSettings::swedish()
        };
        let wares = (1..=articles).map(|n| article(n, &format!("Kåsa {n}"))).collect();
        Self::of_wares(StreamSettings::Products(settings), wares)
    }

    /// The source gives an article another name.
    pub(in crate::flow::tests) fn renames(&self, n: usize, name: &str) {
        self.with(|books| books.wares[n - 1] = article(n, name));
    }
}

fn texts(text: &str) -> Texts {
    Texts::from([("sv".to_owned(), text.to_owned())])
}

fn pulled(key: String, record: Record) -> Pulled {
    Pulled {
        reference: String::new(),
        source_key: key,
        amount: None,
        content: Ok(record),
    }
}

/// Article `n`, with the number `A{n}`.
pub(in crate::flow::tests) fn article(n: usize, name: &str) -> Pulled {
    let article = Article {
        key: n.to_string(),
        sku: format!("A{n}"),
        name: texts(name),
        variant: Texts::new(),
        description: Texts::new(),
        active: true,
        ean: String::new(),
        weight: None,
        rate: Some(VatRate::from(25)),
        price: None,
        currency: Currency::SEK,
        updated_at: None,
    };
    pulled(n.to_string(), Record::Article(Box::new(article)))
}

/// The level of article `n`.
pub(in crate::flow::tests) fn stock(n: usize, available: Option<i64>) -> Pulled {
    let level = StockLevel {
        key: n.to_string(),
        sku: format!("A{n}"),
        available: available.map(Decimal::from),
        sold_when_empty: None,
        as_of: DateTime::UNIX_EPOCH,
    };
    pulled(n.to_string(), Record::Stock(level))
}

/// The price of article `n`.
pub(in crate::flow::tests) fn price(n: usize, regular: Option<i64>) -> Pulled {
    let price = ArticlePrice {
        key: n.to_string(),
        sku: format!("A{n}"),
        currency: Currency::SEK,
        with_tax: false,
        regular: regular.map(Decimal::from),
        campaign: None,
    };
    pulled(n.to_string(), Record::Price(Box::new(price)))
}

/// What the target can do with them.
pub(super) fn writes(entity: &Entity) -> (Effect, u32) {
    match entity {
        Entity::Article => (Effect::Update, 1),
        Entity::Price | Entity::Stock => (Effect::Set, BATCH),
        _ => (Effect::Create, 1),
    }
}

/// The article of a write, if it is one.
pub(super) fn card(write: &Write) -> Option<&ArticleCard> {
    match &write.document {
        Document::Article(card) => Some(card),
        _ => None,
    }
}
