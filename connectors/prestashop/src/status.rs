//! Order states, written: an order is put into a state once, after the number of its parcel, and its buyer is mailed once.
//!
//! `status/standing.rs` reads where the order stands, `status/decide.rs` says what becomes of the change, `status/parcel.rs` writes
//! the number. The shop adds a state as often as it is asked to, so where it stands is read right before, and the history is what
//! settles whether a write that nobody answered was done.

mod decide;
mod parcel;
mod standing;

use async_trait::async_trait;
use skarv_canonical::{
    Reason,
    shown::Change,
    status::StateChange,
    write::{Document, Write},
};
use skarv_connector::{Delivery, Error, Foreseen, Found, Preview, Put, Receipt, Sink};
use skarv_http::SendWindow;
use tokio::sync::OnceCell;

pub(crate) use decide::{not_there, without_mail};
pub(crate) use parcel::PARCELS;

use crate::{
    api::{Api, Resource},
    error,
    row::{HistoryRow, Row},
    state::StateBook,
    system,
    xml::Node,
};
use decide::{Verdict, decide, ends_the_order, stands};
use parcel::{Parcel, nobody_carries};
use standing::Standing;

pub(crate) const HISTORIES: Resource = HistoryRow::RESOURCE;

/// The states of one shop's orders.
pub(crate) struct Statuses {
    api: Api,
    book: OnceCell<StateBook>,
    parcels_by_patch: OnceCell<bool>,
}

#[async_trait]
impl Sink for Statuses {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        let change = change(write)?;
        let standing = Standing::read(&self.api, &change.order).await?;
        let stands = standing.is_some_and(|order| stands(change, &order));
        Ok(stands.then(|| Found {
            foreign_id: key(change),
            mismatch: None,
        }))
    }

    async fn match_existing(&self, write: &Write) -> Result<Option<Found>, Error> {
        self.find(write).await
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        let change = change(put.write)?;
        let mut receipt = Receipt::of(key(change));
        let (mail, remark) = match self.look(change).await?.1 {
            // somebody was faster, or it was done before us
            Verdict::Stands => return Ok(receipt),
            Verdict::Refused(reason) => return Err(Error::new(reason)),
            Verdict::Enter { mail, remark } => (mail, remark),
        };
        receipt.remarks.extend(remark);
        receipt
            .remarks
            .extend(self.number_parcel(change, put.window).await?);
        self.enter(change, mail, put.window).await?;
        Ok(receipt)
    }

    async fn preview(&self, put: Put<'_>) -> Result<Preview, Error> {
        let change = change(put.write)?;
        let (order, verdict) = self.look(change).await?;
        Ok(match verdict {
            Verdict::Stands => Preview::of(Foreseen::Stands, Vec::new()),
            Verdict::Refused(reason) => Preview::of(Foreseen::Refused(reason), Vec::new()),
            Verdict::Enter { mail, remark } => {
                let changes = self.changes(change, &order, mail).await?;
                Preview::of(Foreseen::Made, changes).with_remarks(remark)
            }
        })
    }
}

impl Statuses {
    pub(crate) fn new(api: Api) -> Self {
        Self {
            api,
            book: OnceCell::new(),
            parcels_by_patch: OnceCell::new(),
        }
    }

    async fn book(&self) -> Result<&StateBook, Error> {
        self.book.get_or_try_init(|| StateBook::read(&self.api)).await
    }

    /// Where the order stands now, and what is to become of the change by that.
    async fn look(&self, change: &StateChange) -> Result<(Standing, Verdict), Error> {
        let book = self.book().await?;
        let order = Standing::read(&self.api, &change.order).await?;
        let mut order = order.ok_or_else(|| Error::data("record_gone").fix("check_in_source"))?;
        if ends_the_order(change, book) {
            order = order.with_payments(&self.api).await?;
        }
        let verdict = decide(change, &order, book);
        Ok((order, verdict))
    }

    /// Has the number of the parcel stand in the shop. What could not be done about it stops nothing.
    async fn number_parcel(
        &self,
        change: &StateChange,
        window: Option<SendWindow>,
    ) -> Result<Option<Reason>, Error> {
        let Some(number) = &change.tracking else {
            return Ok(None);
        };
        match Parcel::of(&self.api, &change.order).await? {
            None => Ok(Some(nobody_carries(number))),
            Some(parcel) if parcel.number() == number => Ok(None),
            Some(parcel) => {
                let ask = || system::writes_by_patch(&self.api, PARCELS);
                let by_patch = *self.parcels_by_patch.get_or_try_init(ask).await?;
                parcel.number_it(&self.api, by_patch, number, window).await?;
                Ok(None)
            }
        }
    }

    async fn enter(&self, change: &StateChange, mail: bool, window: Option<SendWindow>) -> Result<(), Error> {
        let row = Node::new(HISTORIES.node)
            .with("id_order", &change.order)
            .with("id_order_state", &change.state);
        let rows = match mail {
            true => self.api.create_and_mail(HISTORIES, vec![row], window).await?,
            false => self.api.create(HISTORIES, vec![row], window).await?,
        };
        match rows.is_empty() {
            // an answer without the row does not say that the order is where it is to be
            true => Err(error::unreadable(HISTORIES.path).delivery(Delivery::Answered)),
            false => Ok(()),
        }
    }

    /// What entering the state would change.
    async fn changes(
        &self,
        wanted: &StateChange,
        order: &Standing,
        mail: bool,
    ) -> Result<Vec<Change>, Error> {
        let book = self.book().await?;
        let mut changes = vec![shown("state", book.title(order.state), book.title(&wanted.state))];
        if mail {
            changes.push(shown("mail", String::new(), true.to_string()));
        }
        if let Some(number) = &wanted.tracking {
            let parcel = Parcel::of(&self.api, &wanted.order).await?;
            let before = parcel.map(|parcel| parcel.number().to_owned());
            changes.extend(before.map(|before| shown("tracking", before, number.clone())));
        }
        changes.retain(|change| change.before != change.after);
        Ok(changes)
    }
}

fn shown(path: &str, before: String, after: String) -> Change {
    Change {
        path: path.to_owned(),
        before,
        after,
    }
}

/// The same whoever made the row and however often it is there.
fn key(change: &StateChange) -> String {
    format!("{}/{}", change.order, change.state)
}

fn change(write: &Write) -> Result<&StateChange, Error> {
    match &write.document {
        Document::Status(change) => Ok(change),
        Document::Customer(_)
        | Document::Invoice(_)
        | Document::Payment(_)
        | Document::Credit(_)
        | Document::Article(_)
        | Document::Price(_)
        | Document::Stock(_) => Err(Error::configuration("not_supported")),
    }
}
