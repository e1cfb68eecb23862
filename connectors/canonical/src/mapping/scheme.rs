//! Which VAT rules an order falls under: by the country of delivery, and by what its own rows were taxed with.

use crate::{Country, Reason, customer::CustomerKind, identity::BuyerNumbers, order::Order, vat::VatScheme};

/// The scheme of an order. Tax on anything of an export, or a company abroad without tax and without a VAT number, is for a person.
pub(super) fn of(order: &Order, home: Country) -> Result<VatScheme, Reason> {
    let to = order.delivery.country;
    let taxed = order.lines.iter().any(|line| !line.rate.is_zero());
    if to == home {
        return Ok(VatScheme::Domestic);
    }
    if !to.is_eu() {
        return if taxed || order.fees.iter().any(|fee| !fee.rate.is_zero()) {
            Err(Reason::data("export_with_vat")
                .with("country", to)
                .fix("check_tax_of_country"))
        } else {
            Ok(VatScheme::Export)
        };
    }
    if taxed {
        return Ok(VatScheme::Oss);
    }
    match order.customer.kind {
        CustomerKind::Company if owes_tax_abroad(order, home)? => Ok(VatScheme::ReverseCharge),
        CustomerKind::Company | CustomerKind::Person => Err(Reason::data("eu_sale_without_vat")
            .with("country", to)
            .fix("add_vat_number_or_tax")),
    }
}

/// Whether the buyer has a VAT number of another member state. One of the seller's own country moves no tax abroad.
fn owes_tax_abroad(order: &Order, home: Country) -> Result<bool, Reason> {
    let number = BuyerNumbers::of(order)?.vat_number;
    Ok(!number.is_empty() && !number.starts_with(home.code()))
}
