//! What a shop has to choose from in settings. Nothing here is judged: `preflight.rs` says what is wrong with a choice.
//!
//! A list that the key may not read is left out, and so is what is deleted in the shop. Every list has an end.

use std::collections::BTreeMap;

use skarv_canonical::{descriptor::Capture, trigger::StateFlag};
use skarv_connector::{DiscoveredList, DiscoveredValue, Discovery, Error, list};

use crate::{
    api::{Api, Listing, Query, Resource, Rights},
    payment_modules,
    product::rates::{self, Rates},
    row::{OrderRow, Row},
    shop::{CONFIGURATIONS, STATES, ShopSettings, TAXES},
    state::{State, StateBook, by_language},
    xml::Node,
    zone::Zone,
};

pub(crate) const TAX_GROUPS: Resource = Resource::full("tax_rule_groups", "tax_rule_group");
pub(crate) const GROUPS: Resource = Resource::full("groups", "group");
pub(crate) const SHOPS: Resource = Resource::full("shops", "shop");
const LANGUAGES: Resource = Resource::full("languages", "language");
const CURRENCIES: Resource = Resource::full("currencies", "currency");
const CARRIERS: Resource = Resource::full("carriers", "carrier");
const PAID_BY: Resource = Resource::fields(OrderRow::RESOURCE.path, "order", "[id,module,payment]");

/// Rows of one list. No shop has as many to choose from.
const MOST: usize = 1_000;
/// How far back orders are looked at for how they were paid.
const RECENT_ORDERS: usize = 500;

/// What becomes of a row: the shop's own settings say what is its default and which language it is kept in.
type Shown = fn(&Node, &ShopSettings) -> DiscoveredValue;

const TABLES: [(&str, Resource, Shown); 5] = [
    (list::LANGUAGES, LANGUAGES, language),
    (list::CURRENCIES, CURRENCIES, currency),
    (list::CARRIERS, CARRIERS, carrier),
    (list::CUSTOMER_GROUPS, GROUPS, group),
    (list::SHOPS, SHOPS, shop),
];

/// Every list that the key may read.
pub(crate) async fn discover(api: &Api) -> Result<Discovery, Error> {
    let rights = api.rights().await?;
    let settings = settings(api, &rights).await?;
    let mut lists = Vec::new();
    let mut add = |name: &str, values| {
        lists.push(DiscoveredList {
            name: name.to_owned(),
            values,
        });
    };
    if rights.may_read(STATES.path) {
        add(list::ORDER_STATES, states(api, &settings).await?);
    }
    for (name, resource, shown) in TABLES {
        if rights.may_read(resource.path) {
            let rows = living(api, resource).await?;
            add(name, rows.iter().map(|row| shown(row, &settings)).collect());
        }
    }
    if rights.may_read(TAX_GROUPS.path) {
        add(list::TAX_GROUPS, tax_groups(api, &rights, &settings).await?);
    }
    if rights.may_read(PAID_BY.path) {
        let modules = recent_modules(api).await?;
        add(list::PAYMENT_MODULES, modules.iter().map(module).collect());
    }
    Ok(Discovery { lists })
}

/// Rows that are not deleted.
pub(crate) async fn living(api: &Api, resource: Resource) -> Result<Vec<Node>, Error> {
    let mut rows = api.list(Query::of(resource).limit(MOST)).await?.rows;
    rows.retain(|row| row.text("deleted") != "1");
    Ok(rows)
}

/// The shop's settings; none where the key may not read them.
async fn settings(api: &Api, rights: &Rights) -> Result<ShopSettings, Error> {
    if rights.may_read(CONFIGURATIONS.path) {
        return Ok(ShopSettings::look(api).await?.0);
    }
    let nothing = Listing {
        rows: Vec::new(),
        clock: None,
    };
    Ok(ShopSettings::of(&nothing, Zone::UTC))
}

async fn states(api: &Api, settings: &ShopSettings) -> Result<Vec<DiscoveredValue>, Error> {
    let states = crate::shop::states(api).await?;
    let book = StateBook::of(settings.clone(), states);
    let living = book.iter().filter(|state| !state.deleted);
    Ok(living.map(|it| state(it, &book, settings)).collect())
}

fn state(state: &State, book: &StateBook, settings: &ShopSettings) -> DiscoveredValue {
    let id = &state.shown.id;
    let mut facts: BTreeMap<String, String> = [
        ("paid", state.means(StateFlag::Paid)),
        ("shipped", state.means(StateFlag::Shipped)),
        ("delivered", state.means(StateFlag::Delivered)),
        ("invoice", state.means(StateFlag::Invoiced)),
        ("logable", state.means(StateFlag::Logable)),
        ("mail", state.mails),
    ]
    .map(|(name, fact)| (name.to_owned(), fact.to_string()))
    .into();
    if let Some(ending) = id.parse().ok().and_then(|id| book.ending(id)) {
        facts.insert("ends".to_owned(), ending.as_str().to_owned());
    }
    DiscoveredValue {
        id: id.clone(),
        title: state.name(&settings.language).to_owned(),
        facts,
    }
}

fn language(row: &Node, settings: &ShopSettings) -> DiscoveredValue {
    let code = row.text("iso_code").to_lowercase();
    value(row, settings)
        .fact("code", code)
        .fact("active", active(row))
        .built
}

fn currency(row: &Node, settings: &ShopSettings) -> DiscoveredValue {
    let is_default = row.text("id").parse().ok() == settings.currency;
    value(row, settings)
        .fact("code", row.text("iso_code"))
        .fact("active", active(row))
        .fact("default", is_default)
        .built
}

fn carrier(row: &Node, settings: &ShopSettings) -> DiscoveredValue {
    let carrier = value(row, settings).fact("active", active(row));
    match row.text("url") {
        "" => carrier.built,
        url => carrier.fact("tracking_url", url).built,
    }
}

fn group(row: &Node, settings: &ShopSettings) -> DiscoveredValue {
    let prices = if sees_net(row) { "without_tax" } else { "with_tax" };
    value(row, settings)
        .fact("prices", prices)
        .fact("reduction", row.text("reduction"))
        .built
}

/// Whether prices are shown without tax to a group of customers.
pub(crate) fn sees_net(group: &Node) -> bool {
    group.text("price_display_method") == "1"
}

fn shop(row: &Node, settings: &ShopSettings) -> DiscoveredValue {
    value(row, settings).fact("active", active(row)).built
}

/// Whether a row is in use.
pub(crate) fn active(row: &Node) -> bool {
    row.text("active") == "1"
}

async fn tax_groups(
    api: &Api,
    rights: &Rights,
    settings: &ShopSettings,
) -> Result<Vec<DiscoveredValue>, Error> {
    let told = rights.may_read(rates::RULES) && rights.may_read(TAXES.path);
    let rates = match told && !settings.country.is_empty() {
        true => Rates::in_country(api, &settings.country).await?,
        false => Rates::default(),
    };
    let rows = living(api, TAX_GROUPS).await?;
    let shown = |row: &Node| {
        let group = value(row, settings).fact("active", active(row));
        match row.text("id").parse().ok().and_then(|id| rates.of_group(id)) {
            Some(rate) => group.fact("rate", rate).built,
            None => group.built,
        }
    };
    Ok(rows.iter().map(shown).collect())
}

/// A payment module, as the last orders show it.
pub(crate) struct Module {
    pub(crate) name: String,
    /// What it called itself last.
    pub(crate) label: String,
    /// How many of the last orders were paid by it.
    pub(crate) orders: usize,
}

/// What the last orders were paid by.
pub(crate) async fn recent_modules(api: &Api) -> Result<Vec<Module>, Error> {
    let recent = Query::of(PAID_BY).newest_first().limit(RECENT_ORDERS);
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    for row in api.list(recent).await?.rows {
        let name = row.text("module");
        let seen = modules.entry(name.to_owned()).or_insert_with(|| Module {
            name: name.to_owned(),
            label: row.text("payment").to_owned(),
            orders: 0,
        });
        seen.orders += 1;
    }
    Ok(modules.into_values().filter(|it| !it.name.is_empty()).collect())
}

fn module(module: &Module) -> DiscoveredValue {
    let known = payment_modules::named(&module.name);
    let (title, capture) = match known {
        Some(known) => (known.title, known.capture),
        None => (module.label.clone(), Capture::Unknown),
    };
    let capture = match capture {
        Capture::OnState => "on_state",
        Capture::NotOnState => "not_on_state",
        Capture::Unknown => "unknown",
    };
    let built = DiscoveredValue {
        id: module.name.clone(),
        title,
        facts: BTreeMap::new(),
    };
    Value { built }.fact("capture", capture).built
}

/// A value, fact by fact.
struct Value {
    built: DiscoveredValue,
}

fn value(row: &Node, settings: &ShopSettings) -> Value {
    let built = DiscoveredValue {
        id: row.text("id").to_owned(),
        title: title(row, settings),
        facts: BTreeMap::new(),
    };
    Value { built }
}

impl Value {
    fn fact(mut self, name: &str, fact: impl std::fmt::Display) -> Self {
        self.built.facts.insert(name.to_owned(), fact.to_string());
        self
    }
}

/// A row's name in the language that the shop is kept in, in another one, or in none.
pub(crate) fn title(row: &Node, settings: &ShopSettings) -> String {
    let names = by_language(row, "name");
    let spoken = names.iter().find(|(id, _)| *id == settings.language);
    let name = spoken.or_else(|| names.first()).map(|(_, name)| name.as_str());
    name.unwrap_or_else(|| row.text("name")).to_owned()
}
