//! Which VAT rules an order falls under: by the country of delivery, and by what its own rows were taxed with.

use crate::{Country, Reason, customer::CustomerKind, order::Order, vat::VatScheme};

/// The scheme of an order. Tax on the rows of an export, or a company abroad without tax and without a VAT number, is for a person.
pub(super) fn of(order: &Order, home: Country) -> Result<VatScheme, Reason> {
    let to = order.delivery.country;
    let taxed = order.lines.iter().any(|line| !line.rate.is_zero());
    if to == home {
        return Ok(VatScheme::Domestic);
    }
    if !to.is_eu() {
        return if taxed {
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
    let vat_number = [
        &order.billing.vat_number,
        &order.delivery.vat_number,
        &order.customer.vat_number,
    ];
    let has_number = vat_number.into_iter().any(|number| !number.trim().is_empty());
    match order.customer.kind {
        CustomerKind::Company if has_number => Ok(VatScheme::ReverseCharge),
        CustomerKind::Company | CustomerKind::Person => Err(Reason::data("eu_sale_without_vat")
            .with("country", to)
            .fix("add_vat_number_or_tax")),
    }
}
