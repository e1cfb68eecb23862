//! One resource of the webservice: its nodes, its columns, and the answers to a list or a single read.
//!
//! Without a sort the rows come in an order of the database's own choosing, never by id once there are a few of them; a filter on
//! a date column that the table lacks gives an empty list, since the query behind it fails silently.

use super::{
    column::{Column, is_change_date},
    xml::Writer,
};
use crate::fake::{
    books::{Books, Table},
    errors::{ApiError, Failure},
    lies::Lie,
    query::{Display, Filter, Query, Test, compare},
    rows::Row,
};

/// The rows of an association inside a node, such as the tax ids of an order row.
pub(crate) struct Association<T> {
    pub(super) name: &'static str,
    pub(super) node: &'static str,
    /// The attributes of the list node beside its node type.
    pub(super) attributes: &'static str,
    /// Writes every row of the association; the list of names is what a client asked to see, none meaning everything.
    pub(super) write: fn(&mut Writer<'_>, &Books, &T, Option<&[String]>),
    pub(super) is_empty: fn(&Books, &T) -> bool,
}

pub(crate) struct Resource<T> {
    pub(super) name: &'static str,
    /// The list node where it differs from the name.
    pub(super) list: &'static str,
    pub(super) node: &'static str,
    pub(super) description: &'static str,
    pub(super) table: fn(&Books) -> &Table<T>,
    pub(super) columns: Vec<Column<T>>,
    pub(super) association: Option<Association<T>>,
}

/// Where an answer is given: the books, the address that links point to, and whether unsorted means shuffled.
pub(crate) struct Site<'a> {
    pub(crate) books: &'a Books,
    pub(crate) api: &'a str,
    pub(crate) shuffled: bool,
    /// What is wrong with the lists.
    pub(crate) lie: Option<Lie>,
}

/// A resource of any row type.
pub(crate) trait Served: Send + Sync {
    fn name(&self) -> &'static str;
    fn description(&self) -> &'static str;
    /// Whether the key may write it in this way.
    fn is_written_by(&self, _method: &str) -> bool {
        false
    }
    fn list(&self, site: &Site<'_>, query: &Query) -> Result<String, ApiError>;
    /// None where there is no such row.
    fn one(&self, site: &Site<'_>, id: u32, query: &Query) -> Result<Option<String>, ApiError>;
}

impl<T: Row> Served for Resource<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn description(&self) -> &'static str {
        self.description
    }

    /// Of an order, its course alone.
    fn is_written_by(&self, method: &str) -> bool {
        matches!(
            (self.name, method),
            ("order_histories", "POST") | ("order_carriers", "PUT" | "PATCH")
        )
    }

    fn list(&self, site: &Site<'_>, query: &Query) -> Result<String, ApiError> {
        let shown = self.shown(query)?;
        let rows = self.rows(site, query)?;
        Ok(self.write_list(site, &shown, &rows))
    }

    fn one(&self, site: &Site<'_>, id: u32, query: &Query) -> Result<Option<String>, ApiError> {
        let shown = self.shown(query)?;
        let Some(row) = (self.table)(site.books).get(id) else {
            return Ok(None);
        };
        if query.display != Display::Ids {
            // asking for a display makes a list of one
            return Ok(Some(self.write_list(site, &shown, &[row])));
        }
        let mut writer = Writer::new(site.api);
        self.write_node(&mut writer, site, &self.everything(), row);
        Ok(Some(writer.finish()))
    }
}

/// The parts of a node that are to be written.
struct Shown<'a, T> {
    ids_only: bool,
    columns: Vec<&'a Column<T>>,
    /// None: no association; otherwise the names asked for in it, none of them meaning all.
    association: Option<Option<Vec<String>>>,
}

impl<T: Row> Resource<T> {
    fn everything(&self) -> Shown<'_, T> {
        Shown {
            ids_only: false,
            columns: self.columns.iter().collect(),
            association: Some(None),
        }
    }

    fn shown(&self, query: &Query) -> Result<Shown<'_, T>, ApiError> {
        match &query.display {
            Display::Ids => Ok(Shown {
                ids_only: true,
                columns: Vec::new(),
                association: None,
            }),
            Display::Full => Ok(self.everything()),
            Display::Malformed => Err(Failure::DisplaySyntax { known: self.names() }.into()),
            Display::Fields(fields) => {
                let mut shown = Shown {
                    ids_only: false,
                    columns: Vec::new(),
                    association: None,
                };
                for (field, inner) in fields {
                    self.show(&mut shown, field, inner)?;
                }
                Ok(shown)
            }
        }
    }

    fn show<'a>(&'a self, shown: &mut Shown<'a, T>, field: &str, inner: &[String]) -> Result<(), ApiError> {
        if let Some(column) = self.columns.iter().find(|column| column.name == field) {
            shown.columns.push(column);
        } else if self
            .association
            .as_ref()
            .is_some_and(|association| association.name == field)
        {
            shown.association = Some(if inner.is_empty() {
                None
            } else {
                Some(inner.to_vec())
            });
        } else {
            return Err(Failure::UnknownDisplay {
                field: field.to_owned(),
                known: self.names(),
            }
            .into());
        }
        Ok(())
    }

    /// The rows that pass the filters, sorted and cut.
    pub(super) fn rows<'a>(&self, site: &Site<'a>, query: &Query) -> Result<Vec<&'a T>, ApiError> {
        let tests = query.filters.iter().map(|filter| self.test(filter, query.dates));
        let tests = tests.collect::<Result<Vec<_>, ApiError>>()?;
        let sort = self.sort(query)?;
        let limit = query.limit()?;
        let Some(tests) = tests.into_iter().collect::<Option<Vec<_>>>() else {
            return Ok(Vec::new());
        };
        let table = (self.table)(site.books);
        if let Some(Lie::SamePage(length)) = site.lie {
            return Ok(table.iter().take(length).collect());
        }
        let mut rows = candidates(table, &tests);
        rows.retain(|row| tests.iter().all(|(column, test)| passes(column, test, row)));
        if sort.is_empty() {
            if site.shuffled {
                shuffle(&mut rows);
            }
        } else {
            rows.sort_by(|a, b| by_columns(&sort, a, b));
        }
        let rows = limit.cut(rows);
        Ok(match site.lie {
            Some(lie) => lie.of(rows),
            None => rows,
        })
    }

    /// The column of a filter and what it asks for; None for a change date that this table lacks.
    fn test(&self, filter: &Filter, dates: bool) -> Result<Option<(&Column<T>, Test)>, ApiError> {
        if filter.nested {
            return Err(Failure::LinkedFilter.into());
        }
        let field = filter.field.as_str();
        match self.columns.iter().find(|column| column.name == field) {
            Some(column) if column.dynamic => Err(Failure::DynamicFilter {
                field: field.to_owned(),
            }
            .into()),
            Some(column) if dates || !is_change_date(field) => Ok(Some((column, Test::parse(&filter.value)))),
            None if dates && is_change_date(field) => Ok(None),
            _ => Err(Failure::UnknownFilter {
                known: self.filterable(),
            }
            .into()),
        }
    }

    fn sort(&self, query: &Query) -> Result<Vec<(&Column<T>, bool)>, ApiError> {
        let mut sort = Vec::new();
        for (field, ascending) in query.sort()? {
            let column = self.columns.iter().find(|column| column.name == field);
            match column.filter(|column| !column.dynamic && (query.dates || !column.is_change_date())) {
                Some(column) => sort.push((column, ascending)),
                None => {
                    return Err(Failure::UnknownSort {
                        known: self.filterable(),
                    }
                    .into());
                }
            }
        }
        Ok(sort)
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    fn filterable(&self) -> Vec<&'static str> {
        self.columns
            .iter()
            .filter(|column| !column.is_change_date())
            .map(|column| column.name)
            .collect()
    }

    fn write_list(&self, site: &Site<'_>, shown: &Shown<'_, T>, rows: &[&T]) -> String {
        let mut writer = Writer::new(site.api);
        writer.line(&format!("<{}>", self.list));
        for row in rows {
            if shown.ids_only {
                writer.reference(self.node, self.name, row.id());
            } else {
                self.write_node(&mut writer, site, shown, row);
            }
        }
        writer.line(&format!("</{}>", self.list));
        writer.finish()
    }

    fn write_node(&self, writer: &mut Writer<'_>, site: &Site<'_>, shown: &Shown<'_, T>, row: &T) {
        writer.line(&format!("<{}>", self.node));
        for column in &shown.columns {
            writer.field(column, row);
        }
        if let (Some(association), Some(inner)) = (&self.association, &shown.association) {
            association.put(writer, site.books, row, inner.as_deref());
        }
        writer.line(&format!("</{}>", self.node));
    }
}

impl<T> Association<T> {
    fn put(&self, writer: &mut Writer<'_>, books: &Books, row: &T, inner: Option<&[String]>) {
        let Self {
            name,
            node,
            attributes,
            ..
        } = self;
        writer.line("<associations>");
        if (self.is_empty)(books, row) {
            writer.line(&format!("<{name} nodeType=\"{node}\" {attributes}/>"));
        } else {
            writer.line(&format!("<{name} nodeType=\"{node}\" {attributes}>"));
            (self.write)(writer, books, row, inner);
            writer.line(&format!("</{name}>"));
        }
        writer.line("</associations>");
    }
}

/// The rows worth testing: those of the ids or orders asked for where such a filter is there, else all.
fn candidates<'a, T: Row>(table: &'a Table<T>, tests: &[(&Column<T>, Test)]) -> Vec<&'a T> {
    for (column, test) in tests {
        let Some(ids) = test.ids() else { continue };
        match column.name {
            "id" => return ids.into_iter().filter_map(|id| table.get(id)).collect(),
            "id_order" => return ids.into_iter().flat_map(|order| table.of_order(order)).collect(),
            _ => {}
        }
    }
    table.iter().collect()
}

fn passes<T>(column: &Column<T>, test: &Test, row: &T) -> bool {
    column.cell(row).texts().iter().any(|text| test.passes(text))
}

fn by_columns<T>(sort: &[(&Column<T>, bool)], a: &T, b: &T) -> std::cmp::Ordering {
    sort.iter()
        .map(|(column, ascending)| {
            let order = compare(column.cell(a).texts()[0], column.cell(b).texts()[0]);
            if *ascending { order } else { order.reverse() }
        })
        .find(|order| order.is_ne())
        .unwrap_or(std::cmp::Ordering::Equal)
}

/// An order that is always the same and never by id.
fn shuffle<T: Row>(rows: &mut [&T]) {
    if rows.len() > 5 {
        rows.sort_by_key(|row| (row.id().wrapping_mul(2_654_435_761), row.id()));
    }
}
