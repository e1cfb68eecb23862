//! Invoices: what an order's invoice says, and to whom. How it is booked and found again is in `document`, which articles it
//! takes from stock in `taken`.
//!
//! Invariant: stock never stops an order. When the books refuse a line that takes from it, nothing is booked by contract, and
//! the invoice is sent without such lines.

mod taken;

use chrono::Days;
use skarv_canonical::Reason;
use skarv_canonical::customer::Address;
use skarv_canonical::invoice::Invoice;
use skarv_canonical::write::Document;
use skarv_connector::{Error, Found, Receipt};
use skarv_http::SendWindow;

use crate::account::Chart;
use crate::api::Api;
use crate::document::{self, Content, Kind, Posted, Wanted, posted};
use crate::error::is_stock_refused;

use taken::Taking;
pub(crate) use taken::{Catalogue, Taken};

pub(crate) async fn find(api: &Api, invoice: &Invoice) -> Result<Option<Found>, Error> {
    document::find(api, wanted(invoice)).await
}

/// An invoice that may be sent.
pub(crate) struct Ready<'a> {
    posted: Posted<'a>,
    taking: Taking<'a>,
}

impl Ready<'_> {
    /// What a reader of the order is told of the stock that does not move.
    pub(crate) fn remark(&self) -> Option<Reason> {
        self.taking.remark()
    }
}

/// Everything that is known to be refused is found here, before anything is sent.
pub(crate) async fn ready<'a>(
    api: &Api,
    chart: &Chart,
    catalogue: &Catalogue,
    invoice: &'a Invoice,
) -> Result<Ready<'a>, Error> {
    let mut posted = posted(&content(invoice))?;
    chart.check(api, invoice.date, &invoice.rows).await?;
    let taking = catalogue.taking(api, invoice).await?;
    posted.take(&taking.taken);
    Ok(Ready { posted, taking })
}

pub(crate) async fn put(
    api: &Api,
    Ready {
        mut posted,
        mut taking,
    }: Ready<'_>,
    document: &Document,
    invoice: &Invoice,
    window: Option<SendWindow>,
) -> Result<Receipt, Error> {
    let mut booked = document::book(api, wanted(invoice), &posted, document, window).await;
    if booked.as_ref().is_err_and(is_stock_refused) {
        taking = taking.nothing();
        posted.take(&[]);
        booked = document::book(api, wanted(invoice), &posted, document, window).await;
    }
    let mut receipt = booked?;
    receipt.remarks.extend(taking.remark());
    Ok(receipt)
}

fn wanted(invoice: &Invoice) -> Wanted<'_> {
    Wanted {
        kind: Kind::Invoice,
        reference: &invoice.reference,
        total: invoice.total,
    }
}

fn content(invoice: &Invoice) -> Content<'_> {
    Content {
        kind: Kind::Invoice,
        reference: &invoice.reference,
        order_number: &invoice.order_number,
        customer_number: &invoice.customer_number,
        your_reference: &invoice.buyer.name,
        date: invoice.date,
        due: invoice
            .date
            .checked_add_days(Days::new(invoice.payment_terms_days.into())),
        scheme: invoice.scheme,
        currency: invoice.currency,
        rows: &invoice.rows,
        total: invoice.total,
        comment: comment(invoice),
        credits: None,
    }
}

/// Who bought, when the card does not tell; how it is paid; where the goods go, when that is elsewhere. What the buyer
/// wrote comes last: it is what may be cut.
fn comment(invoice: &Invoice) -> String {
    let buyer = &invoice.buyer;
    let elsewhere = place(&buyer.delivery) != place(&buyer.billing);
    let said = [
        (
            "Köpare: ",
            buyer.collective.then(|| bought_by(&buyer.name, &buyer.billing)),
        ),
        ("Betalning: ", Some(invoice.payment_method.trim().to_owned())),
        ("Levereras till: ", elsewhere.then(|| place(&buyer.delivery))),
        ("", Some(invoice.note.trim().to_owned())),
    ];
    let lines = said.into_iter().filter_map(|(label, text)| {
        let text = text.filter(|text| !text.is_empty())?;
        Some(format!("{label}{text}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The buyer's name, once.
fn bought_by(name: &str, billing: &Address) -> String {
    let place = place(billing);
    if place.starts_with(name.trim()) {
        place
    } else {
        format!("{}, {place}", name.trim())
    }
}

/// A postal address on one line.
fn place(address: &Address) -> String {
    let town = format!("{} {}", address.postcode.trim(), address.city.trim());
    let parts = [
        address.name.as_str(),
        &address.company,
        &address.line1,
        &address.line2,
        &town,
        address.country.code(),
    ];
    let parts = parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
pub(crate) mod tests {
    use rust_decimal::Decimal;
    use serde_json::json;
    use skarv_canonical::Currency;
    use skarv_canonical::invoice::{Buyer, InvoiceRow, RowKind};
    use skarv_canonical::vat::VatScheme;

    use super::*;

    pub(crate) fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn row(kind: RowKind, text: &str, quantity: u32, gross: &str, rate: u32, account: u32) -> InvoiceRow {
        InvoiceRow {
            kind,
            sku: String::new(),
            text: text.to_owned(),
            quantity,
            gross: d(gross),
            rate: rate.into(),
            account,
        }
    }

    /// 300.00 with 25 % and 12 % and a freight.
    pub(crate) fn invoice() -> Invoice {
        Invoice {
            reference: "k3x9qa-1042".to_owned(),
            order_number: "XKBKNABJK".to_owned(),
            customer_number: "k3x9qa-K7".to_owned(),
            buyer: Buyer::at(crate::customer::tests::card().billing),
            date: "2026-11-20".parse().unwrap(),
            payment_terms_days: 30,
            currency: Currency::SEK,
            conversion_rate: Decimal::ONE,
            scheme: VatScheme::Domestic,
            rows: vec![
                row(RowKind::Goods, "Räksmörgås", 3, "200.00", 12, 3001),
                row(RowKind::Shipping, "Frakt", 1, "100.00", 25, 3520),
            ],
            total: d("300.00"),
            payment_method: "Klarna".to_owned(),
            note: "Ring på dörren".to_owned(),
            takes_stock: false,
        }
    }

    fn sent(invoice: &Invoice) -> Result<serde_json::Value, Error> {
        let posted = posted(&content(invoice))?;
        Ok(serde_json::from_str(&serde_json::to_string(&posted).unwrap()).unwrap())
    }

    #[test]
    fn an_invoice_is_sent_with_exact_prices_and_our_reference() {
        let mut shown = sent(&invoice()).unwrap();
        let sequence_id = shown.as_object_mut().unwrap().remove("sequenceId").unwrap();
        assert_eq!(sequence_id.as_str().unwrap().len(), 36);
        let name = &invoice().buyer.name;
        assert_eq!(
            shown,
            json!({
                "customerInvoice": {
                    "customerNumber": "k3x9qa-K7",
                    "invoiceDate": "2026-11-20",
                    "invoiceExpirationDate": "2026-12-20",
                    "isReverseCharge": false,
                    "invoiceReference": "k3x9qa-1042",
                    "customerOrderNumber": "XKBKNABJK",
                    "yourReference": name,
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
    fn what_leaves_the_stock_comes_after_the_rows_for_nothing_and_can_be_left_out_again() {
        let invoice = invoice();
        let plain = sent(&invoice).unwrap();
        let mut posted = posted(&content(&invoice)).unwrap();
        let shown = |posted: &Posted<'_>| serde_json::to_value(posted).unwrap()["invoiceLines"].clone();
        posted.take(&[Taken::of("RM-1", 3), Taken::of("Å/2", 1)]);
        let lines = shown(&posted);
        let line = |number: &str, quantity: u32| json!({ "itemInvoiceLine": { "itemNumber": number, "quantity": quantity, "discountPercent": 100 } });
        let text = "Artiklarna nedan tas ur lagret och kostar inget här: priset står på raderna ovan.";
        let after_rows = [
            json!({ "textInvoiceLine": { "description": text } }),
            line("RM-1", 3),
            line("Å/2", 1),
        ];
        assert_eq!(lines.as_array().unwrap()[2..], after_rows);
        posted.take(&[]);
        assert_eq!(shown(&posted), plain["invoiceLines"]);
    }

    #[test]
    fn rows_that_do_not_sum_to_the_total_are_never_sent() {
        let short = Invoice {
            total: d("300.01"),
            ..invoice()
        };
        let error = sent(&short).expect_err("refused");
        assert_eq!(
            error.reason.to_string(),
            "sum_mismatch currency=SEK difference=0.01 rows=300.00 total=300.01"
        );
    }

    #[test]
    fn a_row_that_no_price_gives_is_named() {
        let mut finer = invoice();
        finer.rows[0].gross = d("200.005");
        let error = sent(&finer).expect_err("refused");
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
        wordy.buyer.name = "ä".repeat(60);
        wordy.note = "ö".repeat(2000);
        let shown = sent(&wordy).unwrap();
        let header = &shown["customerInvoice"];
        let lengths = [
            &header["comment"],
            &header["customerOrderNumber"],
            &header["yourReference"],
            &shown["invoiceLines"][0]["invoiceLine"]["description"],
        ]
        .map(|text| text.as_str().unwrap().chars().count());
        assert_eq!(lengths, [1000, 50, 50, 255]);
        let silent = Invoice {
            note: " ".to_owned(),
            payment_method: String::new(),
            ..invoice()
        };
        assert!(sent(&silent).unwrap()["customerInvoice"].get("comment").is_none());
    }

    #[test]
    fn what_the_card_does_not_tell_stands_in_the_comment() {
        let mut gift = invoice();
        gift.buyer.collective = true;
        gift.buyer.billing.name = "Åsa Öberg".to_owned();
        gift.buyer.name = "Åsa Öberg".to_owned();
        gift.buyer.billing.line1 = "Älvvägen 3".to_owned();
        gift.buyer.delivery = Address {
            name: "Bo Ek".to_owned(),
            line1: "Torget 1".to_owned(),
            ..gift.buyer.billing.clone()
        };
        let town = format!("{} {}", gift.buyer.billing.postcode, gift.buyer.billing.city);
        assert_eq!(
            sent(&gift).unwrap()["customerInvoice"]["comment"],
            format!(
                "Köpare: Åsa Öberg, Älvvägen 3, {town}, SE\nBetalning: Klarna\n\
                 Levereras till: Bo Ek, Torget 1, {town}, SE\nRing på dörren"
            )
        );
    }

    #[test]
    fn a_telephone_number_alone_is_no_other_address() {
        let mut same = invoice();
        same.buyer.delivery.phone = "070-1".to_owned();
        assert!(!comment(&same).contains("Levereras till"));
    }
}
