//! An invoice in the books: its number and OCR, what happened to it, and how the API shows it.
//! Its amounts never change after booking unless a person does it by hand; only payments, a cancellation and the
//! credits that point at it do, and each of these gives it a new version.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::arithmetic::Amounts;
use super::draft::{Draft, Header, Line, amounts, skewed};
use super::request::number;
use super::state::Books;

pub(super) struct Invoice {
    pub(super) id: Uuid,
    pub(super) number: usize,
    pub(super) sequence_id: Uuid,
    pub(super) version: u64,
    pub(super) row_version: u64,
    pub(super) booked_at: Instant,
    pub(super) header: Header,
    pub(super) lines: Vec<Line>,
    pub(super) amounts: Amounts,
    pub(super) paid: Decimal,
    pub(super) canceled: bool,
    pub(super) removed: bool,
    due: NaiveDate,
    references: Vec<(Uuid, &'static str)>,
    payments: Vec<Payment>,
}

pub(super) struct Payment {
    pub(super) date: NaiveDate,
    pub(super) amount: Decimal,
    pub(super) account: u32,
    pub(super) voucher: u64,
}

impl Invoice {
    pub(super) fn new(draft: &Draft, number: usize, row_version: u64) -> Self {
        Self {
            id: Uuid::new_v4(),
            number,
            sequence_id: draft.sequence_id,
            version: 1,
            row_version,
            booked_at: Instant::now(),
            header: draft.header.clone(),
            lines: draft.lines.clone(),
            amounts: draft.amounts.clone(),
            paid: Decimal::ZERO,
            canceled: false,
            removed: false,
            due: draft.due,
            references: draft.credited().map(|id| (id, "Credit")).collect(),
            payments: Vec::new(),
        }
    }

    pub(super) fn pay(&mut self, payment: Payment) {
        self.paid += payment.amount;
        self.payments.push(payment);
    }

    pub(super) fn credited_by(&mut self, id: Uuid) {
        self.references.push((id, "CreditedBy"));
    }

    /// What a person makes of it by hand.
    pub(super) fn retotal(&mut self, gross: Decimal, whole_kronor: bool) {
        let by = gross - self.amounts.gross;
        self.amounts = skewed(&self.header, &mut self.lines, by, whole_kronor);
    }

    /// Moves the sale to an account of this rate by hand: it comes to the same, with another tax in it.
    pub(super) fn rebook(&mut self, account: u32, to: Decimal, whole_kronor: bool) {
        for line in &mut self.lines {
            if let Line::Amount {
                posted,
                rate,
                gross,
                net,
            } = line
            {
                posted.sales_account_number = account;
                *rate = to;
                *net = *gross * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + to);
            }
        }
        self.amounts = amounts(&self.header, &self.lines, whole_kronor);
    }

    pub(super) fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// Ids of what it credits, or is credited by.
    pub(super) fn referenced(&self, kind: &str) -> impl Iterator<Item = Uuid> {
        let of_kind = self.references.iter().filter(move |(_, known)| *known == kind);
        of_kind.map(|(id, _)| *id)
    }

    /// What no credit that stands has taken back.
    pub(super) fn left_to_credit(&self, books: &Books) -> Decimal {
        let credits = self.referenced("CreditedBy").filter_map(|id| books.invoice(id));
        let credited = credits.filter(|credit| !credit.canceled);
        self.amounts.gross + credited.map(|credit| credit.amounts.gross).sum::<Decimal>()
    }

    pub(super) fn left_to_pay(&self) -> Decimal {
        self.amounts.to_pay - self.paid
    }

    pub(super) fn is_credit(&self) -> bool {
        self.amounts.gross.is_sign_negative() && !self.amounts.gross.is_zero()
    }

    fn is_paid(&self) -> bool {
        self.left_to_pay().is_zero()
    }

    fn state(&self) -> &'static str {
        match (self.canceled, self.is_paid()) {
            (true, _) => "Canceled",
            (false, true) => "Paid",
            (false, false) => "Billed",
        }
    }

    pub(super) fn shown(&self, today: NaiveDate) -> Value {
        let mut shown = self.state_shown(today);
        for (field, amount) in self.amounts_shown() {
            shown[field] = number(amount);
        }
        shown["vatDistributions"] = self.vat_shown();
        shown["invoiceHeader"] = self.header_shown();
        shown["invoiceLines"] = self.lines.iter().map(line_shown).collect();
        shown["customerInvoiceReferences"] = self.references_shown();
        shown["customerInvoiceEvents"] = self.payments.iter().map(Payment::shown).collect();
        shown
    }

    fn state_shown(&self, today: NaiveDate) -> Value {
        json!({
            "customerInvoiceId": self.id,
            "version": self.version,
            "rowVersion": self.row_version,
            "sequenceId": self.sequence_id,
            "customerInvoiceState": self.state(),
            "isBilled": true,
            "isClosed": self.canceled || self.is_paid(),
            "isCanceled": self.canceled,
            "isExpired": !self.canceled && !self.is_paid() && self.due < today,
            "isCustomerPaid": self.is_paid(),
        })
    }

    fn amounts_shown(&self) -> [(&'static str, Decimal); 7] {
        [
            ("grossAmount", self.amounts.gross),
            ("netAmount", self.amounts.net),
            ("vatAmount", self.amounts.vat_total()),
            ("roundingAmount", self.amounts.rounding),
            ("amountToPay", self.amounts.to_pay),
            ("amountPaid", self.paid),
            ("amountLeftToPay", self.left_to_pay()),
        ]
    }

    fn vat_shown(&self) -> Value {
        let share = |share: &super::arithmetic::VatShare| json!({ "percent": fraction(share.rate), "amount": number(share.amount) });
        self.amounts.vat.iter().map(share).collect()
    }

    fn header_shown(&self) -> Value {
        let mut header = json!(self.header);
        header["invoiceNumber"] = json!(self.number);
        header["ocr"] = json!(ocr(self.number));
        header["invoiceExpirationDate"] = json!(self.due);
        header
    }

    fn references_shown(&self) -> Value {
        let shown = |(id, kind): &(Uuid, &str)| json!({ "referencedCustomerInvoiceId": id, "type": kind });
        self.references.iter().map(shown).collect()
    }
}

impl Payment {
    fn shown(&self) -> Value {
        json!({
            "customerInvoiceEventType": "Payment",
            "date": self.date,
            "amount": number(self.amount),
            "paymentAccountNumber": self.account,
            "voucherSerie": "K",
            "voucherNumber": self.voucher,
        })
    }
}

fn line_shown(line: &Line) -> Value {
    match line {
        Line::Text(text) => json!({ "textInvoiceLine": text }),
        Line::Amount {
            posted,
            rate,
            gross,
            net,
        } => {
            let mut shown = json!(posted);
            shown["percent"] = fraction(*rate);
            shown["grossAmount"] = number(*gross);
            shown["netAmount"] = number(*net);
            let Some(sold) = &posted.sold else {
                return json!({ "invoiceLine": shown });
            };
            shown["itemNumber"] = json!(sold.item_number);
            shown["discountPercent"] = json!(sold.discount_percent);
            json!({ "itemInvoiceLine": shown })
        }
    }
}

/// The contract writes 25 % as 0.25.
pub(super) fn fraction(rate: Decimal) -> Value {
    number(rate / Decimal::ONE_HUNDRED)
}

/// The invoice number and its check digit (modulus 10).
fn ocr(invoice_number: usize) -> String {
    let digits = invoice_number.to_string();
    let doubled = |(at, digit): (usize, u32)| {
        if at % 2 == 0 {
            digit * 2 / 10 + digit * 2 % 10
        } else {
            digit
        }
    };
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(doubled)
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ocr_ends_with_the_check_digit_of_modulus_ten() {
        assert_eq!(ocr(7_992_739_871), "79927398713");
        assert_eq!(ocr(1001), "10017");
    }
}
