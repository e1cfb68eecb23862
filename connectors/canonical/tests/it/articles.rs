//! Articles, prices and stock levels on their way: what is carried, what is put right, what is for a person.

use std::collections::BTreeSet;

use chrono::DateTime;
use skarv_canonical::{
    Currency,
    article::{Article, ArticleField, Texts},
    mapping::article::{article, price, stock},
    price::{ArticlePrice, Campaign, Owned},
    spec::{PriceSettings, ProductMode, ProductSettings, StockSettings},
    stock::StockLevel,
};

use crate::world::{d, day};

fn sv(text: &str) -> Texts {
    Texts::from([("sv".to_owned(), text.to_owned())])
}

fn sweater() -> Article {
    Article {
        key: "12-34".to_owned(),
        sku: "TR-M".to_owned(),
        name: sv("Tröja &amp; väst"),
        variant: sv("Storlek M"),
        description: sv("<p>Ull från <b>Öland</b></p>"),
        active: true,
        ean: "7350000000017".to_owned(),
        weight: Some(d("0.4")),
        rate: Some(25.into()),
        price: Some(d("319.20")),
        currency: Currency::SEK,
        updated_at: None,
    }
}

fn priced(regular: Option<&str>, campaign: Option<Campaign>) -> ArticlePrice {
    ArticlePrice {
        key: "7".to_owned(),
        sku: "TR-M".to_owned(),
        currency: Currency::SEK,
        with_tax: false,
        regular: regular.map(d),
        campaign,
    }
}

fn campaign(price: &str) -> Campaign {
    Campaign {
        price: d(price),
        from: Some(day("2026-11-23")),
        to: Some(day("2026-11-30")),
    }
}

fn level(available: Option<&str>) -> StockLevel {
    StockLevel {
        key: "7".to_owned(),
        sku: "TR-M".to_owned(),
        available: available.map(d),
        sold_when_empty: Some(true),
        as_of: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn a_combination_is_an_article_of_its_own_with_what_sets_it_apart_in_its_name() {
    let card = article(&sweater(), &ProductSettings::swedish()).unwrap();
    assert_eq!(card.name.unwrap()["sv"], "Tröja & väst - Storlek M");
}

#[test]
fn a30_html_and_entities_become_plain_text() {
    let card = article(&sweater(), &ProductSettings::swedish()).unwrap();
    assert_eq!(card.description.unwrap()["sv"], "Ull från Öland");
}

#[test]
fn a30_an_article_number_that_a_system_cannot_hold_is_for_a_person() {
    let refused = |sku: &str| {
        let wrong = Article {
            sku: sku.to_owned(),
            ..sweater()
        };
        article(&wrong, &ProductSettings::swedish())
            .map(|card| card.sku)
            .map_err(|reason| reason.code)
    };
    assert_eq!(refused(" TR-M "), Ok("TR-M".to_owned()));
    assert_eq!(refused("  "), Err("article_number_missing".to_owned()));
    assert_eq!(refused(&"å".repeat(50)), Ok("å".repeat(50)));
    assert_eq!(refused(&"å".repeat(51)), Err("article_number_unfit".to_owned()));
    assert_eq!(refused("A;B"), Err("article_number_unfit".to_owned()));
}

#[test]
fn a_part_that_the_stream_does_not_own_is_not_on_the_card() {
    let settings = ProductSettings {
        fields: BTreeSet::from([ArticleField::Name, ArticleField::Price]),
        mode: ProductMode::Update,
        ..ProductSettings::swedish()
    };
    let card = article(&sweater(), &settings).unwrap();
    assert_eq!(
        (card.description, card.active, card.ean, card.rate),
        (None, None, None, None)
    );
    assert_eq!((card.price, card.may_create), (Some(d("319.20")), false));
    let named = article(&sweater(), &ProductSettings::swedish()).unwrap();
    assert_eq!((named.price, named.may_create), (None, true));
    // what is made now costs what it costs, whoever owns the price from then on
    assert_eq!((named.first_price, card.first_price), (Some(d("319.20")), None));
}

#[test]
fn a21_regular_and_campaign_price_are_two_prices() {
    let tag = price(
        &priced(Some("400"), Some(campaign("300"))),
        &PriceSettings::swedish(),
    )
    .unwrap();
    assert_eq!(
        (tag.regular, tag.campaign),
        (d("400"), Owned::Is(campaign("300")))
    );
    let over = price(&priced(Some("400"), None), &PriceSettings::swedish()).unwrap();
    assert_eq!(over.campaign, Owned::Empty);
}

#[test]
fn a_campaign_that_makes_nothing_cheaper_is_none_and_one_that_ends_before_it_begins_is_refused() {
    let settings = PriceSettings::swedish();
    let dearer = price(&priced(Some("400"), Some(campaign("400"))), &settings).unwrap();
    assert_eq!(dearer.campaign, Owned::Empty);
    let turned = Campaign {
        to: Some(day("2026-11-01")),
        ..campaign("300")
    };
    let refused = price(&priced(Some("400"), Some(turned)), &settings).unwrap_err();
    assert_eq!(refused.code, "price_unfit");
}

#[test]
fn campaigns_that_are_not_carried_are_the_shops_own() {
    let settings = PriceSettings {
        campaigns: false,
        ..PriceSettings::swedish()
    };
    let tag = price(&priced(Some("400"), Some(campaign("300"))), &settings).unwrap();
    assert_eq!(tag.campaign, Owned::NotOurs);
}

#[test]
fn no_price_is_not_zero() {
    let settings = PriceSettings::swedish();
    assert_eq!(
        price(&priced(None, None), &settings).unwrap_err().code,
        "no_price"
    );
    assert_eq!(
        price(&priced(Some("0"), None), &settings).unwrap().regular,
        d("0")
    );
}

#[test]
fn a23_a_level_that_the_source_does_not_know_is_not_zero() {
    let settings = StockSettings::default();
    assert_eq!(
        stock(&level(None), 0, &settings).unwrap_err().code,
        "stock_unknown"
    );
    assert_eq!(stock(&level(Some("0")), 0, &settings).unwrap().quantity, 0);
}

#[test]
fn a26_what_is_ordered_and_not_invoiced_is_not_sold_again() {
    let settings = StockSettings::default();
    assert_eq!(stock(&level(Some("10")), 3, &settings).unwrap().quantity, 7);
    assert_eq!(stock(&level(Some("2")), 3, &settings).unwrap().quantity, -1);
}

#[test]
fn the_buffer_is_kept_back_and_never_makes_a_debt() {
    let settings = StockSettings {
        buffer: 2,
        ..StockSettings::default()
    };
    let left = |available: &str, demand| {
        stock(&level(Some(available)), demand, &settings)
            .unwrap()
            .quantity
    };
    assert_eq!(
        [left("10", 0), left("1", 0), left("2.9", 0), left("1", 3)],
        [8, 0, 0, -2]
    );
}

#[test]
fn whether_it_is_sold_when_empty_is_the_sources_only_where_the_settings_say_so() {
    let asked = |decides_sold_when_empty| {
        let settings = StockSettings {
            decides_sold_when_empty,
            ..StockSettings::default()
        };
        stock(&level(Some("1")), 0, &settings).unwrap().sold_when_empty
    };
    assert_eq!([asked(true), asked(false)], [Some(true), None]);
}
