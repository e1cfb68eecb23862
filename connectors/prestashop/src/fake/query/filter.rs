//! Filter values: exact, alternatives, intervals, comparisons and the three kinds of LIKE.
//!
//! Text is compared without regard to case and numbers by their value, as the database does. A day is its midnight, so an interval
//! that ends on a day leaves that day out.

use std::{cmp::Ordering, collections::HashSet};

use rust_decimal::Decimal;

#[derive(Debug, PartialEq)]
pub(crate) enum Test {
    AnyOf(HashSet<String>),
    NoneOf(HashSet<String>),
    /// Both ends belong to it.
    Between(String, String),
    Above(String),
    Below(String),
    Begins(String),
    Ends(String),
    Contains(String),
}

impl Test {
    pub(crate) fn parse(value: &str) -> Self {
        let Some((before, inner, after)) = brackets(value) else {
            return Self::AnyOf(keys(value));
        };
        match (before, after) {
            ("%", "%") => Self::Contains(inner.to_lowercase()),
            ("%", _) => Self::Ends(inner.to_lowercase()),
            (_, "%") => Self::Begins(inner.to_lowercase()),
            (">", _) => Self::Above(inner.to_owned()),
            ("<", _) => Self::Below(inner.to_owned()),
            ("!", _) => Self::NoneOf(keys(inner)),
            _ => match inner.split(',').collect::<Vec<_>>()[..] {
                [from, to] if !inner.contains('|') => Self::Between(from.to_owned(), to.to_owned()),
                _ => Self::AnyOf(keys(inner)),
            },
        }
    }

    pub(crate) fn passes(&self, cell: &str) -> bool {
        match self {
            Self::AnyOf(keys) => keys.contains(&key(cell)),
            Self::NoneOf(keys) => !keys.contains(&key(cell)),
            Self::Between(from, to) => compare(cell, from).is_ge() && compare(cell, to).is_le(),
            Self::Above(floor) => compare(cell, floor).is_gt(),
            Self::Below(ceiling) => compare(cell, ceiling).is_lt(),
            Self::Begins(part) => cell.to_lowercase().starts_with(part),
            Self::Ends(part) => cell.to_lowercase().ends_with(part),
            Self::Contains(part) => cell.to_lowercase().contains(part),
        }
    }

    /// The ids asked for, ascending, where the filter names them one by one.
    pub(crate) fn ids(&self) -> Option<Vec<u32>> {
        let Self::AnyOf(keys) = self else { return None };
        let mut ids: Vec<u32> = keys.iter().filter_map(|key| key.parse().ok()).collect();
        ids.sort_unstable();
        Some(ids)
    }
}

/// Numbers by value, everything else as text without case.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => midnight(a).cmp(&midnight(b)),
    }
}

/// `x[y]z` as its three parts.
fn brackets(value: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = value.split_once('[')?;
    let (inner, after) = rest.rsplit_once(']')?;
    Some((before, inner, after))
}

fn keys(alternatives: &str) -> HashSet<String> {
    alternatives.split('|').map(key).collect()
}

/// What equal values have in common.
fn key(value: &str) -> String {
    number(value).map_or_else(|| midnight(value), |number| number.normalize().to_string())
}

fn number(value: &str) -> Option<Decimal> {
    value.trim().parse().ok()
}

/// Lower case, and a bare day with its time.
fn midnight(value: &str) -> String {
    let bytes = value.as_bytes();
    let is_day = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
    if is_day {
        format!("{value} 00:00:00")
    } else {
        value.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_includes_both_of_its_ends() {
        let test = Test::parse("[2026-05-01 10:00:00,2026-05-02 10:00:00]");
        assert!(test.passes("2026-05-01 10:00:00") && test.passes("2026-05-02 10:00:00"));
        assert!(!test.passes("2026-05-02 10:00:01"));
    }

    #[test]
    fn an_interval_that_ends_on_a_day_leaves_that_day_out() {
        let test = Test::parse("[2026-05-01,2026-05-02]");
        assert!(test.passes("2026-05-01 00:00:00") && test.passes("2026-05-02 00:00:00"));
        assert!(!test.passes("2026-05-02 00:00:01"));
    }

    #[test]
    fn numbers_are_compared_by_value_and_text_without_case() {
        assert!(Test::parse("[23.9]").passes("23.900000"));
        assert!(Test::parse(">[9]").passes("10"));
        assert!(Test::parse("abcdef").passes("ABCDEF"));
    }

    #[test]
    fn alternatives_name_the_ids_that_are_worth_a_look() {
        assert_eq!(Test::parse("[5|1|30]").ids(), Some(vec![1, 5, 30]));
        assert_eq!(Test::parse("[1,30]").ids(), None);
    }

    #[test]
    fn a_comma_in_an_exact_value_makes_it_an_interval() {
        assert_eq!(Test::parse("[a,c]"), Test::Between("a".into(), "c".into()));
    }
}
