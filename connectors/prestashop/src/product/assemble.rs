//! Articles of the rows that a shop shows: a product without combinations is one, and so is each combination of the others.
//!
//! An article number is never made up and never chosen: one that is missing, or that stands on several articles anywhere in the
//! shop, parks the article with all their names. A pack is an article as any other, sold as the one thing that it is.

use std::collections::{BTreeSet, HashMap};

use skarv_canonical::{
    Money, Reason,
    article::{Article, Texts, in_language},
    plain_text,
    record::{Pulled, Record},
};
use skarv_connector::Error;

use super::{
    page::{Chosen, Products, Shown},
    shelf::Shelf,
};
use crate::{
    api::Api,
    batch::Batch,
    numbers::{self, Place},
    row::{CombinationRow, Languages, OptionRow, ProductRow, Unreadable, ValueRow},
    zone::Zone,
};

/// Everything that is known when the articles of a page are made.
pub(super) struct Desk<'a> {
    pub(super) products: &'a Products,
    pub(super) shelf: &'a Shelf,
    pub(super) zone: Zone,
    /// The language that a person is told names in.
    pub(super) language: &'a str,
    pub(super) variants: Variants,
}

/// The combinations of a page, and what sets them apart.
pub(super) struct Variants {
    combinations: Batch<CombinationRow>,
    values: Batch<ValueRow>,
    options: Batch<OptionRow>,
}

impl Variants {
    pub(super) async fn read(api: &Api, chosen: &[Chosen]) -> Result<Self, Error> {
        let ids = chosen.iter().filter_map(|chosen| chosen.combination);
        let combinations: Batch<CombinationRow> = Batch::read(api, keys(ids)).await?;
        let ids = combinations.iter().flat_map(|row| row.values.iter().copied());
        let values: Batch<ValueRow> = Batch::read(api, keys(ids)).await?;
        let options = Batch::read(api, keys(values.iter().map(|value| value.option))).await?;
        Ok(Self {
            combinations,
            values,
            options,
        })
    }

    /// Its values as `Storlek M, Färg Röd`, in the order of the shop's options.
    fn apart(&self, row: &CombinationRow, shelf: &Shelf) -> Result<Texts, Unreadable> {
        let mut parts = Vec::new();
        for id in &row.values {
            let value = one(&self.values, *id)?;
            let option = one(&self.options, value.option)?;
            parts.push((option.position, value.option, value.id, option, value));
        }
        parts.sort_by_key(|(position, option, value, ..)| (*position, *option, *value));
        let said = |id: &u64| {
            let texts = parts
                .iter()
                .map(|(.., option, value)| format!("{} {}", text(&option.name, *id), text(&value.name, *id)));
            texts
                .map(|part| part.trim().to_owned())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let texts: Languages = shelf.languages.keys().map(|id| (*id, said(id))).collect();
        Ok(shelf.texts(&texts))
    }
}

/// A row that is pointed to must be there.
fn one<T: crate::row::Row>(rows: &Batch<T>, id: u64) -> Result<&T, Unreadable> {
    let key = id.to_string();
    rows.one(&key)?.ok_or(Unreadable::NotShown {
        resource: T::RESOURCE.path,
        field: T::KEY,
        value: key,
    })
}

fn text(texts: &Languages, language: u64) -> &str {
    texts.get(&language).map_or("", String::as_str)
}

impl Desk<'_> {
    /// The articles of a page, those with a number of several articles parked.
    pub(super) async fn records(&self, api: &Api, chosen: &[Chosen]) -> Result<Vec<Pulled>, Error> {
        let mut records: Vec<Pulled> = chosen.iter().filter_map(|chosen| self.record(*chosen)).collect();
        let with_number = records.iter().filter(|record| record.content.is_ok());
        let numbers: BTreeSet<String> = with_number.map(|record| record.reference.clone()).collect();
        let numbers: Vec<String> = numbers.into_iter().collect();
        let mut places = numbers::places(api, &numbers).await?;
        // a product in combinations is no article itself: what it bears of a number says nothing
        let is_article = |place: &Place| place.combination.is_some() || !place.in_combinations;
        places.values_mut().for_each(|found| found.retain(is_article));
        records
            .iter_mut()
            .for_each(|record| park_doubled(record, &places));
        Ok(records)
    }

    fn record(&self, chosen: Chosen) -> Option<Pulled> {
        let key = key(chosen);
        let article = match self.products.get(&chosen.product)? {
            Shown::Row(row) => self.article(&key, row, chosen.combination),
            Shown::Stuck(reference, stuck) => {
                return Some(parked(key, reference, stuck.clone().reason()));
            }
        };
        Some(match article.map_err(Unreadable::reason) {
            Ok(article) => self.told(article),
            Err(reason) => parked(key, "", reason),
        })
    }

    fn article(&self, key: &str, row: &ProductRow, combination: Option<u64>) -> Result<Article, Unreadable> {
        let product = Article {
            key: key.to_owned(),
            sku: row.reference.trim().to_owned(),
            name: self.shelf.texts(&row.name),
            variant: Texts::new(),
            description: self.shelf.texts(&row.description),
            active: row.active,
            ean: row.ean.clone(),
            weight: Some(row.weight.normalize()),
            rate: self.shelf.rates.of_group(row.tax_group),
            price: Some(row.price.normalize()),
            currency: self.shelf.currency,
            updated_at: row.updated.map(|at| self.zone.utc(at)),
        };
        let Some(id) = combination else { return Ok(product) };
        let combination = one(&self.variants.combinations, id)?;
        Ok(Article {
            sku: combination.reference.trim().to_owned(),
            variant: self.variants.apart(combination, self.shelf)?,
            ean: combination.ean.clone(),
            weight: Some((row.weight + combination.weight).normalize()),
            price: Some((row.price + combination.price).normalize()),
            ..product
        })
    }

    fn told(&self, article: Article) -> Pulled {
        let amount = article.price.map(|price| Money::new(price, article.currency));
        Pulled {
            source_key: article.key.clone(),
            reference: article.sku.clone(),
            amount,
            content: match article.sku.is_empty() {
                true => Err(self.without_number(&article)),
                false => Ok(Record::Article(Box::new(article))),
            },
        }
    }

    fn without_number(&self, article: &Article) -> Reason {
        let name = article.full_name();
        let name = plain_text::one_line(in_language(&name, self.language));
        Reason::data("article_number_missing")
            .with("article", format!("{name} ({})", article.key))
            .fix("give_article_number")
    }
}

/// An article whose number stands on another one too is for a person: neither is chosen.
fn park_doubled(record: &mut Pulled, places: &HashMap<String, Vec<Place>>) {
    let several = places.get(&record.reference).is_some_and(|found| found.len() > 1);
    if record.content.is_ok() && several {
        let doubled = numbers::the_one(places, &record.reference).err();
        record.content = doubled.map_or_else(|| record.content.clone(), |error| Err(error.reason));
    }
}

pub(super) fn key(chosen: Chosen) -> String {
    match chosen.combination {
        Some(combination) => format!("{}-{combination}", chosen.product),
        None => chosen.product.to_string(),
    }
}

/// The product and the combination of a key.
pub(super) fn chosen(key: &str) -> Option<Chosen> {
    let (product, combination) = match key.split_once('-') {
        Some((product, combination)) => (product, Some(combination.parse().ok()?)),
        None => (key, None),
    };
    Some(Chosen {
        product: product.parse().ok()?,
        combination,
    })
}

fn keys(ids: impl Iterator<Item = u64>) -> BTreeSet<String> {
    ids.filter(|id| *id != 0).map(|id| id.to_string()).collect()
}

pub(super) fn parked(key: String, reference: &str, reason: Reason) -> Pulled {
    Pulled {
        source_key: key,
        reference: reference.to_owned(),
        amount: None,
        content: Err(reason),
    }
}
