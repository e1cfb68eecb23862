//! A card as it is sent: the fields that are ours, in the lengths that the contract holds.
//!
//! Names and addresses are cut where they do not fit, since that is no reason to hold the order back; numbers are not.

use serde::Serialize;
use skarv_canonical::customer::{Address, Customer, CustomerCard, CustomerKind, Identity};

/// The contract's number for a contact that can be invoiced, and for the address that invoices go to.
const CUSTOMER: u8 = 2;
pub(super) const BILLING: u8 = 2;
const LONGEST_EMAIL: usize = 254;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contact<'a> {
    /// Left out, the company's next free number comes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    contact_types: [u8; 1],
    country_code: &'a str,
    #[serde(flatten)]
    name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    identification_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vat_number: Option<String>,
    language: &'static str,
    addresses: [PostalAddress; 1],
    customer: Terms,
}

/// What a card is named by.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum Name {
    Company { company_name: String },
    Person { given_name: String, sur_name: String },
}

impl Name {
    /// As a person reads it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Company { company_name } => company_name.clone(),
            Self::Person { given_name, sur_name } => format!("{given_name} {sur_name}"),
        }
    }
}

/// Every line is sent, an empty one as a blank: a line that is left out could keep what stood there.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostalAddress {
    address_type: u8,
    street: String,
    street_extra_line: String,
    zip_code: String,
    city: String,
    country: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Terms {
    payment_terms: u32,
    selected_currency_code: &'static str,
    is_reverse_charge: bool,
    is_active: bool,
    /// What the card can be recognised by later.
    #[serde(skip_serializing_if = "Option::is_none")]
    e_invoice_receiver_email: Option<String>,
}

pub(super) fn contact(card: &CustomerCard, payment_terms: u32) -> Contact<'_> {
    let (customer, billing) = (&card.customer, &card.billing);
    let company = customer.kind == CustomerKind::Company;
    Contact {
        number: card.number.as_deref(),
        contact_types: [CUSTOMER],
        country_code: billing.country.code(),
        name: name(customer),
        // a private person's number is nobody's business here
        identification_number: filled(&customer.org_number, usize::MAX).filter(|_| company),
        vat_number: filled(&customer.vat_number, usize::MAX)
            .or_else(|| filled(&billing.vat_number, usize::MAX))
            .filter(|_| company),
        language: language(customer, billing.country.code()),
        addresses: [address(billing)],
        customer: Terms {
            payment_terms,
            selected_currency_code: card.currency.code(),
            is_reverse_charge: card.reverse_charge,
            is_active: true,
            e_invoice_receiver_email: email(card),
        },
    }
}

/// What the buyer is recognised by here, best first: only what a card has room for.
pub(super) fn identities(card: &CustomerCard) -> Vec<Identity> {
    let mut known = card.identities();
    known.retain(|identity| match identity {
        Identity::OrgNumber(_) => true,
        Identity::Email(email) => email.chars().count() <= LONGEST_EMAIL,
    });
    known
}

fn email(card: &CustomerCard) -> Option<String> {
    identities(card).into_iter().find_map(|identity| match identity {
        Identity::Email(email) => Some(email),
        Identity::OrgNumber(_) => None,
    })
}

/// A person needs both names here; one who gave only one is written where a single name fits.
pub(super) fn name(customer: &Customer) -> Name {
    let (given, family) = (
        filled(&customer.given_name, 50),
        filled(&customer.family_name, 50),
    );
    match (given, family) {
        (Some(given_name), Some(sur_name)) if !is_company(customer) => Name::Person { given_name, sur_name },
        _ => Name::Company {
            company_name: filled(&customer.display_name(), 100).unwrap_or_default(),
        },
    }
}

pub(super) fn address(billing: &Address) -> PostalAddress {
    PostalAddress {
        address_type: BILLING,
        street: cut(&billing.line1, 100),
        street_extra_line: cut(&billing.line2, 100),
        zip_code: cut(&billing.postcode, 20),
        city: cut(&billing.city, 50),
        country: billing.country.code().to_owned(),
    }
}

fn is_company(customer: &Customer) -> bool {
    customer.kind == CustomerKind::Company && !customer.company.trim().is_empty()
}

fn language(customer: &Customer, country: &str) -> &'static str {
    let swedish = match customer.language.as_str() {
        "" => country == "SE",
        language => language.to_ascii_lowercase().starts_with("sv"),
    };
    if swedish { "sv-SE" } else { "en" }
}

/// A text without the blanks around it, cut to so many characters.
fn cut(text: &str, most: usize) -> String {
    text.trim().chars().take(most).collect()
}

/// The same, and none when nothing is left.
fn filled(text: &str, most: usize) -> Option<String> {
    Some(cut(text, most)).filter(|kept| !kept.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::customer::tests::card;

    fn sent(card: &CustomerCard) -> Value {
        serde_json::to_value(contact(card, 30)).unwrap()
    }

    #[test]
    fn a_persons_card_has_both_names_and_no_personal_number() {
        assert_eq!(
            sent(&card()),
            json!({
                "number": "k3x9qa-K7",
                "contactTypes": [2],
                "countryCode": "SE",
                "givenName": "Åsa",
                "surName": "Öberg",
                "language": "sv-SE",
                "addresses": [{
                    "addressType": 2, "street": "Älvvägen 3", "streetExtraLine": "", "zipCode": "123 45",
                    "city": "Örebro", "country": "SE",
                }],
                "customer": {
                    "paymentTerms": 30, "selectedCurrencyCode": "SEK", "isReverseCharge": false, "isActive": true,
                    "eInvoiceReceiverEmail": "asa@example.com",
                },
            })
        );
    }

    #[test]
    fn a_companys_card_has_its_numbers_from_the_order_or_its_address() {
        let mut card = card();
        card.customer.kind = CustomerKind::Company;
        card.customer.company = "Järn & Såg GmbH".to_owned();
        card.customer.org_number = " HRB 1234 ".to_owned();
        card.billing.vat_number = "DE123456789".to_owned();
        card.billing.country = "DE".parse().unwrap();
        card.customer.language = "de".to_owned();
        card.reverse_charge = true;
        let sent = sent(&card);
        assert_eq!(
            [
                &sent["companyName"],
                &sent["identificationNumber"],
                &sent["vatNumber"],
                &sent["language"]
            ],
            ["Järn & Såg GmbH", "HRB 1234", "DE123456789", "en"]
        );
        assert_eq!(sent["customer"]["isReverseCharge"], true);
        assert!(sent.get("givenName").is_none());
    }

    #[test]
    fn a_person_with_one_name_and_a_company_without_any_are_still_named() {
        let mut single = card();
        single.customer.family_name = " ".to_owned();
        assert_eq!(sent(&single)["companyName"], "Åsa");
        let mut unnamed = card();
        unnamed.customer.kind = CustomerKind::Company;
        assert_eq!(sent(&unnamed)["surName"], "Öberg");
    }

    #[test]
    fn names_and_addresses_are_cut_by_characters_and_numbers_are_not() {
        let mut card = card();
        card.customer.given_name = "å".repeat(60);
        card.billing.line1 = "ö".repeat(101);
        card.customer.kind = CustomerKind::Company;
        card.customer.vat_number = "9".repeat(30);
        let sent = sent(&card);
        let length = |value: &Value| value.as_str().unwrap().chars().count();
        let lengths = [
            &sent["givenName"],
            &sent["addresses"][0]["street"],
            &sent["vatNumber"],
        ]
        .map(length);
        assert_eq!(lengths, [50, 100, 30]);
    }

    #[test]
    fn a_card_that_the_system_numbers_is_sent_without_a_number_and_can_be_recognised() {
        let unnumbered = CustomerCard {
            number: None,
            ..card()
        };
        assert!(sent(&unnumbered).get("number").is_none());
        assert_eq!(
            identities(&unnumbered),
            [Identity::Email("asa@example.com".to_owned())]
        );
    }

    #[test]
    fn an_address_that_no_card_has_room_for_is_nothing_to_be_recognised_by() {
        let mut long = card();
        long.customer.email = format!("{}@example.com", "a".repeat(250));
        assert_eq!(identities(&long), []);
        assert!(sent(&long)["customer"].get("eInvoiceReceiverEmail").is_none());
    }

    #[test]
    fn a_customer_without_a_language_is_spoken_to_by_country() {
        let mut card = card();
        card.customer.language = String::new();
        assert_eq!(sent(&card)["language"], "sv-SE");
        card.billing.country = "FI".parse().unwrap();
        assert_eq!(sent(&card)["language"], "en");
    }
}
