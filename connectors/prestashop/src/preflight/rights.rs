//! Which rights the key lacks, by what the streams of a flow ask of the shop. The webservice's front page tells them: nothing is
//! tried, so nothing is written.

use std::collections::BTreeMap;

use skarv_canonical::spec::{
    PriceSettings, ProductMode, ProductSettings, StatusSpec, StreamKind, StreamSettings,
};
use skarv_connector::{Finding, Flight};

use crate::{
    api::{Method, Rights},
    check,
    product::rates::RULES,
    row::{CombinationRow, DetailRow, OptionRow, OrderRow, PaymentRow, ProductRow, Row, ValueRow},
    shop::{CONFIGURATIONS, COUNTRIES, CURRENCIES, LANGUAGES, STATES, TAXES},
    status::{HISTORIES, PARCELS},
    system,
};

const PRODUCTS: &str = ProductRow::RESOURCE.path;
const COMBINATIONS: &str = CombinationRow::RESOURCE.path;
const CATEGORIES: &str = "categories";
const STOCK: &str = "stock_availables";
const SPECIAL: &str = "specific_prices";

/// A way to reach a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    Of(Method),
    /// Changing what stands, in whichever of two ways the shop knows and the key may.
    Change,
}

impl Right {
    fn is_granted(self, rights: &Rights, resource: &str) -> bool {
        match self {
            Self::Of(method) => rights.may(method, resource),
            Self::Change => rights.may(Method::Put, resource) || system::may_patch(rights, resource),
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Self::Of(method) => method.as_str(),
            Self::Change => Method::Put.as_str(),
        }
    }
}

type Need = (&'static str, Right);

/// Every right that is missing, once: with its stream, unless several need it.
pub(super) fn missing(rights: &Rights, flight: Flight<'_>) -> Vec<Finding> {
    let mut wanted: BTreeMap<Need, Vec<StreamKind>> = BTreeMap::new();
    for stream in flight.streams {
        for need in needs(&stream.settings, flight.shop_is_master) {
            let streams = wanted.entry(need).or_default();
            if streams.last() != Some(&stream.kind()) {
                streams.push(stream.kind());
            }
        }
    }
    wanted.retain(|(resource, right), _| !right.is_granted(rights, resource));
    let finding = |((resource, right), streams): (Need, Vec<StreamKind>)| {
        let alone = match streams.as_slice() {
            [stream] => Some(*stream),
            _ => None,
        };
        Finding::blocking(alone, check::right_missing(resource, right.shown()))
    };
    wanted.into_iter().map(finding).collect()
}

fn needs(settings: &StreamSettings, shop_is_master: bool) -> Vec<Need> {
    match settings {
        StreamSettings::Orders(_) => reading(&check::NEEDED).collect(),
        StreamSettings::OrderStatus(spec) => of_statuses(spec),
        StreamSettings::Products(_) if shop_is_master => {
            let options = [ValueRow::RESOURCE.path, OptionRow::RESOURCE.path];
            articles().chain(reading(&options)).collect()
        }
        StreamSettings::Products(settings) => of_products(settings),
        StreamSettings::Prices(settings) => of_prices(settings),
        StreamSettings::Stock(_) => {
            // what was sold lately is looked up too
            let sold = [OrderRow::RESOURCE.path, DetailRow::RESOURCE.path];
            let reads = reading(&[PRODUCTS, COMBINATIONS, STOCK, STATES.path, CONFIGURATIONS.path]);
            let reads = reads.chain(reading(&sold));
            reads.chain([(STOCK, Right::Change)]).collect()
        }
    }
}

fn reading(resources: &[&'static str]) -> impl Iterator<Item = Need> {
    let read = |resource: &&'static str| (*resource, Right::Of(Method::Get));
    resources.iter().map(read)
}

/// What articles are read with, in either direction.
fn articles() -> impl Iterator<Item = Need> {
    reading(&[
        PRODUCTS,
        COMBINATIONS,
        CONFIGURATIONS.path,
        COUNTRIES.path,
        CURRENCIES.path,
        LANGUAGES.path,
        RULES,
        TAXES.path,
    ])
}

fn of_statuses(spec: &StatusSpec) -> Vec<Need> {
    let mut needs: Vec<Need> = reading(&[
        OrderRow::RESOURCE.path,
        HISTORIES.path,
        PaymentRow::RESOURCE.path,
        STATES.path,
        CONFIGURATIONS.path,
    ])
    .collect();
    needs.push((HISTORIES.path, Right::Of(Method::Post)));
    if spec.settings.states.values().any(|rule| rule.tracking) {
        needs.extend(reading(&[PARCELS.path]));
        needs.push((PARCELS.path, Right::Change));
    }
    needs
}

fn of_products(settings: &ProductSettings) -> Vec<Need> {
    let (creates, updates) = match settings.mode {
        ProductMode::Create => (true, false),
        ProductMode::Update => (false, true),
        ProductMode::CreateAndUpdate => (true, true),
    };
    let mut needs: Vec<Need> = articles().collect();
    if creates {
        needs.extend(reading(&[CATEGORIES]));
        needs.push((PRODUCTS, Right::Of(Method::Post)));
    }
    if updates {
        needs.extend([(PRODUCTS, Right::Change), (COMBINATIONS, Right::Change)]);
    }
    needs
}

fn of_prices(settings: &PriceSettings) -> Vec<Need> {
    let reads = reading(&[PRODUCTS, COMBINATIONS, CONFIGURATIONS.path, CURRENCIES.path]);
    let mut needs: Vec<Need> = reads.collect();
    needs.extend([(PRODUCTS, Right::Change), (COMBINATIONS, Right::Change)]);
    if settings.with_tax {
        needs.extend(reading(&[COUNTRIES.path, RULES, TAXES.path]));
    }
    if settings.campaigns {
        let methods = [Method::Get, Method::Post, Method::Put, Method::Delete];
        needs.extend(methods.map(|method| (SPECIAL, Right::Of(method))));
    }
    needs
}
