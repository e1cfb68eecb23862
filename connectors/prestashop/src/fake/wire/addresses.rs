//! `addresses`: VAT follows the one that an order is delivered to.

use super::{
    column::{fixed, number, text, time},
    resource::Resource,
};
use crate::fake::rows::Address;

pub(super) fn resource() -> Resource<Address> {
    Resource {
        name: "addresses",
        list: "addresses",
        node: "address",
        description: "The Customer, Brand and Customer addresses",
        table: |books| &books.addresses,
        columns: vec![
            number("id", |address: &Address| address.id),
            number("id_customer", |address: &Address| address.customer).to("customers"),
            fixed("id_manufacturer", "0").to("manufacturers"),
            fixed("id_supplier", "0").to("suppliers"),
            fixed("id_warehouse", "0").to("warehouses"),
            number("id_country", |address: &Address| address.country).to("countries"),
            fixed("id_state", "0").to("states"),
            text("alias", |address: &Address| address.alias),
            text("company", |address: &Address| address.company.clone()),
            text("lastname", |address: &Address| address.lastname.clone()),
            text("firstname", |address: &Address| address.firstname.clone()),
            text("vat_number", |address: &Address| address.vat_number.clone()),
            text("address1", |address: &Address| address.address1.clone()),
            fixed("address2", ""),
            text("postcode", |address: &Address| address.postcode.clone()),
            text("city", |address: &Address| address.city.clone()),
            fixed("other", ""),
            text("phone", |address: &Address| address.phone.clone()),
            fixed("phone_mobile", ""),
            fixed("dni", ""),
            fixed("deleted", "0"),
            time("date_add", |address: &Address| address.date_add),
            time("date_upd", |address: &Address| address.date_add),
        ],
        association: None,
    }
}
