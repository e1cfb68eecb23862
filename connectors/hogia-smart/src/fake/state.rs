//! The company: its configuration, its open tokens, its faults and its books. The books are one value
//! behind one lock, never held across a wait, so each accepted write is atomic; only `Books` gives out
//! numbers and versions, and everything booked stays in the order it was booked in.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::sync::watch;
use uuid::Uuid;

use super::Config;
use super::auth::Tokens;
use super::chart::{self, Account};
use super::contact::Contact;
use super::contact_book::ContactBook;
use super::draft::Draft;
use super::faults::Faults;
use super::invoice::Invoice;
use super::item::Item;
use super::item_book::ItemBook;
use super::item_seed;
use super::requests::Requests;
use super::tape::Tape;

const FIRST_INVOICE_NUMBER: usize = 1001;

pub(super) struct Company {
    pub(super) config: Config,
    pub(super) tokens: Tokens,
    pub(super) faults: Faults,
    pub(super) requests: Requests,
    pub(super) tape: Tape,
    books: Mutex<Books>,
}

impl Company {
    pub(super) fn new(config: Config, stopped: watch::Receiver<bool>) -> Self {
        let mut books = Books::default();
        item_seed::fill(&mut books, config.items, config.now.now());
        Self {
            config,
            tokens: Tokens::default(),
            faults: Faults::new(stopped),
            requests: Requests::default(),
            tape: Tape::default(),
            books: Mutex::new(books),
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
    contacts: ContactBook,
    items: ItemBook,
    invoices: Vec<Invoice>,
    invoice_ids: HashMap<Uuid, usize>,
    references: HashMap<String, Vec<usize>>,
    order_numbers: HashMap<String, Vec<usize>>,
    sequences: HashMap<Uuid, Uuid>,
    closed_years: BTreeSet<i32>,
    removed_years: BTreeSet<i32>,
    dormant_accounts: BTreeSet<u32>,
    dormant_currencies: BTreeSet<String>,
    row_version: u64,
    vouchers: u64,
    writes: u64,
}

impl Books {
    pub(super) fn contacts(&self) -> impl DoubleEndedIterator<Item = &Contact> {
        self.contacts.iter()
    }

    pub(super) fn contact(&self, id: Uuid) -> Option<&Contact> {
        self.contacts.get(id)
    }

    pub(super) fn contact_numbered(&self, number: &str) -> Option<&Contact> {
        self.contacts.numbered(number)
    }

    pub(super) fn contact_number_taken(&self, number: &str) -> bool {
        self.contacts.taken(number)
    }

    pub(super) fn next_contact_number(&mut self) -> String {
        self.contacts.next_number()
    }

    pub(super) fn add_contact(&mut self, contact: Contact) -> &Contact {
        self.writes += 1;
        self.add_contact_by_hand(contact)
    }

    /// A contact that a person adds, which is no accepted write.
    pub(super) fn add_contact_by_hand(&mut self, mut contact: Contact) -> &Contact {
        self.row_version += 1;
        contact.row_version = self.row_version;
        self.contacts.add(contact)
    }

    /// A contact that a client is about to change: it has its new version already.
    pub(super) fn changed_contact(&mut self, id: Uuid) -> Option<&mut Contact> {
        self.contacts.get(id)?;
        self.writes += 1;
        self.touched_contact(id)
    }

    /// A contact that changes by hand.
    pub(super) fn touched_contact(&mut self, id: Uuid) -> Option<&mut Contact> {
        let contact = self.contacts.get_mut(id)?;
        self.row_version += 1;
        contact.version += 1;
        contact.row_version = self.row_version;
        Some(contact)
    }

    pub(super) fn items(&self) -> &ItemBook {
        &self.items
    }

    pub(super) fn add_item(&mut self, item: Item) -> &Item {
        self.writes += 1;
        self.add_item_by_hand(item)
    }

    /// An item that a person adds, which is no accepted write.
    pub(super) fn add_item_by_hand(&mut self, mut item: Item) -> &Item {
        self.row_version += 1;
        item.row_version = self.row_version;
        self.items.add(item)
    }

    /// An item that a client is about to change: it has its new version already.
    pub(super) fn changed_item(&mut self, id: Uuid) -> Option<&mut Item> {
        self.items.get(id)?;
        self.writes += 1;
        self.touched_item(id)
    }

    /// An item that changes by hand.
    pub(super) fn touched_item(&mut self, id: Uuid) -> Option<&mut Item> {
        let item = self.items.get_mut(id)?;
        self.row_version += 1;
        item.version += 1;
        item.row_version = self.row_version;
        Some(item)
    }

    /// An item that somebody counts, which is no change of the item itself.
    pub(super) fn item_counted(&mut self, number: &str) -> Option<&mut Item> {
        self.items.numbered_mut(number)
    }

    pub(super) fn invoices(&self) -> impl DoubleEndedIterator<Item = &Invoice> {
        self.invoices.iter().filter(|invoice| !invoice.removed)
    }

    pub(super) fn invoice(&self, id: Uuid) -> Option<&Invoice> {
        let at = self.invoice_ids.get(&id)?;
        Some(&self.invoices[*at]).filter(|invoice| !invoice.removed)
    }

    pub(super) fn invoice_numbered(&self, number: usize) -> Option<&Invoice> {
        self.invoices().find(|invoice| invoice.number == number)
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

    pub(super) fn book(&mut self, draft: &Draft, now: DateTime<Utc>) -> Uuid {
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
        self.items.hand_out(&draft.lines, now);
        for credited in draft.credited() {
            self.touched_invoice(credited)
                .into_iter()
                .for_each(|invoice| invoice.credited_by(id));
        }
        id
    }

    /// An invoice that a client changes.
    pub(super) fn changed_invoice(&mut self, id: Uuid) -> Option<&mut Invoice> {
        self.invoice(id)?;
        self.writes += 1;
        self.touched_invoice(id)
    }

    /// An invoice that changes by itself or by hand, which is no accepted write.
    pub(super) fn touched_invoice(&mut self, id: Uuid) -> Option<&mut Invoice> {
        let at = *self.invoice_ids.get(&id)?;
        self.invoice(id)?;
        self.row_version += 1;
        let invoice = &mut self.invoices[at];
        invoice.version += 1;
        invoice.row_version = self.row_version;
        Some(invoice)
    }

    pub(super) fn close_year(&mut self, year: i32) {
        self.closed_years.insert(year);
    }

    pub(super) fn is_closed(&self, year: i32) -> bool {
        self.closed_years.contains(&year)
    }

    pub(super) fn remove_year(&mut self, year: i32) {
        self.removed_years.insert(year);
    }

    pub(super) fn is_removed(&self, year: i32) -> bool {
        self.removed_years.contains(&year)
    }

    pub(super) fn retire_currency(&mut self, code: String) {
        self.dormant_currencies.insert(code);
    }

    pub(super) fn takes_currency(&self, code: &str) -> bool {
        chart::currency_known(code) && !self.dormant_currencies.contains(code)
    }

    pub(super) fn retire_account(&mut self, number: u32) {
        self.dormant_accounts.insert(number);
    }

    pub(super) fn is_active(&self, account: &Account) -> bool {
        account.active && !self.dormant_accounts.contains(&account.number)
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
            .filter(|invoice| !invoice.removed)
            .collect()
    }
}

fn index(places: &mut HashMap<String, Vec<usize>>, key: Option<&String>, at: usize) {
    if let Some(key) = key {
        places.entry(key.clone()).or_default().push(at);
    }
}
