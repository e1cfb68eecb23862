//! Payments and credit notes of the invoices in `system`, and the ledger that the connector opens.

use serde_json::{Value, json};
use skarv_canonical::invoice::{CreditNote, InvoiceRow};
use skarv_canonical::payment::InvoicePayment;
use skarv_canonical::write::{Document, Effect, Write};
use skarv_connector::Receipt;

use crate::system::{System, d, invoice, invoice_write, with_rows};

/// 99.00 to 1580 on the day after the invoice's.
pub(crate) fn payment(document: &str) -> InvoicePayment {
    let invoice = invoice(document);
    InvoicePayment {
        reference: format!("{document}-P"),
        document: document.to_owned(),
        date: "2026-11-21".parse().expect("a day"),
        currency: invoice.currency,
        amount: d("99.00"),
        account: 1580,
        method: "Klarna".to_owned(),
        twins: 0,
    }
}

/// A part of it from a gift card, the second of two when one is its twin.
pub(crate) fn gift_card(document: &str, amount: &str, n: usize, twins: usize) -> InvoicePayment {
    InvoicePayment {
        reference: format!("{document}-G{n}"),
        amount: d(amount),
        account: 2421,
        twins,
        ..payment(document)
    }
}

/// What these rows give back of an invoice; their amounts are negative.
pub(crate) fn credit(document: &str, slip: u32, rows: Vec<InvoiceRow>) -> CreditNote {
    let like = with_rows(document, rows);
    CreditNote {
        reference: format!("{document}-R{slip}"),
        invoice_reference: document.to_owned(),
        order_number: like.order_number,
        customer_number: like.customer_number,
        date: "2026-11-22".parse().expect("a day"),
        currency: like.currency,
        conversion_rate: like.conversion_rate,
        scheme: like.scheme,
        rows: like.rows,
        total: like.total,
        note: format!("Avser faktura {document}"),
        shop_difference: d("0"),
    }
}

pub(crate) fn payment_write(payment: InvoicePayment) -> Write {
    Write {
        our_key: payment.reference.clone(),
        effect: Effect::Create,
        document: Document::Payment(Box::new(payment)),
    }
}

pub(crate) fn credit_write(credit: CreditNote) -> Write {
    Write {
        our_key: credit.reference.clone(),
        effect: Effect::Create,
        document: Document::Credit(Box::new(credit)),
    }
}

impl System {
    /// With the invoice of 99.00 that `payment` and `credit` are about: the second in the books.
    pub(crate) async fn invoiced(document: &str) -> Self {
        let system = Self::warm().await;
        system.made(&invoice_write(invoice(document))).await;
        system
    }

    /// Puts what must be accepted as it is.
    pub(crate) async fn made(&self, write: &Write) -> Receipt {
        let receipt = self.put(write).await.expect("accepted");
        assert_eq!(receipt.mismatch, None, "{}", write.our_key);
        receipt
    }

    pub(crate) async fn pay(&self, payment: InvoicePayment) -> Receipt {
        self.made(&payment_write(payment)).await
    }

    /// What the books hold under a reference.
    pub(crate) async fn in_books(&self, reference: &str) -> Vec<Value> {
        let booked = self.booked().await;
        booked
            .into_iter()
            .filter(|invoice| invoice["reference"] == reference)
            .collect()
    }

    /// The one document under a reference.
    pub(crate) async fn the(&self, reference: &str) -> Value {
        let mut booked = self.in_books(reference).await;
        assert_eq!(booked.len(), 1, "{booked:?}");
        booked.remove(0)
    }

    /// What a person does to the document under a reference.
    pub(crate) async fn by_hand(&self, reference: &str, deed: &str, with: Value) {
        let number = self.the(reference).await["number"].clone();
        self.admin_post(&format!("invoices/{number}/{deed}"), &with).await;
    }

    pub(crate) async fn cancel(&self, reference: &str) {
        self.by_hand(reference, "cancel", json!({})).await;
    }
}
