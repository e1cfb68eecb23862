//! Columns: a name, how it is written, and where its value comes from.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::fake::clock::local;

/// A value as the webservice writes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(Cow<'static, str>),
    /// In English and in Swedish.
    Languages(Cow<'static, str>, Cow<'static, str>),
}

impl Cell {
    /// The texts that a filter compares with.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::Languages(en, sv) => vec![en, sv],
        }
    }
}

type Getter<T> = Box<dyn Fn(&T) -> Cell + Send + Sync>;

pub(crate) struct Column<T> {
    pub(crate) name: &'static str,
    /// The resource that the value is an id of.
    pub(crate) target: Option<&'static str>,
    /// An id of 0 is linked too, as the real one does in a few places.
    pub(crate) links_zero: bool,
    /// Computed by the shop: shown, but neither filtered nor sorted by.
    pub(crate) dynamic: bool,
    get: Getter<T>,
}

impl<T> Column<T> {
    fn new(name: &'static str, get: impl Fn(&T) -> Cell + Send + Sync + 'static) -> Self {
        Self {
            name,
            target: None,
            links_zero: false,
            dynamic: false,
            get: Box::new(get),
        }
    }

    pub(crate) fn dynamic(self) -> Self {
        Self {
            dynamic: true,
            ..self
        }
    }

    pub(crate) fn linking_zero(self) -> Self {
        Self {
            links_zero: true,
            ..self
        }
    }

    pub(crate) fn to(self, target: &'static str) -> Self {
        Self {
            target: Some(target),
            ..self
        }
    }

    pub(crate) fn cell(&self, row: &T) -> Cell {
        (self.get)(row)
    }

    /// Filtering and sorting by these two needs `date=1`.
    pub(crate) fn is_change_date(&self) -> bool {
        is_change_date(self.name)
    }
}

pub(crate) fn is_change_date(name: &str) -> bool {
    matches!(name, "date_add" | "date_upd")
}

pub(crate) fn cell<T>(name: &'static str, get: impl Fn(&T) -> Cell + Send + Sync + 'static) -> Column<T> {
    Column::new(name, get)
}

pub(crate) fn text<T, V: Into<Cow<'static, str>>>(
    name: &'static str,
    get: impl Fn(&T) -> V + Send + Sync + 'static,
) -> Column<T> {
    Column::new(name, move |row| Cell::Text(get(row).into()))
}

pub(crate) fn fixed<T>(name: &'static str, value: &'static str) -> Column<T> {
    Column::new(name, move |_| Cell::Text(Cow::Borrowed(value)))
}

pub(crate) fn number<T>(name: &'static str, get: impl Fn(&T) -> u32 + Send + Sync + 'static) -> Column<T> {
    text(name, move |row| get(row).to_string())
}

pub(crate) fn flag<T>(name: &'static str, get: impl Fn(&T) -> bool + Send + Sync + 'static) -> Column<T> {
    text(name, move |row| if get(row) { "1" } else { "0" })
}

/// Six decimals, as every price column.
pub(crate) fn money<T>(name: &'static str, get: impl Fn(&T) -> Decimal + Send + Sync + 'static) -> Column<T> {
    text(name, move |row| format!("{:.6}", get(row)))
}

/// Three decimals, in percent.
pub(crate) fn rate<T>(name: &'static str, get: impl Fn(&T) -> Decimal + Send + Sync + 'static) -> Column<T> {
    text(name, move |row| format!("{:.3}", get(row)))
}

pub(crate) fn time<T>(
    name: &'static str,
    get: impl Fn(&T) -> DateTime<Utc> + Send + Sync + 'static,
) -> Column<T> {
    text(name, move |row| local(get(row)))
}

pub(crate) fn maybe_time<T>(
    name: &'static str,
    get: impl Fn(&T) -> Option<DateTime<Utc>> + Send + Sync + 'static,
) -> Column<T> {
    text(name, move |row| get(row).map_or_else(|| NEVER.to_owned(), local))
}

pub(crate) fn languages<T>(
    name: &'static str,
    get: impl Fn(&T) -> (&'static str, &'static str) + Send + Sync + 'static,
) -> Column<T> {
    Column::new(name, move |row| {
        let (en, sv) = get(row);
        Cell::Languages(Cow::Borrowed(en), Cow::Borrowed(sv))
    })
}

/// What a date column holds where nothing happened yet.
pub(crate) const NEVER: &str = "0000-00-00 00:00:00";
