//! A posted invoice on its way into the books: the shape in which it comes, and the draft with amounts
//! that it becomes once `rules` has found nothing wrong. VAT is nowhere in what is posted: it follows each
//! line's account through the chart.

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use uuid::Uuid;

use super::arithmetic::{Amounts, line_gross, line_net};
use super::chart::{self, Account};
use super::errors::{Code, Refusal};
use super::item_line::{ItemLine, Sold};
use super::request::{decimal, guid};
use super::state::Books;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Posted {
    pub(super) sequence_id: String,
    pub(super) customer_invoice: Header,
    pub(super) invoice_lines: Vec<PostedLine>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Header {
    pub(super) customer_number: String,
    pub(super) invoice_date: NaiveDate,
    pub(super) invoice_expiration_date: Option<NaiveDate>,
    #[serde(default)]
    pub(super) is_reverse_charge: bool,
    pub(super) project_number: Option<String>,
    pub(super) dimensions: Option<Value>,
    pub(super) comment: Option<String>,
    pub(super) our_reference: Option<String>,
    pub(super) your_reference: Option<String>,
    pub(super) customer_order_number: Option<String>,
    pub(super) customer_project_number: Option<String>,
    pub(super) supplier_order_number: Option<String>,
    pub(super) invoice_reference: Option<String>,
    #[serde(default)]
    pub(super) currency: Currency,
    #[serde(default, skip_serializing)]
    pub(super) customer_invoice_references: Vec<Reference>,
    #[serde(skip_deserializing)]
    pub(super) origin: Origin,
}

/// Where a document was made. No client chooses it.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) enum Origin {
    #[default]
    Invoicing,
    CashRegister,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Currency {
    pub(super) code: String,
}

impl Default for Currency {
    fn default() -> Self {
        Self {
            code: "SEK".to_owned(),
        }
    }
}

/// That a document credits another.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Reference {
    pub(super) referenced_customer_invoice_id: Uuid,
    #[serde(rename = "type")]
    _kind: Credit,
}

#[derive(Clone, Deserialize)]
enum Credit {
    Credit,
}

#[derive(Deserialize)]
pub(super) enum PostedLine {
    #[serde(rename = "invoiceLine")]
    Amount(AmountLine),
    #[serde(rename = "itemInvoiceLine")]
    Item(ItemLine),
    #[serde(rename = "textInvoiceLine")]
    Text(TextLine),
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AmountLine {
    pub(super) description: String,
    pub(super) unit_price: Number,
    pub(super) unit_type: Option<String>,
    pub(super) quantity: Number,
    pub(super) sales_account_number: u32,
    pub(super) project_number: Option<String>,
    /// The item that an item line has become this of.
    #[serde(skip)]
    pub(super) sold: Option<Sold>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextLine {
    pub(super) description: String,
}

/// A line as it is kept.
#[derive(Clone)]
pub(super) enum Line {
    Amount {
        posted: AmountLine,
        rate: Decimal,
        gross: Decimal,
        net: Decimal,
    },
    Text(TextLine),
}

/// An invoice that may be booked.
pub(super) struct Draft {
    pub(super) sequence_id: Uuid,
    pub(super) header: Header,
    pub(super) due: NaiveDate,
    pub(super) lines: Vec<Line>,
    pub(super) amounts: Amounts,
}

impl Draft {
    /// The documents that this one credits.
    pub(super) fn credited(&self) -> impl Iterator<Item = Uuid> {
        self.header
            .customer_invoice_references
            .iter()
            .map(|reference| reference.referenced_customer_invoice_id)
    }

    /// Sabotage: the first amount line becomes an öre too large.
    pub(super) fn skew(&mut self, whole_kronor: bool) {
        self.amounts = skewed(&self.header, &mut self.lines, Decimal::new(1, 2), whole_kronor);
    }

    /// A document must leave something of what it credits, or nothing.
    fn within_what_is_left(self, books: &Books) -> Result<Self, Refusal> {
        let left = |id| books.invoice(id).map(|invoice| invoice.left_to_credit(books));
        let short = self
            .credited()
            .filter_map(left)
            .find(|left| left + self.amounts.gross < Decimal::ZERO);
        match short {
            Some(left) => Err(Refusal::flaw(
                Code::CreditTooLarge,
                "customerInvoiceReferences",
                format!("kvar att kreditera är {left}"),
            )),
            None => Ok(self),
        }
    }
}

impl Posted {
    pub(super) fn sequence_id(&self) -> Result<Uuid, Refusal> {
        guid("sequenceId", &self.sequence_id)
    }

    /// The draft, or everything that is wrong with what was posted.
    pub(super) fn checked(
        self,
        books: &Books,
        today: NaiveDate,
        whole_kronor: bool,
    ) -> Result<Draft, Refusal> {
        let sequence_id = self.sequence_id()?;
        self.check(books, today)?;
        let due = due(&self.customer_invoice, books);
        let posted = self.invoice_lines.into_iter();
        let lines: Vec<_> = posted
            .filter_map(|posted| line(posted, &self.customer_invoice, books))
            .collect();
        let amounts = amounts(&self.customer_invoice, &lines, whole_kronor);
        let draft = Draft {
            sequence_id,
            header: self.customer_invoice,
            due,
            lines,
            amounts,
        };
        draft.within_what_is_left(books)
    }
}

/// The amounts once the first amount line has become so much larger.
pub(super) fn skewed(header: &Header, lines: &mut [Line], by: Decimal, whole_kronor: bool) -> Amounts {
    let first = lines.iter_mut().find_map(|line| match line {
        Line::Amount { gross, .. } => Some(gross),
        Line::Text(_) => None,
    });
    if let Some(gross) = first {
        *gross += by;
    }
    amounts(header, lines, whole_kronor)
}

fn due(header: &Header, books: &Books) -> NaiveDate {
    let terms = books
        .contact_numbered(&header.customer_number)
        .map_or(30, |contact| contact.payment_terms());
    let by_terms = header.invoice_date.checked_add_days(Days::new(terms.into()));
    header
        .invoice_expiration_date
        .or(by_terms)
        .unwrap_or(header.invoice_date)
}

/// A line with its amounts. Anything without price, quantity or rate was refused before.
fn line(posted: PostedLine, header: &Header, books: &Books) -> Option<Line> {
    let posted = match posted {
        PostedLine::Amount(posted) => posted,
        PostedLine::Text(text) => return Some(Line::Text(text)),
        PostedLine::Item(posted) => return posted.line(header, books),
    };
    let rate = chart::account(posted.sales_account_number)
        .and_then(Account::vat)?
        .rate();
    let (price, quantity) = (decimal(&posted.unit_price)?, posted.quantity.as_i64()?);
    let (gross, net) = (line_gross(price, quantity, rate), line_net(price, quantity));
    Some(Line::Amount {
        posted,
        rate,
        gross,
        net,
    })
}

/// Öresavrundning is for kronor only.
pub(super) fn amounts(header: &Header, lines: &[Line], whole_kronor: bool) -> Amounts {
    let shares = lines.iter().filter_map(|line| match line {
        Line::Amount { rate, gross, .. } => Some((*rate, *gross)),
        Line::Text(_) => None,
    });
    Amounts::of(shares, whole_kronor && header.currency.code == "SEK")
}
