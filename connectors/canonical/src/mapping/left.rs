//! What is left to credit of an invoice, row by row, as its slips are settled oldest first.
//!
//! Holds that no row gives back more pieces or money than were invoiced, that all slips together never exceed the invoice's
//! total, and that rounding goes back with the last of it, so that slips that empty an invoice sum to it exactly.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::{
    Reason,
    invoice::{Invoice, InvoiceRow, RowKind},
    money::{split, to_ore},
    order::Order,
    refund::{Slip, SlipKind, SlipLine},
    vat::VatRate,
};

const TWO_ORE: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// What is left of an invoice.
pub(super) struct Left {
    rows: Vec<Row>,
    /// Given back without a row to take it from.
    loose: Decimal,
    total: Decimal,
    currency: crate::Currency,
}

/// What a slip comes to.
pub(super) struct Settled {
    pub(super) rows: Vec<InvoiceRow>,
    /// What the shop gave back by its own figures.
    pub(super) given: Decimal,
}

/// A row of the invoice, and what is left of it.
struct Row {
    invoiced: InvoiceRow,
    /// The order's row that it came from. None for fees, discounts and rounding.
    line: Option<String>,
    quantity: u32,
    gross: Decimal,
}

/// What a slip gives back besides shipping.
enum Goods {
    /// Its rows, each for its own amount.
    Rows,
    /// This much over its rows.
    Chosen(Decimal),
    /// This much, and no row says for what.
    Bare(Decimal),
}

impl Left {
    pub(super) fn of(invoice: &Invoice, order: &Order) -> Self {
        let lines = order.lines.iter().map(|line| Some(line.key.clone()));
        let lines = lines.chain(std::iter::repeat(None));
        let row = |(invoiced, line): (&InvoiceRow, Option<String>)| Row {
            quantity: invoiced.quantity,
            gross: invoiced.gross,
            invoiced: invoiced.clone(),
            line,
        };
        Self {
            rows: invoice.rows.iter().zip(lines).map(row).collect(),
            loose: Decimal::ZERO,
            total: invoice.total,
            currency: invoice.currency,
        }
    }

    /// The rows that take back what a slip gave, which are then no longer left.
    pub(super) fn settle(&mut self, slip: &Slip) -> Result<Settled, Reason> {
        let (mut rows, given) = match goods(slip)? {
            Goods::Rows => (self.each(slip)?, slip.lines.iter().map(|l| to_ore(l.gross)).sum()),
            Goods::Chosen(amount) => (self.chosen(slip, amount)?, amount),
            Goods::Bare(amount) => (self.bare(amount)?, amount),
        };
        rows.extend(self.shipping(to_ore(slip.shipping_gross))?);
        let vouchers = match slip.kind {
            SlipKind::MinusVoucher => self.vouchers(-sum(&rows)),
            SlipKind::Plain | SlipKind::ChosenAmount => Vec::new(),
        };
        let given = given + to_ore(slip.shipping_gross) - sum(&vouchers);
        rows.extend(vouchers);
        rows.extend(self.rounding(-sum(&rows))?);
        if rows.iter().all(|row| row.gross.is_zero()) {
            return Err(Reason::data(super::credit::EMPTY));
        }
        Ok(Settled { rows, given })
    }

    fn each(&mut self, slip: &Slip) -> Result<Vec<InvoiceRow>, Reason> {
        let currency = self.currency;
        let each = slip.lines.iter().map(|line| {
            let row = self.row(line)?;
            let gross = row
                .covers(line)
                .map_err(|reason| reason.with("currency", currency))?;
            Ok(row.take(line.quantity, gross))
        });
        each.collect()
    }

    /// A chosen amount over the slip's rows, by what they come to.
    fn chosen(&mut self, slip: &Slip, amount: Decimal) -> Result<Vec<InvoiceRow>, Reason> {
        let currency = self.currency;
        let weights = slip
            .lines
            .iter()
            .map(|line| Ok(to_ore(line.gross).min(self.row(line)?.gross)));
        let weights = weights.collect::<Result<Vec<_>, Reason>>()?;
        let most: Decimal = weights.iter().sum();
        if amount > most + slack(slip.lines.len()) {
            return Err(exceeds("refund_exceeds_rows", amount, most).with("currency", currency));
        }
        let parts = split(amount.min(most), &weights);
        let each = slip.lines.iter().zip(parts).filter(|(_, part)| !part.is_zero());
        let each = each.map(|(line, part)| {
            let row = self.row(line)?;
            Ok(row.take(line.quantity, part.min(row.gross)))
        });
        each.collect()
    }

    /// A bare amount has a rate only if everything that was invoiced has the same.
    fn bare(&mut self, amount: Decimal) -> Result<Vec<InvoiceRow>, Reason> {
        let charged = || {
            let rows = self.rows.iter().map(|row| &row.invoiced);
            rows.filter(|row| row.kind != RowKind::Rounding && !row.gross.is_zero())
        };
        let rates: BTreeSet<VatRate> = charged().map(|row| row.rate).collect();
        let like = charged().find(|row| row.kind == RowKind::Goods);
        let (1, Some(like)) = (rates.len(), like) else {
            return Err(Reason::data("refund_rate_unclear")
                .with("amount", amount)
                .with("currency", self.currency)
                .fix("credit_by_hand"));
        };
        let row = InvoiceRow {
            sku: String::new(),
            text: "Återbetalning".to_owned(),
            quantity: 1,
            gross: -amount,
            ..like.clone()
        };
        self.loose += amount;
        Ok(vec![row])
    }

    /// Shipping, split as the invoice split it. In a foreign currency a slip's may differ by an öre or two.
    fn shipping(&mut self, asked: Decimal) -> Result<Vec<InvoiceRow>, Reason> {
        if asked.is_zero() {
            return Ok(Vec::new());
        }
        let left = self.left_of(RowKind::Shipping);
        if asked > left + TWO_ORE {
            return Err(exceeds("refund_exceeds_shipping", asked, left).with("currency", self.currency));
        }
        let whole = (asked - left).abs() <= TWO_ORE;
        Ok(self.take_from(RowKind::Shipping, if whole { left } else { asked }))
    }

    /// Vouchers taken back: no more than what is given, until nothing is left that they could reduce.
    fn vouchers(&mut self, given: Decimal) -> Vec<InvoiceRow> {
        let left = self.left_of(RowKind::Discount);
        let all: Decimal = self.rows.iter().map(|row| row.gross).sum();
        let amount = if all == left + self.left_of(RowKind::Rounding) {
            left
        } else {
            left.max(-given).min(Decimal::ZERO)
        };
        self.take_from(RowKind::Discount, amount)
    }

    /// The rounding that goes back with `credited`: all of it when nothing else is left, else only what keeps the sum of the
    /// slips within the invoice. What rounding does not explain is more than was paid.
    fn rounding(&mut self, credited: Decimal) -> Result<Vec<InvoiceRow>, Reason> {
        let rounding = self.left_of(RowKind::Rounding);
        let open = self.rows.iter().map(|row| row.gross).sum::<Decimal>() - rounding - self.loose;
        if open.is_zero() {
            return Ok(self.take_from(RowKind::Rounding, rounding));
        }
        let excess = -(open + rounding);
        if excess <= Decimal::ZERO {
            return Ok(Vec::new());
        }
        if excess > -rounding {
            let before = self.total - (open + rounding + credited);
            return Err(exceeds("refund_exceeds_paid", before + credited, self.total)
                .with("paid", self.total)
                .with("currency", self.currency));
        }
        Ok(self.take_from(RowKind::Rounding, -excess))
    }

    fn left_of(&self, kind: RowKind) -> Decimal {
        self.of_kind(kind).map(|row| row.gross).sum()
    }

    fn of_kind(&self, kind: RowKind) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.invoiced.kind == kind)
    }

    /// Takes an amount from the rows of a kind, in the proportions of what is left of them.
    fn take_from(&mut self, kind: RowKind, amount: Decimal) -> Vec<InvoiceRow> {
        let weights: Vec<Decimal> = self.of_kind(kind).map(|row| row.gross.abs()).collect();
        let parts = split(amount, &weights);
        let rows = self.rows.iter_mut().filter(|row| row.invoiced.kind == kind);
        let parted = rows.zip(parts).filter(|(_, part)| !part.is_zero());
        parted.map(|(row, part)| row.take(1, part)).collect()
    }

    fn row(&mut self, line: &SlipLine) -> Result<&mut Row, Reason> {
        let found = self
            .rows
            .iter_mut()
            .find(|row| row.line.as_ref() == Some(&line.order_line));
        found.ok_or_else(|| {
            Reason::data("refund_row_unknown")
                .with("row", &line.order_line)
                .fix("credit_by_hand")
        })
    }
}

impl Row {
    /// What of this row takes back a slip's line: exactly the rest when the line is for all that is left of it, and never
    /// more than its share of what was invoiced.
    fn covers(&self, line: &SlipLine) -> Result<Decimal, Reason> {
        let asked = to_ore(line.gross);
        let pieces = Decimal::from(line.quantity) / Decimal::from(self.invoiced.quantity.max(1));
        let share = self.invoiced.gross * pieces;
        let slack_of_row = slack(self.invoiced.quantity as usize);
        let too_dear = asked > share + slack(line.quantity as usize) || asked > self.gross + slack_of_row;
        if line.quantity > self.quantity || too_dear {
            return Err(
                exceeds("refund_exceeds_row", asked, to_ore(share).min(self.gross))
                    .with("row", &self.invoiced.text)
                    .with("quantity", line.quantity)
                    .with("left_quantity", self.quantity),
            );
        }
        let rest = line.quantity == self.quantity && (asked - self.gross).abs() <= slack_of_row;
        Ok(if rest { self.gross } else { asked.min(self.gross) })
    }

    /// Takes so much away, and says it as a row of a credit note.
    fn take(&mut self, quantity: u32, gross: Decimal) -> InvoiceRow {
        let quantity = quantity.min(self.quantity);
        self.quantity -= quantity;
        self.gross -= gross;
        InvoiceRow {
            quantity: quantity.max(1),
            gross: Decimal::ZERO - gross,
            ..self.invoiced.clone()
        }
    }
}

/// Which reading of a slip its figures bear out. Slips with shipping look like those with a chosen amount; only when the amount
/// is neither what the rows come to with tax nor without did a person choose it.
fn goods(slip: &Slip) -> Result<Goods, Reason> {
    let amount = to_ore(slip.amount);
    if slip.lines.is_empty() && !amount.is_zero() {
        return Ok(Goods::Bare(amount));
    }
    let (gross, net) = slip
        .lines
        .iter()
        .fold((Decimal::ZERO, Decimal::ZERO), |(gross, net), line| {
            (gross + line.gross, net + line.net)
        });
    let is = |sum: Decimal| (slip.amount - sum).abs() <= slack(slip.lines.len());
    match slip.kind {
        SlipKind::Plain | SlipKind::MinusVoucher => Ok(Goods::Rows),
        SlipKind::ChosenAmount if is(gross) => Ok(Goods::Rows),
        SlipKind::ChosenAmount if is(net) && !slip.shipping_gross.is_zero() => Ok(Goods::Rows),
        SlipKind::ChosenAmount if is(net) => Err(Reason::data("refund_amount_unclear")
            .with("amount", amount)
            .with("gross", gross)
            .fix("credit_by_hand")),
        SlipKind::ChosenAmount => Ok(Goods::Chosen(amount)),
    }
}

fn sum(rows: &[InvoiceRow]) -> Decimal {
    rows.iter().map(|row| row.gross).sum()
}

/// How far rounding piece by piece on one side and row by row on the other can be apart.
fn slack(pieces: usize) -> Decimal {
    TWO_ORE + Decimal::new(1, 2) * Decimal::from(pieces)
}

fn exceeds(code: &'static str, refunded: Decimal, left: Decimal) -> Reason {
    Reason::data(code)
        .with("refunded", refunded)
        .with("left", left)
        .fix("credit_by_hand")
}
