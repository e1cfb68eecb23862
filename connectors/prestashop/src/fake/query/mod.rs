//! The webservice's query language, read from the URL: display, filters, sort, limit and `date=1`.
//!
//! Nothing here knows which columns there are; that a field exists is asked where the table is known. Unknown parameters are ignored,
//! as the real one ignores them.

mod filter;

use url::form_urlencoded;

pub(crate) use filter::{Test, compare};

use super::errors::{ApiError, Failure};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Display {
    /// Only ids and links.
    Ids,
    Full,
    /// Fields, each with the inner fields asked for where it is an association.
    Fields(Vec<(String, Vec<String>)>),
    Malformed,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Filter {
    pub(crate) field: String,
    pub(crate) value: String,
    /// `filter[rows][id]`, a filter on another table.
    pub(crate) nested: bool,
}

#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) display: Display,
    pub(crate) filters: Vec<Filter>,
    /// Whether `date=1` was sent.
    pub(crate) dates: bool,
    sort: Option<String>,
    limit: Option<String>,
    params: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn parse(query: &str) -> Self {
        let params: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let last = |name: &str| find(&params, name).map(str::to_owned);
        Self {
            display: last("display").map_or(Display::Ids, |display| parse_display(&display)),
            filters: params
                .iter()
                .filter_map(|(name, value)| parse_filter(name, value))
                .collect(),
            dates: last("date").is_some_and(|date| date == "1"),
            sort: last("sort"),
            limit: last("limit"),
            params,
        }
    }

    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        find(&self.params, name)
    }

    /// Fields with whether they ascend, most important first.
    pub(crate) fn sort(&self) -> Result<Vec<(String, bool)>, ApiError> {
        let Some(sort) = &self.sort else {
            return Ok(Vec::new());
        };
        let inner = sort
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(sort);
        inner
            .split(',')
            .map(|part| parse_sort(part).ok_or_else(|| Failure::SortSyntax.into()))
            .collect()
    }

    pub(crate) fn limit(&self) -> Result<Limit, ApiError> {
        let Some(limit) = &self.limit else {
            return Ok(Limit::All);
        };
        // what is no number is 0 to the real one
        let number = |part: &str| part.trim().parse().unwrap_or(0);
        match limit.split(',').collect::<Vec<_>>()[..] {
            [count] => Ok(Limit::Rows {
                offset: 0,
                count: number(count),
            }),
            [offset, count] => Ok(Limit::Rows {
                offset: number(offset),
                count: number(count),
            }),
            _ => Err(Failure::LimitSyntax.into()),
        }
    }
}

/// How much of a list is wanted.
#[derive(Debug, PartialEq)]
pub(crate) enum Limit {
    All,
    Rows { offset: usize, count: usize },
}

impl Limit {
    pub(crate) fn cut<T>(self, rows: Vec<T>) -> Vec<T> {
        match self {
            Self::All => rows,
            Self::Rows { offset, count } => rows.into_iter().skip(offset).take(count).collect(),
        }
    }
}

/// The last of a repeated parameter counts, as in PHP.
fn find<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    params
        .iter()
        .rev()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn parse_filter(name: &str, value: &str) -> Option<Filter> {
    let inner = name.strip_prefix("filter[")?.strip_suffix(']')?;
    let (field, nested) = match inner.split_once("][") {
        Some((field, _)) => (field, true),
        None => (inner, false),
    };
    Some(Filter {
        field: field.to_owned(),
        value: value.to_owned(),
        nested,
    })
}

fn parse_sort(part: &str) -> Option<(String, bool)> {
    let ascending = part.strip_suffix("_ASC").map(|field| (field.to_owned(), true));
    ascending.or_else(|| part.strip_suffix("_DESC").map(|field| (field.to_owned(), false)))
}

fn parse_display(display: &str) -> Display {
    match display {
        "full" => Display::Full,
        "minimum" => Display::Ids,
        _ => match display.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(fields) => Display::Fields(split_fields(fields)),
            None => Display::Malformed,
        },
    }
}

/// Splits `id,order_rows[product_id,product_quantity]` at the outer commas.
fn split_fields(fields: &str) -> Vec<(String, Vec<String>)> {
    let mut depth = 0;
    let outer = fields.split(|letter| {
        depth += i32::from(letter == '[') - i32::from(letter == ']');
        letter == ',' && depth == 0
    });
    outer
        .map(|field| match field.split_once('[') {
            Some((name, inner)) => {
                let inner = inner.trim_end_matches(']').split(',').map(str::to_owned);
                (name.to_owned(), inner.collect())
            }
            None => (field.to_owned(), Vec::new()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_fields_of_an_association_stay_with_it() {
        let query = Query::parse("display=[id,order_rows[product_id,product_quantity],reference]");
        let Display::Fields(fields) = query.display else {
            panic!("{:?}", query.display)
        };
        assert_eq!(
            fields[1],
            (
                "order_rows".into(),
                vec!["product_id".into(), "product_quantity".into()]
            )
        );
        assert_eq!(fields[2], ("reference".into(), vec![]));
    }

    #[test]
    fn a_limit_with_an_offset_skips_rows() {
        let limit = Query::parse("limit=3,4").limit().unwrap();
        assert_eq!(limit.cut((1..20).collect()), [4, 5, 6, 7]);
    }

    #[test]
    fn a_limit_that_is_no_number_is_none_of_them() {
        for limit in ["limit=abc", "limit=-1", "limit=0"] {
            assert!(Query::parse(limit).limit().unwrap().cut(vec![1, 2]).is_empty());
        }
    }

    #[test]
    fn a_filter_on_another_table_is_told_apart() {
        let query = Query::parse("filter%5Border_rows%5D%5Bproduct_id%5D=1");
        assert!(query.filters[0].nested);
    }
}
