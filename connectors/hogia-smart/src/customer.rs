//! Customer cards: contacts of the contract, known on both sides by a number that is ours to choose.

use serde::{Deserialize, Serialize};
use skarv_canonical::customer::{Customer, CustomerCard, CustomerKind};
use skarv_canonical::write::Document;
use skarv_connector::{Error, Found, Receipt};
use skarv_http::SendWindow;

use crate::api::Api;
use crate::error::{Purpose, found_twice, unreadable};

const CONTACTS: &str = "contacts";
/// The contract's number for a contact that can be invoiced, and for the address that invoices go to.
const CUSTOMER: u8 = 2;
const BILLING: u8 = 2;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    contact_id: String,
    number: Option<String>,
}

/// The card with this number. The search is exact by contract; that it was is seen to here.
pub(crate) async fn find(api: &Api, card: &CustomerCard) -> Result<Option<Found>, Error> {
    let number = numbered(card)?;
    let known: Vec<Known> = api.list(&[CONTACTS], &[("number", number)]).await?;
    let ids = known
        .into_iter()
        .filter(|known| known.number.as_deref() == Some(number));
    let ids: Vec<String> = ids.map(|known| known.contact_id).collect();
    match <[String; 1]>::try_from(ids) {
        Ok([foreign_id]) => Ok(Some(Found {
            foreign_id,
            mismatch: None,
        })),
        Err(ids) if ids.is_empty() => Ok(None),
        Err(ids) => Err(found_twice(number, &ids)),
    }
}

fn numbered(card: &CustomerCard) -> Result<&str, Error> {
    card.number.as_deref().ok_or_else(|| Error::configuration("not_supported"))
}

pub(crate) async fn put(
    api: &Api,
    document: &Document,
    card: &CustomerCard,
    payment_terms_days: u32,
    window: Option<SendWindow>,
) -> Result<Receipt, Error> {
    let ours = numbered(card)?;
    let contact = contact(card, payment_terms_days);
    let Known { contact_id, number } = api.create(CONTACTS, &contact, document, window).await?;
    if number.is_some_and(|number| number != ours) {
        // somebody else's card; ours is there or not, and a look-up tells
        return Err(unreadable(Purpose::creating(CONTACTS, document)));
    }
    Ok(Receipt {
        foreign_id: contact_id,
        mismatch: None,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Contact<'a> {
    number: &'a str,
    contact_types: [u8; 1],
    country_code: &'a str,
    #[serde(flatten)]
    name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    identification_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vat_number: Option<String>,
    language: &'static str,
    addresses: [PostalAddress<'a>; 1],
    customer: Terms,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Name {
    Company { company_name: String },
    Person { given_name: String, sur_name: String },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostalAddress<'a> {
    address_type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    street_extra_line: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zip_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    country: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Terms {
    payment_terms: u32,
    selected_currency_code: &'static str,
    is_reverse_charge: bool,
    is_active: bool,
}

fn contact(card: &CustomerCard, payment_terms: u32) -> Contact<'_> {
    let (customer, billing) = (&card.customer, &card.billing);
    let company = customer.kind == CustomerKind::Company;
    Contact {
        number: card.number.as_deref().unwrap_or_default(),
        contact_types: [CUSTOMER],
        country_code: billing.country.code(),
        name: name(customer),
        // a private person's number is nobody's business here
        identification_number: filled(&customer.org_number, usize::MAX).filter(|_| company),
        vat_number: filled(&customer.vat_number, usize::MAX)
            .or_else(|| filled(&billing.vat_number, usize::MAX))
            .filter(|_| company),
        language: language(customer, billing.country.code()),
        addresses: [PostalAddress {
            address_type: BILLING,
            street: filled(&billing.line1, 100),
            street_extra_line: filled(&billing.line2, 100),
            zip_code: filled(&billing.postcode, 20),
            city: filled(&billing.city, 50),
            country: billing.country.code(),
        }],
        customer: Terms {
            payment_terms,
            selected_currency_code: card.currency.code(),
            is_reverse_charge: card.reverse_charge,
            is_active: true,
        },
    }
}

/// A person needs both names here; one who gave only one is written where a single name fits.
fn name(customer: &Customer) -> Name {
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

/// A text without the blanks around it, cut to so many characters. None when nothing is left. What a field cannot
/// hold of a name or an address is no reason to hold the order back.
fn filled(text: &str, most: usize) -> Option<String> {
    let kept: String = text.trim().chars().take(most).collect();
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};
    use skarv_canonical::Currency;
    use skarv_canonical::customer::Address;

    use super::*;

    pub(crate) fn card() -> CustomerCard {
        CustomerCard {
            number: Some("k3x9qa-K7".to_owned()),
            customer: Customer {
                key: "7".to_owned(),
                kind: CustomerKind::Person,
                given_name: "Åsa".to_owned(),
                family_name: "Öberg".to_owned(),
                company: String::new(),
                org_number: "19800101-1234".to_owned(),
                vat_number: String::new(),
                email: "asa@example.com".to_owned(),
                phone: "070-1".to_owned(),
                guest: false,
                language: "sv".to_owned(),
            },
            billing: Address {
                name: "Åsa Öberg".to_owned(),
                company: String::new(),
                line1: "Älvvägen 3".to_owned(),
                line2: " ".to_owned(),
                postcode: "123 45".to_owned(),
                city: "Örebro".to_owned(),
                country: "SE".parse().unwrap(),
                vat_number: String::new(),
                phone: String::new(),
            },
            currency: Currency::SEK,
            reverse_charge: false,
            match_existing: false,
        }
    }

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
                    "addressType": 2, "street": "Älvvägen 3", "zipCode": "123 45", "city": "Örebro", "country": "SE",
                }],
                "customer": {
                    "paymentTerms": 30, "selectedCurrencyCode": "SEK", "isReverseCharge": false, "isActive": true,
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
    fn a_customer_without_a_language_is_spoken_to_by_country() {
        let mut card = card();
        card.customer.language = String::new();
        assert_eq!(sent(&card)["language"], "sv-SE");
        card.billing.country = "FI".parse().unwrap();
        assert_eq!(sent(&card)["language"], "en");
    }
}
