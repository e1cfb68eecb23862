//! The data register as a page: what `GetDataRegister` answers for PrestaShop and Hogia Smart, a section a template and stream.
//!
//! `docs/data-register.md` is what this writes; a test compares the two.

use std::fmt::Arguments;

use skarv_canonical::{
    descriptor::Descriptor,
    register::{RegisteredField, register},
    spec::{StreamKind, Template},
};
use skarv_connector::Connector;
use skarv_domain::stream::direction;
use skarv_hogia_smart::HogiaSmart;
use skarv_prestashop::PrestaShop;

const INTRODUCTION: &str = "\
# Data register

Which fields travel between PrestaShop and Hogia Smart, in which direction, for each template of a flow. *In Skarv* is what a field
is called on its way; a field that decides another, such as the tax rate of a row its account, stands with that one too. **P** marks
what names or describes a person. All of it is what can travel: settings leave parts of it out, and what is not here does not.

This page is written by `cargo run -q -p skarv-tests --bin data_register > docs/data-register.md` from what the connectors declare
and the mapping does, and both are held to it by tests. `CatalogService.GetDataRegister` answers the same for any two systems.
";

/// The page.
pub fn page() -> String {
    let (shop, erp) = (PrestaShop.descriptor(), HogiaSmart::default().descriptor());
    let mut page = INTRODUCTION.to_owned();
    for template in [Template::ShopMaster, Template::ErpMaster, Template::Combined] {
        let fields = register(&shop, &erp, |kind| direction(template, kind));
        section(&mut page, template, &fields, [&shop, &erp]);
    }
    page
}

fn section(page: &mut String, template: Template, fields: &[RegisteredField], systems: [&Descriptor; 2]) {
    let title = |id: &str| {
        let known = systems.iter().find(|system| system.id == id);
        known.map_or_else(|| id.to_owned(), |system| system.title.clone())
    };
    for of_stream in fields.chunk_by(|field, next| field.stream == next.stream) {
        let first = &of_stream[0];
        let (source, target) = (title(&first.source), title(&first.target));
        let name = named(template);
        line(page, format_args!("\n## {name}: {}\n", said(first.stream)));
        line(
            page,
            format_args!("| {source} | in Skarv | {target} | |\n|---|---|---|---|"),
        );
        rows(page, of_stream);
    }
}

/// A row for each field of ours: where it comes from, where it goes.
fn rows(page: &mut String, fields: &[RegisteredField]) {
    let mut names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of_it = || fields.iter().filter(|field| field.field == name);
        let from = listed(of_it().map(|field| field.source_field.as_str()));
        let to = listed(of_it().map(|field| field.target_field.as_str()));
        let mark = if of_it().any(|field| field.personal) {
            "P"
        } else {
            ""
        };
        line(page, format_args!("| {from} | `{name}` | {to} | {mark} |"));
    }
}

fn listed<'a>(places: impl Iterator<Item = &'a str>) -> String {
    let mut places: Vec<&str> = places.collect();
    places.sort_unstable();
    places.dedup();
    places
        .iter()
        .map(|place| format!("`{place}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn line(page: &mut String, text: Arguments<'_>) {
    page.push_str(&text.to_string());
    page.push('\n');
}

fn named(template: Template) -> &'static str {
    match template {
        Template::ShopMaster => "The shop owns the products",
        Template::ErpMaster => "The accounting system owns products, prices and stock",
        Template::Combined => "The shop owns products, the accounting system prices and stock",
    }
}

fn said(stream: StreamKind) -> &'static str {
    match stream {
        StreamKind::Orders => "orders and refunds",
        StreamKind::OrderStatus => "order statuses",
        StreamKind::Products => "products",
        StreamKind::Prices => "prices",
        StreamKind::PriceLists => "price lists",
        StreamKind::Stock => "stock levels",
    }
}
