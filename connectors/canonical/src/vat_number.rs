//! VAT numbers of the EU, Northern Ireland, Norway, Switzerland and Great Britain: one form, checked by the country's pattern.
//!
//! A pattern tells a number from a slip of the keyboard. Whether it is registered only the authorities' own service knows.

use std::fmt;

use crate::{
    Country,
    identity::{IdentityNumber, compact, shown},
};

/// A VAT number with its country letters first and nothing between: `SE556677889901`, `EL123456789`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VatNumber(String);

/// The text is no VAT number.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{shown}` is no VAT number: write it with its country letters, such as SE556677889901")]
pub struct NotAVatNumber {
    /// The text, masked where it may hold a person's number.
    pub shown: String,
}

/// Letters and what follows them: `#` a digit, `@` a letter, `?` either, `~` either or one of `+*`, anything else itself.
const PATTERNS: &[(&str, &[&str])] = &[
    ("AT", &["U########"]),
    ("BE", &["0#########", "1#########"]),
    ("BG", &["#########", "##########"]),
    (
        "CH",
        &["E#########", "E#########MWST", "E#########TVA", "E#########IVA"],
    ),
    ("CY", &["########@"]),
    ("CZ", &["########", "#########", "##########"]),
    ("DE", &["#########"]),
    ("DK", &["########"]),
    ("EE", &["#########"]),
    ("EL", &["#########"]),
    ("ES", &["@########", "########@", "@#######@"]),
    ("FI", &["########"]),
    ("FR", &["??#########"]),
    ("GB", &["#########", "############", "GD###", "HA###"]),
    ("HR", &["###########"]),
    ("HU", &["########"]),
    ("IE", &["#~#####@", "#######@@"]),
    ("IT", &["###########"]),
    ("LT", &["#########", "############"]),
    ("LU", &["########"]),
    ("LV", &["###########"]),
    ("MT", &["########"]),
    ("NL", &["#########B##"]),
    ("NO", &["#########", "#########MVA"]),
    ("PL", &["##########"]),
    ("PT", &["#########"]),
    (
        "RO",
        &[
            "##",
            "###",
            "####",
            "#####",
            "######",
            "#######",
            "########",
            "#########",
            "##########",
        ],
    ),
    ("SE", &["##########01"]),
    ("SI", &["########"]),
    ("SK", &["##########"]),
    ("XI", &["#########", "############", "GD###", "HA###"]),
];

impl VatNumber {
    /// The number that a buyer in this country wrote. Country letters that are left out are the buyer's country's; a Swedish
    /// organisation or personal number becomes the VAT number that is made of it.
    pub fn read(written: &str, country: Country) -> Result<Self, NotAVatNumber> {
        let text = compact(written);
        let found = whole(&text)
            .or_else(|| {
                prefixes(country)
                    .iter()
                    .find_map(|p| whole(&format!("{p}{text}")))
            })
            .or_else(|| swedish(&text, country));
        found.map(Self).ok_or_else(|| NotAVatNumber {
            shown: if is_swedish(&text, country) {
                shown(written)
            } else {
                written.trim().chars().take(32).collect()
            },
        })
    }

    /// Its country letters. Greece's are `EL`, Northern Ireland's `XI`.
    pub fn letters(&self) -> &str {
        &self.0[..2]
    }
}

/// The text as a number, if its first two letters have a pattern that it fits.
fn whole(text: &str) -> Option<String> {
    let (letters, rest) = text.split_at_checked(2)?;
    let letters = if letters == "GR" { "EL" } else { letters };
    let (_, patterns) = PATTERNS.iter().find(|(known, _)| *known == letters)?;
    let sound = patterns.iter().any(|pattern| fits(pattern, rest));
    let sound = sound && (letters != "SE" || rest[..10].parse::<IdentityNumber>().is_ok());
    sound.then(|| format!("{letters}{rest}"))
}

fn fits(pattern: &str, text: &str) -> bool {
    let one = |(sign, c): (char, char)| match sign {
        '#' => c.is_ascii_digit(),
        '@' => c.is_ascii_uppercase(),
        '?' => c.is_ascii_digit() || c.is_ascii_uppercase(),
        '~' => c.is_ascii_digit() || c.is_ascii_uppercase() || matches!(c, '+' | '*'),
        letter => c == letter,
    };
    pattern.len() == text.len() && pattern.chars().zip(text.chars()).all(one)
}

/// The letters that numbers of a country begin with.
fn prefixes(country: Country) -> Vec<String> {
    match country.code() {
        "GR" => vec!["EL".to_owned()],
        "GB" => vec!["GB".to_owned(), "XI".to_owned()],
        code => vec![code.to_owned()],
    }
}

/// The VAT number that is made of a Swedish identity number, with or without its letters.
fn swedish(text: &str, country: Country) -> Option<String> {
    let bare = text.strip_prefix("SE").unwrap_or(text);
    let number = is_swedish(text, country).then(|| bare.parse::<IdentityNumber>().ok())??;
    Some(format!("SE{}01", number.digits()))
}

fn is_swedish(text: &str, country: Country) -> bool {
    text.starts_with("SE") || country == Country::SE
}

impl fmt::Display for VatNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for VatNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // a Swedish one may be made of a person's number
        if self.letters() == "SE" {
            f.write_str(&shown(&self.0))
        } else {
            f.write_str(&self.0)
        }
    }
}
