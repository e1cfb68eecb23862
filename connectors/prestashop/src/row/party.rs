//! `customers` and `addresses`: who buys, and where it goes.

use super::{Fields, Row, Unreadable};
use crate::api::Resource;

/// `customers`. The secrets that come with a full row are not even asked for.
pub(crate) struct CustomerRow {
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(crate) email: String,
    pub(crate) company: String,
    pub(crate) org_number: String,
    pub(crate) guest: bool,
}

impl Row for CustomerRow {
    const RESOURCE: Resource = Resource::fields(
        "customers",
        "customer",
        "[id,firstname,lastname,email,company,siret,is_guest]",
    );
    const KEY: &'static str = "id";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            given_name: fields.text("firstname"),
            family_name: fields.text("lastname"),
            email: fields.text("email"),
            company: fields.text("company"),
            org_number: fields.text("siret"),
            guest: fields.flag("is_guest"),
        })
    }
}

/// `addresses`. One that was deleted after the order still belongs to it.
pub(crate) struct AddressRow {
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    pub(crate) company: String,
    pub(crate) line1: String,
    pub(crate) line2: String,
    pub(crate) postcode: String,
    pub(crate) city: String,
    pub(crate) country: u64,
    pub(crate) vat_number: String,
    pub(crate) identity_number: String,
    pub(crate) phone: String,
}

impl Row for AddressRow {
    const RESOURCE: Resource = Resource::full("addresses", "address");
    const KEY: &'static str = "id";
    const ALWAYS_THERE: bool = true;

    fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        let phones = [fields.text("phone"), fields.text("phone_mobile")];
        Ok(Self {
            given_name: fields.text("firstname"),
            family_name: fields.text("lastname"),
            company: fields.text("company"),
            line1: fields.text("address1"),
            line2: fields.text("address2"),
            postcode: fields.text("postcode"),
            city: fields.text("city"),
            country: fields.id("id_country"),
            vat_number: fields.text("vat_number"),
            identity_number: fields.text("dni"),
            phone: phones
                .into_iter()
                .find(|phone| !phone.is_empty())
                .unwrap_or_default(),
        })
    }
}
