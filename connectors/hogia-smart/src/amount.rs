//! A decimal as a JSON number, digit by digit.
//!
//! The contract writes amounts as numbers. Read or written through a float they would be another amount, so
//! both ways go through the number's own text.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

/// An amount, a price or a rate on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) Decimal);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.normalize().to_string())
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let text = raw.get().trim_matches('"');
        Decimal::from_str(text)
            .or_else(|_| Decimal::from_scientific(text))
            .map(Self)
            .map_err(|_| de::Error::custom("an amount is a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> serde_json::Result<Amount> {
        serde_json::from_str(json)
    }

    #[test]
    fn no_digit_is_lost_on_the_way_out_or_in() {
        for text in [
            "0.1",
            "89.285714",
            "-0.01",
            "999999999.999999",
            "12345678901234567.89",
            "79.2",
        ] {
            let amount = Amount(text.parse().unwrap());
            assert_eq!(serde_json::to_string(&amount).unwrap(), text);
            assert_eq!(read(text).unwrap(), amount);
        }
    }

    #[test]
    fn trailing_zeros_and_the_minus_of_zero_are_not_sent() {
        let sent = |text: &str| serde_json::to_string(&Amount(text.parse().unwrap())).unwrap();
        assert_eq!((sent("80.00"), sent("-0.00")), ("80".to_owned(), "0".to_owned()));
    }

    #[test]
    fn exponents_and_quoted_numbers_are_read_and_nothing_else() {
        assert_eq!(read("1.5e2").unwrap(), Amount(Decimal::from(150)));
        assert_eq!(read("\"99.50\"").unwrap(), Amount("99.5".parse().unwrap()));
        for wrong in ["null", "true", "\"ett\"", "[1]", "{}"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
