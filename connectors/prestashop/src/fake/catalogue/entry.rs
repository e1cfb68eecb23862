//! A row of the catalogue: one cell for each field of its kind, in the text that the webservice shows, and its lists.

use std::{borrow::Cow, collections::BTreeMap};

use super::kind::{Kind, What};
use crate::fake::{rows::Row, wire::Cell};

/// The numbers of one item of a list, in the order of the list's inner elements.
pub(crate) type Item = Vec<u32>;

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u32,
    pub(crate) what: What,
    pub(crate) cells: Vec<Cell>,
    pub(crate) lists: Vec<Vec<Item>>,
}

impl Row for Entry {
    fn id(&self) -> u32 {
        self.id
    }
}

impl Entry {
    /// A row as the database holds it where nothing was given.
    pub(crate) fn blank(what: What, id: u32) -> Self {
        let kind = what.kind();
        let cells = kind.fields.iter().map(|field| match field.languages {
            true => Cell::Languages(Cow::Borrowed(""), Cow::Borrowed("")),
            false => Cell::Text(Cow::Borrowed(field.of_nothing())),
        });
        Self {
            id,
            what,
            cells: cells.collect(),
            lists: vec![Vec::new(); kind.lists.len()],
        }
    }

    pub(crate) fn kind(&self) -> &'static Kind {
        self.what.kind()
    }

    /// The value of a field; of a text in every language the Swedish one.
    pub(crate) fn text(&self, field: &str) -> &str {
        match self.kind().place(field).map(|place| &self.cells[place]) {
            Some(Cell::Text(text) | Cell::Languages(_, text)) => text,
            None => "",
        }
    }

    pub(crate) fn number(&self, field: &str) -> u32 {
        self.text(field).parse().unwrap_or_default()
    }

    /// What may be below zero, such as a quantity.
    pub(crate) fn count(&self, field: &str) -> i64 {
        self.text(field).parse().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, field: &str, value: impl Into<Cow<'static, str>>) {
        if let Some(place) = self.kind().place(field) {
            self.cells[place] = Cell::Text(value.into());
        }
    }

    /// A text in English and in Swedish.
    pub(crate) fn say(
        &mut self,
        field: &str,
        en: impl Into<Cow<'static, str>>,
        sv: impl Into<Cow<'static, str>>,
    ) {
        if let Some(place) = self.kind().place(field) {
            self.cells[place] = Cell::Languages(en.into(), sv.into());
        }
    }

    pub(crate) fn list(&self, list: &str) -> &[Item] {
        self.kind()
            .list_place(list)
            .map_or(&[], |place| self.lists[place].as_slice())
    }

    pub(crate) fn set_list(&mut self, list: &str, items: Vec<Item>) {
        if let Some(place) = self.kind().list_place(list) {
            self.lists[place] = items;
        }
    }

    /// The first number of every item.
    pub(crate) fn ids(&self, list: &str) -> Vec<u32> {
        let items = self.list(list).iter();
        items.filter_map(|item| item.first().copied()).collect()
    }

    /// Everything that can be told of the row, by name.
    pub(crate) fn snapshot(&self) -> BTreeMap<String, String> {
        let kind = self.kind();
        let mut told = BTreeMap::new();
        for (field, cell) in kind.fields.iter().zip(&self.cells) {
            match cell {
                Cell::Text(text) => {
                    told.insert(field.name.to_owned(), text.to_string());
                }
                Cell::Languages(en, sv) => {
                    told.insert(format!("{}.1", field.name), en.to_string());
                    told.insert(format!("{}.2", field.name), sv.to_string());
                }
            }
        }
        for (list, items) in kind.lists.iter().zip(&self.lists) {
            told.insert(format!("associations.{}", list.name), tell(items));
        }
        told
    }
}

/// `4:0:2,7:0:1`
fn tell(items: &[Item]) -> String {
    let items = items.iter().map(|item| {
        let numbers: Vec<String> = item.iter().map(u32::to_string).collect();
        numbers.join(":")
    });
    items.collect::<Vec<_>>().join(",")
}

pub(crate) fn of_ids(ids: impl IntoIterator<Item = u32>) -> Vec<Item> {
    ids.into_iter().map(|id| vec![id]).collect()
}
