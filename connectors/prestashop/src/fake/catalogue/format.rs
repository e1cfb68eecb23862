//! What a field takes and what the database makes of it: the validators of the shop, and the columns behind them.
//!
//! Nothing is validated where nothing was sent, as in the real one; the text that is kept is the text that is read back.

use rust_decimal::{Decimal, RoundingStrategy};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Text that nobody looks at.
    Text,
    Id,
    Int,
    /// An `Int` that may be nothing.
    MaybeInt,
    UnsignedInt,
    Bool,
    /// A `Bool` that is either 1 or nothing.
    Mark,
    Price,
    SignedPrice,
    Measure,
    SignedMeasure,
    Reference,
    GenericName,
    CatalogName,
    LinkRewrite,
    Ean13,
    Upc,
    Isbn,
    Html,
    /// `YYYY-MM-DD`.
    Day,
    /// A day with a time.
    Moment,
    Visibility,
    Reduction,
    Color,
}

impl Format {
    /// What the database keeps of nothing.
    pub(crate) const fn of_nothing(self) -> &'static str {
        match self {
            Self::Id | Self::Int | Self::UnsignedInt | Self::Bool => "0",
            Self::Price | Self::SignedPrice | Self::Measure | Self::SignedMeasure => "0.000000",
            Self::Day => "0000-00-00",
            Self::Moment => "0000-00-00 00:00:00",
            _ => "",
        }
    }

    /// Whether the validator lets `value` through. Nothing and 0 are never asked about.
    pub(crate) fn accepts(self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Id => value.parse::<u32>().is_ok_and(|id| id.to_string() == value),
            Self::Int | Self::MaybeInt => value.parse::<i64>().is_ok_and(|int| int.to_string() == value),
            Self::UnsignedInt => value.parse::<u32>().is_ok(),
            Self::Bool | Self::Mark => matches!(value, "0" | "1"),
            Self::Price => is_price(value),
            Self::SignedPrice => is_price(value.strip_prefix('-').unwrap_or(value)),
            Self::Measure => value.parse::<Decimal>().is_ok_and(|it| it.is_sign_positive()),
            Self::SignedMeasure => value.parse::<Decimal>().is_ok(),
            Self::Reference => lacks(value, "<>;={}"),
            Self::GenericName => lacks(value, "<>={}"),
            Self::CatalogName => lacks(value, "<>;=#{}"),
            Self::LinkRewrite => value
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || "_-".contains(it)),
            Self::Ean13 | Self::Upc => value.bytes().all(|it| it.is_ascii_digit()),
            Self::Isbn => value.bytes().all(|it| it.is_ascii_digit() || it == b'-'),
            Self::Html => is_clean(value),
            Self::Day | Self::Moment => is_date(value),
            Self::Visibility => matches!(value, "both" | "catalog" | "search" | "none"),
            Self::Reduction => matches!(value, "amount" | "percentage"),
            Self::Color => value
                .strip_prefix('#')
                .unwrap_or(value)
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-'),
        }
    }

    /// What the database keeps of `value`: prices and measures have six decimals there.
    pub(crate) fn stored(self, value: &str) -> String {
        let amount = match self {
            Self::Price | Self::SignedPrice | Self::Measure | Self::SignedMeasure => value.parse().ok(),
            _ => None,
        };
        match (amount, value) {
            (Some(amount), _) => six_decimals(amount),
            (None, "") => self.of_nothing().to_owned(),
            (None, "0") if self == Self::Mark => String::new(),
            (None, day) if self == Self::Moment && day.len() == 10 => format!("{day} 00:00:00"),
            (None, _) => value.to_owned(),
        }
    }
}

pub(crate) fn six_decimals(amount: Decimal) -> String {
    let rounded = amount.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero);
    format!("{rounded:.6}")
}

/// `[0-9]{1,10}(\.[0-9]{1,9})?`
fn is_price(value: &str) -> bool {
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit())
    };
    match value.split_once('.') {
        Some((whole, decimals)) => digits(whole, 10) && digits(decimals, 9),
        None => digits(value, 10),
    }
}

fn lacks(value: &str, forbidden: &str) -> bool {
    !value.contains(|letter| forbidden.contains(letter))
}

/// No script, no frame, no form and no event handler.
fn is_clean(html: &str) -> bool {
    let html = html.to_lowercase();
    let tags = [
        "<script", "<iframe", "<form", "<input", "<embed", "<object", "script:",
    ];
    let is_handler = |word: &str| {
        word.strip_prefix("on")
            .and_then(|rest| rest.split_once('='))
            .is_some_and(|(event, _)| event.len() > 2 && event.bytes().all(|it| it.is_ascii_lowercase()))
    };
    !tags.iter().any(|tag| html.contains(tag)) && !html.split_whitespace().any(is_handler)
}

/// A day, with or without a time; zeros are a day too.
fn is_date(value: &str) -> bool {
    let fits = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(it, like)| match like {
                b'9' => it.is_ascii_digit(),
                other => it == other,
            })
    };
    fits(value, "9999-99-99") || fits(value, "9999-99-99 99:99:99")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_a_point_and_neither_sign_nor_exponent() {
        for good in ["0", "10", "10.5", "1234567890.123456789"] {
            assert!(Format::Price.accepts(good), "{good}");
        }
        for bad in [
            "-5",
            "11,5",
            "1e3",
            "12345678901",
            "1.0123456789",
            ".5",
            "5.",
            " 5",
            "5 kr",
        ] {
            assert!(!Format::Price.accepts(bad), "{bad}");
        }
        assert!(Format::SignedPrice.accepts("-5.25"));
    }

    #[test]
    fn the_database_keeps_six_decimals_and_rounds_the_half_up() {
        assert_eq!(Format::Price.stored("10.123456789"), "10.123457");
        assert_eq!(Format::Price.stored("0.0000005"), "0.000001");
        assert_eq!(Format::SignedPrice.stored("-3"), "-3.000000");
    }

    #[test]
    fn a_page_text_with_a_handler_or_a_script_is_not_clean() {
        assert!(Format::Html.accepts("<p>Påse om 500 g, öppnad = oåterkallelig</p>"));
        for bad in [
            "<p onclick=\"x()\">a</p>",
            "<script>1</script>",
            "<iframe src=\"x\"></iframe>",
        ] {
            assert!(!Format::Html.accepts(bad), "{bad}");
        }
    }
}
