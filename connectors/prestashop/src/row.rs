//! Rows as the webservice gives them, typed: the fields that an order is made of and no others.
//!
//! A row that lacks what it must have is unreadable, with the name of the field and never its value. Nothing is judged here;
//! what rows mean together is decided in `order/`.

mod article;
mod course;
mod goods;
mod order;
mod party;
mod slip;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use skarv_canonical::Reason;

pub(crate) use self::{
    article::{CombinationRow, Languages, OptionRow, ProductRow, TaxRuleRow, ValueRow},
    course::{CarrierRow, HistoryRow, PaymentRow},
    goods::{CartRuleRow, DetailRow, RuleRow},
    order::{OrderRow, Rounding, SiblingRow, StandingRow},
    party::{AddressRow, CustomerRow},
    slip::{SlipDetail, SlipRow},
};
use crate::{api::Resource, xml::Node, zone};

/// What keeps a row from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// A field of the row with this id is not what it must be.
    Field {
        resource: &'static str,
        id: String,
        field: &'static str,
    },
    /// The shop itself fails when it is asked for the rows whose field has this value.
    NotShown {
        resource: &'static str,
        field: &'static str,
        value: String,
    },
}

impl Unreadable {
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::Field { resource, id, field } => Reason::data("record_unreadable")
                .with("resource", resource)
                .with("id", id)
                .with("field", field)
                .fix("correct_in_source"),
            Self::NotShown {
                resource,
                field,
                value,
            } => Reason::data("record_not_shown")
                .with("resource", resource)
                .with("field", field)
                .with("value", value)
                .fix("mend_record_in_shop"),
        }
    }
}

/// A kind of row: where it is read, by which field rows are looked up, and how a node becomes one.
pub(crate) trait Row: Sized + Send {
    const RESOURCE: Resource;
    /// The field that says which record a row belongs to.
    const KEY: &'static str;
    /// Whether every order has such a row.
    const ALWAYS_THERE: bool = false;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable>;

    fn of(node: &Node) -> Result<Self, Unreadable> {
        Self::read(&Fields {
            node,
            resource: Self::RESOURCE.path,
        })
    }
}

/// The fields of one node.
pub(crate) struct Fields<'a> {
    node: &'a Node,
    resource: &'static str,
}

impl Fields<'_> {
    fn text(&self, field: &str) -> String {
        self.node.text(field).to_owned()
    }

    /// An id; 0 stands for none in the shop's database too.
    fn id(&self, field: &str) -> u64 {
        self.node.text(field).parse().unwrap_or(0)
    }

    /// The ids of an association.
    fn links(&self, association: &str) -> Vec<u64> {
        let links = self.node.child("associations").and_then(|a| a.child(association));
        let links = links.map(Node::children).unwrap_or_default();
        links
            .iter()
            .filter_map(|link| link.text("id").parse().ok())
            .filter(|id| *id != 0)
            .collect()
    }

    fn flag(&self, field: &str) -> bool {
        self.node.text(field) == "1"
    }

    fn number<T: std::str::FromStr>(&self, field: &'static str) -> Result<T, Unreadable> {
        self.node.text(field).parse().map_err(|_| self.unreadable(field))
    }

    fn money(&self, field: &'static str) -> Result<Decimal, Unreadable> {
        self.number(field)
    }

    /// Money that somebody gave: never less than nothing.
    fn given(&self, field: &'static str) -> Result<Decimal, Unreadable> {
        let amount = self.money(field)?;
        match amount.is_sign_negative() && !amount.is_zero() {
            true => Err(self.unreadable(field)),
            false => Ok(amount),
        }
    }

    fn amount(&self, net: &'static str, gross: &'static str) -> Result<Amount, Unreadable> {
        Ok(Amount {
            net: self.money(net)?,
            gross: self.money(gross)?,
        })
    }

    fn time(&self, field: &'static str) -> Result<NaiveDateTime, Unreadable> {
        zone::parse(self.node.text(field)).ok_or_else(|| self.unreadable(field))
    }

    fn unreadable(&self, field: &'static str) -> Unreadable {
        Unreadable::Field {
            resource: self.resource,
            id: self.text("id"),
            field,
        }
    }
}

/// An amount without and with tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) net: Decimal,
    pub(crate) gross: Decimal,
}
