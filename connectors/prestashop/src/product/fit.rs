//! What the shop takes of a text or a number: what it would refuse is put right, and told.
//!
//! Texts are cut by characters. What is left out is left out of the shop alone: the source keeps what it has.

use std::collections::BTreeSet;

use skarv_canonical::{Reason, plain_text};

/// Characters of a name.
const LONGEST_NAME: usize = 128;
/// Digits of a European article number.
const LONGEST_EAN: usize = 13;

/// What was put right on one article.
pub(super) struct Fit<'a> {
    number: &'a str,
    remarks: Vec<Reason>,
}

impl<'a> Fit<'a> {
    pub(super) fn of(number: &'a str) -> Self {
        Self {
            number,
            remarks: Vec::new(),
        }
    }

    /// Each thing once, whatever languages it was put right in.
    pub(super) fn remarks(self) -> Vec<Reason> {
        self.remarks
    }

    pub(super) fn remark(&mut self, remark: Reason) {
        let remark = remark.with("number", self.number);
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// A name: without what the shop refuses in one, and never empty.
    pub(super) fn name(&mut self, text: &str) -> String {
        let refused: BTreeSet<char> = text.chars().filter(|c| is_refused_in_name(*c)).collect();
        if !refused.is_empty() {
            let shown: String = refused.iter().filter(|c| !c.is_control()).collect();
            self.remark(
                Reason::data("characters_left_out")
                    .with("field", "name")
                    .with("characters", shown),
            );
        }
        let kept: String = text
            .chars()
            .map(|c| if is_refused_in_name(c) { ' ' } else { c })
            .collect();
        let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
        let (kept, is_cut) = plain_text::cut(&kept, LONGEST_NAME);
        if is_cut {
            self.remark(
                Reason::data("text_cut")
                    .with("field", "name")
                    .with("most", LONGEST_NAME),
            );
        }
        match kept.is_empty() {
            true => self.number.replace(is_refused_in_name, ""),
            false => kept,
        }
    }

    /// A European article number, or none where it is no such number.
    pub(super) fn ean(&mut self, text: &str) -> String {
        let apart = |c: char| c.is_whitespace() || c == '-';
        let digits = text.replace(apart, "");
        if digits.len() <= LONGEST_EAN && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return digits;
        }
        self.remark(Reason::data("ean_left_out").with("ean", text));
        String::new()
    }
}

fn is_refused_in_name(c: char) -> bool {
    c.is_control() || matches!(c, '<' | '>' | ';' | '=' | '#' | '{' | '}')
}

/// Plain text as the shop shows texts: paragraphs and lines, and nothing in it that could be a tag.
pub(super) fn html(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let paragraphs = escaped.split("\n\n").filter(|part| !part.trim().is_empty());
    let paragraphs = paragraphs.map(|part| format!("<p>{}</p>", part.trim().replace('\n', "<br />")));
    paragraphs.collect()
}

/// The address of a page for a name that the shop can make none of: it takes Latin letters and digits alone.
pub(super) fn address(name: &str, number: &str) -> Option<String> {
    // the shop turns letters with marks into plain ones itself
    let can_be_made = name.chars().any(|c| c.is_ascii_alphanumeric());
    let address = number.to_ascii_lowercase();
    let address: Vec<&str> = address
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    (!can_be_made).then(|| match address.is_empty() {
        true => "p".to_owned(),
        false => address.join("-"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(fit: Fit<'_>) -> Vec<String> {
        fit.remarks().into_iter().map(|remark| remark.code).collect()
    }

    #[test]
    fn a_name_is_cut_between_characters_and_loses_what_the_shop_refuses() {
        let mut fit = Fit::of("TR-1");
        assert_eq!(fit.name("Skål {stor}; 30 cm = Ø"), "Skål stor 30 cm Ø");
        assert_eq!(fit.name(&"å".repeat(130)).chars().count(), LONGEST_NAME);
        assert_eq!(codes(fit), ["characters_left_out", "text_cut"]);
    }

    #[test]
    fn a_name_of_nothing_that_is_taken_is_the_number() {
        assert_eq!(Fit::of("TR-1#").name("###"), "TR-1");
    }

    #[test]
    fn what_is_no_ean_is_left_out_and_what_is_written_apart_is_not() {
        let mut fit = Fit::of("TR-1");
        assert_eq!(fit.ean("7 350000-000017"), "7350000000017");
        assert_eq!(fit.ean("73500000000170"), "");
        assert_eq!(fit.ean("okänd"), "");
        assert_eq!(codes(fit), ["ean_left_out", "ean_left_out"]);
    }

    #[test]
    fn a_text_is_read_back_as_it_was_written() {
        let text = "Ull & bomull < 300 g\nTvättas i 30°\n\nStickad i Sverige";
        assert_eq!(plain_text::plain(&html(text)), text);
        assert_eq!(html(""), "");
    }

    #[test]
    fn a_name_without_latin_letters_gets_its_address_from_the_number() {
        assert_eq!(address("羊毛衫", "TR-1/å").as_deref(), Some("tr-1"));
        assert_eq!(address("Skål", "TR-1"), None);
    }
}
