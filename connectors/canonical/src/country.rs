//! Countries as ISO 3166 codes, and which of them belong to the EU's VAT area.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An ISO 3166-1 alpha-2 country code, in capitals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// The EU's member states, by their ISO codes (Greece is `GR`).
const EU: [&[u8; 2]; 27] = [
    b"AT", b"BE", b"BG", b"CY", b"CZ", b"DE", b"DK", b"EE", b"ES", b"FI", b"FR", b"GR", b"HR", b"HU", b"IE",
    b"IT", b"LT", b"LU", b"LV", b"MT", b"NL", b"PL", b"PT", b"RO", b"SE", b"SI", b"SK",
];

impl Country {
    /// Sweden.
    pub const SE: Self = Self(*b"SE");

    /// The two letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    /// Whether the country is a member state of the EU. Territories outside the VAT area have codes of their own (`AX`).
    pub fn is_eu(self) -> bool {
        EU.iter().any(|c| **c == self.0)
    }
}

/// The text is no two-letter country code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no two-letter country code: use ISO 3166 such as SE")]
pub struct UnknownCountry(pub String);

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let upper = code.to_ascii_uppercase();
        match *upper.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([a, b])),
            _ => Err(UnknownCountry(code.to_owned())),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = UnknownCountry;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        code.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.code().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
