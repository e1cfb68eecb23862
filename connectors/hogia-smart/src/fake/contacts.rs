//! The contact endpoints. A contact's number is the client's own, or the company's next free one, and unique for ever: a
//! number of the client's own is the one thing in this API that makes a repeated create harmless. Updates name the
//! version they were made from.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::contact::{Address, Card, Contact};
use super::errors::{Code, Refusal};
use super::gate::created;
use super::request::{Body, Params, guid};
use super::socket::Line;
use super::state::{Books, Company};

type Asked = (String, String);

pub(super) async fn list(State(company): State<Arc<Company>>, params: Params) -> Result<Response, Refusal> {
    let page = params.page()?;
    let books = company.books();
    let found: Vec<&Contact> = match params.get("number") {
        Some(number) => books.contact_numbered(number).into_iter().collect(),
        None => books.contacts().collect(),
    };
    let fits = |contact: &&Contact| {
        let identified = params.get("identificationNumber");
        let mailed = params.get("email");
        identified.is_none_or(|number| contact.identification_number() == number)
            && mailed.is_none_or(|email| contact.email().to_lowercase() == email.to_lowercase())
    };
    let visible = found
        .into_iter()
        .filter(fits)
        .filter(|contact| company.faults.visible(contact.booked_at));
    Ok(Json(page.of(visible.map(Contact::shown))).into_response())
}

pub(super) async fn show(
    State(company): State<Arc<Company>>,
    Path((_, id)): Path<Asked>,
) -> Result<Json<Value>, Refusal> {
    let id = guid("contactId", &id)?;
    company
        .books()
        .contact(id)
        .map(|contact| Json(contact.shown()))
        .ok_or_else(no_contact)
}

pub(super) async fn create(
    State(company): State<Arc<Company>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Body(card): Body<Card>,
) -> Result<Response, Refusal> {
    let receipt = added(&company, card)?;
    Ok(created(&company, &line, &receipt))
}

/// The card as it may be added: with the company's next number where it brings none.
pub(super) fn numbered(books: &mut Books, mut card: Card) -> Result<Card, Refusal> {
    let flaws = card.flaws();
    if !flaws.is_empty() {
        return Err(Refusal::flaws(flaws));
    }
    if card.number().is_empty() {
        card.take_number(books.next_contact_number());
    } else if books.contact_number_taken(card.number()) {
        let message = format!("kontaktnummer {} är upptaget", card.number());
        return Err(Refusal::conflict(Code::ContactNumberTaken, "number", message));
    }
    Ok(card)
}

fn added(company: &Company, card: Card) -> Result<Value, Refusal> {
    let mut books = company.books();
    let card = numbered(&mut books, card)?;
    let receipt_of_this = receipt(books.add_contact(Contact::new(card)));
    let other = books.contacts().rev().nth(1);
    let other = other.filter(|_| company.faults.names_another());
    Ok(other.map_or(receipt_of_this, receipt))
}

pub(super) async fn update(
    State(company): State<Arc<Company>>,
    Path((_, id)): Path<Asked>,
    params: Params,
    Body(card): Body<Card>,
) -> Result<Json<Value>, Refusal> {
    let id = guid("contactId", &id)?;
    let version: Option<u64> = params.parsed("version")?;
    let version = version.ok_or_else(|| Refusal::problem("version", "version måste anges"))?;
    let mut books = company.books();
    may_update(books.contact(id).ok_or_else(no_contact)?, version, &card)?;
    let contact = books.changed_contact(id).ok_or_else(no_contact)?;
    contact.replace(card);
    Ok(Json(receipt(contact)))
}

fn may_update(contact: &Contact, version: u64, card: &Card) -> Result<(), Refusal> {
    if contact.version != version {
        let message = format!("kontakten har version {}, inte {version}", contact.version);
        return Err(Refusal::conflict(Code::VersionStale, "version", message));
    }
    if card.number() != contact.number() {
        return Err(Refusal::flaw(
            Code::ContactNumberFixed,
            "number",
            "kontaktnumret kan inte ändras",
        ));
    }
    let flaws = card.flaws();
    if flaws.is_empty() {
        Ok(())
    } else {
        Err(Refusal::flaws(flaws))
    }
}

pub(super) async fn add_address(
    State(company): State<Arc<Company>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path((_, id)): Path<Asked>,
    Body(address): Body<Address>,
) -> Result<Response, Refusal> {
    let flaws = address.flaws();
    if !flaws.is_empty() {
        return Err(Refusal::flaws(flaws));
    }
    let receipt = address_added(&company, &id, address)?;
    Ok(created(&company, &line, &receipt))
}

fn address_added(company: &Company, id: &str, address: Address) -> Result<Value, Refusal> {
    let mut books = company.books();
    let contact = books
        .changed_contact(guid("contactId", id)?)
        .ok_or_else(no_contact)?;
    let address_id = contact.add_address(address);
    Ok(json!({ "addressId": address_id, "version": contact.version, "rowVersion": contact.row_version }))
}

pub(super) fn receipt(contact: &Contact) -> Value {
    json!({
        "contactId": contact.id,
        "number": contact.number(),
        "version": contact.version,
        "rowVersion": contact.row_version,
    })
}

fn no_contact() -> Refusal {
    Refusal::not_found("kontakten")
}
