//! What has become of the orders' invoices: which of them changed, and what is true of each now.
//!
//! An invoice is told whenever it or a credit of it changes. Nothing marks a delivery, so none is told. Documents without a
//! reference (sales over the counter, invoices made by hand) and credits are no order's. A row that cannot be read parks
//! alone. What an event means in the shop is decided elsewhere.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;
use skarv_canonical::Reason;
use skarv_canonical::descriptor::Reads;
use skarv_canonical::record::{Pulled, Record};
use skarv_canonical::spec::StreamKind;
use skarv_canonical::status::{OrderEvent, OrderStatus};
use skarv_connector::Error;
use uuid::Uuid;

use crate::api::Api;
use crate::document::{Booked, DOCUMENTS, Kind};
use crate::feed::{self, Feed, Part, Versioned};
use crate::source::{Asked, Step, Walk};

/// What a sweep looks for changed lately, so older invoices are not read for it again every day.
const SWEPT_DAYS: Days = Days::new(92);
/// More credits than this of one invoice are nobody's refunds.
const MOST_CREDITS: usize = 50;

/// What the system tells: all but a delivery, for which it has no field.
pub(crate) fn reads() -> Reads {
    Reads {
        events: vec![
            OrderEvent::Invoiced,
            OrderEvent::Paid,
            OrderEvent::Cancelled,
            OrderEvent::Credited,
        ],
        ..Reads::changes_of(StreamKind::OrderStatus)
    }
}

/// A document of the list, read or not.
struct Row {
    id: String,
    row_version: Option<u64>,
    /// None when it is not as the contract says.
    booked: Option<Booked>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    customer_invoice_id: String,
    row_version: Option<u64>,
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let place: Place = serde_json::from_str(raw.get()).map_err(de::Error::custom)?;
        Ok(Self {
            id: place.customer_invoice_id,
            row_version: place.row_version,
            booked: serde_json::from_str(raw.get()).ok(),
        })
    }
}

impl Versioned for Row {
    fn id(&self) -> &str {
        &self.id
    }

    fn row_version(&self) -> Option<u64> {
        self.row_version
    }
}

/// The invoices of a company from a day on.
pub(crate) struct Statuses {
    api: Api,
    /// Invoices of earlier days are nobody's business.
    start_on: NaiveDate,
}

/// A place among the changes.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Position {
    place: feed::Position,
    /// The first day of a sweep, where it is not the stream's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<NaiveDate>,
}

impl Statuses {
    pub(crate) fn new(api: Api, start_on: NaiveDate) -> Self {
        Self { api, start_on }
    }

    async fn records(&self, rows: &[Row]) -> Result<Vec<Pulled>, Error> {
        let mut told = Vec::with_capacity(rows.len());
        for row in rows {
            told.extend(self.told(row).await?);
        }
        for (id, credited_in) in credited_elsewhere(rows) {
            let invoice = self.by_id(id).await?;
            // one that has changed since is still to come
            if let Some(invoice) = invoice.filter(|invoice| invoice.row_version <= credited_in) {
                told.extend(self.told(&invoice).await?);
            }
        }
        Ok(told)
    }

    /// What a document of the list says of an order, if it is an order's.
    async fn told(&self, row: &Row) -> Result<Option<Pulled>, Error> {
        match &row.booked {
            None => Ok(Some(parked(&row.id, unreadable(&row.id)))),
            Some(booked) if is_orders(booked) => self.record(booked).await.map(Some),
            Some(_) => Ok(None),
        }
    }

    async fn record(&self, booked: &Booked) -> Result<Pulled, Error> {
        let reference = booked.header.invoice_reference.clone().unwrap_or_default();
        let order_number = booked.header.customer_order_number.clone().unwrap_or_default();
        let called = [&order_number, &reference, &booked.id];
        let called = called.into_iter().find(|text| !text.is_empty());
        let called = called.cloned().unwrap_or_default();
        let content = match (booked.date(), self.is_credited(booked).await?) {
            (Some(invoiced_on), Ok(credited)) => Ok(Record::Status(Box::new(OrderStatus {
                key: booked.id.clone(),
                reference,
                order_number,
                invoiced_on,
                events: events(booked, credited),
                tracking: None,
            }))),
            (None, _) => Err(unreadable(&booked.id)),
            (Some(_), Err(reason)) => Err(reason),
        };
        Ok(Pulled {
            source_key: booked.id.clone(),
            reference: called,
            amount: None,
            content,
        })
    }

    /// Whether credits that stand have taken all of it back.
    async fn is_credited(&self, invoice: &Booked) -> Result<Result<bool, Reason>, Error> {
        let mut left = invoice.gross();
        for id in invoice.credited_by().take(MOST_CREDITS) {
            match self.by_id(id).await?.map(|row| row.booked) {
                Some(None) => return Ok(Err(unreadable(id))),
                Some(Some(credit)) if !credit.is_canceled => left += credit.gross(),
                Some(Some(_)) | None => {}
            }
        }
        Ok(Ok(invoice.gross() > Decimal::ZERO && left <= Decimal::ZERO))
    }

    /// One that is not there is looked for twice: a read that is denied once says little.
    async fn by_id(&self, id: &str) -> Result<Option<Row>, Error> {
        if id.parse::<Uuid>().is_err() {
            return Ok(None);
        }
        let path = [DOCUMENTS, id];
        match self.api.get_if_there(&path).await? {
            Some(row) => Ok(Some(row)),
            None => self.api.get_if_there(&path).await,
        }
    }
}

/// Invoices that credits of these rows name and that are not among them, with the last row version of a credit. By contract
/// an invoice comes by itself when it is credited; a credit that is cancelled or changed later comes alone.
fn credited_elsewhere(rows: &[Row]) -> BTreeMap<&str, Option<u64>> {
    let documents = rows
        .iter()
        .filter_map(|row| Some((row.row_version, row.booked.as_ref()?)));
    let credited = documents.flat_map(|(version, credit)| credit.credits().map(move |id| (id, version)));
    credited
        .filter(|(id, _)| rows.iter().all(|row| row.id != *id))
        .collect()
}

/// Only an invoice with a reference can be ours.
fn is_orders(booked: &Booked) -> bool {
    let referenced = booked.header.invoice_reference.as_deref();
    let referenced = referenced.is_some_and(|reference| !reference.trim().is_empty());
    referenced && booked.may_be(Kind::Invoice) && booked.gross() >= Decimal::ZERO
}

/// What is true of it now. Nothing was paid of what has been taken back.
fn events(booked: &Booked, credited: bool) -> Vec<OrderEvent> {
    let all = [
        (OrderEvent::Invoiced, booked.is_billed),
        (OrderEvent::Paid, booked.is_customer_paid && !credited),
        (OrderEvent::Cancelled, booked.is_canceled),
        (OrderEvent::Credited, credited),
    ];
    all.into_iter()
        .filter_map(|(event, happened)| happened.then_some(event))
        .collect()
}

fn unreadable(id: &str) -> Reason {
    Reason::data("invoice_unreadable")
        .with("id", id)
        .fix("check_invoice_in_erp")
}

fn parked(id: &str, reason: Reason) -> Pulled {
    Pulled {
        source_key: id.to_owned(),
        reference: id.to_owned(),
        amount: None,
        content: Err(reason),
    }
}

#[async_trait]
impl Walk for Statuses {
    type Position = Position;
    const VANISHED: &'static str = "invoices_vanished";

    fn sweep_from(&self, day: NaiveDate) -> Position {
        Position {
            from: day.checked_sub_days(SWEPT_DAYS),
            ..Position::default()
        }
    }

    async fn step(&self, from: &Position, asked: Asked) -> Result<Step<Position>, Error> {
        let first = from.from.unwrap_or(self.start_on).max(self.start_on).to_string();
        let feed = Feed {
            resource: DOCUMENTS,
            filter: &[("invoiceDateFrom", &first)],
        };
        let Part {
            rows,
            position,
            done,
            heard,
        } = feed.after::<Row>(&self.api, &from.place, asked.limit).await?;
        Ok(Step {
            records: self.records(&rows).await?,
            position: Position {
                place: position,
                from: from.from,
            },
            done,
            heard,
        })
    }

    async fn any(&self) -> Result<bool, Error> {
        let query = [("page", "1"), ("pageSize", "1")];
        let first: Vec<de::IgnoredAny> = self.api.get(&[DOCUMENTS], &query).await?;
        Ok(!first.is_empty())
    }

    async fn fetch(&self, keys: &[String], _: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let told = match self.by_id(key).await? {
                Some(row) => self.told(&row).await?,
                None => None,
            };
            // what has lost its reference is no order's any more
            let gone = || parked(key, Reason::data("invoice_gone").with("id", key));
            found.push(told.unwrap_or_else(gone));
        }
        Ok(found)
    }
}
