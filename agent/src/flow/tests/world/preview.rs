//! What the target would do with a write: what `put` does, without doing it.

use skarv_canonical::{Reason, shown, write::Document};
use skarv_connector::{Error, Foreseen, Preview, Put};

use super::{Books, Fault, World, ware};

impl World {
    pub(super) fn foreseen(&self, put: &Put<'_>) -> Result<Preview, Error> {
        let mut books = self.books.lock().unwrap();
        if let Some(left @ 1..) = books.lost_look_ups.get_mut(&put.write.our_key) {
            *left -= 1;
            return Err(Error::transient("erp_error"));
        }
        let end = books.end_of(put)?;
        let before = books.fields_of(put);
        let after = shown::fields(&put.write.document);
        Ok(Preview::of(end, shown::changes(&before, &after)))
    }
}

impl Books {
    fn end_of(&self, put: &Put<'_>) -> Result<Foreseen, Error> {
        let number = &put.write.our_key;
        let is_gone = |id: &str| !self.shelf.cards.contains_key(id);
        if ware::card(put.write).is_some() && put.existing.is_some_and(is_gone) {
            return Err(Error::data("article_gone").with("number", number));
        }
        let fault = self.faults.get(number).and_then(|faults| faults.front());
        match fault {
            Some(Fault::Refused(class)) => return Ok(Foreseen::Refused(Reason::new(*class, "refused"))),
            Some(Fault::Says(code)) => return Ok(Foreseen::Refused(Reason::data(*code))),
            _ => {}
        }
        let is_there = self.shelf.cards.values().any(|card| card.sku == *number);
        Ok(match (&put.write.document, put.existing) {
            (Document::Price(_) | Document::Stock(_), _) if !is_there => {
                Foreseen::Refused(Reason::data("article_not_there").with("number", number))
            }
            (_, Some(_)) => Foreseen::Changed,
            (_, None) => Foreseen::Made,
        })
    }

    fn fields_of(&self, put: &Put<'_>) -> shown::Fields {
        let standing = put.existing.and_then(|id| self.shelf.cards.get(id));
        let standing = standing.filter(|_| ware::card(put.write).is_some());
        standing.map_or_else(shown::Fields::new, |card| {
            shown::fields(&Document::Article(Box::new(card.clone())))
        })
    }
}
