//! Tables without lines: one row for each thing in a list, one row for each fact of a single thing.
//!
//! Nothing is wrapped or cut: names are there to be copied.

use comfy_table::{Table, presets};

use super::Named;
use crate::config::Lang;

/// A thing that can be shown to people.
pub(crate) trait Shown: Named {
    /// What stands over its columns.
    const COLUMNS: &'static [&'static str];

    /// What stands in them.
    fn cells(&self) -> Vec<String>;

    /// What else there is to know of it, where it is shown alone.
    fn more(&self, _lang: Lang) -> Vec<(String, String)> {
        Vec::new()
    }

    /// What follows its row in a list, such as why it stands still.
    fn remark(&self, _lang: Lang) -> String {
        String::new()
    }
}

/// Rows under their headings.
pub(super) fn list<T: Shown>(items: &[T], lang: Lang) -> String {
    let remarks: Vec<String> = items.iter().map(|item| item.remark(lang)).collect();
    let told = remarks.iter().any(|remark| !remark.is_empty());
    let heads = T::COLUMNS.iter().copied().chain(told.then_some("why"));
    let mut table = plain(heads.collect());
    for (item, remark) in items.iter().zip(remarks) {
        table.add_row(item.cells().into_iter().chain(told.then_some(remark)));
    }
    text(&table)
}

/// Facts of one thing, one below the other.
pub(super) fn one<T: Shown>(item: &T, lang: Lang) -> String {
    let named = T::COLUMNS
        .iter()
        .map(|&column| column.to_owned())
        .zip(item.cells());
    facts(named.chain(item.more(lang)))
}

/// Names and values, one pair to a line; those without a value are left out.
pub(super) fn facts(facts: impl IntoIterator<Item = (String, String)>) -> String {
    let mut table = plain(Vec::new());
    for (name, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.add_row([name, value]);
    }
    text(&table)
}

pub(super) fn plain(heads: Vec<&str>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if !heads.is_empty() {
        table.set_header(heads);
    }
    table
}

/// The table from the first column on, two spaces between columns.
pub(super) fn text(table: &Table) -> String {
    let lines = table.to_string();
    let lines = lines
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    lines.collect::<Vec<_>>().join("\n")
}
