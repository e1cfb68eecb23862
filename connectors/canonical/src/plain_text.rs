//! Texts of shops as plain text: shops write HTML, accounting systems print what they are given.

/// The text without tags and with its characters instead of entities. Lines are kept, blanks around them are not.
pub fn plain(html: &str) -> String {
    let text = nanohtml2text::html2text(html);
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut kept: Vec<String> = Vec::new();
    for line in lines {
        // one empty line parts paragraphs; more say nothing
        if !line.is_empty() || kept.last().is_some_and(|last| !last.is_empty()) {
            kept.push(line);
        }
    }
    kept.join("\n").trim_end().to_owned()
}

/// The text on one line.
pub fn one_line(html: &str) -> String {
    plain(html).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first so many characters, which are never split. Whether something was cut off is told beside it.
pub fn cut(text: &str, most: usize) -> (String, bool) {
    let kept: String = text.chars().take(most).collect();
    let is_cut = kept.len() < text.len();
    (kept.trim_end().to_owned(), is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_characters_stay() {
        assert_eq!(
            plain("<p>Ull &amp; bomull</p><ul><li>30&deg;</li></ul>"),
            "Ull & bomull\n\n30°"
        );
        assert_eq!(one_line("Tr&ouml;ja <b>röd</b>&nbsp;M"), "Tröja röd M");
        assert_eq!(plain("under 200 < 300 g"), "under 200 < 300 g");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("åäö", 2), ("åä".to_owned(), true));
        assert_eq!(cut("åäö", 3), ("åäö".to_owned(), false));
        assert_eq!(cut("ab cd", 3), ("ab".to_owned(), true));
    }
}
