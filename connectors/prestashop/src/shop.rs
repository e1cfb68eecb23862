//! What a shop knows beside its orders: its settings, and the small tables that orders point into.
//!
//! A table is read whole when a row of it is first needed, and again when an id turns up that it lacks (a new carrier, a
//! new tax). Tax ids are safe to keep: a shop that changes a rate makes a new tax and marks the old one deleted.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use skarv_canonical::{Currency, Reason, vat::VatRate};
use skarv_connector::Error;

use crate::{
    api::{Api, Listing, Query, Resource},
    batch, error, feed,
    state::State,
    xml::Node,
    zone::Zone,
};

pub(crate) const CONFIGURATIONS: Resource = Resource::full("configurations", "configuration");
pub(crate) const CURRENCIES: Resource = Resource::fields("currencies", "currency", "[id,iso_code]");
pub(crate) const COUNTRIES: Resource = Resource::fields("countries", "country", "[id,iso_code]");
pub(crate) const LANGUAGES: Resource = Resource::fields("languages", "language", "[id,iso_code]");
pub(crate) const CARRIERS: Resource = Resource::fields("carriers", "carrier", "[id,name]");
pub(crate) const TAXES: Resource = Resource::fields("taxes", "tax", "[id,rate]");
pub(crate) const STATES: Resource = Resource::fields(
    "order_states",
    "order_state",
    "[id,name,template,send_email,paid,shipped,delivery,invoice,logable,deleted]",
);

/// Settings that are read.
const SETTINGS: [&str; 14] = [
    "PS_COUNTRY_DEFAULT",
    "PS_CURRENCY_DEFAULT",
    "PS_CUSTOMER_GROUP",
    "PS_GUEST_GROUP",
    "PS_LANG_DEFAULT",
    "PS_OS_CANCELED",
    "PS_OS_DELIVERED",
    "PS_OS_ERROR",
    "PS_OS_REFUND",
    "PS_OS_SHIPPING",
    "PS_SHOP_DOMAIN",
    "PS_SHOP_NAME",
    "PS_TIMEZONE",
    "PS_UNIDENTIFIED_GROUP",
];

/// Those of them whose age tells one installation from another. Never more: every shop would be another one.
const DATED: [&str; 7] = [
    "PS_CURRENCY_DEFAULT",
    "PS_LANG_DEFAULT",
    "PS_OS_CANCELED",
    "PS_OS_REFUND",
    "PS_SHOP_DOMAIN",
    "PS_SHOP_NAME",
    "PS_TIMEZONE",
];

/// The groups that buyers are in who were put into none.
const BUYER_GROUPS: [&str; 3] = ["PS_CUSTOMER_GROUP", "PS_GUEST_GROUP", "PS_UNIDENTIFIED_GROUP"];

/// The settings of a shop that Skarv goes by.
#[derive(Clone, Debug)]
pub(crate) struct ShopSettings {
    pub(crate) zone: Zone,
    pub(crate) cancelled_state: Option<u64>,
    pub(crate) refunded_state: Option<u64>,
    /// What an order is in whose payment failed.
    pub(crate) failed_state: Option<u64>,
    pub(crate) shipped_state: Option<u64>,
    pub(crate) delivered_state: Option<u64>,
    /// What its prices are in.
    pub(crate) currency: Option<u64>,
    /// The id of the language that it is kept in.
    pub(crate) language: String,
    /// The id of the country that it is in.
    pub(crate) country: String,
    pub(crate) buyer_groups: Vec<u64>,
    pub(crate) domain: String,
    pub(crate) name: String,
    /// When its oldest setting was written: the day it was installed.
    pub(crate) installed: String,
    /// The shop's clock.
    pub(crate) clock: Option<DateTime<Utc>>,
}

impl ShopSettings {
    pub(crate) async fn read(api: &Api) -> Result<Self, Error> {
        match Self::look(api).await? {
            (settings, None) => Ok(settings),
            (_, Some(reason)) => Err(Error::new(reason)),
        }
    }

    /// With what is wrong with the time zone, in whose place UTC stands then: nothing that has a time may go by it.
    pub(crate) async fn look(api: &Api) -> Result<(Self, Option<Reason>), Error> {
        let names = SETTINGS.map(str::to_owned);
        let listing = api.list(Query::of(CONFIGURATIONS).any("name", &names)).await?;
        let named = setting(&listing, "PS_TIMEZONE");
        let zone = Zone::named(named);
        let unknown = || {
            Reason::configuration("time_zone_unknown")
                .with("zone", named)
                .fix("set_time_zone")
        };
        let trouble = zone.is_none().then(unknown);
        Ok((Self::of(&listing, zone.unwrap_or(Zone::UTC)), trouble))
    }

    pub(crate) fn of(listing: &Listing, zone: Zone) -> Self {
        let id = |name| setting(listing, name).parse().ok();
        Self {
            zone,
            cancelled_state: id("PS_OS_CANCELED"),
            refunded_state: id("PS_OS_REFUND"),
            failed_state: id("PS_OS_ERROR"),
            shipped_state: id("PS_OS_SHIPPING"),
            delivered_state: id("PS_OS_DELIVERED"),
            currency: id("PS_CURRENCY_DEFAULT"),
            language: setting(listing, "PS_LANG_DEFAULT").to_owned(),
            country: setting(listing, "PS_COUNTRY_DEFAULT").to_owned(),
            buyer_groups: BUYER_GROUPS.into_iter().filter_map(id).collect(),
            domain: setting(listing, "PS_SHOP_DOMAIN").to_lowercase(),
            name: setting(listing, "PS_SHOP_NAME").to_owned(),
            installed: installed(listing),
            clock: listing.clock,
        }
    }
}

/// A setting's value: the one for all shops before one for a single shop.
fn setting<'a>(listing: &'a Listing, name: &str) -> &'a str {
    let named = || listing.rows.iter().filter(|row| row.text("name") == name);
    let general = named().find(|row| matches!(row.text("id_shop"), "" | "0"));
    general
        .or_else(|| named().next())
        .map_or("", |row| row.text("value"))
}

fn installed(listing: &Listing) -> String {
    let rows = listing.rows.iter();
    let dated = rows.filter(|row| DATED.contains(&row.text("name")));
    let written = dated.map(|row| row.text("date_add"));
    let oldest = written
        .filter(|date| !date.is_empty() && !date.starts_with("0000"))
        .min();
    oldest.unwrap_or_default().to_owned()
}

/// A small table, read when it is needed.
pub(crate) struct Table<V> {
    resource: Resource,
    value: fn(&Node) -> Option<V>,
    rows: HashMap<u64, V>,
    /// Ids that were looked for and are not there.
    absent: HashSet<u64>,
}

impl<V> Table<V> {
    fn new(resource: Resource, value: fn(&Node) -> Option<V>) -> Self {
        Self {
            resource,
            value,
            rows: HashMap::new(),
            absent: HashSet::new(),
        }
    }

    pub(crate) fn fill(&mut self, rows: BTreeMap<u64, V>) {
        self.rows.extend(rows);
    }

    pub(crate) fn get(&self, id: u64) -> Option<&V> {
        self.rows.get(&id)
    }

    async fn cover(&mut self, api: &Api, wanted: &HashSet<u64>) -> Result<(), Error> {
        let known = |id: &u64| *id == 0 || self.rows.contains_key(id) || self.absent.contains(id);
        let missing: Vec<u64> = wanted.iter().copied().filter(|id| !known(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        for node in rows(api, self.resource, &missing).await? {
            if let (Ok(id), Some(value)) = (node.text("id").parse(), (self.value)(&node)) {
                self.rows.insert(id, value);
            }
        }
        let absent = missing.into_iter().filter(|id| !self.rows.contains_key(id));
        self.absent.extend(absent);
        Ok(())
    }
}

/// All rows of a table. Where one that the shop cannot show spoils the list: the missing ones, past it.
async fn rows(api: &Api, table: Resource, missing: &[u64]) -> Result<Vec<Node>, Error> {
    match api.list(Query::of(table)).await {
        // an empty table is no table: the missing rows are asked for by name
        Ok(listing) if !listing.rows.is_empty() => Ok(listing.rows),
        Err(error) if !error::may_be_one_row(&error) => Err(error),
        Ok(_) | Err(_) => {
            let keys = missing.iter().map(u64::to_string).collect();
            Ok(batch::nodes(api, table, "id", keys).await?.rows)
        }
    }
}

/// Every state of the shop. One that it lists and cannot show is known by its id alone.
pub(crate) async fn states(api: &Api) -> Result<BTreeMap<u64, State>, Error> {
    let nodes = match api.list(Query::of(STATES)).await {
        Ok(listing) if !listing.rows.is_empty() => batch::Nodes {
            rows: listing.rows,
            unreadable: Vec::new(),
        },
        Err(error) if !error::may_be_one_row(&error) => return Err(error),
        Ok(_) | Err(_) => {
            let ids = feed::listed_ids(api, Query::of(STATES)).await?;
            batch::persistent(api, STATES, ids.iter().map(u64::to_string).collect()).await?
        }
    };
    let shown = nodes.rows.iter().map(State::of);
    let states = shown.chain(nodes.unreadable.iter().map(|id| State::of_id(id)));
    let states: BTreeMap<u64, State> = states
        .filter_map(|state| Some((state.shown.id.parse().ok()?, state)))
        .collect();
    match states.is_empty() {
        // there is no shop without states: it is in trouble
        true => Err(error::unreadable(STATES.path)),
        false => Ok(states),
    }
}

/// Ids that orders point to, by table.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) currencies: HashSet<u64>,
    pub(crate) countries: HashSet<u64>,
    pub(crate) languages: HashSet<u64>,
    pub(crate) carriers: HashSet<u64>,
    pub(crate) taxes: HashSet<u64>,
    pub(crate) states: HashSet<u64>,
}

/// What is known of one shop while a connection to it is open.
pub(crate) struct Shop {
    pub(crate) settings: ShopSettings,
    pub(crate) currencies: Table<Currency>,
    /// By their two letters.
    pub(crate) countries: Table<String>,
    pub(crate) languages: Table<String>,
    pub(crate) carriers: Table<String>,
    pub(crate) taxes: Table<VatRate>,
    pub(crate) states: Table<State>,
}

impl Shop {
    pub(crate) fn new(settings: ShopSettings) -> Self {
        Self {
            settings,
            currencies: Table::new(CURRENCIES, |row| row.text("iso_code").parse().ok()),
            countries: Table::new(COUNTRIES, |row| Some(row.text("iso_code").to_owned())),
            languages: Table::new(LANGUAGES, |row| Some(row.text("iso_code").to_owned())),
            carriers: Table::new(CARRIERS, |row| Some(row.text("name").to_owned())),
            taxes: Table::new(TAXES, |row| row.text("rate").parse().ok()),
            states: Table::new(STATES, |row| Some(State::of(row))),
        }
    }

    /// Reads what is missing.
    pub(crate) async fn cover(&mut self, api: &Api, wanted: &Wanted) -> Result<(), Error> {
        tokio::try_join!(
            self.currencies.cover(api, &wanted.currencies),
            self.countries.cover(api, &wanted.countries),
            self.languages.cover(api, &wanted.languages),
            self.carriers.cover(api, &wanted.carriers),
            self.taxes.cover(api, &wanted.taxes),
            self.states.cover(api, &wanted.states),
        )?;
        Ok(())
    }

    /// Whether it can be told what an order in this state is.
    pub(crate) fn knows_state(&self, state: u64) -> bool {
        self.settings.cancelled_state == Some(state) || self.states.get(state).is_some()
    }

    /// Whether an order in this state is cancelled: by the shop's setting, and for the states that a merchant or a module
    /// added, by the mail that they send.
    pub(crate) fn is_cancelled(&self, state: u64) -> bool {
        self.settings.cancelled_state == Some(state)
            || self.states.get(state).is_some_and(|state| state.cancels)
    }

    /// Whether an order in this state was given back, known as `is_cancelled` is. The state says so and no more: what was given
    /// back stands on a slip, which the shop makes when rows are refunded and not when the state is changed.
    pub(crate) fn is_refunded(&self, state: u64) -> bool {
        self.settings.refunded_state == Some(state)
            || self.states.get(state).is_some_and(|state| state.refunds)
    }
}
