//! A flow: a template over one accounting connection and a shop connection, switched on or off by people.
//!
//! What a flow may ask for by its template and its two systems is decided here. What the tenant's package allows is another
//! lock, which an upgrade opens; nothing opens this one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skarv_canonical::{
    article::ArticleField,
    descriptor::{Descriptor, Side},
    spec::{FlowSpec, StreamKind, Template},
    status::OrderEvent,
};

use crate::{
    error::{Error, Result},
    id::{ConnectionId, FlowId, Slug, TenantId},
    stream::direction,
};

/// How a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// Off.
    Paused,
    /// On.
    Active,
}

impl FlowState {
    /// The stable name, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Active => "active",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Paused, Self::Active]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// A flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The id that was chosen for it, within the tenant.
    pub slug: Slug,
    /// What a person set up; names its connections by their slugs.
    pub spec: FlowSpec,
    /// Whether it is on.
    pub state: FlowState,
    /// Grows with every change.
    pub etag: u64,
    /// The revision of what it does, from 1. Being switched on or off is none.
    pub revision: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A flow to be made, switched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFlow {
    /// Whose it is to be.
    pub tenant: TenantId,
    /// The id that was chosen for it.
    pub slug: Slug,
    /// What a person set up.
    pub spec: FlowSpec,
    /// The shop connection that the spec names.
    pub shop: ConnectionId,
    /// The accounting connection that the spec names.
    pub erp: ConnectionId,
    /// Time between scheduled runs of its streams. `None` is what is usual for each kind.
    pub interval: Option<Duration>,
}

/// A flow as it is to be from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowChange {
    /// The flow.
    pub id: FlowId,
    /// The flow that was read.
    pub etag: u64,
    /// What it is to do.
    pub spec: FlowSpec,
    /// Time between scheduled runs of the streams that are new. `None` is what is usual for each kind.
    pub interval: Option<Duration>,
}

/// What a flow did at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number, from 1.
    pub number: u64,
    /// What the flow did.
    pub spec: FlowSpec,
    /// Who made it so, such as `partner:018f…`.
    pub author: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// One of the two systems of a flow.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// The connection's name.
    pub connection: &'a str,
    /// What its connector can do.
    pub descriptor: &'a Descriptor,
}

/// What a flow may not ask for: streams that its template lacks, streams that one of its systems cannot carry, and settings
/// that contradict each other.
pub fn check(spec: &FlowSpec, shop: End<'_>, erp: End<'_>) -> Result<()> {
    let side = |side| if side == Side::Shop { shop } else { erp };
    for stream in spec.streams() {
        let kind = stream.kind();
        let (source, target) = direction(spec.template, kind).ok_or_else(|| lacks(spec.template, kind))?;
        system_can(kind, side(source), side(target))?;
    }
    events_are_told(spec, erp)?;
    one_owner_of_prices(spec)?;
    sales_leave_the_stock(spec)?;
    sold_when_empty(spec)
}

/// The settings of a kind of stream, by their path in a flow.
fn field(kind: StreamKind) -> &'static str {
    match kind {
        StreamKind::Orders => "flow.order_settings",
        StreamKind::OrderStatus => "flow.status_settings",
        StreamKind::Products => "flow.product_settings",
        StreamKind::Prices | StreamKind::PriceLists => "flow.price_settings",
        StreamKind::Stock => "flow.stock_settings",
    }
}

fn lacks(template: Template, kind: StreamKind) -> Error {
    let template = format!("TEMPLATE_{}", template.as_str().to_uppercase());
    let (field, kind) = (field(kind), kind.as_str());
    let problem =
        format!("{template} has no stream `{kind}`: leave this out, or make a flow of another template");
    Error::invalid(field, problem)
}

const LEAVE_OUT: &str = ": leave its settings out";

fn system_can(kind: StreamKind, source: End<'_>, target: End<'_>) -> Result<()> {
    let name = kind.as_str();
    if !source.descriptor.reads_stream(kind) {
        return Err(cannot(
            source,
            &format!("`{name}` cannot be read from it"),
            LEAVE_OUT,
        ));
    }
    let written = kind
        .written_as()
        .and_then(|entity| target.descriptor.write_of(&entity));
    match written {
        Some(_) => Ok(()),
        None => Err(cannot(
            target,
            &format!("`{name}` cannot be written to it"),
            LEAVE_OUT,
        )),
    }
}

/// An event that the accounting system does not tell can be derived, if at all, and never made up.
fn events_are_told(spec: &FlowSpec, erp: End<'_>) -> Result<()> {
    let Some((status, reads)) = spec
        .status
        .as_ref()
        .zip(erp.descriptor.reads_of(StreamKind::OrderStatus))
    else {
        return Ok(());
    };
    for (event, rule) in &status.states {
        let derived = *event == OrderEvent::Delivered && status.delivered_when.is_some();
        if !reads.events.contains(event) && !derived {
            let hint = if *event == OrderEvent::Delivered {
                ": say with delivered_when which other event counts as delivered, or take the rule away"
            } else {
                ": take the rule away"
            };
            return Err(cannot(erp, &format!("`{event}` is not told by it"), hint));
        }
        if rule.tracking && !reads.tracking {
            return Err(cannot(
                erp,
                "it has no numbers of parcels",
                ": leave tracking out",
            ));
        }
    }
    Ok(())
}

/// The lock that nothing opens: the system, or what Skarv knows of it, lacks it.
fn cannot(end: End<'_>, what: &str, do_what: &str) -> Error {
    let problem = format!(
        "`{}` is {}, and {what}{do_what}",
        end.connection, end.descriptor.title
    );
    Error::precondition("SYSTEM_CANNOT", end.connection, problem)
}

/// Two streams that write one price would undo each other's work.
fn one_owner_of_prices(spec: &FlowSpec) -> Result<()> {
    let with_products = spec
        .products
        .as_ref()
        .is_some_and(|products| products.fields.contains(&ArticleField::Price));
    if with_products && spec.prices.is_some() {
        let problem = "must be without ARTICLE_FIELD_PRICE while the flow has price_settings: one stream carries the price";
        return Err(Error::invalid("flow.product_settings.fields", problem));
    }
    Ok(())
}

/// Where invoices take nothing from the stock that the shop sells from, the next level of it undoes every sale.
fn sales_leave_the_stock(spec: &FlowSpec) -> Result<()> {
    if spec.stock.is_some() && !spec.orders.takes_stock {
        let problem = "must be true while the flow has stock_settings: otherwise the accounting system's stock does not fall by what \
                       the shop sells, and the next stock level undoes the sale in the shop";
        return Err(Error::invalid("flow.order_settings.takes_stock", problem));
    }
    Ok(())
}

fn sold_when_empty(spec: &FlowSpec) -> Result<()> {
    let decides = spec.stock.is_some_and(|stock| stock.decides_sold_when_empty);
    if decides && spec.template != Template::Combined {
        let problem = "is only for TEMPLATE_COMBINED: in the other templates the shop decides";
        return Err(Error::invalid(
            "flow.stock_settings.decides_sold_when_empty",
            problem,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
