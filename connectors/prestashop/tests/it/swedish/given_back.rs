//! What is known of the credit slips of an order, and whether a credit note is what it should be.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use skarv_canonical::{Reason, invoice::CreditNote};

/// A slip, by its set-up's table.
pub(super) struct Slip {
    /// What it gives back, tax included. None where nothing but an amount is known, and so not its tax.
    gross: Option<Decimal>,
}

impl Slip {
    /// A shop may round a slip in another way than the order it takes back from, once for each row.
    pub(super) fn equals(&self, credit: &CreditNote) -> Result<(), String> {
        let Some(gross) = self.gross else {
            return Err(format!("credited {} of a bare amount", credit.total));
        };
        let rows: Decimal = credit.rows.iter().map(|row| row.gross).sum();
        let off = gross + credit.total;
        let most = Decimal::new(1, 2) * Decimal::from(credit.rows.len());
        if rows != credit.total || off.abs() > most || off != credit.shop_difference {
            return Err(format!(
                "credited {} of {gross}, difference {}",
                credit.total, credit.shop_difference
            ));
        }
        Ok(())
    }

    pub(super) fn parked(&self, reason: &Reason) -> Result<String, String> {
        match (reason.code.as_str(), self.gross) {
            ("refund_rate_unclear", None) => Ok(reason.code.clone()),
            _ => Err(reason.to_string()),
        }
    }
}

/// `#6 type 0 details 199.00 (net 159.20) header products 199/159.2 shipping 0/0 amount 199; …`
pub(super) fn slips(text: &str, tags: &str, discounts: &str) -> BTreeMap<String, Slip> {
    text.split(';')
        .filter(|slip| !slip.trim().is_empty())
        .map(|slip| {
            let words: Vec<&str> = slip.split_whitespace().collect();
            let after = |name: &str| {
                let at = words.iter().position(|word| *word == name).expect("a figure");
                words[at + 1].split('/').next().unwrap_or_default()
            };
            let amount = |name: &str| after(name).parse::<Decimal>().expect("an amount");
            let (rows, shipping) = (amount("details"), amount("shipping"));
            let gross = if tags.contains("refund-chosen-amount") {
                Some(amount("amount"))
            } else if after("type") == "1" {
                Some(rows + shipping - discounts.parse::<Decimal>().expect("discounts"))
            } else if rows + shipping == Decimal::ZERO {
                None
            } else {
                Some(rows + shipping)
            };
            (words[0].trim_start_matches('#').to_owned(), Slip { gross })
        })
        .collect()
}
