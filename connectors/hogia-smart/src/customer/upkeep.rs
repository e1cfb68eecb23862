//! A card that stands is brought up to date: its name and the address that invoices go to, nothing else.
//!
//! An update replaces the whole card, so everything that is not ours is sent back as it stands. It names the version it
//! was made from, so doing it again does no harm.

use serde::Serialize;
use serde_json::{Map, Value, json};
use skarv_canonical::customer::CustomerCard;
use skarv_canonical::shown::{self, Fields};
use skarv_canonical::write::Document;
use skarv_connector::{Error, Foreseen, Preview};
use skarv_http::SendWindow;

use crate::api::Api;
use crate::customer::CONTACTS;
use crate::customer::card::{BILLING, Name, address, name};
use crate::customer::standing::Standing;
use crate::error::{
    Purpose, customer_inactive, customer_kind_differs, customer_not_in_erp, is_stale, unreadable,
};
use crate::preview;

/// A card as it is shown, with whatever fields it has.
type Shown = Map<String, Value>;

const NAMES: [&str; 3] = ["companyName", "givenName", "surName"];
const LINES: [&str; 5] = ["street", "streetExtraLine", "zipCode", "city", "country"];
/// What these are told as.
const TOLD_LINES: [&str; 5] = [
    "billing.street",
    "billing.address2",
    "billing.postcode",
    "billing.city",
    "billing.country",
];
/// What the system says of a card and does not take back.
const THEIRS: [&str; 3] = ["contactId", "version", "rowVersion"];

/// Brings the card with this number up to date. Somebody who changes it at the same time is read again once.
pub(super) async fn update(
    api: &Api,
    document: &Document,
    card: &CustomerCard,
    number: &str,
    window: Option<SendWindow>,
) -> Result<(), Error> {
    match attempt(api, document, card, number, window).await {
        Err(stale) if is_stale(&stale) => attempt(api, document, card, number, window).await,
        outcome => outcome,
    }
}

async fn attempt(
    api: &Api,
    document: &Document,
    card: &CustomerCard,
    number: &str,
    window: Option<SendWindow>,
) -> Result<(), Error> {
    let renewal = Renewal::of(api, card, number).await?;
    if !renewal.is_needed() {
        return Ok(());
    }
    let path = [CONTACTS, &renewal.contact_id];
    let version = renewal.version.to_string();
    let query = [("version", version.as_str())];
    api.replace(&path, &query, &renewal.renewed, document, window)
        .await
}

/// What an update would do.
pub(super) async fn foresee(api: &Api, card: &CustomerCard, number: &str) -> Result<Preview, Error> {
    let renewal = Renewal::of(api, card, number).await?;
    if !renewal.is_needed() {
        return Ok(preview::stands());
    }
    let changes = shown::changes(&told(&renewal.standing), &told(&renewal.renewed));
    Ok(Preview::of(Foreseen::Changed, preview::masked(changes)))
}

/// A card as it stands, and as it would be.
struct Renewal {
    contact_id: String,
    version: u64,
    standing: Shown,
    renewed: Shown,
}

impl Renewal {
    async fn of(api: &Api, card: &CustomerCard, number: &str) -> Result<Self, Error> {
        let shown: Vec<Shown> = api.list(&[CONTACTS], &[("number", number)]).await?;
        let same = |shown: &Shown| shown.get("number").and_then(Value::as_str) == Some(number);
        let shown = shown.into_iter().find(same);
        let shown = shown.ok_or_else(|| customer_not_in_erp(number))?;
        let bad = || unreadable(Purpose::reading(CONTACTS));
        let standing: Standing = serde_json::from_value(Value::Object(shown.clone())).map_err(|_| bad())?;
        if !standing.same_kind(card) {
            let buyer = card.customer.display_name();
            return Err(customer_kind_differs(number, &standing.name(), &buyer));
        }
        if !standing.is_active() {
            return Err(customer_inactive(number));
        }
        Ok(Self {
            contact_id: standing.contact_id,
            version: shown.get("version").and_then(Value::as_u64).ok_or_else(bad)?,
            renewed: renewed(shown.clone(), card),
            standing: shown,
        })
    }

    fn is_needed(&self) -> bool {
        !alike(&self.standing, &self.renewed)
    }
}

/// Our fields of a card, as a person is shown them.
fn told(card: &Shown) -> Fields {
    let billing = addresses(card).into_iter().find(is_billing).unwrap_or_default();
    let names = NAMES.map(|field| text(card, field)).join(" ");
    let names = names.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = LINES.iter().zip(TOLD_LINES);
    let lines = lines.map(|(field, path)| (path.to_owned(), text(&billing, field).trim().to_owned()));
    let all = std::iter::once(("customer.name".to_owned(), names)).chain(lines);
    all.filter(|(_, text)| !text.is_empty()).collect()
}

/// The card with our fields in it.
fn renewed(mut shown: Shown, card: &CustomerCard) -> Shown {
    for field in THEIRS {
        shown.remove(field);
    }
    rename(&mut shown, &name(&card.customer));
    let mut addresses = addresses(&shown);
    let ours = lines(&address(&card.billing));
    match addresses.iter_mut().find(|address| is_billing(address)) {
        Some(standing) => standing.extend(ours),
        None => addresses.push(ours),
    }
    shown.insert("addresses".to_owned(), json!(addresses));
    shown
}

/// A buyer who gave less of a name than stands there is not renamed into it.
fn rename(shown: &mut Shown, name: &Name) {
    let stands_as_person = text(shown, "companyName").is_empty();
    if stands_as_person && matches!(name, Name::Company { .. }) {
        return;
    }
    let fields = lines(name);
    for field in NAMES {
        shown.remove(field);
    }
    shown.extend(fields);
}

/// The addresses of a card without their ids: those that are sent replace the old ones.
fn addresses(shown: &Shown) -> Vec<Shown> {
    let all = shown.get("addresses").and_then(Value::as_array);
    let all = all.into_iter().flatten().filter_map(Value::as_object).cloned();
    all.map(|mut address| {
        address.remove("addressId");
        address
    })
    .collect()
}

fn is_billing(address: &Shown) -> bool {
    address.get("addressType").and_then(Value::as_u64) == Some(BILLING.into())
}

/// Whether our fields say the same: a field that is left out, null and empty are one.
fn alike(standing: &Shown, renewed: &Shown) -> bool {
    let billing = |card: &Shown| addresses(card).into_iter().find(is_billing).unwrap_or_default();
    let (theirs, ours) = (billing(standing), billing(renewed));
    NAMES
        .iter()
        .all(|field| text(standing, field) == text(renewed, field))
        && LINES
            .iter()
            .all(|field| text(&theirs, field) == text(&ours, field))
}

fn text<'a>(of: &'a Shown, field: &str) -> &'a str {
    of.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn lines(of: &impl Serialize) -> Shown {
    match json!(of) {
        Value::Object(fields) => fields,
        _ => Shown::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer::tests::card;

    fn shown(of: &Value) -> Shown {
        lines(of)
    }

    fn standing() -> Shown {
        shown(&json!({
            "contactId": "6a1f", "version": 3, "rowVersion": 17, "number": "k3x9qa-K7", "contactTypes": [2],
            "givenName": "Åsa", "surName": "Öberg", "companyName": null, "somethingNew": { "a": [1.5] },
            "addresses": [
                { "addressId": "1", "addressType": 3, "street": "Lagret 1", "city": "Kumla" },
                { "addressId": "2", "addressType": 2, "street": "Gamla vägen 1", "streetExtraLine": "c/o Ek" },
            ],
            "customer": { "paymentTerms": 10, "isActive": true, "glnNumber": "7350000000001" },
        }))
    }

    #[test]
    fn only_name_and_billing_address_change_and_an_empty_line_is_a_blank() {
        let mut expected = standing();
        for field in ["contactId", "version", "rowVersion", "companyName"] {
            expected.remove(field);
        }
        expected["addresses"] = json!([
            { "addressType": 3, "street": "Lagret 1", "city": "Kumla" },
            {
                "addressType": 2, "street": "Älvvägen 3", "streetExtraLine": "", "zipCode": "123 45",
                "city": "Örebro", "country": "SE",
            },
        ]);
        assert_eq!(renewed(standing(), &card()), expected);
    }

    #[test]
    fn a_card_that_says_the_same_is_alike_whatever_is_left_out() {
        let mut same = renewed(standing(), &card());
        same["addresses"][1]["streetExtraLine"] = Value::Null;
        assert!(alike(&same, &renewed(same.clone(), &card())));
        assert!(!alike(&standing(), &renewed(standing(), &card())));
    }

    #[test]
    fn a_card_without_a_billing_address_gets_one() {
        let mut bare = standing();
        bare.remove("addresses");
        assert_eq!(renewed(bare, &card())["addresses"][0]["street"], "Älvvägen 3");
    }

    #[test]
    fn a_person_who_gives_one_name_keeps_both_and_one_who_gives_both_gets_them() {
        let mut single = card();
        single.customer.family_name = String::new();
        assert_eq!(renewed(standing(), &single)["surName"], "Öberg");
        let mut under_one = standing();
        under_one.extend(shown(
            &json!({ "companyName": "Åsa", "givenName": null, "surName": null }),
        ));
        let completed = renewed(under_one, &card());
        assert_eq!(
            (completed.get("companyName"), &completed["surName"]),
            (None, &json!("Öberg"))
        );
    }
}
