//! Who buys, from the customer's card and the addresses of the order.

use skarv_canonical::{
    Country, Reason,
    customer::{Address, Customer, CustomerKind},
};

use crate::{
    related::Around,
    row::{AddressRow, CustomerRow, OrderRow},
    shop::Shop,
};

/// The buyer, where the invoice goes, and where the goods go.
pub(crate) struct Party {
    pub(crate) customer: Customer,
    pub(crate) billing: Address,
    pub(crate) delivery: Address,
}

impl Party {
    pub(crate) fn of(order: &OrderRow, around: &Around<'_>, shop: &Shop) -> Result<Self, Reason> {
        let card = around.customer.ok_or_else(|| {
            Reason::data("customer_missing")
                .with("customer", order.customer)
                .fix("check_customer_in_shop")
        })?;
        let address_missing = |id: u64| {
            Reason::data("address_missing")
                .with("address", id)
                .fix("check_customer_in_shop")
        };
        let billing = around
            .billing
            .ok_or_else(|| address_missing(order.invoice_address))?;
        // an order without goods to carry has no address of delivery of its own
        let delivery = match around.delivery {
            None if order.delivery_address == 0 => billing,
            delivery => delivery.ok_or_else(|| address_missing(order.delivery_address))?,
        };
        Ok(Self {
            customer: customer(order, card, billing, shop),
            billing: address(billing, shop)?,
            delivery: address(delivery, shop)?,
        })
    }
}

/// A buyer of whom nothing is known but the id and the card, where there is one.
pub(crate) fn glimpse(order: &OrderRow, card: Option<&CustomerRow>) -> Party {
    let nowhere = Address {
        name: String::new(),
        company: String::new(),
        line1: String::new(),
        line2: String::new(),
        postcode: String::new(),
        city: String::new(),
        country: Country::SE,
        vat_number: String::new(),
        phone: String::new(),
    };
    let of_card = |field: fn(&CustomerRow) -> &String| card.map(field).cloned().unwrap_or_default();
    Party {
        customer: Customer {
            key: order.customer.to_string(),
            kind: CustomerKind::Person,
            given_name: of_card(|card| &card.given_name),
            family_name: of_card(|card| &card.family_name),
            company: String::new(),
            org_number: String::new(),
            vat_number: String::new(),
            email: of_card(|card| &card.email),
            phone: String::new(),
            guest: card.is_some_and(|card| card.guest),
            language: String::new(),
        },
        billing: nowhere.clone(),
        delivery: nowhere,
    }
}

fn customer(order: &OrderRow, card: &CustomerRow, billing: &AddressRow, shop: &Shop) -> Customer {
    let company = first_of([&billing.company, &card.company]);
    let kind = if company.is_empty() {
        CustomerKind::Person
    } else {
        CustomerKind::Company
    };
    Customer {
        key: order.customer.to_string(),
        kind,
        given_name: card.given_name.clone(),
        family_name: card.family_name.clone(),
        company,
        org_number: org_number(kind, card, billing),
        vat_number: billing.vat_number.clone(),
        email: card.email.clone(),
        phone: billing.phone.clone(),
        guest: card.guest,
        language: shop.languages.get(order.language).cloned().unwrap_or_default(),
    }
}

/// A person's identity number in the same field is nobody's business.
fn org_number(kind: CustomerKind, card: &CustomerRow, billing: &AddressRow) -> String {
    match kind {
        CustomerKind::Company => first_of([&card.org_number, &billing.identity_number]),
        CustomerKind::Person => String::new(),
    }
}

fn address(row: &AddressRow, shop: &Shop) -> Result<Address, Reason> {
    let country = country(row.country, shop)?;
    Ok(Address {
        name: format!("{} {}", row.given_name, row.family_name)
            .trim()
            .to_owned(),
        company: row.company.clone(),
        line1: row.line1.clone(),
        line2: row.line2.clone(),
        postcode: row.postcode.clone(),
        city: row.city.clone(),
        country,
        vat_number: row.vat_number.clone(),
        phone: row.phone.clone(),
    })
}

fn country(id: u64, shop: &Shop) -> Result<Country, Reason> {
    let letters = shop.countries.get(id).ok_or_else(|| {
        Reason::data("country_missing")
            .with("country", id)
            .fix("check_customer_in_shop")
    })?;
    letters.parse().map_err(|_| {
        Reason::data("country_unknown")
            .with("country", letters)
            .fix("check_customer_in_shop")
    })
}

fn first_of(texts: [&String; 2]) -> String {
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .cloned()
        .unwrap_or_default()
}
