//! Whose card a buyer's invoices go to: by number, then by organisation number, then by e-mail address.
//!
//! Invariant: one card or none, never a choice among several. An inactive card is still the buyer's, so no second one
//! is made beside it; where a person has left one of several active, that one counts.

use skarv_canonical::customer::{CustomerCard, Identity};
use skarv_canonical::identity::IdentityNumber;
use skarv_connector::Error;

use crate::api::Api;
use crate::customer::card::identities;
use crate::customer::standing::{Standing, search};
use crate::error::{customer_ambiguous, customer_inactive, customer_number_taken, found_twice};

/// The card with this number, which something else must say is the buyer's: the books may have numbered another's so.
pub(super) async fn by_number(
    api: &Api,
    card: &CustomerCard,
    number: &str,
) -> Result<Option<Standing>, Error> {
    let hit = numbered(api, number).await?;
    match hit {
        Some(other) if !other.may_be(card) || !other.tells_of(card) => {
            let (buyer, holder) = (card.customer.display_name(), other.name());
            Err(customer_number_taken(number, &buyer).with("holder", holder))
        }
        hit => Ok(hit),
    }
}

/// The card with this number, whoever's it is.
pub(super) async fn numbered(api: &Api, number: &str) -> Result<Option<Standing>, Error> {
    let mut hits = search(api, ("number", number), |known| known.number() == number).await?;
    if hits.len() > 1 {
        let ids: Vec<String> = hits.into_iter().map(|known| known.contact_id).collect();
        return Err(found_twice(number, &ids));
    }
    Ok(hits.pop())
}

/// The card that bears what the buyer is recognised by.
pub(super) async fn by_identity(api: &Api, card: &CustomerCard) -> Result<Option<Standing>, Error> {
    for identity in identities(card) {
        let hits = bearing(api, &identity, card).await?;
        if let Some(hit) = the_one(hits, card)? {
            return Ok(Some(hit));
        }
    }
    Ok(None)
}

async fn bearing(api: &Api, identity: &Identity, card: &CustomerCard) -> Result<Vec<Standing>, Error> {
    let wanted = |known: &Standing| !known.number().is_empty() && known.bears(identity, card);
    match identity {
        Identity::Email(email) => search(api, ("email", email), wanted).await,
        Identity::OrgNumber(number) => {
            let mut hits: Vec<Standing> = Vec::new();
            for written in spellings(number) {
                let filter = ("identificationNumber", written.as_str());
                let more = search(api, filter, wanted).await?;
                hits.extend(more);
            }
            // a search that is wider than asked for gives the same card twice
            hits.sort_by(|a, b| a.contact_id.cmp(&b.contact_id));
            hits.dedup_by(|a, b| a.contact_id == b.contact_id);
            Ok(hits)
        }
    }
}

/// A Swedish number stands with its hyphen or without, and the search is exact.
fn spellings(number: &str) -> Vec<String> {
    match number.parse::<IdentityNumber>() {
        Ok(known) => vec![known.to_string(), known.digits().to_owned()],
        Err(_) => vec![number.to_owned()],
    }
}

fn the_one(hits: Vec<Standing>, card: &CustomerCard) -> Result<Option<Standing>, Error> {
    let inactive = hits.iter().find(|hit| !hit.is_active()).map(customer_of);
    let mut active: Vec<Standing> = hits.into_iter().filter(Standing::is_active).collect();
    match (active.len(), inactive) {
        (0, Some(number)) => Err(customer_inactive(&number)),
        (0 | 1, _) => Ok(active.pop()),
        _ => {
            let shown: Vec<String> = active.iter().map(shown).collect();
            Err(customer_ambiguous(&card.customer.display_name(), &shown))
        }
    }
}

fn customer_of(standing: &Standing) -> String {
    standing.number().to_owned()
}

fn shown(standing: &Standing) -> String {
    format!("{} {}", standing.number(), standing.name())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::customer::tests::card;

    fn standing(number: &str, active: bool) -> Standing {
        let shown = json!({
            "contactId": format!("id-{number}"), "number": number, "givenName": "Åsa", "surName": "Öberg",
            "customer": { "isActive": active },
        });
        serde_json::from_value(shown).unwrap()
    }

    fn chosen(hits: &[(&str, bool)]) -> Result<Option<String>, String> {
        let hits = hits.iter().map(|(number, active)| standing(number, *active));
        the_one(hits.collect(), &card())
            .map(|hit| hit.map(|hit| hit.number().to_owned()))
            .map_err(|error| error.reason.to_string())
    }

    #[test]
    fn one_active_card_is_the_buyers_and_two_are_for_a_person_to_choose_from() {
        assert_eq!(chosen(&[]), Ok(None));
        assert_eq!(chosen(&[("1", true)]), Ok(Some("1".to_owned())));
        assert_eq!(
            chosen(&[("1", true), ("2", true)]),
            Err("customer_ambiguous cards=1 Åsa Öberg, 2 Åsa Öberg customer=Åsa Öberg".to_owned())
        );
    }

    #[test]
    fn an_inactive_card_is_said_unless_one_beside_it_is_active() {
        assert_eq!(
            chosen(&[("1", false)]),
            Err("customer_inactive number=1".to_owned())
        );
        assert_eq!(chosen(&[("1", false), ("2", true)]), Ok(Some("2".to_owned())));
    }

    #[test]
    fn a_swedish_number_is_asked_for_in_both_spellings_and_another_as_it_is() {
        assert_eq!(spellings("556677-8899"), ["556677-8899", "5566778899"]);
        assert_eq!(spellings("HRB 1234"), ["HRB 1234"]);
    }
}
