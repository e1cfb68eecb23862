//! The company: its configuration, its open tokens, its faults and its books. The books are one value
//! behind one lock, never held across a wait, so each accepted write is atomic; only `Books` gives out
//! numbers and versions, and everything booked stays in the order it was booked in.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::sync::watch;
use uuid::Uuid;

use super::Config;
use super::auth::Tokens;
use super::contact::Contact;
use super::draft::Draft;
use super::faults::Faults;
use super::invoice::Invoice;
use super::requests::Requests;

const FIRST_INVOICE_NUMBER: usize = 1001;

pub(super) struct Company {
    pub(super) config: Config,
    pub(super) tokens: Tokens,
    pub(super) faults: Faults,
    pub(super) requests: Requests,
    books: Mutex<Books>,
}

impl Company {
    pub(super) fn new(config: Config, stopped: watch::Receiver<bool>) -> Self {
        Self {
            config,
            tokens: Tokens::default(),
            faults: Faults::new(stopped),
            requests: Requests::default(),
            books: Mutex::default(),
        }
    }

    /// The company's own time, jumps included.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.config.now.now() + TimeDelta::seconds(self.faults.clock_offset_s())
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
pub(super) struct Books {
    contacts: Vec<Contact>,
    contact_ids: HashMap<Uuid, usize>,
    contact_numbers: HashMap<String, usize>,
    invoices: Vec<Invoice>,
    invoice_ids: HashMap<Uuid, usize>,
    references: HashMap<String, Vec<usize>>,
    order_numbers: HashMap<String, Vec<usize>>,
    sequences: HashMap<Uuid, Uuid>,
    row_version: u64,
    vouchers: u64,
    writes: u64,
}

impl Books {
    pub(super) fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    pub(super) fn contact(&self, id: Uuid) -> Option<&Contact> {
        self.contact_ids.get(&id).map(|at| &self.contacts[*at])
    }

    pub(super) fn contact_numbered(&self, number: &str) -> Option<&Contact> {
        self.contact_numbers.get(number).map(|at| &self.contacts[*at])
    }

    pub(super) fn add_contact(&mut self, mut contact: Contact) -> &Contact {
        contact.row_version = self.accept();
        let at = self.contacts.len();
        self.contact_ids.insert(contact.id, at);
        self.contact_numbers.insert(contact.number().to_owned(), at);
        self.contacts.push(contact);
        &self.contacts[at]
    }

    /// A contact that is about to change: it has its new version already.
    pub(super) fn changed_contact(&mut self, id: Uuid) -> Option<&mut Contact> {
        let at = *self.contact_ids.get(&id)?;
        let row_version = self.accept();
        let contact = &mut self.contacts[at];
        contact.version += 1;
        contact.row_version = row_version;
        Some(contact)
    }

    pub(super) fn invoices(&self) -> &[Invoice] {
        &self.invoices
    }

    pub(super) fn invoice(&self, id: Uuid) -> Option<&Invoice> {
        self.invoice_ids.get(&id).map(|at| &self.invoices[*at])
    }

    pub(super) fn by_reference(&self, reference: &str) -> Vec<&Invoice> {
        self.found(self.references.get(reference))
    }

    pub(super) fn by_order_number(&self, number: &str) -> Vec<&Invoice> {
        self.found(self.order_numbers.get(number))
    }

    /// The first invoice that was posted with this sequence id.
    pub(super) fn sequence(&self, id: Uuid) -> Option<Uuid> {
        self.sequences.get(&id).copied()
    }

    pub(super) fn book(&mut self, draft: &Draft) -> Uuid {
        let row_version = self.accept();
        let at = self.invoices.len();
        let invoice = Invoice::new(draft, FIRST_INVOICE_NUMBER + at, row_version);
        let id = invoice.id;
        self.invoice_ids.insert(id, at);
        self.sequences.entry(draft.sequence_id).or_insert(id);
        index(&mut self.references, draft.header.invoice_reference.as_ref(), at);
        index(
            &mut self.order_numbers,
            draft.header.customer_order_number.as_ref(),
            at,
        );
        self.invoices.push(invoice);
        for credited in draft.credited() {
            self.touched_invoice(credited)
                .into_iter()
                .for_each(|invoice| invoice.credited_by(id));
        }
        id
    }

    /// An invoice that a client changes.
    pub(super) fn changed_invoice(&mut self, id: Uuid) -> Option<&mut Invoice> {
        self.invoice_ids.get(&id)?;
        self.writes += 1;
        self.touched_invoice(id)
    }

    /// An invoice that changes by itself or by hand, which is no accepted write.
    pub(super) fn touched_invoice(&mut self, id: Uuid) -> Option<&mut Invoice> {
        let at = *self.invoice_ids.get(&id)?;
        self.row_version += 1;
        let invoice = &mut self.invoices[at];
        invoice.version += 1;
        invoice.row_version = self.row_version;
        Some(invoice)
    }

    pub(super) fn next_voucher(&mut self) -> u64 {
        self.vouchers += 1;
        self.vouchers
    }

    pub(super) fn writes(&self) -> u64 {
        self.writes
    }

    fn accept(&mut self) -> u64 {
        self.writes += 1;
        self.row_version += 1;
        self.row_version
    }

    fn found(&self, places: Option<&Vec<usize>>) -> Vec<&Invoice> {
        places
            .into_iter()
            .flatten()
            .map(|at| &self.invoices[*at])
            .collect()
    }
}

fn index(places: &mut HashMap<String, Vec<usize>>, key: Option<&String>, at: usize) {
    if let Some(key) = key {
        places.entry(key.clone()).or_default().push(at);
    }
}
