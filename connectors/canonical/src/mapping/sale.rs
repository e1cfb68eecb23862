//! An order as it was sold: gift cards told apart from discounts, under its VAT rules, to its debtor.

use rust_decimal::Decimal;

use super::{
    customer::{Debtor, debtor},
    scheme,
};
use crate::{
    Reason,
    gift_card::{GiftCardRedemption, redeem},
    invoice::Buyer,
    money::to_ore,
    order::Order,
    spec::{OrderSettings, PaymentSettings},
    vat::VatScheme,
};

pub(super) struct Sale {
    /// Without the gift cards that paid for it.
    pub(super) order: Order,
    pub(super) gift_cards: Vec<GiftCardRedemption>,
    /// What was to be paid in money.
    pub(super) due: Decimal,
    pub(super) scheme: VatScheme,
    pub(super) debtor: Debtor,
}

impl Sale {
    pub(super) fn of(order: &Order, shop_ref: &str, settings: &OrderSettings) -> Result<Self, Reason> {
        let scheme = scheme::of(order, settings.home_country)?;
        let debtor = debtor(order, shop_ref, scheme, settings)?;
        let (sold, gift_cards) = redeem(order, &settings.gift_cards);
        Ok(Self {
            order: sold,
            gift_cards,
            due: to_ore(order.totals.gross),
            scheme,
            debtor,
        })
    }

    pub(super) fn buyer(&self) -> Buyer {
        Buyer {
            name: self.order.customer.display_name(),
            billing: self.order.billing.clone(),
            delivery: self.order.delivery.clone(),
            collective: self.debtor.collective,
        }
    }

    /// Where the money is booked, once all of it is there and if the settings want it registered.
    pub(super) fn settled_at(&self, settings: &PaymentSettings) -> Option<u32> {
        let paid = &self.order.payment;
        let settled = to_ore(paid.paid) >= self.due;
        settings.account(&paid.module).filter(|_| settled)
    }
}
