//! Lists that are well-formed and wrong: what a broken cache, index or firewall makes of a list on its way.
//!
//! A lie is told in a list of one resource, counted from when the switches were last set; the books are never wrong.

use axum::http::header;
use chrono::{DateTime, Utc};

use super::{
    answer::Answer,
    books::Books,
    errors,
    faults::Faults,
    query::{Limit, Query},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Every row, and then every row again.
    Twice,
    /// The last row first, whatever sort was asked for.
    Reversed,
    /// No rows.
    Empty,
    /// The first rows, whatever was asked for: so many.
    SamePage(usize),
    /// An order that this page does not hold changes before the next is read.
    Shift,
    /// The right rows with PHP's notices, under the status of an error.
    Notices,
}

impl Lie {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Twice => "duplicate_rows",
            Self::Reversed => "reverse_rows",
            Self::Empty => "empty_list",
            Self::SamePage(_) => "same_page",
            Self::Shift => "shift_rows",
            Self::Notices => "notices",
        }
    }

    /// What becomes of the rows of a list.
    pub(crate) fn of<T: Copy>(self, rows: Vec<T>) -> Vec<T> {
        match self {
            Self::Twice => [rows.as_slice(), &rows].concat(),
            Self::Reversed => rows.into_iter().rev().collect(),
            Self::Empty => Vec::new(),
            Self::SamePage(_) | Self::Shift | Self::Notices => rows,
        }
    }
}

/// How many times and how often a lie is told.
#[derive(Debug, Default)]
pub(crate) struct Chances {
    lists: u64,
    /// How long the page is that comes again.
    page: Option<usize>,
}

impl Chances {
    /// The lie that this list is. Asked once for each list of the resource that is lied about.
    pub(crate) fn lie(&mut self, faults: &mut Faults, query: &Query) -> Option<Lie> {
        self.lists += 1;
        if let (
            None,
            Ok(Limit::Rows {
                count: count @ 2.., ..
            }),
        ) = (self.page, query.limit())
        {
            self.page = Some(count);
        }
        let same_page = Lie::SamePage(self.page.unwrap_or(100));
        let switches = [
            (
                Lie::Twice,
                &mut faults.next_duplicate_rows,
                faults.duplicate_rows_every,
            ),
            (
                Lie::Reversed,
                &mut faults.next_reverse_rows,
                faults.reverse_rows_every,
            ),
            (Lie::Empty, &mut faults.next_empty_list, faults.empty_list_every),
            (same_page, &mut faults.next_same_page, faults.same_page_every),
            (Lie::Shift, &mut faults.next_shift_rows, faults.shift_rows_every),
            (Lie::Notices, &mut faults.next_notices, faults.notices_every),
        ];
        let lists = self.lists;
        switches.into_iter().find_map(|(lie, next, every)| {
            let ordered = *next > 0;
            *next = next.saturating_sub(1);
            (ordered || (every > 0 && lists.is_multiple_of(every))).then_some(lie)
        })
    }
}

/// The answer that holds the rows of a list, when PHP complains after it.
pub(crate) fn with_notices(answer: &Answer) -> Answer {
    let body = answer
        .body
        .replace("</prestashop>", &(errors::notices() + "</prestashop>"));
    Answer::xml(500, body)
}

/// An order that the shop cannot show: PHP dies over the whole list.
pub(crate) fn dies_of(poison: u32, body: &str) -> bool {
    poison > 0 && body.contains(&format!("<id><![CDATA[{poison}]]></id>"))
}

pub(crate) fn death() -> Answer {
    Answer::page(500, "").with(header::CACHE_CONTROL, "no-cache")
}

/// The newest order changes: it leaves the list that is being read.
pub(crate) fn shift(books: &mut Books, now: DateTime<Utc>) {
    let newest = books.orders.iter().map(|order| order.id).max();
    if let Some(order) = newest.and_then(|id| books.orders.get_mut(id)) {
        order.date_upd = now;
    }
}
