//! What belongs to the shop and not to an order: settings, states, taxes, carriers, countries, currencies, languages.

use super::{
    column::{fixed, flag, languages, money, number, rate, text, time},
    resource::{Resource, Served},
};
use crate::fake::seed::{Carrier, Country, Group, Language, OrderState, Setting, ShopCurrency, ShopRow, Tax};

pub(super) fn resources() -> Vec<Box<dyn Served>> {
    vec![
        Box::new(configurations()),
        Box::new(order_states()),
        Box::new(taxes()),
        Box::new(carriers()),
        Box::new(countries()),
        Box::new(currencies()),
        Box::new(shop_languages()),
        Box::new(shops()),
        Box::new(groups()),
    ]
}

fn configurations() -> Resource<Setting> {
    Resource {
        name: "configurations",
        list: "configurations",
        node: "configuration",
        description: "Shop configuration",
        table: |books| &books.setup.settings,
        columns: vec![
            number("id", |setting: &Setting| setting.id),
            text("value", |setting: &Setting| setting.value.clone()),
            text("name", |setting: &Setting| setting.name),
            fixed("id_shop_group", ""),
            fixed("id_shop", ""),
            time("date_add", |setting: &Setting| setting.since),
            time("date_upd", |setting: &Setting| setting.since),
        ],
        association: None,
    }
}

fn order_states() -> Resource<OrderState> {
    Resource {
        name: "order_states",
        list: "order_states",
        node: "order_state",
        description: "The Order statuses",
        table: |books| &books.setup.states,
        columns: vec![
            number("id", |state: &OrderState| state.id),
            fixed("unremovable", "1"),
            flag("delivery", |state: &OrderState| state.delivery),
            fixed("hidden", "0"),
            flag("send_email", OrderState::mails),
            text("module_name", |state: &OrderState| state.module),
            flag("invoice", |state: &OrderState| state.invoice),
            text("color", |state: &OrderState| state.color),
            flag("logable", |state: &OrderState| state.logable),
            flag("shipped", |state: &OrderState| state.shipped),
            flag("paid", |state: &OrderState| state.paid),
            fixed("pdf_delivery", "0"),
            fixed("pdf_invoice", "0"),
            flag("deleted", |state: &OrderState| state.deleted),
            languages("name", |state: &OrderState| (state.en, state.sv)),
            languages("template", |state: &OrderState| (state.template, state.template)),
        ],
        association: None,
    }
}

fn taxes() -> Resource<Tax> {
    Resource {
        name: "taxes",
        list: "taxes",
        node: "tax",
        description: "The tax rate",
        table: |books| &books.setup.taxes,
        columns: vec![
            number("id", |tax: &Tax| tax.id),
            rate("rate", |tax: &Tax| tax.rate),
            fixed("active", "1"),
            flag("deleted", |tax: &Tax| tax.deleted),
            languages("name", |tax: &Tax| (tax.name, tax.name)),
        ],
        association: None,
    }
}

fn carriers() -> Resource<Carrier> {
    Resource {
        name: "carriers",
        list: "carriers",
        node: "carrier",
        description: "The Carriers",
        table: |books| &books.setup.carriers,
        columns: vec![
            number("id", |carrier: &Carrier| carrier.id),
            fixed("deleted", "0"),
            fixed("is_module", "0"),
            number("id_tax_rules_group", |carrier: &Carrier| {
                u32::from(!carrier.net().is_zero())
            })
            .to("tax_rule_groups")
            .dynamic(),
            number("id_reference", |carrier: &Carrier| carrier.id),
            text("name", |carrier: &Carrier| carrier.name),
            fixed("active", "1"),
            flag("is_free", |carrier: &Carrier| carrier.net().is_zero()),
            fixed("url", ""),
            fixed("shipping_handling", "0"),
            fixed("shipping_external", "0"),
            fixed("range_behavior", "0"),
            fixed("shipping_method", "1"),
            fixed("max_width", "0"),
            fixed("max_height", "0"),
            fixed("max_depth", "0"),
            fixed("max_weight", "0.000000"),
            fixed("grade", "0"),
            fixed("external_module_name", ""),
            fixed("need_range", "0"),
            number("position", |carrier: &Carrier| carrier.id - 1),
            languages("delay", |carrier: &Carrier| (carrier.delay, carrier.delay)),
        ],
        association: None,
    }
}

fn countries() -> Resource<Country> {
    Resource {
        name: "countries",
        list: "countries",
        node: "country",
        description: "The countries",
        table: |books| &books.setup.countries,
        columns: vec![
            number("id", |country: &Country| country.id),
            fixed("id_zone", "1").to("zones"),
            fixed("id_currency", "0").to("currencies"),
            text("call_prefix", |country: &Country| country.prefix),
            text("iso_code", |country: &Country| country.code),
            fixed("active", "1"),
            fixed("contains_states", "0"),
            fixed("need_identification_number", "0"),
            fixed("need_zip_code", "1"),
            text("zip_code_format", |country: &Country| country.zip_format),
            fixed("display_tax_label", "1"),
            languages("name", |country: &Country| (country.en, country.sv)),
        ],
        association: None,
    }
}

fn currencies() -> Resource<ShopCurrency> {
    Resource {
        name: "currencies",
        list: "currencies",
        node: "currency",
        description: "The currencies",
        table: |books| &books.setup.currencies,
        columns: vec![
            number("id", |row: &ShopCurrency| row.currency.id()),
            languages("names", |row: &ShopCurrency| row.currency.names()),
            text("name", |row: &ShopCurrency| row.currency.names().1).dynamic(),
            languages("symbol", |row: &ShopCurrency| {
                (row.currency.symbol(), row.currency.symbol())
            }),
            text("iso_code", |row: &ShopCurrency| row.currency.code()),
            text("numeric_iso_code", |row: &ShopCurrency| {
                row.currency.numeric_code()
            }),
            fixed("precision", "2"),
            money("conversion_rate", |row: &ShopCurrency| {
                row.currency.conversion_rate()
            }),
            flag("deleted", |row: &ShopCurrency| row.deleted),
            flag("active", |row: &ShopCurrency| row.active),
            fixed("unofficial", "0"),
            fixed("modified", "0"),
            languages("pattern", |_: &ShopCurrency| ("¤#,##0.00", "#,##0.00 ¤")),
        ],
        association: None,
    }
}

fn shop_languages() -> Resource<Language> {
    Resource {
        name: "languages",
        list: "languages",
        node: "language",
        description: "Shop languages",
        table: |books| &books.setup.languages,
        columns: vec![
            number("id", |language: &Language| language.id),
            text("name", |language: &Language| language.name),
            text("iso_code", |language: &Language| language.iso),
            text("locale", |language: &Language| language.locale),
            text("language_code", |language: &Language| {
                language.locale.to_lowercase()
            }),
            fixed("active", "1"),
            fixed("is_rtl", "0"),
            text("date_format_lite", |language: &Language| language.date_format),
            text("date_format_full", |language: &Language| {
                format!("{} H:i:s", language.date_format)
            }),
        ],
        association: None,
    }
}

fn shops() -> Resource<ShopRow> {
    Resource {
        name: "shops",
        list: "shops",
        node: "shop",
        description: "Shops from multi-shop feature",
        table: |books| &books.setup.shops,
        columns: vec![
            number("id", |shop: &ShopRow| shop.id),
            fixed("id_shop_group", "1").to("shop_groups"),
            fixed("id_category", "2"),
            fixed("active", "1"),
            fixed("deleted", "0"),
            text("name", |shop: &ShopRow| shop.name),
            fixed("color", ""),
            fixed("theme_name", "classic"),
        ],
        association: None,
    }
}

fn groups() -> Resource<Group> {
    Resource {
        name: "groups",
        list: "groups",
        node: "group",
        description: "The customer's groups",
        table: |books| &books.setup.groups,
        columns: vec![
            number("id", |group: &Group| group.id),
            fixed("reduction", "0.00"),
            flag("price_display_method", |group: &Group| group.without_tax),
            fixed("show_prices", "1"),
            fixed("date_add", "2024-01-08 09:00:00"),
            fixed("date_upd", "2024-01-08 09:00:00"),
            languages("name", |group: &Group| group.names),
        ],
        association: None,
    }
}
