//! The company's contacts in the order they came, and their numbers. A number is given once: a contact that is deleted
//! keeps it, so that old invoices never point at somebody new.

use std::collections::HashMap;

use uuid::Uuid;

use super::contact::Contact;

/// Where the company begins to number contacts that came without a number.
const FIRST_NUMBER: usize = 501;

#[derive(Default)]
pub(super) struct ContactBook {
    contacts: Vec<Contact>,
    ids: HashMap<Uuid, usize>,
    numbers: HashMap<String, usize>,
    given: usize,
}

impl ContactBook {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Contact> {
        self.contacts.iter().filter(|contact| !contact.deleted)
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&Contact> {
        self.there(*self.ids.get(&id)?)
    }

    pub(super) fn get_mut(&mut self, id: Uuid) -> Option<&mut Contact> {
        let contact = &mut self.contacts[*self.ids.get(&id)?];
        (!contact.deleted).then_some(contact)
    }

    pub(super) fn numbered(&self, number: &str) -> Option<&Contact> {
        self.there(*self.numbers.get(number)?)
    }

    /// Whether a contact has this number or had it.
    pub(super) fn taken(&self, number: &str) -> bool {
        self.numbers.contains_key(number)
    }

    pub(super) fn next_number(&mut self) -> String {
        loop {
            let number = (FIRST_NUMBER + self.given).to_string();
            self.given += 1;
            if !self.taken(&number) {
                return number;
            }
        }
    }

    pub(super) fn add(&mut self, contact: Contact) -> &Contact {
        let at = self.contacts.len();
        self.ids.insert(contact.id, at);
        self.numbers.insert(contact.number().to_owned(), at);
        self.contacts.push(contact);
        &self.contacts[at]
    }

    fn there(&self, at: usize) -> Option<&Contact> {
        Some(&self.contacts[at]).filter(|contact| !contact.deleted)
    }
}
