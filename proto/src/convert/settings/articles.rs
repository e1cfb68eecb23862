//! Settings of products, prices and stock.

use std::collections::BTreeMap;

use skarv_canonical::{
    Country,
    article::ArticleField,
    spec::{PriceSettings, ProductMode, ProductSettings, StockSettings},
    vat::VatRate,
};

use crate::{convert::Malformed, v1 as pb};

/// The most that may be kept back.
const MOST_BUFFER: u32 = 100_000;

/// The wire form of product settings.
pub fn encode_product_settings(settings: &ProductSettings) -> pb::ProductSettings {
    pb::ProductSettings {
        mode: encode_mode(settings.mode).into(),
        fields: settings
            .fields
            .iter()
            .map(|field| encode_field(*field).into())
            .collect(),
        language: settings.language.clone(),
        home_country: settings.home_country.to_string(),
        tax_groups: settings
            .tax_groups
            .iter()
            .map(|(rate, group)| (rate.to_string(), group.clone()))
            .collect(),
        category: settings.category.clone().unwrap_or_default(),
    }
}

/// Product settings from their wire form.
pub fn decode_product_settings(settings: pb::ProductSettings) -> Result<ProductSettings, Malformed> {
    let usual = ProductSettings::swedish();
    let mode = decode_mode(settings.mode());
    let fields = settings.fields().enumerate().map(|(i, field)| {
        decode_field(field)
            .ok_or_else(|| Malformed::new(format!("fields[{i}]"), "is not a part of an article"))
    });
    let fields = fields.collect::<Result<std::collections::BTreeSet<_>, _>>()?;
    Ok(ProductSettings {
        mode,
        fields: if fields.is_empty() { usual.fields } else { fields },
        language: decode_language(&settings.language)?.unwrap_or(usual.language),
        home_country: decode_country(&settings.home_country)?,
        tax_groups: decode_tax_groups(settings.tax_groups)?,
        category: Some(settings.category.trim().to_owned()).filter(|id| !id.is_empty()),
    })
}

/// The wire form of price settings.
pub fn encode_price_settings(settings: &PriceSettings) -> pb::PriceSettings {
    pb::PriceSettings {
        with_tax: settings.with_tax,
        without_campaigns: !settings.campaigns,
        home_country: settings.home_country.to_string(),
    }
}

/// Price settings from their wire form.
pub fn decode_price_settings(settings: &pb::PriceSettings) -> Result<PriceSettings, Malformed> {
    Ok(PriceSettings {
        with_tax: settings.with_tax,
        campaigns: !settings.without_campaigns,
        home_country: decode_country(&settings.home_country)?,
    })
}

/// The wire form of stock settings.
pub fn encode_stock_settings(settings: StockSettings) -> pb::StockSettings {
    pb::StockSettings {
        buffer: settings.buffer,
        decides_sold_when_empty: settings.decides_sold_when_empty,
    }
}

/// Stock settings from their wire form.
pub fn decode_stock_settings(settings: pb::StockSettings) -> Result<StockSettings, Malformed> {
    if settings.buffer > MOST_BUFFER {
        return Err(Malformed::new("buffer", "must be 0 to 100 000"));
    }
    Ok(StockSettings {
        buffer: settings.buffer,
        decides_sold_when_empty: settings.decides_sold_when_empty,
    })
}

/// `None` when none is given.
fn decode_language(given: &str) -> Result<Option<String>, Malformed> {
    let language = given.trim().to_lowercase();
    match language.as_bytes() {
        [] => Ok(None),
        [a, b] if a.is_ascii_lowercase() && b.is_ascii_lowercase() => Ok(Some(language)),
        _ => Err(Malformed::new("language", "must be two letters such as \"sv\"")),
    }
}

fn decode_country(code: &str) -> Result<Country, Malformed> {
    if code.is_empty() {
        return Ok(Country::SE);
    }
    code.parse()
        .map_err(|e: skarv_canonical::country::UnknownCountry| Malformed::new("home_country", e.to_string()))
}

fn decode_tax_groups(groups: BTreeMap<String, String>) -> Result<BTreeMap<VatRate, String>, Malformed> {
    let group = |(rate, id): (String, String)| {
        let at = format!("tax_groups[{rate}]");
        let percent: VatRate = rate
            .parse()
            .map_err(|_| Malformed::new(at.clone(), "must be a decimal number of percent such as \"25\""))?;
        match id.trim() {
            "" => Err(Malformed::new(at, "needs the id of a tax group of the shop")),
            id => Ok((percent, id.to_owned())),
        }
    };
    groups.into_iter().map(group).collect()
}

fn encode_mode(mode: ProductMode) -> pb::ProductMode {
    match mode {
        ProductMode::Create => pb::ProductMode::Create,
        ProductMode::Update => pb::ProductMode::Update,
        ProductMode::CreateAndUpdate => pb::ProductMode::CreateAndUpdate,
    }
}

fn decode_mode(mode: pb::ProductMode) -> ProductMode {
    match mode {
        pb::ProductMode::Create => ProductMode::Create,
        pb::ProductMode::Update => ProductMode::Update,
        pb::ProductMode::Unspecified | pb::ProductMode::CreateAndUpdate => ProductMode::CreateAndUpdate,
    }
}

fn encode_field(field: ArticleField) -> pb::ArticleField {
    match field {
        ArticleField::Name => pb::ArticleField::Name,
        ArticleField::Description => pb::ArticleField::Description,
        ArticleField::Active => pb::ArticleField::Active,
        ArticleField::Ean => pb::ArticleField::Ean,
        ArticleField::Weight => pb::ArticleField::Weight,
        ArticleField::Vat => pb::ArticleField::Vat,
        ArticleField::Price => pb::ArticleField::Price,
    }
}

fn decode_field(field: pb::ArticleField) -> Option<ArticleField> {
    match field {
        pb::ArticleField::Unspecified => None,
        pb::ArticleField::Name => Some(ArticleField::Name),
        pb::ArticleField::Description => Some(ArticleField::Description),
        pb::ArticleField::Active => Some(ArticleField::Active),
        pb::ArticleField::Ean => Some(ArticleField::Ean),
        pb::ArticleField::Weight => Some(ArticleField::Weight),
        pb::ArticleField::Vat => Some(ArticleField::Vat),
        pb::ArticleField::Price => Some(ArticleField::Price),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_products_survive_the_wire() {
        let settings = ProductSettings {
            mode: ProductMode::Update,
            fields: [ArticleField::Name, ArticleField::Price].into(),
            tax_groups: [
                (VatRate::from(25), "1".to_owned()),
                (VatRate::from(6), "3".to_owned()),
            ]
            .into(),
            category: Some("12".to_owned()),
            ..ProductSettings::swedish()
        };
        assert_eq!(
            decode_product_settings(encode_product_settings(&settings)),
            Ok(settings)
        );
        assert_eq!(
            decode_product_settings(pb::ProductSettings::default()),
            Ok(ProductSettings::swedish())
        );
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let mut wire = encode_product_settings(&ProductSettings::swedish());
        wire.tax_groups.insert("moms".to_owned(), "1".to_owned());
        assert_eq!(
            decode_product_settings(wire).unwrap_err().field,
            "tax_groups[moms]"
        );
        let mut wire = encode_product_settings(&ProductSettings::swedish());
        wire.fields.push(0);
        assert_eq!(decode_product_settings(wire).unwrap_err().field, "fields[6]");
        let wire = pb::StockSettings {
            buffer: 100_001,
            ..pb::StockSettings::default()
        };
        assert_eq!(decode_stock_settings(wire).unwrap_err().field, "buffer");
    }
}
