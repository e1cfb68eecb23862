//! From articles, prices and stock levels to what is to stand in the other system.
//!
//! An article is known by its number. What has none, or a number that no system can hold, is for a person; nothing is
//! numbered by itself.

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{
    Reason,
    article::{Article, ArticleCard, ArticleField, Texts},
    plain_text,
    price::{ArticlePrice, Owned, PriceTag},
    spec::{PriceSettings, ProductMode, ProductSettings, StockSettings},
    stock::{StockCount, StockLevel},
};

/// Both systems keep article numbers of this length; what is longer would be cut by one of them.
pub const LONGEST_NUMBER: usize = 50;

/// The reason of a stock level that its source does not know. Nobody needs to act.
pub const STOCK_UNKNOWN: &str = "stock_unknown";

/// The reason of an article for which its source has no price. Nobody needs to act.
pub const NO_PRICE: &str = "no_price";

/// The article number that two systems meet by, or why there is none.
pub fn number(sku: &str, name: &str) -> Result<String, Reason> {
    let number = sku.trim();
    if number.is_empty() {
        return Err(Reason::data("article_number_missing")
            .with("article", name)
            .fix("give_article_number"));
    }
    let unfit = |c: char| c.is_control() || matches!(c, '<' | '>' | ';' | '=' | '{' | '}');
    if number.chars().count() > LONGEST_NUMBER || number.chars().any(unfit) {
        return Err(Reason::data("article_number_unfit")
            .with("number", number)
            .with("article", name)
            .fix("change_article_number"));
    }
    Ok(number.to_owned())
}

/// The card of an article, with the parts that the stream owns.
pub fn article(article: &Article, settings: &ProductSettings) -> Result<ArticleCard, Reason> {
    let name = article.full_name();
    let shown = crate::article::in_language(&name, &settings.language);
    let sku = number(&article.sku, &plain_text::one_line(shown))?;
    let owns = |field: ArticleField| settings.fields.contains(&field);
    if owns(ArticleField::Name) && plain_text::one_line(shown).is_empty() {
        return Err(Reason::data("article_without_name")
            .with("number", sku)
            .fix("give_article_name"));
    }
    Ok(ArticleCard {
        sku,
        name: owns(ArticleField::Name).then(|| texts(&name, plain_text::one_line)),
        description: owns(ArticleField::Description).then(|| texts(&article.description, plain_text::plain)),
        active: owns(ArticleField::Active).then_some(article.active),
        ean: owns(ArticleField::Ean).then(|| article.ean.trim().to_owned()),
        weight: article.weight.filter(|_| owns(ArticleField::Weight)),
        rate: article.rate.filter(|_| owns(ArticleField::Vat)),
        price: article.price.filter(|_| owns(ArticleField::Price)),
        currency: article.currency,
        first_price: article.price.filter(|_| !owns(ArticleField::Price)),
        may_create: settings.mode != ProductMode::Update,
    })
}

fn texts(texts: &Texts, clean: impl Fn(&str) -> String) -> Texts {
    texts
        .iter()
        .map(|(language, text)| (language.clone(), clean(text)))
        .collect()
}

/// The prices of an article. Without a regular price there is nothing to write: no price is not zero.
pub fn price(price: &ArticlePrice, settings: &PriceSettings) -> Result<PriceTag, Reason> {
    let sku = number(&price.sku, &price.key)?;
    let regular = price
        .regular
        .ok_or_else(|| Reason::data(NO_PRICE).with("number", &sku))?;
    let negative = regular.is_sign_negative() && !regular.is_zero();
    let campaign = price.campaign.filter(|_| settings.campaigns);
    let turned = |c: crate::price::Campaign| matches!((c.from, c.to), (Some(from), Some(to)) if to < from);
    if negative || campaign.is_some_and(|c| c.price.is_sign_negative() || turned(c)) {
        return Err(Reason::data("price_unfit")
            .with("number", sku)
            .with("price", regular)
            .fix("correct_price"));
    }
    Ok(PriceTag {
        sku,
        currency: price.currency,
        with_tax: price.with_tax,
        regular,
        campaign: match campaign {
            _ if !settings.campaigns => Owned::NotOurs,
            // a campaign that makes nothing cheaper is none
            Some(campaign) if campaign.price < regular => Owned::Is(campaign),
            Some(_) | None => Owned::Empty,
        },
    })
}

/// The quantity of an article, less what has been sold and is not invoiced, less what is kept back.
///
/// Half a thing cannot be sold, so parts are left out. The buffer never turns what there is into debt.
pub fn stock(level: &StockLevel, open_demand: i64, settings: &StockSettings) -> Result<StockCount, Reason> {
    let sku = number(&level.sku, &level.key)?;
    let unknown = || Reason::data(STOCK_UNKNOWN).with("number", &sku);
    let available = level.available.ok_or_else(unknown)?;
    let whole = available.floor();
    let quantity = whole.to_i64().and_then(|whole| whole.checked_sub(open_demand));
    let quantity = quantity.ok_or_else(|| too_many(&sku, available))?;
    let kept_back = i64::from(settings.buffer);
    Ok(StockCount {
        quantity: (quantity - kept_back).max(quantity.min(0)),
        sold_when_empty: level.sold_when_empty.filter(|_| settings.decides_sold_when_empty),
        sweep: None,
        sku,
    })
}

fn too_many(sku: &str, available: Decimal) -> Reason {
    Reason::data("stock_unfit")
        .with("number", sku)
        .with("quantity", available)
        .fix("correct_stock")
}
