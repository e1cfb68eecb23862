//! Customer cards: contacts of the contract. To everything outside this folder a card is its *number*, which is what an
//! invoice names.
//!
//! `card` is what is sent, `standing` what is there, `matching` decides whose it is, `upkeep` changes it. A number is
//! ours to choose, or the system gives the next one; then a card is known again by what its buyer is recognised by.

mod card;
mod matching;
mod standing;
mod upkeep;

use std::borrow::Cow;

use serde::Deserialize;
use skarv_canonical::customer::CustomerCard;
use skarv_canonical::invoice::Invoice;
use skarv_canonical::write::Document;
use skarv_connector::{Delivery, Error, Found, Preview, Receipt};
use skarv_http::SendWindow;

use crate::api::Api;
use crate::error::{Purpose, customer_inactive, customer_unidentified, is_number_taken, unreadable};
use crate::preview;

use card::{contact, identities};
use standing::Standing;

const CONTACTS: &str = "contacts";

/// The card that a put of ours made, if it did.
pub(crate) async fn find(api: &Api, card: &CustomerCard) -> Result<Option<Found>, Error> {
    let standing = match &card.number {
        Some(number) => matching::by_number(api, card, number).await?,
        None => matching::by_identity(api, card).await?,
    };
    Ok(standing.map(|standing| found(&standing)))
}

/// The card that was the buyer's before we came.
pub(crate) async fn match_existing(api: &Api, card: &CustomerCard) -> Result<Option<Found>, Error> {
    if !card.match_existing {
        return Ok(None);
    }
    if let Some(number) = &card.number
        && let Some(standing) = matching::by_number(api, card, number).await?
    {
        return match standing.is_active() {
            true => Ok(Some(found(&standing))),
            false => Err(customer_inactive(number)),
        };
    }
    let standing = matching::by_identity(api, card).await?;
    Ok(standing.map(|standing| found(&standing)))
}

fn found(standing: &Standing) -> Found {
    Found {
        foreign_id: standing.number().to_owned(),
        mismatch: None,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    contact_id: String,
    number: Option<String>,
}

pub(crate) async fn put(
    api: &Api,
    document: &Document,
    card: &CustomerCard,
    payment_terms_days: u32,
    window: Option<SendWindow>,
) -> Result<Receipt, Error> {
    recognisable(card)?;
    let contact = contact(card, payment_terms_days);
    let created: Created = match api.create(CONTACTS, &contact, document, window).await {
        Err(taken) if is_number_taken(&taken) => return Err(who_has_it(api, card, taken).await),
        created => created?,
    };
    let number = match &card.number {
        // somebody else's card; ours is there or not, and a look-up tells
        Some(ours) if created.number.as_ref().is_some_and(|number| number != ours) => None,
        Some(ours) => Some(ours.clone()),
        None => given(api, card, created).await,
    };
    let foreign_id = number.ok_or_else(|| unreadable(Purpose::creating(CONTACTS, document)))?;
    Ok(Receipt::of(foreign_id))
}

/// A card that is numbered by the system and bears nothing else could not be told from others after a lost answer.
fn recognisable(card: &CustomerCard) -> Result<(), Error> {
    if card.number.is_none() && identities(card).is_empty() {
        return Err(customer_unidentified(&card.customer.display_name()));
    }
    Ok(())
}

/// What a put would do. A number that is given once shows whose it is.
pub(crate) async fn foresee(api: &Api, document: &Document, card: &CustomerCard) -> Result<Preview, Error> {
    recognisable(card)?;
    let standing = match &card.number {
        Some(number) => matching::by_number(api, card, number).await?,
        None => None,
    };
    Ok(standing.map_or_else(|| preview::made(document), |_| preview::stands()))
}

/// What an update would do.
pub(crate) async fn foresee_update(api: &Api, card: &CustomerCard, number: &str) -> Result<Preview, Error> {
    upkeep::foresee(api, card, number).await
}

/// A taken number is a card of an earlier attempt of ours, another's card, or one that was deleted and keeps its number.
/// Only the first is for a look-up: in the other cases nothing of ours stands there.
async fn who_has_it(api: &Api, card: &CustomerCard, taken: Error) -> Error {
    match find(api, card).await {
        Ok(None) => taken.delivery(Delivery::NotDelivered),
        Err(another) if is_number_taken(&another) => another,
        Ok(Some(_)) | Err(_) => taken,
    }
}

/// The number that the system gave the card. A receipt may name another's, and nothing about a number tells, so the card
/// is read by its id.
async fn given(api: &Api, card: &CustomerCard, created: Created) -> Option<String> {
    let path = [CONTACTS, created.contact_id.as_str()];
    let standing: Standing = api.get_if_there(&path).await.ok().flatten()?;
    let ours = identities(card)
        .iter()
        .any(|identity| standing.bears(identity, card));
    let number = standing.number.filter(|number| ours && !number.is_empty())?;
    created.number.is_none_or(|told| told == number).then_some(number)
}

/// Brings a card that stands up to date.
pub(crate) async fn update(
    api: &Api,
    document: &Document,
    card: &CustomerCard,
    number: &str,
    window: Option<SendWindow>,
) -> Result<Receipt, Error> {
    upkeep::update(api, document, card, number, window).await?;
    Ok(Receipt::of(number))
}

/// An invoice goes to the card that its record's own write left, which need not bear the number that it was to have.
/// Where no card was written, many share one and the invoice names it.
pub(crate) fn addressed<'a>(document: &'a Document, earlier: &[String]) -> Cow<'a, Document> {
    match (document, earlier.first()) {
        (Document::Invoice(invoice), Some(number)) if *number != invoice.customer_number => {
            Cow::Owned(Document::Invoice(Box::new(Invoice {
                customer_number: number.clone(),
                ..(**invoice).clone()
            })))
        }
        _ => Cow::Borrowed(document),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use skarv_canonical::Currency;
    use skarv_canonical::customer::{Address, Customer, CustomerKind};

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
}
