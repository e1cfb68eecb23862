//! A document as it is sent: one line per row, on the row's account. An invoice's pieces are positive and a credit's
//! negative, so a row of either has the price that it would have on the other. What an invoice takes from stock comes after
//! the rows, as lines that cost nothing.
//!
//! Invariant: there is nothing to send unless the contract's arithmetic gives the document's total to the öre. The
//! sequence id is derived from our reference, but nobody is relied upon to compare it.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;
use skarv_canonical::Currency;
use skarv_canonical::invoice::InvoiceRow;
use skarv_canonical::vat::VatScheme;
use skarv_connector::Error;
use uuid::Uuid;

use super::Kind;
use crate::amount::Amount;
use crate::invoice::Taken;
use crate::row::{Priced, priced};

/// Ours alone. Changing it would give every document another sequence id.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0b_4c1d_93a7_5e52_b1c8_2d74_e90f_3a68);
/// Lengths are the contract's; what is cut is for reading only.
const LONGEST_DESCRIPTION: usize = 255;
const LONGEST_ORDER_NUMBER: usize = 50;
const LONGEST_NAME: usize = 50;
const LONGEST_COMMENT: usize = 1000;
/// Whoever reads the invoice sees these articles once more.
const TAKEN_BELOW: &str = "Artiklarna nedan tas ur lagret och kostar inget här: priset står på raderna ovan.";

/// What a document says.
pub(crate) struct Content<'a> {
    pub(crate) kind: Kind,
    pub(crate) reference: &'a str,
    pub(crate) order_number: &'a str,
    pub(crate) customer_number: &'a str,
    pub(crate) your_reference: &'a str,
    pub(crate) date: NaiveDate,
    /// Left to the customer's terms when there is none.
    pub(crate) due: Option<NaiveDate>,
    pub(crate) scheme: VatScheme,
    pub(crate) currency: Currency,
    pub(crate) rows: &'a [InvoiceRow],
    pub(crate) total: Decimal,
    pub(crate) comment: String,
    /// The id of the invoice that it credits.
    pub(crate) credits: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Posted<'a> {
    sequence_id: Uuid,
    customer_invoice: Header<'a>,
    invoice_lines: Vec<Line<'a>>,
    /// Lines that charge for a row: the first ones.
    #[serde(skip)]
    rows: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Header<'a> {
    customer_number: &'a str,
    invoice_date: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_expiration_date: Option<NaiveDate>,
    is_reverse_charge: bool,
    invoice_reference: &'a str,
    customer_order_number: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    your_reference: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    comment: String,
    currency: CurrencyCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_invoice_references: Option<[Reference<'a>; 1]>,
}

#[derive(Serialize)]
struct CurrencyCode {
    code: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    referenced_customer_invoice_id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::enum_variant_names, reason = "the names of the wire")]
enum Line<'a> {
    InvoiceLine(Charged),
    TextInvoiceLine { description: &'static str },
    ItemInvoiceLine(Taken<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Charged {
    description: String,
    unit_price: Amount,
    unit_type: &'static str,
    quantity: i64,
    sales_account_number: u32,
}

/// What is sent, once its arithmetic has given the total.
pub(crate) fn posted<'a>(content: &Content<'a>) -> Result<Posted<'a>, Error> {
    let charged = content.rows.iter().map(|row| charged(row, content.kind));
    let lines = charged.map(|charged| charged.map(Line::InvoiceLine));
    let invoice_lines = lines.collect::<Result<Vec<_>, _>>()?;
    let sum: Decimal = content.rows.iter().map(|row| row.gross).sum();
    if sum != content.total {
        return Err(Error::data("sum_mismatch")
            .with("rows", sum)
            .with("total", content.total)
            .with("difference", content.total - sum)
            .with("currency", content.currency)
            .fix("correct_order_rows"));
    }
    Ok(Posted {
        sequence_id: Uuid::new_v5(&NAMESPACE, content.reference.as_bytes()),
        customer_invoice: header(content),
        rows: invoice_lines.len(),
        invoice_lines,
    })
}

impl<'a> Posted<'a> {
    /// Makes these what it takes from stock.
    pub(crate) fn take(&mut self, taken: &[Taken<'a>]) {
        self.invoice_lines.truncate(self.rows);
        if !taken.is_empty() {
            let description = TAKEN_BELOW;
            self.invoice_lines.push(Line::TextInvoiceLine { description });
            let taken = taken.iter().copied().map(Line::ItemInvoiceLine);
            self.invoice_lines.extend(taken);
        }
    }
}

fn header<'a>(content: &Content<'a>) -> Header<'a> {
    Header {
        customer_number: content.customer_number,
        invoice_date: content.date,
        invoice_expiration_date: content.due,
        is_reverse_charge: content.scheme == VatScheme::ReverseCharge,
        invoice_reference: content.reference,
        customer_order_number: cut(content.order_number, LONGEST_ORDER_NUMBER),
        your_reference: cut(content.your_reference.trim(), LONGEST_NAME),
        comment: cut(content.comment.trim(), LONGEST_COMMENT),
        currency: CurrencyCode {
            code: content.currency.code(),
        },
        customer_invoice_references: content.credits.map(|id| {
            [Reference {
                referenced_customer_invoice_id: id,
                kind: "Credit",
            }]
        }),
    }
}

fn charged(row: &InvoiceRow, kind: Kind) -> Result<Charged, Error> {
    let sign = match kind {
        Kind::Invoice => 1,
        Kind::Credit => -1,
    };
    // rounding is half away from zero, so turning both signs turns the line's gross and nothing else
    let gross = row.gross * Decimal::from(sign);
    let Priced {
        description,
        unit_price,
        quantity,
    } = priced(row, gross).ok_or_else(|| {
        Error::data("row_not_representable")
            .with("row", &row.text)
            .with("gross", row.gross)
            .with("rate", row.rate)
            .fix("correct_order_rows")
    })?;
    Ok(Charged {
        description: cut(&description, LONGEST_DESCRIPTION),
        unit_price: Amount(unit_price),
        unit_type: "st",
        quantity: i64::from(quantity) * sign,
        sales_account_number: row.account,
    })
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use skarv_canonical::invoice::RowKind;
    use skarv_canonical::vat::VatRate;

    use super::*;

    proptest! {
        #[test]
        fn a_line_of_a_credit_comes_to_the_rows_gross_with_negative_pieces(
            öre in -10_000_000_i64..=10_000_000,
            quantity in 0_u32..2_000,
            rate in prop::sample::select(vec![0_u32, 6, 7, 12, 19, 25]),
        ) {
            let row = InvoiceRow {
                kind: RowKind::Goods,
                sku: "RM-1".to_owned(),
                text: "Räksmörgås".to_owned(),
                quantity,
                gross: Decimal::new(öre, 2),
                rate: VatRate::from(rate),
                account: 3001,
            };
            let sent = charged(&row, Kind::Credit).expect("every whole öre can be said");
            let sold = charged(&InvoiceRow { gross: -row.gross, ..row.clone() }, Kind::Invoice)
                .expect("every whole öre can be said");
            prop_assert_eq!((sent.unit_price, sent.quantity), (sold.unit_price, -sold.quantity));
            prop_assert!(sent.quantity < 0);
            let with_vat = sent.unit_price.0 * Decimal::from(sent.quantity)
                * (Decimal::ONE + row.rate.as_percent() / Decimal::ONE_HUNDRED);
            prop_assert_eq!(skarv_canonical::money::to_ore(with_vat), row.gross);
        }
    }
}
