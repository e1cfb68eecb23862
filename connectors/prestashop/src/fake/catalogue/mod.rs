//! The catalogue of the shop: products, combinations, stock, prices and what they are sorted by, as tables that can be written.
//!
//! A shop opened without it serves none of this. `kind.rs` says what a table is, `format.rs` what a field takes, `draft.rs` makes a
//! row of a request, `write.rs` answers one, `consequences.rs` keeps what follows from a write, `journal.rs` remembers it. How the
//! tables are shown is in `wire/catalogue.rs`; what a clerk and a buyer do to them comes in by `admin.rs`.

mod admin;
mod body;
mod consequences;
mod draft;
mod entry;
mod format;
mod journal;
mod kind;
mod kinds;
mod ledger;
mod sale;
mod seed;
mod write;

pub(crate) use admin::routes;
pub(crate) use body::{Element, parse};
pub(crate) use entry::Entry;
pub(crate) use kind::{Kind, List, What, Writes};
pub(crate) use sale::Sale;
pub(crate) use seed::stock_up;
pub(crate) use write::{Request, Written, write};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Version, books::Table, errors::ApiError};
use journal::{By, Journal};

/// What is wrong with the shop, told by `/__admin/catalogue/switches`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Switches {
    /// PHP's notices are on: on 1.7 a product without an image cannot be shown, though it is written. 8.x minds them not.
    pub(crate) php_notices: bool,
    /// A product that cannot be shown on any release, alone or in a list.
    pub(crate) poison_product: u32,
}

pub(crate) struct Assortment {
    tables: Vec<Table<Entry>>,
    journal: Journal,
    switches: Switches,
    /// Sales that happen when stock is next written, just before it.
    waiting: Vec<Sale>,
}

impl Default for Assortment {
    fn default() -> Self {
        Self {
            tables: (0..What::COUNT).map(|_| Table::new()).collect(),
            journal: Journal::default(),
            switches: Switches::default(),
            waiting: Vec::new(),
        }
    }
}

impl Assortment {
    pub(crate) fn table(&self, what: What) -> &Table<Entry> {
        &self.tables[what as usize]
    }

    fn table_mut(&mut self, what: What) -> &mut Table<Entry> {
        &mut self.tables[what as usize]
    }

    fn get(&self, what: What, id: u32) -> Option<&Entry> {
        self.table(what).get(id)
    }

    fn get_mut(&mut self, what: What, id: u32) -> Option<&mut Entry> {
        self.table_mut(what).get_mut(id)
    }

    /// Rows of one product, among combinations, stock or prices.
    fn of_product(&self, what: What, product: u32) -> impl Iterator<Item = &Entry> {
        let id = product.to_string();
        let rows = self.table(what).iter();
        rows.filter(move |row| row.text("id_product") == id)
    }

    /// The stock row of a product (`combination` 0) or of one of its combinations.
    fn stock_row(&self, product: u32, combination: u32) -> Option<u32> {
        let mut rows = self.of_product(What::StockAvailables, product);
        rows.find(|row| row.number("id_product_attribute") == combination)
            .map(|row| row.id)
    }

    /// Writes a row anew, with what follows from it.
    fn change(&mut self, by: By, entry: Entry, at: DateTime<Utc>) {
        let (what, id) = (entry.what, entry.id);
        let before = self.get(what, id).cloned();
        if let Some(row) = self.get_mut(what, id) {
            *row = entry;
        }
        self.follow_change(what, id);
        let after = self.get(what, id).cloned();
        self.journal.note(by, at, before.as_ref(), after.as_ref());
    }

    /// Adds a row, with what follows from it, and says what id it got.
    fn add(&mut self, by: By, entry: Entry, at: DateTime<Utc>) -> u32 {
        let what = entry.what;
        let id = self.table_mut(what).add(|id| Entry { id, ..entry });
        self.follow_arrival(what, id);
        let after = self.get(what, id).cloned();
        self.journal.note(by, at, None, after.as_ref());
        id
    }

    /// A hard delete. False where there is no such row.
    fn delete(&mut self, by: By, what: What, id: u32, at: DateTime<Utc>) -> bool {
        let Some(gone) = self.get(what, id).cloned() else {
            return false;
        };
        self.table_mut(what).delete(id);
        self.follow_departure(&gone);
        self.journal.note(by, at, Some(&gone), None);
        true
    }

    pub(crate) fn asked(&mut self, method: &str, kind: &str) {
        self.journal.asked(method, kind);
    }

    /// What PHP says of rows that it cannot show.
    pub(crate) fn complaint<'a>(
        &self,
        rows: impl IntoIterator<Item = &'a Entry>,
        version: Version,
    ) -> Option<ApiError> {
        let broken = rows.into_iter().filter(|row| self.breaks(row, version)).count();
        let notice = "[PHP Notice #8] Trying to access array offset on value of type bool \
                      (/var/www/shop/classes/Product.php, line 7178)";
        (0..broken).fold(None, |errors: Option<ApiError>, _| match errors {
            Some(errors) => Some(errors.and(5, notice)),
            None => Some(ApiError::new(500, 5, notice)),
        })
    }

    fn breaks(&self, row: &Entry, version: Version) -> bool {
        let bare =
            self.switches.php_notices && version == Version::V1_7_8_11 && row.list("images").is_empty();
        row.what == What::Products && (bare || row.id == self.switches.poison_product)
    }
}
