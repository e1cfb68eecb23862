//! The rows of the shop's tables, reduced to what differs from row to row; constant columns are added where rows are written out.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    rounding::{Amount, RoundType, Totals},
    seed::Product,
    vouchers::Voucher,
};

/// A row with an id; rows that belong to an order are found by it too.
pub(crate) trait Row {
    fn id(&self) -> u32;

    fn order_id(&self) -> Option<u32> {
        None
    }
}

/// A flaw put into an order on purpose, named by the reason it should be parked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Faulty {
    SumMismatch,
    VatRateUnclear,
    NoRows,
    CustomerMissing,
}

impl Faulty {
    pub(crate) const ALL: [Self; 4] = [
        Self::SumMismatch,
        Self::VatRateUnclear,
        Self::NoRows,
        Self::CustomerMissing,
    ];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::SumMismatch => "sum_mismatch",
            Self::VatRateUnclear => "vat_rate_unclear",
            Self::NoRows => "no_rows",
            Self::CustomerMissing => "customer_missing",
        }
    }
}

/// The two currencies of the shop; kronor are its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Currency {
    Eur = 1,
    Sek = 2,
}

impl Currency {
    pub(crate) fn id(self) -> u32 {
        self as u32
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
            Self::Sek => "SEK",
        }
    }

    pub(crate) fn numeric_code(self) -> &'static str {
        match self {
            Self::Eur => "978",
            Self::Sek => "752",
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Eur => "€",
            Self::Sek => "kr",
        }
    }

    /// In English and in Swedish.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Eur => ("Euro", "Euro"),
            Self::Sek => ("Swedish Krona", "Svensk krona"),
        }
    }

    /// How much of this currency one krona is.
    pub(crate) fn conversion_rate(self) -> Decimal {
        match self {
            Self::Eur => Decimal::new(896, 4),
            Self::Sek => Decimal::ONE,
        }
    }
}

pub(crate) struct Order {
    pub(crate) id: u32,
    pub(crate) reference: String,
    pub(crate) customer: u32,
    pub(crate) address_delivery: u32,
    pub(crate) address_invoice: u32,
    pub(crate) currency: Currency,
    pub(crate) carrier: u32,
    pub(crate) carrier_tax_rate: Decimal,
    pub(crate) payment: &'static PaymentWay,
    pub(crate) gift_message: &'static str,
    pub(crate) round_type: RoundType,
    pub(crate) totals: Totals,
    pub(crate) paid_real: Decimal,
    pub(crate) current_state: u32,
    pub(crate) invoice: Option<(u32, DateTime<Utc>)>,
    pub(crate) delivery: Option<(u32, DateTime<Utc>)>,
    /// `shipping_number`, which mirrors that of its parcel.
    pub(crate) tracking: String,
    pub(crate) date_add: DateTime<Utc>,
    pub(crate) date_upd: DateTime<Utc>,
    pub(crate) faulty: Option<Faulty>,
}

/// A payment module and how it calls itself on the order.
pub(crate) struct PaymentWay {
    pub(crate) module: &'static str,
    pub(crate) label: &'static str,
}

pub(crate) struct OrderDetail {
    pub(crate) id: u32,
    pub(crate) order: u32,
    pub(crate) product: &'static Product,
    pub(crate) quantity: u32,
    pub(crate) original_price: Decimal,
    pub(crate) reduction_percent: u32,
    pub(crate) unit: Amount,
    pub(crate) total: Amount,
    pub(crate) tax: Option<u32>,
}

pub(crate) struct OrderHistory {
    pub(crate) id: u32,
    pub(crate) order: u32,
    pub(crate) state: u32,
    pub(crate) employee: u32,
    pub(crate) date_add: DateTime<Utc>,
}

pub(crate) struct OrderPayment {
    pub(crate) id: u32,
    pub(crate) reference: String,
    pub(crate) currency: Currency,
    pub(crate) amount: Decimal,
    pub(crate) method: &'static str,
    pub(crate) date_add: DateTime<Utc>,
}

pub(crate) struct OrderCarrier {
    pub(crate) id: u32,
    pub(crate) order: u32,
    pub(crate) carrier: u32,
    pub(crate) weight: Decimal,
    pub(crate) cost: Amount,
    pub(crate) tracking: String,
    pub(crate) date_add: DateTime<Utc>,
}

/// A mail about a state, and what it could say of the parcel.
pub(crate) struct Mail {
    pub(crate) order: u32,
    pub(crate) state: u32,
    pub(crate) tracking: String,
}

pub(crate) struct OrderCartRule {
    pub(crate) id: u32,
    pub(crate) order: u32,
    pub(crate) voucher: Voucher,
    pub(crate) value: Amount,
}

pub(crate) struct OrderSlip {
    pub(crate) id: u32,
    pub(crate) order: u32,
    pub(crate) customer: u32,
    pub(crate) currency: Currency,
    /// Of the head: not rounded, and less a voucher on one side.
    pub(crate) products: Amount,
    pub(crate) shipping: Amount,
    pub(crate) amount: Decimal,
    /// `order_slip_type`.
    pub(crate) kind: u32,
    /// What the buyer got back, which no column says.
    pub(crate) given: Decimal,
    pub(crate) rows: Vec<SlipRow>,
    pub(crate) date_add: DateTime<Utc>,
}

/// A row of an order on a slip.
pub(crate) struct SlipRow {
    pub(crate) detail: u32,
    pub(crate) quantity: u32,
    pub(crate) total: Amount,
}

pub(crate) struct Customer {
    pub(crate) id: u32,
    pub(crate) firstname: String,
    pub(crate) lastname: String,
    pub(crate) email: String,
    pub(crate) company: String,
    /// The organisation number of a company.
    pub(crate) siret: String,
    pub(crate) group: u32,
    pub(crate) is_guest: bool,
    pub(crate) date_add: DateTime<Utc>,
}

pub(crate) struct Address {
    pub(crate) id: u32,
    pub(crate) customer: u32,
    pub(crate) country: u32,
    pub(crate) alias: &'static str,
    pub(crate) company: String,
    pub(crate) firstname: String,
    pub(crate) lastname: String,
    pub(crate) vat_number: String,
    pub(crate) address1: String,
    pub(crate) postcode: String,
    pub(crate) city: String,
    pub(crate) phone: String,
    pub(crate) date_add: DateTime<Utc>,
}

macro_rules! rows {
    ($($row:ident),+ ; of an order: $($part:ident),+) => {
        $(impl Row for $row {
            fn id(&self) -> u32 {
                self.id
            }
        })+
        $(impl Row for $part {
            fn id(&self) -> u32 {
                self.id
            }
            fn order_id(&self) -> Option<u32> {
                Some(self.order)
            }
        })+
    };
}

rows!(Order, OrderPayment, Customer, Address; of an order: OrderDetail, OrderHistory, OrderCarrier, OrderCartRule, OrderSlip);
