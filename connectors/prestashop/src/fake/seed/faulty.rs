//! How the few faulty orders are spoilt. Each has one flaw and is otherwise an ordinary, paid order.

use rust_decimal::Decimal;

use super::{address_book::Party, clerk::Line};
use crate::fake::{
    books::Books,
    rounding::{Amount, Totals, micro},
    rows::Faulty,
};

/// A row taxed with 17.3 %: neither its linked tax nor any rate of the country.
pub(super) fn spoil_lines(flaw: Option<Faulty>, lines: &mut [Line]) {
    if flaw == Some(Faulty::VatRateUnclear)
        && let Some(line) = lines.first_mut()
    {
        line.unit.gross = micro(line.unit.net * Decimal::new(1173, 3));
    }
}

/// A fee that some module added to the totals without making a row of it.
pub(super) fn spoil_totals(flaw: Option<Faulty>, totals: &mut Totals) {
    if flaw == Some(Faulty::SumMismatch) {
        let fee = Amount {
            net: Decimal::new(3120, 2),
            gross: Decimal::new(3900, 2),
        };
        totals.products = totals.products + fee;
        totals.paid = totals.paid + fee;
    }
}

/// Somebody asked to be forgotten, and the shop deleted more than it should.
pub(super) fn forget_customer(flaw: Option<Faulty>, books: &mut Books, party: Party) {
    if flaw == Some(Faulty::CustomerMissing) {
        books.customers.delete(party.customer);
        books.addresses.delete(party.invoice);
        books.addresses.delete(party.delivery);
    }
}
