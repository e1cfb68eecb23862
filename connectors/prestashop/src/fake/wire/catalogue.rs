//! The catalogue's tables as the webservice shows them: a resource like any other, with many lists on each row.

use super::{
    column::{Column, cell, number},
    resource::{Resource, Served, Site},
    xml::{Writer, cdata},
};
use crate::fake::{
    Version,
    catalogue::{Entry, Kind, List, Writes},
    errors::{ApiError, Failure},
    query::{Display, Query},
};

pub(super) fn resources(version: Version) -> Vec<Box<dyn Served>> {
    let kinds = Kind::ALL.into_iter();
    kinds
        .map(|what| -> Box<dyn Served> { Box::new(Shelf::new(what.kind(), version)) })
        .collect()
}

/// What an accepted write answers: its rows, without a list round them.
pub(crate) fn echo(kind: &'static Kind, version: Version, site: &Site<'_>, rows: &[Entry]) -> String {
    let shelf = Shelf::new(kind, version);
    let mut writer = Writer::new(site.api);
    for row in rows {
        shelf.write(&mut writer, &shelf.everything(), row);
    }
    writer.finish()
}

struct Shelf {
    kind: &'static Kind,
    version: Version,
    rows: Resource<Entry>,
}

/// The parts of a row that are to be written.
#[derive(Default)]
struct Shown<'a> {
    ids_only: bool,
    columns: Vec<&'a Column<Entry>>,
    /// Lists with the elements asked for in them, none meaning all.
    lists: Vec<(usize, &'a [String])>,
}

impl Served for Shelf {
    fn name(&self) -> &'static str {
        self.kind.name
    }

    fn description(&self) -> &'static str {
        self.kind.description
    }

    fn is_written_by(&self, _method: &str) -> bool {
        self.kind.writes != Writes::None
    }

    fn list(&self, site: &Site<'_>, query: &Query) -> Result<String, ApiError> {
        let shown = self.shown(query)?;
        let rows = self.rows.rows(site, query)?;
        self.write_list(site, &shown, &rows)
    }

    fn one(&self, site: &Site<'_>, id: u32, query: &Query) -> Result<Option<String>, ApiError> {
        let shown = self.shown(query)?;
        let Some(row) = (self.kind.table)(site.books).get(id) else {
            return Ok(None);
        };
        if query.display != Display::Ids {
            return self.write_list(site, &shown, &[row]).map(Some);
        }
        self.check(site, &[row])?;
        let mut writer = Writer::new(site.api);
        self.write(&mut writer, &self.everything(), row);
        Ok(Some(writer.finish()))
    }
}

impl Shelf {
    fn new(kind: &'static Kind, version: Version) -> Self {
        let mut columns = vec![number("id", |entry: &Entry| entry.id)];
        for (place, field) in kind.fields_in(version) {
            let mut column = cell(field.name, move |entry: &Entry| entry.cells[place].clone());
            column.target = field.target;
            column.dynamic = field.is_computed();
            columns.push(column);
        }
        let rows = Resource {
            name: kind.name,
            list: kind.name,
            node: kind.node,
            description: kind.description,
            table: kind.table,
            columns,
            association: None,
        };
        Self { kind, version, rows }
    }

    /// A row that PHP cannot show breaks the whole answer.
    fn check(&self, site: &Site<'_>, rows: &[&Entry]) -> Result<(), ApiError> {
        let rows = rows.iter().copied();
        let complaint = site.books.assortment.complaint(rows, self.version);
        complaint.map_or(Ok(()), Err)
    }

    fn everything(&self) -> Shown<'_> {
        Shown {
            columns: self.rows.columns.iter().collect(),
            lists: (0..self.kind.lists.len()).map(|place| (place, &[][..])).collect(),
            ..Shown::default()
        }
    }

    fn shown<'a>(&'a self, query: &'a Query) -> Result<Shown<'a>, ApiError> {
        let known = || self.rows.names();
        match &query.display {
            Display::Ids => Ok(Shown {
                ids_only: true,
                ..Shown::default()
            }),
            Display::Full => Ok(self.everything()),
            Display::Malformed => Err(Failure::DisplaySyntax { known: known() }.into()),
            Display::Fields(fields) => {
                let mut shown = Shown::default();
                for (field, inner) in fields {
                    let column = self.rows.columns.iter().find(|column| column.name == field);
                    match (column, self.kind.list_place(field)) {
                        (Some(column), _) => shown.columns.push(column),
                        (None, Some(place)) => shown.lists.push((place, inner)),
                        (None, None) => {
                            let (field, known) = (field.clone(), known());
                            return Err(Failure::UnknownDisplay { field, known }.into());
                        }
                    }
                }
                Ok(shown)
            }
        }
    }

    fn write_list(&self, site: &Site<'_>, shown: &Shown<'_>, rows: &[&Entry]) -> Result<String, ApiError> {
        let (name, node) = (self.kind.name, self.kind.node);
        let mut writer = Writer::new(site.api);
        writer.line(&format!("<{name}>"));
        if shown.ids_only {
            for row in rows {
                writer.reference(node, name, row.id);
            }
        } else {
            self.check(site, rows)?;
            for row in rows {
                self.write(&mut writer, shown, row);
            }
        }
        writer.line(&format!("</{name}>"));
        Ok(writer.finish())
    }

    fn write(&self, writer: &mut Writer<'_>, shown: &Shown<'_>, row: &Entry) {
        let node = self.kind.node;
        writer.line(&format!("<{node}>"));
        for column in &shown.columns {
            writer.field(column, row);
        }
        if !shown.lists.is_empty() {
            writer.line("<associations>");
            for &(place, inner) in &shown.lists {
                write_items(writer, &self.kind.lists[place], row, &row.lists[place], inner);
            }
            writer.line("</associations>");
        }
        writer.line(&format!("</{node}>"));
    }
}

fn write_items(writer: &mut Writer<'_>, list: &List, row: &Entry, items: &[Vec<u32>], inner: &[String]) {
    let List { name, node, api, .. } = list;
    if items.is_empty() {
        writer.line(&format!("<{name} nodeType=\"{node}\" api=\"{api}\"/>"));
        return;
    }
    writer.line(&format!("<{name} nodeType=\"{node}\" api=\"{api}\">"));
    for item in items {
        let id = item.first().copied().unwrap_or_default();
        let home = match list.node {
            "image" => format!("images/products/{}", owner(row)),
            _ => (*api).to_owned(),
        };
        writer.line(&format!("\t<{node} xlink:href=\"{}{home}/{id}\">", writer.api));
        for (element, value) in list.inner.iter().zip(item) {
            if inner.is_empty() || inner.iter().any(|asked| asked == element) {
                let value = cdata(&value.to_string());
                writer.line(&format!("\t<{element}>{value}</{element}>"));
            }
        }
        writer.line(&format!("\t</{node}>"));
    }
    writer.line(&format!("</{name}>"));
}

/// The product whose images a row shows.
fn owner(row: &Entry) -> u32 {
    match row.number("id_product") {
        0 => row.id,
        product => product,
    }
}
