//! A contact as it is posted, kept and shown, and the rules that its fields obey. Texts are measured in
//! characters, not bytes: "Åsa" is three. That a number is free is asked in `contacts`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::chart;
use super::errors::{Code, Flaw};

/// The only kind of contact that can be invoiced.
const CUSTOMER: u8 = 2;

/// What a client sends, whole, on create and on update: a field left out is empty.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Card {
    number: Option<String>,
    #[serde(default)]
    contact_types: Vec<u8>,
    country_code: Option<String>,
    country: Option<String>,
    company_name: Option<String>,
    given_name: Option<String>,
    sur_name: Option<String>,
    identification_number: Option<String>,
    vat_number: Option<String>,
    language: Option<String>,
    #[serde(default, skip_serializing)]
    pub(super) addresses: Vec<Address>,
    #[serde(default)]
    customer: Customer,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Customer {
    payment_terms: Option<u16>,
    is_rut_rot: Option<bool>,
    e_invoice_receiver_email: Option<String>,
    invoice_reference: Option<String>,
    is_active: Option<bool>,
    selected_currency_code: Option<String>,
    is_reverse_charge: Option<bool>,
    gln_number: Option<String>,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Address {
    address_type: u8,
    street: Option<String>,
    street_extra_line: Option<String>,
    zip_code: Option<String>,
    city: Option<String>,
    country: Option<String>,
}

pub(super) struct Contact {
    pub(super) id: Uuid,
    pub(super) version: u64,
    pub(super) row_version: u64,
    pub(super) booked_at: Instant,
    /// By hand: it is nowhere to be found, and its number is not free.
    pub(super) deleted: bool,
    card: Card,
    addresses: Vec<(Uuid, Address)>,
}

impl Contact {
    pub(super) fn new(card: Card) -> Self {
        let addresses = numbered(&card.addresses);
        Self {
            id: Uuid::new_v4(),
            version: 1,
            row_version: 0,
            booked_at: Instant::now(),
            deleted: false,
            card,
            addresses,
        }
    }

    /// Addresses that are sent replace the old ones; none sent keeps them. A line that is left out of one keeps what
    /// stood in the address of that type: only a blank empties it.
    pub(super) fn replace(&mut self, card: Card) {
        if !card.addresses.is_empty() {
            let filled = card.addresses.iter().map(|address| self.filled(address));
            self.addresses = numbered(&filled.collect::<Vec<_>>());
        }
        self.card = card;
    }

    fn filled(&self, sent: &Address) -> Address {
        let mut stood = self.addresses.iter().map(|(_, address)| address);
        match stood.find(|address| address.address_type == sent.address_type) {
            Some(old) => sent.clone().or(old),
            None => sent.clone(),
        }
    }

    pub(super) fn deactivate(&mut self) {
        self.card.customer.is_active = Some(false);
    }

    pub(super) fn add_address(&mut self, address: Address) -> Uuid {
        let id = Uuid::new_v4();
        self.addresses.push((id, address));
        id
    }

    pub(super) fn number(&self) -> &str {
        self.card.number()
    }

    pub(super) fn name(&self) -> String {
        self.card.name()
    }

    pub(super) fn country_code(&self) -> &str {
        said(self.card.country_code.as_ref())
    }

    pub(super) fn identification_number(&self) -> &str {
        said(self.card.identification_number.as_ref())
    }

    pub(super) fn email(&self) -> &str {
        said(self.card.customer.e_invoice_receiver_email.as_ref())
    }

    pub(super) fn is_active(&self) -> bool {
        self.card.customer.is_active.unwrap_or(true)
    }

    /// In days.
    pub(super) fn payment_terms(&self) -> u16 {
        self.card.customer.payment_terms.unwrap_or(30)
    }

    pub(super) fn shown(&self) -> Value {
        let mut shown = json!(self.card);
        shown["addresses"] = self.addresses.iter().map(shown_address).collect();
        shown["contactId"] = json!(self.id);
        shown["version"] = json!(self.version);
        shown["rowVersion"] = json!(self.row_version);
        shown
    }
}

fn numbered(addresses: &[Address]) -> Vec<(Uuid, Address)> {
    addresses
        .iter()
        .map(|address| (Uuid::new_v4(), address.clone()))
        .collect()
}

fn shown_address((id, address): &(Uuid, Address)) -> Value {
    let mut shown = json!(address);
    shown["addressId"] = json!(id);
    shown
}

impl Card {
    pub(super) fn number(&self) -> &str {
        said(self.number.as_ref())
    }

    pub(super) fn take_number(&mut self, number: String) {
        self.number = Some(number);
    }

    fn name(&self) -> String {
        let person = || {
            format!(
                "{} {}",
                said(self.given_name.as_ref()),
                said(self.sur_name.as_ref())
            )
        };
        self.company_name
            .clone()
            .unwrap_or_else(|| person().trim().to_owned())
    }

    pub(super) fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = self.missing();
        flaws.extend(self.too_long());
        flaws.extend(self.unknown());
        flaws.extend(self.addresses.iter().flat_map(Address::flaws));
        flaws
    }

    fn missing(&self) -> Vec<Flaw> {
        let person = !said(self.given_name.as_ref()).is_empty() && !said(self.sur_name.as_ref()).is_empty();
        let named = person || !said(self.company_name.as_ref()).is_empty();
        let needed = [
            ("countryCode", self.country_code.is_some()),
            ("contactTypes", self.contact_types.contains(&CUSTOMER)),
            ("companyName", named),
        ];
        let missing = needed.into_iter().filter(|(_, given)| !given);
        missing
            .map(|(field, _)| Flaw::new(Code::FieldMissing, field, format!("{field} måste anges")))
            .collect()
    }

    fn too_long(&self) -> impl Iterator<Item = Flaw> {
        let texts = [
            ("number", self.number.as_ref(), 20),
            ("companyName", self.company_name.as_ref(), 100),
            ("givenName", self.given_name.as_ref(), 50),
            ("surName", self.sur_name.as_ref(), 50),
            ("identificationNumber", self.identification_number.as_ref(), 20),
            ("vatNumber", self.vat_number.as_ref(), 20),
            (
                "customer.eInvoiceReceiverEmail",
                self.customer.e_invoice_receiver_email.as_ref(),
                254,
            ),
            (
                "customer.invoiceReference",
                self.customer.invoice_reference.as_ref(),
                50,
            ),
        ];
        texts
            .into_iter()
            .filter_map(|(field, text, most)| too_long(field, text, most))
    }

    fn unknown(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if self.country_code.as_ref().is_some_and(|code| !is_country(code)) {
            flaws.push(Flaw::new(
                Code::CountryUnknown,
                "countryCode",
                "landskoden är två stora bokstäver",
            ));
        }
        let currency = self.customer.selected_currency_code.as_deref();
        if currency.is_some_and(|code| !chart::currency_known(code)) {
            flaws.push(Flaw::new(
                Code::CurrencyUnknown,
                "customer.selectedCurrencyCode",
                "okänd valuta",
            ));
        }
        flaws
    }
}

impl Address {
    /// The lines that are left out, from another.
    fn or(self, other: &Self) -> Self {
        let line = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Self {
            address_type: self.address_type,
            street: line(self.street, &other.street),
            street_extra_line: line(self.street_extra_line, &other.street_extra_line),
            zip_code: line(self.zip_code, &other.zip_code),
            city: line(self.city, &other.city),
            country: line(self.country, &other.country),
        }
    }

    pub(super) fn flaws(&self) -> Vec<Flaw> {
        let texts = [
            ("street", self.street.as_ref(), 100),
            ("streetExtraLine", self.street_extra_line.as_ref(), 100),
            ("zipCode", self.zip_code.as_ref(), 20),
            ("city", self.city.as_ref(), 50),
        ];
        let mut flaws: Vec<_> = texts
            .into_iter()
            .filter_map(|(field, text, most)| too_long(field, text, most))
            .collect();
        if !(1..=3).contains(&self.address_type) {
            flaws.push(Flaw::new(
                Code::AddressTypeUnknown,
                "addressType",
                "okänd adresstyp",
            ));
        }
        flaws
    }
}

pub(super) fn too_long(field: &str, text: Option<&String>, most: usize) -> Option<Flaw> {
    let length = text?.chars().count();
    let message = || format!("{field} är {length} tecken; högst {most} får plats");
    (length > most).then(|| Flaw::new(Code::TextTooLong, field, message()))
}

fn said(text: Option<&String>) -> &str {
    text.map_or("", |text| text.trim())
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase())
}
