//! `connectors/ACCEPTANCE.md` says of each case which tests hold it or why it waits: both must be true.

use std::{collections::BTreeSet, fs};

use crate::tidy::{files, root};

const CASES: u32 = 46;

/// Names of test functions that begin with a case's number, over the whole repository.
fn tests() -> BTreeSet<String> {
    let named = |text: &str| -> Vec<String> {
        let names = text
            .split("fn ")
            .skip(1)
            .filter_map(|rest| rest.split('(').next());
        names.filter(|name| is_case(name)).map(str::to_owned).collect()
    };
    ["agent", "connectors", "control-plane", "tests"]
        .into_iter()
        .flat_map(|folder| files(folder, "rs"))
        .flat_map(|(_, text)| named(&text))
        .collect()
}

/// Such as `a07_a_number_that_is_taken_is_said`.
fn is_case(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() > 4
        && bytes[0] == b'a'
        && bytes[1..3].iter().all(u8::is_ascii_digit)
        && bytes[3] == b'_'
        && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

/// The rows of the page: a case's number, and what holds it.
fn page() -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join("connectors/ACCEPTANCE.md")).expect("the page");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        match cells.as_slice() {
            ["", case, _, held, ""] if case.starts_with('A') => {
                Some(((*case).to_owned(), (*held).to_owned()))
            }
            _ => None,
        }
    };
    page.lines().filter_map(row).collect()
}

fn named(held: &str) -> BTreeSet<String> {
    let names = held.split('`').skip(1).step_by(2);
    names.filter(|name| is_case(name)).map(str::to_owned).collect()
}

#[test]
fn every_case_is_on_the_page_once() {
    let cases: Vec<String> = page().into_iter().map(|(case, _)| case).collect();
    let expected: Vec<String> = (1..=CASES).map(|n| format!("A{n:02}")).collect();
    assert_eq!(cases, expected);
}

#[test]
fn the_page_names_the_tests_that_there_are_and_no_others() {
    let said: BTreeSet<String> = page().iter().flat_map(|(_, held)| named(held)).collect();
    let there = tests();
    let missing: Vec<_> = there.difference(&said).collect();
    let gone: Vec<_> = said.difference(&there).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not on the page: {missing:?}; only on the page: {gone:?}"
    );
}

#[test]
fn a_test_stands_beside_its_own_case_and_a_case_without_one_says_why_it_waits() {
    for (case, held) in page() {
        let tests = named(&held);
        let of_case = case.to_lowercase();
        assert!(
            tests.iter().all(|test| test.starts_with(&of_case)),
            "{case}: {tests:?}"
        );
        let waits = held.strip_prefix("waits:").map(str::trim);
        match waits {
            Some(why) => assert!(why.len() > 10 && tests.is_empty(), "{case} waits for what?"),
            None => assert!(!tests.is_empty(), "{case} is held by nothing"),
        }
    }
}
