//! A card as it stands in the books, and whether it can be a buyer's.
//!
//! A filter of the contract may be wider than we think, so every hit is compared here, exactly.

use std::collections::BTreeSet;

use serde::Deserialize;
use skarv_canonical::customer::{CustomerCard, CustomerKind, Identity};
use skarv_canonical::identity::IdentityNumber;
use skarv_connector::Error;

use crate::api::Api;
use crate::customer::CONTACTS;
use crate::customer::card::{identities, name};

const LONGEST_NAME: usize = 101;

/// What we look at of a card.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Standing {
    pub(super) contact_id: String,
    pub(super) number: Option<String>,
    company_name: Option<String>,
    given_name: Option<String>,
    sur_name: Option<String>,
    identification_number: Option<String>,
    vat_number: Option<String>,
    customer: Option<Terms>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Terms {
    is_active: Option<bool>,
    e_invoice_receiver_email: Option<String>,
}

/// The cards that a filter gives and that are what was asked for.
pub(super) async fn search(
    api: &Api,
    filter: (&str, &str),
    wanted: impl Fn(&Standing) -> bool,
) -> Result<Vec<Standing>, Error> {
    let mut known: Vec<Standing> = api.list(&[CONTACTS], &[filter]).await?;
    known.retain(wanted);
    Ok(known)
}

impl Standing {
    /// Empty only where the system breaks the contract: no invoice can go to such a card.
    pub(super) fn number(&self) -> &str {
        self.number.as_deref().unwrap_or_default()
    }

    /// The name as a person reads it, no longer than the contract allows.
    pub(super) fn name(&self) -> String {
        let name = match said(self.company_name.as_ref()) {
            "" => {
                let (given, family) = (said(self.given_name.as_ref()), said(self.sur_name.as_ref()));
                format!("{given} {family}")
            }
            company => company.to_owned(),
        };
        name.trim().chars().take(LONGEST_NAME).collect()
    }

    pub(super) fn is_active(&self) -> bool {
        self.customer.as_ref().and_then(|terms| terms.is_active) != Some(false)
    }

    fn kind(&self) -> CustomerKind {
        match said(self.company_name.as_ref()) {
            "" => CustomerKind::Person,
            _ => CustomerKind::Company,
        }
    }

    /// Whether it is a company's for a company, a person's for a person. A name that fits only in the other's field
    /// is told by the name itself: a card that we made so is still the same buyer's.
    pub(super) fn same_kind(&self, card: &CustomerCard) -> bool {
        let buyer = &card.customer;
        match (buyer.kind, self.kind()) {
            (CustomerKind::Person, CustomerKind::Company) => {
                let names = [&buyer.given_name, &buyer.family_name, &buyer.display_name()];
                let unnumbered = self.org_number().is_empty() && said(self.vat_number.as_ref()).is_empty();
                unnumbered && names.iter().any(|name| name.trim() == self.name())
            }
            (CustomerKind::Company, CustomerKind::Person) => {
                buyer.company.trim().is_empty() && buyer.display_name() == self.name()
            }
            (CustomerKind::Person, CustomerKind::Person) | (CustomerKind::Company, CustomerKind::Company) => {
                true
            }
        }
    }

    /// Whether nothing on it speaks against the buyer.
    pub(super) fn may_be(&self, card: &CustomerCard) -> bool {
        let (ours, theirs) = (org_number_of(card), self.org_number());
        let differs = !ours.is_empty() && !theirs.is_empty() && ours != theirs;
        self.same_kind(card) && !differs
    }

    /// Whether it is the buyer's by what a buyer is recognised by.
    pub(super) fn bears(&self, identity: &Identity, card: &CustomerCard) -> bool {
        match identity {
            Identity::OrgNumber(number) => self.org_number() == comparable(number),
            Identity::Email(email) => self.email() == *email && self.may_be(card),
        }
    }

    /// Whether it says more of the buyer than a number: a name, or what the buyer is recognised by.
    pub(super) fn tells_of(&self, card: &CustomerCard) -> bool {
        let recognised = identities(card).iter().any(|identity| self.bears(identity, card));
        recognised || words(&self.name()) == words(&name(&card.customer).shown())
    }

    fn org_number(&self) -> String {
        comparable(said(self.identification_number.as_ref()))
    }

    fn email(&self) -> String {
        let terms = self.customer.as_ref();
        said(terms.and_then(|terms| terms.e_invoice_receiver_email.as_ref())).to_lowercase()
    }
}

fn org_number_of(card: &CustomerCard) -> String {
    match card.customer.kind {
        CustomerKind::Company => comparable(&card.customer.org_number),
        CustomerKind::Person => String::new(),
    }
}

/// A number as it is compared: ten digits for a Swedish one however it is written, letters and digits of any other.
pub(super) fn comparable(written: &str) -> String {
    match written.parse::<IdentityNumber>() {
        Ok(number) => number.digits().to_owned(),
        Err(_) => written
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_uppercase(),
    }
}

/// The words of a name, in whatever order and letters they stand.
fn words(name: &str) -> BTreeSet<String> {
    name.split_whitespace().map(str::to_lowercase).collect()
}

fn said(text: Option<&String>) -> &str {
    text.map_or("", |text| text.trim())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::customer::tests::card;

    fn standing(mut shown: Value) -> Standing {
        shown["contactId"] = json!("6a1f");
        serde_json::from_value(shown).unwrap()
    }

    fn company(org_number: &str) -> CustomerCard {
        let mut card = card();
        card.customer.kind = CustomerKind::Company;
        card.customer.company = "Järn & Såg AB".to_owned();
        card.customer.org_number = org_number.to_owned();
        card
    }

    #[test]
    fn a_company_is_no_person_and_a_person_no_company() {
        let (firm, person) = (
            standing(json!({ "companyName": "Öberg" , "identificationNumber": "556677-8899" })),
            standing(json!({ "givenName": "Åsa", "surName": "Öberg" })),
        );
        assert!(firm.same_kind(&company("")) && person.same_kind(&card()));
        assert!(!firm.same_kind(&card()) && !person.same_kind(&company("")));
    }

    #[test]
    fn a_name_that_fits_only_in_the_others_field_is_still_the_same_buyers() {
        let single = standing(json!({ "companyName": "Åsa" }));
        assert!(single.same_kind(&card()));
        assert!(!standing(json!({ "companyName": "Åsas Bageri" })).same_kind(&card()));
        let mut unnamed = company("");
        unnamed.customer.company = String::new();
        assert!(standing(json!({ "givenName": "Åsa", "surName": "Öberg" })).same_kind(&unnamed));
    }

    #[test]
    fn one_number_is_one_company_however_it_is_written() {
        for written in ["556677-8899", "5566778899", " 16556677-8899 ", "SE556677889901"] {
            let standing = standing(json!({ "companyName": "Järn", "identificationNumber": written }));
            let identity = Identity::OrgNumber("556677-8899".to_owned());
            assert!(standing.bears(&identity, &company("556677-8899")), "{written}");
        }
        assert_eq!(comparable("hrb 1234-b"), "HRB1234B");
    }

    #[test]
    fn an_address_is_the_buyers_only_where_no_other_number_speaks_against_it() {
        let shown = |number: &str| {
            standing(json!({
                "companyName": "Järn", "identificationNumber": number,
                "customer": { "eInvoiceReceiverEmail": "Asa@Example.com" },
            }))
        };
        let email = Identity::Email("asa@example.com".to_owned());
        assert!(shown("").bears(&email, &company("556677-8899")));
        assert!(shown("556677-8899").bears(&email, &company("")));
        assert!(!shown("556000-0001").bears(&email, &company("556677-8899")));
        assert!(!shown("").bears(&email, &card()));
    }

    #[test]
    fn a_card_that_says_nothing_of_it_is_active() {
        assert!(standing(json!({})).is_active());
        assert!(!standing(json!({ "customer": { "isActive": false } })).is_active());
    }
}
