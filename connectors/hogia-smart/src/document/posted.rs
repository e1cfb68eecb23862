//! An invoice as it is sent: one line per row, on the row's account.
//!
//! Invariant: there is nothing to send unless the contract's arithmetic gives the invoice's total to the öre. The
//! sequence id is derived from our reference, but nobody is relied upon to compare it.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde::Serialize;
use skarv_canonical::invoice::{Invoice, InvoiceRow};
use skarv_canonical::vat::VatScheme;
use skarv_connector::Error;
use uuid::Uuid;

use crate::amount::Amount;
use crate::row::{Priced, priced};

/// Ours alone. Changing it would give every invoice another sequence id.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0b_4c1d_93a7_5e52_b1c8_2d74_e90f_3a68);
/// Lengths are the contract's; what is cut is for reading only.
const LONGEST_DESCRIPTION: usize = 255;
const LONGEST_ORDER_NUMBER: usize = 50;
const LONGEST_COMMENT: usize = 1000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Posted<'a> {
    sequence_id: Uuid,
    customer_invoice: Header<'a>,
    invoice_lines: Vec<Line>,
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
    comment: String,
    currency: CurrencyCode,
}

#[derive(Serialize)]
struct CurrencyCode {
    code: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    invoice_line: LineContent,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineContent {
    description: String,
    unit_price: Amount,
    unit_type: &'static str,
    quantity: u32,
    sales_account_number: u32,
}

/// What is sent, once its arithmetic has given the total.
pub(super) fn posted(invoice: &Invoice) -> Result<Posted<'_>, Error> {
    let invoice_lines = invoice.rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let sum: Decimal = invoice.rows.iter().map(|row| row.gross).sum();
    if sum != invoice.total {
        return Err(Error::data("sum_mismatch")
            .with("rows", sum)
            .with("total", invoice.total)
            .with("difference", invoice.total - sum)
            .with("currency", invoice.currency)
            .fix("correct_order_rows"));
    }
    Ok(Posted {
        sequence_id: Uuid::new_v5(&NAMESPACE, invoice.reference.as_bytes()),
        customer_invoice: header(invoice),
        invoice_lines,
    })
}

fn header(invoice: &Invoice) -> Header<'_> {
    Header {
        customer_number: &invoice.customer_number,
        invoice_date: invoice.date,
        invoice_expiration_date: invoice
            .date
            .checked_add_days(Days::new(invoice.payment_terms_days.into())),
        is_reverse_charge: invoice.scheme == VatScheme::ReverseCharge,
        invoice_reference: &invoice.reference,
        customer_order_number: cut(&invoice.order_number, LONGEST_ORDER_NUMBER),
        comment: comment(invoice),
        currency: CurrencyCode {
            code: invoice.currency.code(),
        },
    }
}

/// How the buyer paid, then what the buyer wrote.
fn comment(invoice: &Invoice) -> String {
    let (paid, note) = (invoice.payment_method.trim(), invoice.note.trim());
    let paid = if paid.is_empty() {
        String::new()
    } else {
        format!("Betalning: {paid}\n")
    };
    cut(format!("{paid}{note}").trim_end(), LONGEST_COMMENT)
}

fn line(row: &InvoiceRow) -> Result<Line, Error> {
    let Priced {
        description,
        unit_price,
        quantity,
    } = priced(row).ok_or_else(|| {
        Error::data("row_not_representable")
            .with("row", &row.text)
            .with("gross", row.gross)
            .with("rate", row.rate)
            .fix("correct_order_rows")
    })?;
    Ok(Line {
        invoice_line: LineContent {
            description: cut(&description, LONGEST_DESCRIPTION),
            unit_price: Amount(unit_price),
            unit_type: "st",
            quantity,
            sales_account_number: row.account,
        },
    })
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::invoice::tests::{d, invoice};

    #[test]
    fn an_invoice_is_sent_with_exact_prices_and_our_reference() {
        let invoice = invoice();
        let sent = serde_json::to_string(&posted(&invoice).unwrap()).unwrap();
        assert!(sent.contains(r#""unitPrice":59.52381,"#), "{sent}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&sent).unwrap(),
            json!({
                "sequenceId": Uuid::new_v5(&NAMESPACE, b"k3x9qa-1042"),
                "customerInvoice": {
                    "customerNumber": "k3x9qa-K7",
                    "invoiceDate": "2026-11-20",
                    "invoiceExpirationDate": "2026-12-20",
                    "isReverseCharge": false,
                    "invoiceReference": "k3x9qa-1042",
                    "customerOrderNumber": "XKBKNABJK",
                    "comment": "Betalning: Klarna\nRing på dörren",
                    "currency": { "code": "SEK" },
                },
                "invoiceLines": [
                    { "invoiceLine": {
                        "description": "Räksmörgås", "unitPrice": 59.52381, "unitType": "st", "quantity": 3,
                        "salesAccountNumber": 3001,
                    } },
                    { "invoiceLine": {
                        "description": "Frakt", "unitPrice": 80, "unitType": "st", "quantity": 1,
                        "salesAccountNumber": 3520,
                    } },
                ],
            })
        );
    }

    #[test]
    fn rows_that_do_not_sum_to_the_total_are_never_sent() {
        let short = Invoice {
            total: d("300.01"),
            ..invoice()
        };
        let error = posted(&short).err().expect("refused");
        assert_eq!(
            error.reason.to_string(),
            "sum_mismatch currency=SEK difference=0.01 rows=300.00 total=300.01"
        );
    }

    #[test]
    fn a_row_that_no_price_gives_is_named() {
        let mut finer = invoice();
        finer.rows[0].gross = d("200.005");
        let error = posted(&finer).err().expect("refused");
        assert_eq!(
            error.reason.to_string(),
            "row_not_representable gross=200.005 rate=12 row=Räksmörgås"
        );
    }

    #[test]
    fn long_texts_are_cut_and_an_empty_comment_is_left_out() {
        let mut wordy = invoice();
        wordy.rows[0].text = "å".repeat(300);
        wordy.order_number = "9".repeat(60);
        wordy.note = "ö".repeat(2000);
        let sent = posted(&wordy).unwrap();
        let header = &sent.customer_invoice;
        let lengths = [
            &header.comment,
            &header.customer_order_number,
            &sent.invoice_lines[0].invoice_line.description,
        ]
        .map(|text| text.chars().count());
        assert_eq!(lengths, [1000, 50, 255]);
        let silent = Invoice {
            note: " ".to_owned(),
            payment_method: String::new(),
            ..invoice()
        };
        let sent = serde_json::to_value(posted(&silent).unwrap()).unwrap();
        assert!(sent["customerInvoice"].get("comment").is_none());
    }
}
