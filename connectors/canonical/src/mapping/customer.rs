//! From an order's buyer to a customer card with a number of our own.

use crate::{Reason, customer::CustomerCard, order::Order, vat::VatScheme};

/// The card of an order's buyer. Its number is made of the shop's reference and the buyer's id, so two orders of one
/// new customer ask for the same card.
pub fn card(order: &Order, shop_ref: &str, scheme: VatScheme) -> Result<CustomerCard, Reason> {
    if order.customer.display_name().is_empty() {
        return Err(Reason::data("customer_without_name")
            .with("customer", &order.customer.key)
            .fix("add_customer_name"));
    }
    Ok(CustomerCard {
        number: format!("{shop_ref}-K{}", order.customer.key),
        customer: order.customer.clone(),
        billing: order.billing.clone(),
        currency: order.currency,
        reverse_charge: scheme == VatScheme::ReverseCharge,
    })
}
