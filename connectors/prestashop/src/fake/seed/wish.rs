//! What one order is to be like: the features that make orders differ, dealt out so that every few dozen orders have them all.

use chrono::{DateTime, Utc};
use rand::{RngExt, rngs::StdRng};

use crate::fake::{
    rounding::RoundType,
    rows::{Currency, Faulty},
    vouchers::Voucher,
};

/// Who places the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buyer {
    Private,
    Company,
    Guest,
    GermanConsumer,
    FinnishCompany,
    /// Somebody who has just registered.
    New,
    /// The customer with this id.
    Known(u32),
}

pub(crate) struct Wish {
    pub(crate) at: DateTime<Utc>,
    pub(crate) buyer: Buyer,
    pub(crate) currency: Currency,
    pub(crate) round_type: RoundType,
    pub(crate) rows: usize,
    pub(crate) voucher: Option<Voucher>,
    pub(crate) wrapped: bool,
    pub(crate) carrier: u32,
    pub(crate) by_transfer: bool,
    pub(crate) faulty: Option<Faulty>,
}

/// The `number`-th order of the shop. Different strides make the features meet in changing company.
pub(super) fn ordinary(number: usize, at: DateTime<Utc>, rng: &mut StdRng) -> Wish {
    let buyer = buyer(number);
    let voucher = if number % 7 == 2 {
        Some(voucher(number / 7, buyer))
    } else {
        None
    };
    let pays_shipping = voucher.is_some_and(Voucher::frees_shipping) || rng.random_range(0..10) > 0;
    Wish {
        at,
        buyer,
        currency: currency(number, buyer),
        round_type: match number % 10 {
            3 => RoundType::Item,
            7 => RoundType::Total,
            _ => RoundType::Line,
        },
        rows: if number % 13 == 11 {
            rng.random_range(8..=12)
        } else {
            rng.random_range(1..=5)
        },
        voucher,
        wrapped: number % 11 == 4,
        carrier: if pays_shipping {
            [1, 2, 4][rng.random_range(0..3)]
        } else {
            3
        },
        by_transfer: false,
        faulty: None,
    }
}

/// An order that would be plain sailing, were it not for `flaw`.
pub(super) fn flawed(at: DateTime<Utc>, flaw: Faulty) -> Wish {
    Wish {
        at,
        buyer: if flaw == Faulty::CustomerMissing {
            Buyer::New
        } else {
            Buyer::Private
        },
        currency: Currency::Sek,
        round_type: RoundType::Line,
        rows: if flaw == Faulty::NoRows { 0 } else { 3 },
        voucher: None,
        wrapped: false,
        carrier: 1,
        by_transfer: false,
        faulty: Some(flaw),
    }
}

fn buyer(number: usize) -> Buyer {
    match number {
        n if n % 13 == 6 => Buyer::GermanConsumer,
        n if n % 17 == 8 => Buyer::FinnishCompany,
        n if n % 9 == 1 => Buyer::Guest,
        n if n % 6 == 5 => Buyer::Company,
        _ => Buyer::Private,
    }
}

fn currency(number: usize, buyer: Buyer) -> Currency {
    let abroad = matches!(buyer, Buyer::GermanConsumer | Buyer::FinnishCompany);
    if (abroad && number.is_multiple_of(2)) || number % 29 == 12 {
        Currency::Eur
    } else {
        Currency::Sek
    }
}

/// Each kind in turn; the one without tax is for those who see prices without tax.
fn voucher(turn: usize, buyer: Buyer) -> Voucher {
    match buyer {
        Buyer::Company => Voucher::ALL[4],
        // shifted by one every round, so that no kind always falls to a firm
        _ => Voucher::ALL[(turn + turn / 4) % 4],
    }
}
