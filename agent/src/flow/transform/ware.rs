//! Articles, prices and stock levels: one record, one write, known by the article number.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use skarv_canonical::{
    Reason,
    article::Article,
    mapping::article as mapping,
    price::ArticlePrice,
    record::Record,
    spec::{PriceSettings, ProductMode, ProductSettings, StockSettings},
    stock::{StockCount, StockLevel},
    write::{Document, Effect, Write},
};

use super::{Item, Plan};

/// What stock levels are to be seen beside.
#[derive(Debug, Default)]
pub(in crate::flow) struct Beside {
    /// Ordered and not invoiced, by article number.
    pub(in crate::flow) open_demand: HashMap<String, i64>,
    /// Whether `open_demand` is all there is.
    pub(in crate::flow) complete: bool,
    /// In orders that no run has read, by article number.
    pub(in crate::flow) unread: HashMap<String, i64>,
    /// The day.
    pub(in crate::flow) today: NaiveDate,
    /// Whether everything is compared, whatever was written last.
    pub(in crate::flow) sweep: bool,
}

impl Beside {
    /// How much of an article is sold and not off the books, and whether nobody has read some of it.
    fn sold(&self, number: &str) -> (i64, bool) {
        let of = |all: &HashMap<String, i64>| all.get(number).copied().unwrap_or_default();
        let unread = of(&self.unread);
        (of(&self.open_demand).saturating_add(unread), unread != 0)
    }
}

pub(super) fn article(article: &Article, settings: &ProductSettings) -> Plan {
    let effect = match settings.mode {
        ProductMode::Create => Effect::Create,
        ProductMode::Update | ProductMode::CreateAndUpdate => Effect::Update,
    };
    plan(mapping::article(article, settings).map(|card| Write {
        our_key: card.sku.clone(),
        effect,
        document: Document::Article(Box::new(card)),
    }))
}

pub(super) fn price(price: &ArticlePrice, settings: &PriceSettings) -> Plan {
    plan(mapping::price(price, settings).map(|tag| Write {
        our_key: tag.sku.clone(),
        effect: Effect::Set,
        document: Document::Price(Box::new(tag)),
    }))
}

pub(super) fn stock(level: &StockLevel, beside: &Beside, settings: &StockSettings) -> Plan {
    let (sold, guessed) = beside.sold(level.sku.trim());
    let count = mapping::stock(level, sold, settings);
    // what was counted before it was read may have been counted twice: the same quantity is compared again when it is
    let sweep = (beside.sweep || guessed).then_some(beside.today);
    plan(count.map(|count| Write {
        our_key: count.sku.clone(),
        effect: Effect::Set,
        document: Document::Stock(StockCount { sweep, ..count }),
    }))
}

/// What the source does not know is not written, and nobody needs to act.
fn plan(write: Result<Write, Reason>) -> Plan {
    match write {
        Ok(write) => Plan::Write(vec![write]),
        Err(reason) if [mapping::STOCK_UNKNOWN, mapping::NO_PRICE].contains(&reason.code.as_str()) => {
            Plan::Drop(reason)
        }
        Err(reason) => Plan::park(reason),
    }
}

/// The article number of a record; empty for what is not known by one.
pub(super) fn number(record: &Record) -> &str {
    match record {
        Record::Article(article) => article.sku.trim(),
        Record::Price(price) => price.sku.trim(),
        Record::Stock(level) => level.sku.trim(),
        Record::Order(_) | Record::Refund(_) | Record::Status(_) => "",
    }
}

/// Parks the records of a page that bear one number: which of them is meant is never chosen, nor left to who comes first.
pub(in crate::flow) fn park_doubled(items: &mut [Item]) {
    let mut bearers = BTreeMap::<String, BTreeMap<String, String>>::new();
    for item in items.iter().filter(|item| !item.number.is_empty()) {
        let bearers = bearers.entry(item.number.clone()).or_default();
        bearers.insert(item.source_key.clone(), name(item));
    }
    bearers.retain(|_, bearers| bearers.len() > 1);
    for item in items {
        if let Some(bearers) = bearers.get(&item.number) {
            let names: Vec<&str> = bearers.values().map(String::as_str).collect();
            let reason = Reason::data("article_number_doubled")
                .with("number", &item.number)
                .with("articles", names.join(", "))
                .fix("change_article_number");
            item.plan = Plan::park(reason);
        }
    }
}

fn name(item: &Item) -> String {
    match item.reference.as_str() {
        "" => item.source_key.clone(),
        reference => format!("{reference} ({})", item.source_key),
    }
}
