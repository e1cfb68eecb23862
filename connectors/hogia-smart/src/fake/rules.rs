//! What an invoice must be before it may be booked. Form first (the problem shape): a document without
//! lines, a price with too many decimals, half a piece. Then the rules of bookkeeping (the list shape),
//! every flaw at once. Nothing here changes anything.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Number;

use super::chart;
use super::contact::too_long;
use super::draft::{AmountLine, Header, Posted, PostedLine};
use super::errors::{Code, Flaw, Problems, Refusal};
use super::request::decimal;
use super::settings;
use super::state::Books;

const MOST_PRICE_DECIMALS: u32 = 6;
/// With six decimals this is as far as a JSON number is exact.
const PRICE_BELOW: i64 = 1_000_000_000;
const MOST_QUANTITY: u64 = 1_000_000;

impl Posted {
    pub(super) fn check(&self, books: &Books, today: NaiveDate) -> Result<(), Refusal> {
        self.well_formed()?;
        let flaws = self.flaws(books, today);
        if flaws.is_empty() {
            Ok(())
        } else {
            Err(Refusal::flaws(flaws))
        }
    }

    fn well_formed(&self) -> Result<(), Refusal> {
        let mut problems = Problems::new();
        if self.invoice_lines.is_empty() {
            problems.insert(
                "invoiceLines".to_owned(),
                vec!["fakturan har inga rader".to_owned()],
            );
        }
        for (at, line) in self.invoice_lines.iter().enumerate() {
            match line {
                PostedLine::Amount(line) => {
                    line.problems(&format!("invoiceLines[{at}].invoiceLine"), &mut problems);
                }
                PostedLine::Item(line) => {
                    line.problems(&format!("invoiceLines[{at}].itemInvoiceLine"), &mut problems);
                }
                PostedLine::Text(_) => {}
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Problem(problems))
        }
    }

    fn flaws(&self, books: &Books, today: NaiveDate) -> Vec<Flaw> {
        let mut flaws = self.customer_invoice.flaws(books, today);
        for (at, line) in self.invoice_lines.iter().enumerate() {
            flaws.extend(line.flaws(at, books, &self.customer_invoice));
        }
        if self
            .invoice_lines
            .iter()
            .all(|line| matches!(line, PostedLine::Text(_)))
        {
            flaws.push(Flaw::new(
                Code::NoAmountLine,
                "invoiceLines",
                "fakturan har bara textrader",
            ));
        }
        flaws
    }
}

impl AmountLine {
    fn problems(&self, place: &str, problems: &mut Problems) {
        if decimal(&self.unit_price).is_none_or(|price| !is_price(price)) {
            let said = format!("högst {MOST_PRICE_DECIMALS} decimaler och under {PRICE_BELOW}");
            problems.insert(format!("{place}.unitPrice"), vec![said]);
        }
        quantity_problem(place, &self.quantity, problems);
    }
}

pub(super) fn quantity_problem(place: &str, quantity: &Number, problems: &mut Problems) {
    let quantity = quantity.as_i64();
    if quantity.is_none_or(|quantity| quantity.unsigned_abs() > MOST_QUANTITY) {
        let said = format!("ett heltal, högst {MOST_QUANTITY}");
        problems.insert(format!("{place}.quantity"), vec![said]);
    }
}

pub(super) fn is_price(price: Decimal) -> bool {
    price.normalize().scale() <= MOST_PRICE_DECIMALS && price.abs() < Decimal::from(PRICE_BELOW)
}

impl Header {
    fn flaws(&self, books: &Books, today: NaiveDate) -> Vec<Flaw> {
        let mut flaws: Vec<_> = self.too_long().collect();
        flaws.extend(self.customer_flaw(books));
        flaws.extend(settings::date_flaw(
            "invoiceDate",
            self.invoice_date,
            books,
            today,
        ));
        flaws.extend(self.currency_flaw(books));
        flaws.extend(self.due_flaw());
        flaws.extend(self.credit_flaw(books));
        flaws
    }

    fn currency_flaw(&self, books: &Books) -> Option<Flaw> {
        let code = &self.currency.code;
        let said = || format!("valutan '{code}' finns inte");
        (!books.takes_currency(code)).then(|| Flaw::new(Code::CurrencyUnknown, "currency.code", said()))
    }

    fn due_flaw(&self) -> Option<Flaw> {
        let early = self
            .invoice_expiration_date
            .is_some_and(|due| due < self.invoice_date);
        let said = "förfallodagen ligger före fakturadagen";
        early.then(|| Flaw::new(Code::DueBeforeInvoice, "invoiceExpirationDate", said))
    }

    fn credit_flaw(&self, books: &Books) -> Option<Flaw> {
        let credited = self.customer_invoice_references.iter();
        let wrong = |id| match books.invoice(id) {
            None => Some((Code::ReferenceUnknown, "fakturan som krediteras finns inte")),
            Some(invoice) if invoice.canceled => {
                Some((Code::InvoiceCanceled, "fakturan som krediteras är makulerad"))
            }
            Some(_) => None,
        };
        let (code, said) = credited
            .map(|known| known.referenced_customer_invoice_id)
            .find_map(wrong)?;
        Some(Flaw::new(code, "customerInvoiceReferences", said))
    }

    fn customer_flaw(&self, books: &Books) -> Option<Flaw> {
        let number = &self.customer_number;
        let (code, said) = match books.contact_numbered(number) {
            None => (Code::CustomerUnknown, "finns inte"),
            Some(contact) if !contact.is_active() => (Code::CustomerInactive, "är inte aktiv"),
            Some(_) => return None,
        };
        Some(Flaw::new(code, "customerNumber", format!("kund {number} {said}")))
    }

    fn too_long(&self) -> impl Iterator<Item = Flaw> {
        let texts = [
            ("comment", self.comment.as_ref(), 1000),
            ("ourReference", self.our_reference.as_ref(), 50),
            ("yourReference", self.your_reference.as_ref(), 50),
            ("customerOrderNumber", self.customer_order_number.as_ref(), 50),
            ("invoiceReference", self.invoice_reference.as_ref(), 50),
        ];
        texts
            .into_iter()
            .filter_map(|(field, text, most)| too_long(field, text, most))
    }
}

impl PostedLine {
    fn flaws(&self, at: usize, books: &Books, header: &Header) -> Vec<Flaw> {
        let place = |field: &str| format!("invoiceLines[{at}].{field}");
        let description = place("description");
        match self {
            Self::Amount(line) => {
                let (number, reverse_charge) = (line.sales_account_number, header.is_reverse_charge);
                let account = account_flaw(&place("salesAccountNumber"), number, books, reverse_charge);
                account
                    .into_iter()
                    .chain(too_long(&description, Some(&line.description), 255))
                    .collect()
            }
            Self::Text(line) => too_long(&description, Some(&line.description), 255)
                .into_iter()
                .collect(),
            Self::Item(line) => line
                .flaw(&place("itemNumber"), header, books)
                .into_iter()
                .collect(),
        }
    }
}

/// Why nothing can be sold on an account.
pub(super) fn account_flaw(place: &str, number: u32, books: &Books, reverse_charge: bool) -> Option<Flaw> {
    let (code, said) = match chart::account(number) {
        None => (Code::AccountUnknown, "finns inte i räkenskapsåret"),
        Some(account) if !books.is_active(account) => (Code::AccountInactive, "är inte aktivt"),
        Some(account) => match account.vat() {
            None => (Code::AccountWithoutVat, "saknar momsinställning"),
            Some(vat) if reverse_charge && !vat.rate().is_zero() => (
                Code::ReverseChargeWithVat,
                "har moms; fakturan har omvänd skattskyldighet",
            ),
            Some(_) => return None,
        },
    };
    Some(Flaw::new(code, place, format!("konto {number} {said}")))
}
