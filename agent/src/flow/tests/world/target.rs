//! The ledger's half of the world. It counts every document, so a doubled invoice shows.

use std::{collections::VecDeque, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{
    Class, Reason,
    article::ArticleCard,
    customer::Identity,
    write::{Document, Entity, Write},
};
use skarv_connector::{Delivery, Error, Found, Preview, Put, Receipt, RecentOrder, Sink};
use tokio::time::Instant;

use super::{Books, World, ware};

/// The longest that a request is at work: one that could outlast its window does not leave.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// What the target does with the next attempts at one of our keys.
#[derive(Clone, Copy, Debug)]
pub(in crate::flow::tests) enum Fault {
    /// Books it and loses the answer.
    LostAnswer,
    /// Loses the request, and with it the answer.
    LostRequest,
    /// Loses the answer, and books it as late as a request can be.
    BookedLate,
    /// Answers 500 and books nothing.
    Broken,
    /// Is not sent, because its window is over.
    WindowClosed,
    /// Answers that this cannot be booked.
    Refused(Class),
    /// Answers that there is something else about this record.
    Says(&'static str),
    /// Books it, and something about it is wrong.
    Mismatch,
}

/// A customer card that stands in the target.
pub(in crate::flow::tests) struct Card {
    pub(in crate::flow::tests) number: String,
    pub(in crate::flow::tests) known_by: Vec<Identity>,
    /// When searches find it.
    pub(in crate::flow::tests) seen_at: Instant,
}

impl Books {
    /// Puts a document there, which searches find from then on.
    pub(super) fn book(&mut self, write: &Write, seen_at: Instant) {
        self.documents.push((write.entity(), write.our_key.clone()));
        match &write.document {
            Document::Customer(card) => self.cards.push(Card {
                number: format!("f-{}", write.our_key),
                known_by: card.identities(),
                seen_at,
            }),
            Document::Status(change) => self.enter(&change.order, &change.state),
            _ => {}
        }
    }
}

fn found(foreign_id: String) -> Found {
    Found {
        foreign_id,
        mismatch: None,
    }
}

fn stands(key: &str, mismatch: Option<Reason>) -> Result<Receipt, Error> {
    Ok(Receipt {
        foreign_id: format!("f-{key}"),
        mismatch,
        remarks: Vec::new(),
    })
}

impl World {
    fn put_article(
        &self,
        card: &ArticleCard,
        existing: Option<&str>,
        fault: Option<Fault>,
    ) -> Result<Receipt, Error> {
        let mut books = self.books.lock().unwrap();
        if existing.is_some_and(|id| !books.shelf.cards.contains_key(id)) {
            return Err(Error::data("article_gone").with("number", &card.sku));
        }
        let in_flight = Error::transient("unreachable").delivery(Delivery::InFlight);
        match fault {
            None => Ok(books.shelf.put(card, existing)),
            Some(Fault::LostAnswer) => {
                books.shelf.put(card, existing);
                Err(in_flight)
            }
            Some(Fault::LostRequest) => Err(in_flight),
            Some(Fault::Broken) => Err(Error::transient("erp_error").delivery(Delivery::Answered)),
            Some(Fault::WindowClosed) => Err(Error::transient("send_window_closed")),
            Some(Fault::Refused(class)) => Err(Error::new(Reason::new(class, "refused"))),
            Some(Fault::Says(code)) => Err(Error::data(code)),
            Some(other @ (Fault::BookedLate | Fault::Mismatch)) => panic!("no fault of articles: {other:?}"),
        }
    }
}

#[async_trait]
impl Sink for World {
    async fn find(&self, write: &Write) -> Result<Option<Found>, Error> {
        let mut books = self.books.lock().unwrap();
        books.book_what_is_due();
        if let Some(left @ 1..) = books.lost_look_ups.get_mut(&write.our_key) {
            *left -= 1;
            return Err(Error::transient("erp_error"));
        }
        if let Some(card) = ware::card(write) {
            return books.shelf.find(&card.sku);
        }
        if let Document::Status(change) = &write.document {
            return Ok(books
                .is_or_was(change)
                .then(|| found(format!("f-{}", write.our_key))));
        }
        let stands = books
            .documents
            .iter()
            .any(|(e, k)| *e == write.entity() && *k == write.our_key);
        Ok(stands.then(|| found(format!("f-{}", write.our_key))))
    }

    async fn put(&self, put: Put<'_>) -> Result<Receipt, Error> {
        // a target is never quite instant: lets records meet
        tokio::time::sleep(Duration::from_millis(5)).await;
        let wall = self.origin.1 + (Instant::now() - self.origin.0);
        let left = put.window.map(|window| window.remaining(Instant::now(), wall));
        if left.is_none_or(|left| left < ANSWERS_WITHIN) {
            return Err(Error::transient("send_window_closed"));
        }
        let key = put.write.our_key.clone();
        let fault = {
            let mut books = self.books.lock().unwrap();
            books.sends.push((key.clone(), Instant::now()));
            books.earlier.insert(key.clone(), put.earlier.to_vec());
            books.faults.get_mut(&key).and_then(VecDeque::pop_front)
        };
        if let Some(card) = ware::card(put.write) {
            return self.put_article(card, put.existing, fault);
        }
        match (fault, put.existing) {
            (None, Some(existing)) => {
                self.books.lock().unwrap().updates.push(put.write.clone());
                return Ok(Receipt::of(existing));
            }
            (None | Some(Fault::LostAnswer | Fault::Mismatch), None) => {
                let seen_at = Instant::now() + self.visible_after;
                self.books.lock().unwrap().book(put.write, seen_at);
            }
            _ => {}
        }
        match fault {
            None => stands(&key, None),
            Some(Fault::Mismatch) => stands(&key, Some(Reason::data("erp_total_differs"))),
            Some(Fault::BookedLate) => {
                let at = Instant::now() + ANSWERS_WITHIN;
                self.books.lock().unwrap().late.push((at, put.write.clone()));
                Err(Error::transient("unreachable").delivery(Delivery::InFlight))
            }
            Some(Fault::LostAnswer | Fault::LostRequest) => {
                Err(Error::transient("unreachable").delivery(Delivery::InFlight))
            }
            Some(Fault::Broken) => Err(Error::transient("erp_error").delivery(Delivery::Answered)),
            Some(Fault::WindowClosed) => Err(Error::transient("send_window_closed")),
            Some(Fault::Refused(class)) => Err(Error::new(Reason::new(class, "refused"))),
            Some(Fault::Says(code)) => Err(Error::data(code)),
        }
    }

    async fn match_existing(&self, write: &Write) -> Result<Option<Found>, Error> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let mut books = self.books.lock().unwrap();
        books.book_what_is_due();
        if let Some(left @ 1..) = books.lost_look_ups.get_mut(&write.our_key) {
            *left -= 1;
            return Err(Error::transient("erp_error"));
        }
        if let Some(card) = ware::card(write) {
            return books.shelf.find(&card.sku);
        }
        if let Document::Status(change) = &write.document {
            return Ok(books
                .is_or_was(change)
                .then(|| found(format!("f-{}", write.our_key))));
        }
        let Document::Customer(card) = &write.document else {
            panic!("only cards are matched, not {}", write.entity());
        };
        let known_by = card.identities();
        let hits: Vec<&str> = books
            .cards
            .iter()
            .filter(|card| card.seen_at <= Instant::now())
            .filter(|card| card.known_by.iter().any(|identity| known_by.contains(identity)))
            .map(|card| card.number.as_str())
            .collect();
        match hits.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(found((*one).to_owned()))),
            several => Err(Error::data("customer_ambiguous").with("numbers", several.join(", "))),
        }
    }

    async fn begin(&self) -> Result<(), Error> {
        let mut books = self.books.lock().unwrap();
        books.calls.push("begin".to_owned());
        match books.lost_look_ups.get_mut("begin") {
            Some(left @ 1..) => {
                *left -= 1;
                Err(Error::transient("shop_error"))
            }
            _ => Ok(()),
        }
    }

    async fn recent_orders(&self, since: DateTime<Utc>) -> Result<Vec<RecentOrder>, Error> {
        assert!(since < self.origin.1, "orders of the future");
        let mut books = self.books.lock().unwrap();
        books.calls.push("orders".to_owned());
        match &books.recent_refused {
            Some(reason) => Err(Error::new(reason.clone())),
            None => Ok(books.recent.clone()),
        }
    }

    async fn put_all(&self, puts: Vec<Put<'_>>) -> Vec<Result<Receipt, Error>> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let mut books = self.books.lock().unwrap();
        let body = puts.iter().map(|put| put.write.our_key.clone()).collect();
        books.shelf.bodies.push(body);
        let one = |put: &Put<'_>| {
            let key = &put.write.our_key;
            books.sends.push((key.clone(), Instant::now()));
            match books.faults.get_mut(key).and_then(VecDeque::pop_front) {
                None => books.set(put),
                Some(Fault::Refused(class)) => Err(Error::new(Reason::new(class, "refused"))),
                Some(Fault::Says(code)) => Err(Error::data(code)),
                Some(Fault::WindowClosed) => Err(Error::transient("send_window_closed")),
                Some(_) => Err(Error::transient("shop_error").delivery(Delivery::Answered)),
            }
        };
        puts.iter().map(one).collect()
    }

    async fn preview(&self, put: Put<'_>) -> Result<Preview, Error> {
        self.foreseen(&put)
    }

    async fn obstacles(&self, _now: DateTime<Utc>) -> Result<Vec<Reason>, Error> {
        let mut books = self.books.lock().unwrap();
        if let Some(left @ 1..) = books.lost_look_ups.get_mut("obstacles") {
            *left -= 1;
            return Err(Error::transient("erp_error"));
        }
        Ok(books.obstacles.clone())
    }
}

/// How often a document of this entity and key stands there.
pub(in crate::flow::tests) fn times(world: &World, entity: &Entity, key: &str) -> usize {
    let books = world.books.lock().unwrap();
    books.count(entity).get(key).copied().unwrap_or_default()
}
