//! A document in the books, as far as we look at it. What it does not say is read as not there, so that a field that
//! the system leaves out does not hide the document.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use skarv_canonical::Reason;

use super::Kind;
use crate::amount::Amount;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Booked {
    #[serde(rename = "customerInvoiceId")]
    pub(crate) id: String,
    gross_amount: Amount,
    rounding_amount: Option<Amount>,
    amount_left_to_pay: Option<Amount>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) is_billed: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) is_customer_paid: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) is_canceled: bool,
    #[serde(rename = "invoiceHeader")]
    pub(crate) header: Header,
    #[serde(default, deserialize_with = "or_default")]
    vat_distributions: Vec<VatShare>,
    #[serde(default, deserialize_with = "or_default")]
    customer_invoice_references: Vec<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    customer_invoice_events: Vec<Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Header {
    pub(crate) invoice_reference: Option<String>,
    invoice_number: Option<Value>,
    pub(crate) customer_number: Option<String>,
    pub(crate) customer_order_number: Option<String>,
    pub(crate) your_reference: Option<String>,
    invoice_date: Option<String>,
    currency: Option<CurrencyCode>,
}

#[derive(Deserialize)]
struct CurrencyCode {
    code: String,
}

#[derive(Deserialize)]
struct VatShare {
    /// A fraction: 0.25 is 25 %.
    percent: Amount,
    amount: Amount,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    #[serde(rename = "type")]
    kind: Option<String>,
    referenced_customer_invoice_id: Option<String>,
}

impl Reference {
    fn id(&self) -> Option<&str> {
        self.referenced_customer_invoice_id.as_deref()
    }
}

/// Something that happened to a document, such as a payment.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    date: Option<String>,
    amount: Option<Amount>,
    payment_account_number: Option<u32>,
    voucher_serie: Option<String>,
    voucher_number: Option<Value>,
}

impl Booked {
    pub(crate) fn is(&self, kind: Kind, reference: &str) -> bool {
        self.has_reference(reference) && self.may_be(kind)
    }

    pub(crate) fn has_reference(&self, reference: &str) -> bool {
        self.header.invoice_reference.as_deref() == Some(reference)
    }

    /// A document that credits another is no invoice, and one that is to be paid is no credit.
    pub(crate) fn may_be(&self, kind: Kind) -> bool {
        let credits = self.referenced("Credit").next().is_some();
        match kind {
            Kind::Invoice => !credits,
            Kind::Credit => credits || self.gross() <= Decimal::ZERO,
        }
    }

    /// Ids of the documents that credit this one.
    pub(crate) fn credited_by(&self) -> impl Iterator<Item = &str> {
        self.referenced("CreditedBy").filter_map(Reference::id)
    }

    /// Ids of the documents that this one credits.
    pub(crate) fn credits(&self) -> impl Iterator<Item = &str> {
        self.referenced("Credit").filter_map(Reference::id)
    }

    fn referenced(&self, kind: &str) -> impl Iterator<Item = &Reference> {
        self.customer_invoice_references
            .iter()
            .filter(move |reference| reference.kind.as_deref() == Some(kind))
    }

    pub(crate) fn gross(&self) -> Decimal {
        self.gross_amount.0
    }

    /// What öresavrundning adds to what is to be paid.
    pub(crate) fn rounding(&self) -> Decimal {
        self.rounding_amount.map_or(Decimal::ZERO, |amount| amount.0)
    }

    pub(crate) fn left_to_pay(&self) -> Option<Decimal> {
        self.amount_left_to_pay.map(|amount| amount.0)
    }

    /// The invoice's day, even where a time follows it.
    pub(crate) fn date(&self) -> Option<NaiveDate> {
        self.header.invoice_date.as_deref()?.get(..10)?.parse().ok()
    }

    pub(crate) fn number(&self) -> String {
        text(self.header.invoice_number.as_ref())
    }

    pub(crate) fn currency(&self) -> &str {
        // what is left out is kronor, by contract
        self.header
            .currency
            .as_ref()
            .map_or("SEK", |currency| &currency.code)
    }

    /// Percent and tax.
    pub(crate) fn taxes(&self) -> impl Iterator<Item = (Decimal, Decimal)> {
        self.vat_distributions.iter().map(|share| {
            (
                share.percent.0.saturating_mul(Decimal::ONE_HUNDRED),
                share.amount.0,
            )
        })
    }

    /// What happened to it with this day, amount and account, oldest first.
    pub(crate) fn events(
        &self,
        date: NaiveDate,
        amount: Decimal,
        account: u32,
    ) -> impl Iterator<Item = &Event> {
        let day = date.to_string();
        self.customer_invoice_events.iter().filter(move |event| {
            event.date.as_deref().is_some_and(|date| date.starts_with(&day))
                && event.amount == Some(Amount(amount))
                && event.payment_account_number == Some(account)
        })
    }

    pub(crate) fn mismatch(&self, total: Decimal) -> Option<Reason> {
        let theirs = self.gross();
        (total != theirs).then(|| {
            Reason::data("erp_total_differs")
                .with("ours", format!("{total:.2}"))
                .with("theirs", format!("{theirs:.2}"))
                .fix("check_invoice_in_erp")
        })
    }
}

impl Event {
    /// What people find it by in the books, such as `K12`.
    pub(crate) fn voucher(&self) -> String {
        let number = text(self.voucher_number.as_ref());
        format!("{}{number}", self.voucher_serie.as_deref().unwrap_or_default())
    }
}

/// An empty field is one that is left out.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(field: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(field)?.unwrap_or_default())
}

/// Numbers of documents are written as numbers or as texts.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn booked(reference: &str, kind: Option<&str>, gross: f64) -> Booked {
        let shown = json!({
            "customerInvoiceId": "6a1f", "grossAmount": gross, "isCanceled": true,
            "invoiceHeader": { "invoiceReference": reference },
            "customerInvoiceReferences": kind.map(|kind| json!({ "type": kind })).into_iter().collect::<Vec<_>>(),
        });
        serde_json::from_str(&shown.to_string()).unwrap()
    }

    #[test]
    fn only_the_invoice_itself_is_ours_and_not_a_credit_of_it() {
        let ours = |reference, kind| booked(reference, kind, 300.5).is(Kind::Invoice, "k3x9qa-1042");
        assert!(ours("k3x9qa-1042", None) && ours("k3x9qa-1042", Some("CreditedBy")));
        assert!(
            !ours("k3x9qa-1042", Some("Credit")) && !ours("K3X9QA-1042", None) && !ours("k3x9qa-10421", None)
        );
    }

    #[test]
    fn a_credit_is_told_by_what_it_credits_or_by_what_it_gives_back() {
        let ours = |kind, gross| booked("k3x9qa-1042-R5", kind, gross).is(Kind::Credit, "k3x9qa-1042-R5");
        assert!(ours(Some("Credit"), -20.0) && ours(None, -20.0) && ours(None, 0.0));
        assert!(!ours(None, 20.0) && !ours(Some("CreditedBy"), 20.0));
    }

    #[test]
    fn what_is_empty_or_left_out_hides_no_document() {
        let shown = json!({
            "customerInvoiceId": "6a1f", "grossAmount": "99.00", "isCanceled": null, "amountLeftToPay": null,
            "invoiceHeader": { "invoiceReference": "k3x9qa-1042", "invoiceNumber": "F1001", "currency": null },
            "vatDistributions": null, "customerInvoiceReferences": null, "customerInvoiceEvents": null,
        });
        let booked: Booked = serde_json::from_str(&shown.to_string()).unwrap();
        assert!(booked.is(Kind::Invoice, "k3x9qa-1042") && !booked.is_canceled);
        assert_eq!((booked.number().as_str(), booked.currency()), ("F1001", "SEK"));
        assert_eq!((booked.left_to_pay(), booked.rounding()), (None, Decimal::ZERO));
    }

    #[test]
    fn another_total_in_the_books_is_said_with_both_figures() {
        let booked = booked("k3x9qa-1042", None, 300.5);
        let reason = booked.mismatch("300.00".parse().unwrap()).unwrap();
        assert_eq!(reason.to_string(), "erp_total_differs ours=300.00 theirs=300.50");
        assert_eq!(booked.mismatch("300.500".parse().unwrap()), None);
    }
}
