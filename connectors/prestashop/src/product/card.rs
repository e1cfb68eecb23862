//! What of an article's card is to be changed on the row that stands, field by field, and nothing that says so already.
//!
//! A field that is not on the card is never touched. A text is written in the languages that the card has; a language that only
//! repeats what one of those said follows it, since that is how it was made. Descriptions are compared as people read them. A
//! combination has a European article number, a weight and a price of its own, and everything else is its product's.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use skarv_canonical::{
    Reason,
    article::{ArticleCard, Texts, in_language},
    plain_text,
    spec::ProductSettings,
    vat::VatRate,
};
use skarv_connector::Error;

use super::{
    fit::{self, Fit},
    shelf::Shelf,
};
use crate::xml::Node;

/// The rules by which a card becomes a row.
pub(super) struct Rules<'a> {
    pub(super) settings: &'a ProductSettings,
    pub(super) shelf: &'a Shelf,
}

/// How a text of the card stands in the shop.
type Written<'a> = &'a mut dyn FnMut(&str) -> String;

impl Rules<'_> {
    /// The elements of a product that are to be other than they are.
    pub(super) fn product(
        &self,
        card: &ArticleCard,
        row: &Node,
        fit: &mut Fit<'_>,
    ) -> Result<Vec<Node>, Error> {
        let mut changed = self.said(card, row, fit);
        // a draft is on sale to nobody: what it says of itself is for whoever finishes it
        if let Some(active) = card.active.filter(|active| *active || row.text("state") == "1") {
            changed.extend(text(row, "active", if active { "1" } else { "0" }));
        }
        if let Some(ean) = &card.ean {
            changed.extend(text(row, "ean13", &fit.ean(ean)));
        }
        if let Some(weight) = card.weight {
            changed.extend(match weight.is_sign_negative() && !weight.is_zero() {
                true => {
                    fit.remark(Reason::data("weight_left_out").with("weight", weight));
                    None
                }
                false => number(row, "weight", weight),
            });
        }
        if let Some(price) = self.price(card)? {
            changed.extend(number(row, "price", price));
        }
        if let Some(rate) = card.rate {
            changed.extend(self.tax_group(card, rate, row)?);
        }
        Ok(changed)
    }

    /// Its texts that are to be other than they are.
    fn said(&self, card: &ArticleCard, row: &Node, fit: &mut Fit<'_>) -> Vec<Node> {
        let mut changed = Vec::new();
        if let Some(texts) = &card.name {
            let same = |a: &str, b: &str| a == b;
            let shown = languages(row, "name");
            changed.extend(self.texts(("name", shown), texts, row, &mut |text| fit.name(text), same));
        }
        // a source that has no text in any language says nothing of the one that stands
        if let Some(texts) = card.description.as_ref().filter(|texts| !texts.is_empty()) {
            let same = |a: &str, b: &str| plain_text::plain(a) == plain_text::plain(b);
            let shown = descriptions(row);
            changed.extend(self.texts(
                ("description", shown),
                texts,
                row,
                &mut |text| fit::html(text),
                same,
            ));
        }
        changed
    }

    /// The elements of a combination that are to be other than they are.
    pub(super) fn combination(
        &self,
        card: &ArticleCard,
        (row, product): (&Node, &Node),
        fit: &mut Fit<'_>,
    ) -> Result<Vec<Node>, Error> {
        let mut changed = Vec::new();
        if let Some(ean) = &card.ean {
            changed.extend(text(row, "ean13", &fit.ean(ean)));
        }
        if let Some(weight) = card.weight {
            changed.extend(number(row, "weight", weight - amount(product, "weight")));
        }
        if let Some(price) = self.price(card)? {
            changed.extend(number(row, "price", price - amount(product, "price")));
        }
        let others = self.of_the_product(card, product);
        if !others.is_empty() {
            fit.remark(Reason::data("combination_part_not_written").with("fields", others.join(", ")));
        }
        Ok(changed)
    }

    /// What the card of a combination says otherwise than its product, which all its combinations share.
    fn of_the_product(&self, card: &ArticleCard, product: &Node) -> Vec<&'static str> {
        let language = &self.settings.language;
        let said = |texts: &Texts| in_language(texts, language).to_owned();
        let shown = |texts: &BTreeMap<u64, String>| said(&self.shelf.texts(texts));
        let mut others = Vec::new();
        // its name in the books is the product's and what sets it apart
        if card
            .name
            .as_ref()
            .is_some_and(|name| !said(name).starts_with(&shown(&languages(product, "name"))))
        {
            others.push("name");
        }
        let description = plain_text::plain(&shown(&descriptions(product)));
        if card
            .description
            .as_ref()
            .is_some_and(|text| !text.is_empty() && said(text) != description)
        {
            others.push("description");
        }
        if card
            .active
            .is_some_and(|active| active != (product.text("active") == "1"))
        {
            others.push("active");
        }
        if card.rate.is_some_and(|rate| self.rate_of(product) != Some(rate)) {
            others.push("vat");
        }
        others
    }

    /// A text in every language of the shop, if what is shown is to be another in any.
    fn texts(
        &self,
        (field, shown): (&str, BTreeMap<u64, String>),
        texts: &Texts,
        row: &Node,
        write: Written<'_>,
        same: impl Fn(&str, &str) -> bool,
    ) -> Option<Node> {
        let now = languages(row, field);
        let wanted = self.wanted(texts, &now, &same, write);
        let differs = |(id, text): (&u64, &String)| {
            !same(text, said_in(&now, *id)) && !same(text, said_in(&shown, *id))
        };
        wanted.iter().any(differs).then(|| language_node(field, &wanted))
    }

    /// What is to stand in every language. Only what the card has, and what only repeated it, is other than it is.
    fn wanted(
        &self,
        texts: &Texts,
        now: &BTreeMap<u64, String>,
        same: &impl Fn(&str, &str) -> bool,
        write: Written<'_>,
    ) -> BTreeMap<u64, String> {
        let spoken = self.spoken(texts);
        let repeated = |id: &u64| {
            let text = said_in(now, *id);
            spoken
                .iter()
                .find(|(ours, _)| same(said_in(now, **ours), text))
                .map(|(_, said)| said)
        };
        let mut wanted = BTreeMap::new();
        for id in self.shelf.languages.keys() {
            let text = match spoken.get(id).or_else(|| repeated(id)) {
                Some(said) => write(said),
                None => now.get(id).cloned().unwrap_or_default(),
            };
            wanted.insert(*id, text);
        }
        wanted
    }

    /// The card's texts by the shop's languages. A card in none of them speaks all of them.
    fn spoken(&self, texts: &Texts) -> BTreeMap<u64, String> {
        let languages = self.shelf.languages.iter();
        let found: BTreeMap<u64, String> = languages
            .clone()
            .filter_map(|(id, letters)| Some((*id, texts.get(letters)?.clone())))
            .collect();
        match found.is_empty() {
            true => {
                let text = in_language(texts, &self.settings.language);
                languages.map(|(id, _)| (*id, text.to_owned())).collect()
            }
            false => found,
        }
    }

    /// A price that is ours, in the shop's currency.
    pub(super) fn price(&self, card: &ArticleCard) -> Result<Option<Decimal>, Error> {
        self.in_shops_currency(card, card.price)
    }

    /// What an article costs that is made now: its own price where that is ours, else the one that it is first sold at.
    pub(super) fn first_price(&self, card: &ArticleCard) -> Result<Option<Decimal>, Error> {
        self.in_shops_currency(card, card.price.or(card.first_price))
    }

    fn in_shops_currency(
        &self,
        card: &ArticleCard,
        price: Option<Decimal>,
    ) -> Result<Option<Decimal>, Error> {
        let Some(price) = price else { return Ok(None) };
        if card.currency != self.shelf.currency {
            return Err(Error::data("currency_not_the_shops")
                .with("number", &card.sku)
                .with("currency", card.currency)
                .with("shop", self.shelf.currency)
                .fix("price_in_currency_of_shop"));
        }
        if price.is_sign_negative() && !price.is_zero() {
            return Err(Error::data("price_unfit")
                .with("number", &card.sku)
                .with("price", price)
                .fix("correct_price"));
        }
        Ok(Some(price.round_dp(6)))
    }

    /// Another group only where the rate of the one that there is differs: which of several with one rate is the shop's choice.
    fn tax_group(&self, card: &ArticleCard, rate: VatRate, row: &Node) -> Result<Option<Node>, Error> {
        if self.rate_of(row) == Some(rate) {
            return Ok(None);
        }
        Ok(text(row, "id_tax_rules_group", &self.group_of(card, rate)?))
    }

    fn rate_of(&self, product: &Node) -> Option<VatRate> {
        let group = product.text("id_tax_rules_group").parse().ok()?;
        self.shelf.rates.of_group(group)
    }

    /// The shop's group for a rate, as the settings say. Without tax needs none.
    pub(super) fn group_of(&self, card: &ArticleCard, rate: VatRate) -> Result<String, Error> {
        match self.settings.tax_groups.get(&rate) {
            Some(group) => Ok(group.clone()),
            None if rate.is_zero() => Ok("0".to_owned()),
            None => Err(Error::data("tax_group_missing")
                .with("number", &card.sku)
                .with("rate", rate)
                .fix("choose_tax_group")),
        }
    }
}

/// The texts of a row by the shop's languages.
pub(super) fn languages(row: &Node, field: &str) -> BTreeMap<u64, String> {
    let texts = row.child(field).map(Node::children).unwrap_or_default();
    let one = |text: &Node| Some((text.attribute("id")?.parse().ok()?, text.own_text().to_owned()));
    texts.iter().filter_map(one).collect()
}

fn said_in(texts: &BTreeMap<u64, String>, language: u64) -> &str {
    texts.get(&language).map_or("", String::as_str)
}

/// What buyers read of a product: its long text, and the short one where there is none.
fn descriptions(row: &Node) -> BTreeMap<u64, String> {
    let mut texts = languages(row, "description");
    for (language, short) in languages(row, "description_short") {
        let long = texts.entry(language).or_default();
        if long.is_empty() {
            *long = short;
        }
    }
    texts
}

pub(super) fn language_node(field: &str, texts: &BTreeMap<u64, String>) -> Node {
    let languages = texts.iter();
    let one = |(id, text): (&u64, &String)| Node::new("language").marked("id", &id.to_string()).saying(text);
    Node::new(field).holding(languages.map(one).collect())
}

/// The element, if its text differs.
fn text(row: &Node, field: &str, wanted: &str) -> Option<Node> {
    (row.text(field) != wanted).then(|| Node::new(field).saying(wanted))
}

/// The element, if its number differs as the shop's database keeps it.
fn number(row: &Node, field: &str, wanted: Decimal) -> Option<Node> {
    let wanted = wanted.round_dp(6).normalize();
    (amount(row, field) != wanted).then(|| Node::new(field).saying(&wanted.to_string()))
}

fn amount(row: &Node, field: &str) -> Decimal {
    row.text(field).parse::<Decimal>().unwrap_or_default().normalize()
}
