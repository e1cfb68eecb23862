//! Books that agree with the shop, and books into which differences of every kind are sown: exactly those are named, and the sums
//! of the two sides differ by exactly what they come to.

mod sown;
mod stories;

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use skarv_canonical::{
    Money,
    invoice::InvoiceRow,
    ledger::{BookedDocument, BookedTax},
    mapping,
    money::to_ore,
    order::Order,
    reconciliation::{Compared, Reconciliation},
    record::{Pulled, Record},
    refund::{Refund, Slip},
    vat::VatRate,
};

use crate::world::{self, SHOP, day};

/// The shop as it answers when it is asked for a record.
type Fetch<'a> = &'a dyn Fn(&str) -> Option<Pulled>;

fn november() -> RangeInclusive<NaiveDate> {
    day("2026-11-01")..=day("2026-11-30")
}

fn of(order: &Order) -> Pulled {
    Pulled {
        source_key: order.key.clone(),
        reference: order.number.clone(),
        amount: Some(Money::new(order.totals.gross, order.currency)),
        content: Ok(Record::Order(Box::new(order.clone()))),
    }
}

/// The only refund of an order.
fn refund_of(order: &Order, slip: Slip) -> Pulled {
    Pulled {
        source_key: format!("R{}", slip.key),
        reference: order.number.clone(),
        amount: Some(Money::new(slip.amount + slip.shipping_gross, order.currency)),
        content: Ok(Record::Refund(Box::new(Refund {
            key: slip.key.clone(),
            order: Box::new(order.clone()),
            slip,
            earlier: Vec::new(),
        }))),
    }
}

/// An accounting system's books: it numbers what it takes, and rounds tax row by row.
#[derive(Default)]
struct Books {
    documents: Vec<BookedDocument>,
}

impl Books {
    fn invoice(&mut self, order: &Order) -> &mut BookedDocument {
        let invoice = world::invoice(order).unwrap();
        self.add(
            &invoice.reference,
            &order.number,
            invoice.date,
            order,
            &invoice.rows,
        )
    }

    fn credit(&mut self, refund: &Pulled) -> &mut BookedDocument {
        let Ok(Record::Refund(refund)) = &refund.content else {
            panic!("no refund");
        };
        let note = mapping::credit_note(refund, SHOP, &world::settings()).unwrap();
        let order = &refund.order;
        self.add(&note.reference, &order.number, note.date, order, &note.rows)
    }

    fn add(
        &mut self,
        reference: &str,
        order_number: &str,
        date: NaiveDate,
        order: &Order,
        rows: &[InvoiceRow],
    ) -> &mut BookedDocument {
        let mut taxes: Vec<BookedTax> = Vec::new();
        for row in rows.iter().filter(|row| !row.rate.is_zero()) {
            let tax = to_ore(row.gross - to_ore(row.rate.net(row.gross)));
            match taxes.iter_mut().find(|known| known.rate == row.rate) {
                Some(known) => known.tax += tax,
                None => taxes.push(BookedTax { rate: row.rate, tax }),
            }
        }
        self.documents.push(BookedDocument {
            reference: reference.to_owned(),
            number: (1001 + self.documents.len()).to_string(),
            order_number: order_number.to_owned(),
            date,
            currency: order.currency,
            total: rows.iter().map(|row| row.gross).sum(),
            taxes,
            cancelled: false,
        });
        self.documents.last_mut().unwrap()
    }

    /// The same document once more, under its own number.
    fn again(&mut self, document: &BookedDocument, reference: &str) {
        let number = (1001 + self.documents.len()).to_string();
        self.documents.push(BookedDocument {
            reference: reference.to_owned(),
            number,
            ..document.clone()
        });
    }

    fn dated(&self, days: &RangeInclusive<NaiveDate>) -> impl Iterator<Item = BookedDocument> {
        let within = |document: &&BookedDocument| days.contains(&document.date);
        self.documents
            .iter()
            .filter(within)
            .cloned()
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// Compares November as an agent does: both sides, then a second look at what seems to differ.
fn compared(made: &[Pulled], books: &Books, fetch: Fetch<'_>) -> Compared {
    let mut comparison = Reconciliation::new(SHOP, world::settings(), november());
    made.iter().for_each(|pulled| comparison.expect(pulled));
    books
        .dated(&november())
        .for_each(|document| comparison.book(document));
    for days in comparison.days_to_look_again() {
        books.dated(&days).for_each(|document| comparison.book(document));
    }
    for key in comparison.keys_to_ask_for() {
        let gone = || Pulled {
            source_key: key.clone(),
            reference: String::new(),
            amount: None,
            content: Err(skarv_canonical::Reason::data("record_gone")),
        };
        comparison.expect(&fetch(&key).unwrap_or_else(gone));
    }
    comparison.compare()
}

/// What was found, as kind and order number.
fn found(compared: &Compared) -> Vec<(&'static str, &str)> {
    let differences = compared.differences.iter();
    differences
        .map(|difference| (difference.kind.code(), difference.order_number.as_str()))
        .collect()
}

/// An order of one row, of this day.
fn order(key: &str, date: &str, gross: &str, rate: u32) -> Order {
    placed(
        world::order(
            vec![world::line("0", 1, gross, rate)],
            Vec::new(),
            Vec::new(),
            gross,
        ),
        key,
        day(date),
    )
}

fn placed(order: Order, key: &str, date: NaiveDate) -> Order {
    Order {
        key: key.to_owned(),
        number: format!("NR{key:0>3}"),
        placed_on: date,
        ..order
    }
}

fn tax(rate: u32, tax: Decimal) -> BookedTax {
    BookedTax {
        rate: VatRate::from(rate),
        tax,
    }
}
