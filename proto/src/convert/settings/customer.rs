//! Whose card an invoice goes to, and buyers who are none.

use skarv_canonical::spec::{CardUpkeep, Collective, CollectiveFor, CustomerNumbers, CustomerSettings};

use crate::{convert::Malformed, v1 as pb};

/// As many characters as stand before the shop's customer id.
const PREFIX: usize = 8;
/// As many characters as a card's number has.
const NUMBER: usize = 20;

pub(super) fn encode_customers(customers: &CustomerSettings) -> pb::CustomerSettings {
    let CustomerSettings {
        numbers,
        collective,
        cards,
        match_existing,
    } = customers;
    let (numbers, prefix) = match numbers {
        CustomerNumbers::Shop(prefix) => (pb::CustomerNumbers::Shop, prefix.clone()),
        CustomerNumbers::Erp => (pb::CustomerNumbers::Erp, None),
    };
    pb::CustomerSettings {
        numbers: numbers.into(),
        number_prefix: prefix,
        collective: collective.as_ref().map(encode_collective),
        cards: match cards {
            CardUpkeep::Keep => pb::CardUpkeep::Keep,
            CardUpkeep::Update => pb::CardUpkeep::Update,
        }
        .into(),
        match_existing: Some(*match_existing),
    }
}

pub(super) fn decode_customers(customers: pb::CustomerSettings) -> Result<CustomerSettings, Malformed> {
    let cards = match pb::CardUpkeep::try_from(customers.cards) {
        Ok(pb::CardUpkeep::Unspecified | pb::CardUpkeep::Keep) => CardUpkeep::Keep,
        Ok(pb::CardUpkeep::Update) => CardUpkeep::Update,
        Err(_) => {
            return Err(Malformed::new(
                "customer_settings.cards",
                "must be KEEP or UPDATE",
            ));
        }
    };
    Ok(CustomerSettings {
        numbers: decode_numbers(customers.numbers, customers.number_prefix)?,
        collective: customers.collective.map(decode_collective).transpose()?,
        cards,
        match_existing: customers.match_existing.unwrap_or(true),
    })
}

fn decode_numbers(numbers: i32, prefix: Option<String>) -> Result<CustomerNumbers, Malformed> {
    let wrong = |problem: &str| Err(Malformed::new("customer_settings.number_prefix", problem));
    match (pb::CustomerNumbers::try_from(numbers), prefix) {
        (Ok(pb::CustomerNumbers::Unspecified | pb::CustomerNumbers::Shop), prefix) => {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if prefix
                .as_ref()
                .is_some_and(|prefix| prefix.len() > PREFIX || !prefix.chars().all(fits))
            {
                return wrong("must be at most 8 letters (a to z), digits and hyphens");
            }
            Ok(CustomerNumbers::Shop(prefix))
        }
        (Ok(pb::CustomerNumbers::Erp), None) => Ok(CustomerNumbers::Erp),
        (Ok(pb::CustomerNumbers::Erp), Some(_)) => {
            wrong("cannot be together with numbers of the accounting system: leave it out")
        }
        (Err(_), _) => Err(Malformed::new("customer_settings.numbers", "must be SHOP or ERP")),
    }
}

fn encode_collective(collective: &Collective) -> pb::CollectiveCard {
    let Collective { number, buyers } = collective;
    pb::CollectiveCard {
        number: number.clone(),
        buyers: match buyers {
            CollectiveFor::Unidentified => pb::CollectiveBuyers::Unidentified,
            CollectiveFor::Private => pb::CollectiveBuyers::Private,
        }
        .into(),
    }
}

fn decode_collective(collective: pb::CollectiveCard) -> Result<Collective, Malformed> {
    let buyers = match collective.buyers() {
        pb::CollectiveBuyers::Unidentified => CollectiveFor::Unidentified,
        pb::CollectiveBuyers::Private => CollectiveFor::Private,
        pb::CollectiveBuyers::Unspecified => {
            return Err(Malformed::new(
                "customer_settings.collective.buyers",
                "must be UNIDENTIFIED or PRIVATE",
            ));
        }
    };
    let number = collective.number;
    if number.trim().is_empty() || number.chars().count() > NUMBER {
        return Err(Malformed::new(
            "customer_settings.collective.number",
            "must be the number of a customer card, 1 to 20 characters",
        ));
    }
    Ok(Collective { number, buyers })
}

/// An e-mail address, or `@` and a domain.
pub(super) fn decode_test_buyer(buyer: String, at: &str) -> Result<String, Malformed> {
    let fits = buyer.split_once('@').is_some_and(|(name, domain)| {
        let plain = |text: &str| !text.contains(|c: char| c == '@' || c.is_whitespace());
        !domain.is_empty() && plain(name) && plain(domain)
    });
    if fits {
        Ok(buyer)
    } else {
        Err(Malformed::new(
            at,
            "must be an e-mail address, or \"@example.com\" for all of a domain",
        ))
    }
}
