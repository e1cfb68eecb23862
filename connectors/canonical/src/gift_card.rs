//! Gift cards that pay for an order. A shop books them as vouchers, but a card is money paid in advance: what is sold stays
//! sold at its full price and tax, and the card pays for it from the debt to its bearer.
//!
//! Which vouchers are gift cards only the merchant knows, so they are configured.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    money::to_ore,
    order::{Discount, Order},
};

/// The account of gift cards that are not redeemed yet, in the Swedish BAS chart.
pub const GIFT_CARD_ACCOUNT: u32 = 2421;

/// Vouchers that are gift cards. Capitals do not matter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiftCardVoucher {
    /// The one with this name, or whose name is this code.
    Named(String),
    /// Every one whose name begins so.
    StartsWith(String),
}

/// A gift card that pays for an order, or for a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftCardRedemption {
    /// The voucher's name.
    pub name: String,
    /// What it pays.
    pub gross: Decimal,
}

/// An order as it was sold, and the gift cards that pay for it. Each card is a payment of its own.
pub fn redeem(order: &Order, cards: &[GiftCardVoucher]) -> (Order, Vec<GiftCardRedemption>) {
    let (redeemed, discounts): (Vec<Discount>, Vec<Discount>) = order
        .discounts
        .iter()
        .cloned()
        .partition(|discount| cards.iter().any(|card| card.is(&discount.name)));
    let shares = || redeemed.iter().flat_map(|discount| &discount.shares);
    let mut sold = Order {
        discounts,
        ..order.clone()
    };
    sold.totals.gross += shares().map(|share| share.gross).sum::<Decimal>();
    sold.totals.net += to_ore(shares().map(|share| share.rate.net(share.gross)).sum());
    sold.taxes = sold.tax_shares();
    (sold, redeemed.iter().map(redemption).collect())
}

fn redemption(discount: &Discount) -> GiftCardRedemption {
    GiftCardRedemption {
        name: discount.name.clone(),
        gross: discount.shares.iter().map(|share| share.gross).sum(),
    }
}

impl GiftCardVoucher {
    fn is(&self, name: &str) -> bool {
        let name = name.trim().to_lowercase();
        match self {
            Self::Named(whole) => name == whole.trim().to_lowercase(),
            // an empty beginning would make every discount a gift card
            Self::StartsWith(beginning) => {
                let beginning = beginning.trim().to_lowercase();
                !beginning.is_empty() && name.starts_with(&beginning)
            }
        }
    }
}
