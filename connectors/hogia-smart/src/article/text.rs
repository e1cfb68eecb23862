//! Texts and numbers as the contract takes them (`CONTRACT.md`, Items). What it refuses is left out or cut between
//! characters, and told; an article number is never altered.

use skarv_canonical::{Reason, plain_text};

const LONGEST_NUMBER: usize = 50;
const LONGEST_NAME: usize = 100;
/// More characters than this help nobody.
const MOST_SHOWN: usize = 10;

/// Whether a number can be an item's. It is what both systems know the article by, so it fits as it is or not at all.
pub(super) fn may_be_number(number: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "åäöÅÄÖ-_.+/".contains(letter);
    (1..=LONGEST_NUMBER).contains(&number.chars().count()) && number.chars().all(fits)
}

/// A European article number; empty where it is none.
pub(super) fn ean(number: &str, ean: &str, remarks: &mut Vec<Reason>) -> String {
    if may_be_ean(ean) {
        return ean.to_owned();
    }
    let left_out = Reason::data("ean_left_out").with("number", number);
    remarks.push(left_out.with("ean", ean));
    String::new()
}

fn may_be_ean(ean: &str) -> bool {
    ean.is_empty() || (8..=14).contains(&ean.len()) && ean.bytes().all(|b| b.is_ascii_digit())
}

/// A name on one line. Empty when nothing of it can be written.
pub(super) fn name(number: &str, text: &str, remarks: &mut Vec<Reason>) -> String {
    let (kept, left_out) = fitting(text);
    if !left_out.is_empty() {
        let shown: String = left_out.into_iter().collect();
        remarks.push(remark("characters_left_out", number).with("characters", shown));
    }
    let (name, is_cut) = plain_text::cut(&kept, LONGEST_NAME);
    if is_cut {
        remarks.push(remark("text_cut", number).with("most", LONGEST_NAME));
    }
    name
}

fn remark(code: &str, number: &str) -> Reason {
    Reason::data(code).with("field", "name").with("number", number)
}

/// What the system takes of a text, with single blanks, and the first characters that it does not take.
fn fitting(text: &str) -> (String, Vec<char>) {
    let mut left_out = Vec::new();
    let mut kept = String::new();
    for letter in text.chars() {
        match letter {
            letter if letter.is_whitespace() => kept.push(' '),
            letter if may_be_text(letter) => kept.push(letter),
            // what cannot be seen is not missed
            letter if letter.is_control() || left_out.contains(&letter) => {}
            letter if left_out.len() < MOST_SHOWN => left_out.push(letter),
            _ => {}
        }
    }
    let words: Vec<&str> = kept.split_whitespace().collect();
    (words.join(" "), left_out)
}

/// No line breaks, no markup, nothing beyond the basic plane.
fn may_be_text(letter: char) -> bool {
    !letter.is_control() && !"<>{}|\\".contains(letter) && letter <= '\u{FFFF}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (String, Vec<String>) {
        let mut remarks = Vec::new();
        let name = name("A-1", text, &mut remarks);
        (name, remarks.iter().map(Reason::to_string).collect())
    }

    #[test]
    fn a_name_that_fits_is_written_as_it_is() {
        assert_eq!(
            written("Räksmörgås à la \"Åsa\" – 2 st"),
            ("Räksmörgås à la \"Åsa\" – 2 st".to_owned(), vec![])
        );
    }

    #[test]
    fn what_is_refused_is_left_out_and_told() {
        let (name, told) = written("Tröja \u{1F600} <röd>\u{7}\n| M");
        assert_eq!(name, "Tröja röd M");
        assert_eq!(
            told,
            ["characters_left_out characters=\u{1F600}<>| field=name number=A-1"]
        );
    }

    #[test]
    fn a_long_name_is_cut_between_characters_and_told() {
        let (name, told) = written(&"å".repeat(101));
        assert_eq!(name, "å".repeat(100));
        assert_eq!(told, ["text_cut field=name most=100 number=A-1"]);
        assert_eq!(written(&"å".repeat(100)), ("å".repeat(100), vec![]));
    }

    #[test]
    fn numbers_and_codes_fit_or_do_not() {
        assert!(may_be_number("ÅÄÖ-1_2.3+4/5") && may_be_number(&"9".repeat(50)));
        assert!(!["", "A 1", "A#1", "é"].into_iter().any(may_be_number) && !may_be_number(&"9".repeat(51)));
        assert!(may_be_ean("") && may_be_ean("7350000000001") && may_be_ean("12345678"));
        assert!(
            !["1234567", "735000000000X", "123456789012345"]
                .into_iter()
                .any(may_be_ean)
        );
    }
}
