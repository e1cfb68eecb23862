//! The numbers that companies and people are known by: Swedish organisation, personal and coordination numbers.
//!
//! What a buyer typed becomes one form, `NNNNNN-NNNN`, or is refused: a wrong number on an invoice is worse than an order that
//! waits. A number that may be a person's is never shown whole. VAT numbers are in `vat_number`.

use std::{fmt, str::FromStr};

use chrono::NaiveDate;

use crate::{Country, Reason, order::Order, vat_number::VatNumber};

/// Whom a Swedish identity number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityKind {
    /// A company, an association, an authority: the third digit is 2 or more.
    Organisation,
    /// A person, by date of birth.
    Person,
    /// A person who is not registered in Sweden: the day of birth plus 60.
    Coordination,
}

/// A Swedish identity number whose check digit and date are right.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdentityNumber {
    digits: String,
    kind: IdentityKind,
}

/// The text is no Swedish identity number.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{shown}` is no Swedish organisation or personal number: check the digits")]
pub struct NotAnIdentityNumber {
    /// The text, masked where it may be a person's number.
    pub shown: String,
}

/// The numbers of an order's buyer in the form that accounting systems take. Empty where the buyer gave none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuyerNumbers {
    /// `NNNNNN-NNNN` for a buyer in Sweden; elsewhere as written.
    pub org_number: String,
    /// With its country letters and nothing between: `SE556677889901`.
    pub vat_number: String,
}

impl BuyerNumbers {
    /// The numbers of an order's buyer, or which one is wrong and at whom. The number on the invoice's address counts first.
    pub fn of(order: &Order) -> Result<Self, Reason> {
        Ok(Self {
            org_number: org_number(order)?,
            vat_number: vat_number(order)?,
        })
    }
}

fn org_number(order: &Order) -> Result<String, Reason> {
    let written = order.customer.org_number.trim();
    if !says_something(written) {
        return Ok(String::new());
    }
    if order.billing.country != Country::SE {
        return Ok(written.to_owned());
    }
    let number = written.parse::<IdentityNumber>();
    number.map(|number| number.to_string()).map_err(|wrong| {
        Reason::data("org_number_invalid")
            .with("number", wrong.shown)
            .with("customer", order.customer.display_name())
            .fix("correct_customer_number_in_shop")
    })
}

fn vat_number(order: &Order) -> Result<String, Reason> {
    let places = [
        (&order.billing.vat_number, order.billing.country),
        (&order.delivery.vat_number, order.delivery.country),
        (&order.customer.vat_number, order.billing.country),
    ];
    let Some((written, country)) = places.into_iter().find(|(written, _)| says_something(written)) else {
        return Ok(String::new());
    };
    let number = VatNumber::read(written, country);
    number.map(|number| number.to_string()).map_err(|wrong| {
        Reason::data("vat_number_invalid")
            .with("number", wrong.shown)
            .with("customer", order.customer.display_name())
            .fix("correct_customer_number_in_shop")
    })
}

/// A dash in a field that must be filled in is no number, and no wrong number either.
fn says_something(written: &str) -> bool {
    written.contains(char::is_alphanumeric)
}

impl IdentityNumber {
    /// Whom it belongs to.
    pub fn kind(&self) -> IdentityKind {
        self.kind
    }

    /// The ten digits.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// A form that may be shown: whole for an organisation, without the last four digits for a person.
    pub fn masked(&self) -> String {
        match self.kind {
            IdentityKind::Organisation => self.to_string(),
            IdentityKind::Person | IdentityKind::Coordination => masked(&self.digits),
        }
    }

    /// Reads digits and separators; `None` when it is no such number.
    fn read(written: &str) -> Option<Self> {
        let text = without_vat_marks(compact(written));
        let (digits, over_hundred) = match text.split_once('+') {
            Some((date, rest)) if rest.len() == 4 => (format!("{date}{rest}"), true),
            Some(_) => return None,
            None => (text, false),
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (century, digits) = match digits.len() {
            10 => (None, digits.as_str()),
            12 => (Some(&digits[..2]), &digits[2..]),
            _ => return None,
        };
        let kind = kind_of(century, digits)?;
        let organisation = kind == IdentityKind::Organisation;
        (luhn(digits) && !(organisation && over_hundred)).then(|| Self {
            digits: digits.to_owned(),
            kind,
        })
    }
}

/// By the third digit: months begin with 0 or 1, so what is 2 or more is no date.
fn kind_of(century: Option<&str>, digits: &str) -> Option<IdentityKind> {
    match century {
        None if is_organisation(digits) => Some(IdentityKind::Organisation),
        Some("16") => is_organisation(digits).then_some(IdentityKind::Organisation),
        None => ["18", "19", "20"].iter().find_map(|c| born(c, digits)),
        Some(century @ ("18" | "19" | "20")) => born(century, digits),
        Some(_) => None,
    }
}

fn is_organisation(digits: &str) -> bool {
    digits.as_bytes().get(2).is_some_and(|digit| *digit >= b'2')
}

fn born(century: &str, digits: &str) -> Option<IdentityKind> {
    let number = |text: &str| text.parse::<u32>().ok();
    let year = format!("{century}{}", &digits[..2]).parse().ok()?;
    let (month, day) = (number(&digits[2..4])?, number(&digits[4..6])?);
    let (day, kind) = match day.checked_sub(60) {
        Some(real) => (real, IdentityKind::Coordination),
        None => (day, IdentityKind::Person),
    };
    NaiveDate::from_ymd_opt(year, month, day).map(|_| kind)
}

/// The check digit: every other digit doubled, digit sums added, a multiple of ten.
fn luhn(digits: &str) -> bool {
    let doubled = |(place, digit): (usize, u8)| {
        let value = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
        value / 10 + value % 10
    };
    digits.bytes().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

/// Without what people put between digits.
pub(crate) fn compact(written: &str) -> String {
    let between = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.' | '/');
    written
        .chars()
        .filter(between)
        .collect::<String>()
        .to_ascii_uppercase()
}

/// A Swedish VAT number in the field holds the number between `SE` and `01`.
fn without_vat_marks(text: String) -> String {
    match text.strip_prefix("SE").and_then(|rest| rest.strip_suffix("01")) {
        Some(middle) if middle.len() == 10 => middle.to_owned(),
        _ => text,
    }
}

/// What may be shown of a text that should have been a number: an organisation's number as written; of anything else no
/// more than its first six digits.
pub(crate) fn shown(written: &str) -> String {
    const LONGEST: usize = 24;
    let text = without_vat_marks(compact(written));
    let digits = text.replace('+', "");
    let core = match digits.len() {
        _ if !digits.bytes().all(|b| b.is_ascii_digit()) => None,
        10 => Some(digits.as_str()),
        12 if ["16", "18", "19", "20"].contains(&&digits[..2]) => Some(&digits[2..]),
        _ => None,
    };
    match core {
        Some(core) if is_organisation(core) => written.trim().chars().take(LONGEST).collect(),
        Some(core) => masked(core),
        None => {
            let mut seen = 0;
            let veiled = |c: char| {
                seen += usize::from(c.is_ascii_digit());
                if c.is_ascii_digit() && seen > 6 { '*' } else { c }
            };
            written.trim().chars().map(veiled).take(LONGEST).collect()
        }
    }
}

fn masked(digits: &str) -> String {
    format!("{}-****", &digits[..6])
}

impl FromStr for IdentityNumber {
    type Err = NotAnIdentityNumber;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        Self::read(written).ok_or_else(|| NotAnIdentityNumber {
            shown: shown(written),
        })
    }
}

impl fmt::Display for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", &self.digits[..6], &self.digits[6..])
    }
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}
