//! Customers and their addresses: private people, firms, guests, and the few from abroad.
//!
//! Organisation and VAT numbers are in ranges that nobody holds, with check digits that are right.

use chrono::{DateTime, Duration, Utc};
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};

use super::{
    names,
    setup::{FINLAND, GERMANY, SWEDEN},
    taxes::Market,
    wish::Buyer,
};
use crate::fake::{
    books::Books,
    rows::{Address, Customer},
};

/// Somebody who orders, and where to.
#[derive(Clone, Copy)]
pub(super) struct Party {
    pub(super) customer: u32,
    pub(super) invoice: u32,
    pub(super) delivery: u32,
    pub(super) market: Market,
}

/// The parties that come back, by kind.
#[derive(Default)]
pub(super) struct AddressBook {
    private: Vec<Party>,
    companies: Vec<Party>,
    germans: Vec<Party>,
    finns: Vec<Party>,
    everybody: std::collections::HashMap<u32, Party>,
}

impl AddressBook {
    /// The party for an order: about half of them have ordered before. None where a known customer is unknown.
    pub(super) fn party(
        &mut self,
        books: &mut Books,
        buyer: Buyer,
        at: DateTime<Utc>,
        rng: &mut StdRng,
    ) -> Option<Party> {
        if let Buyer::Known(customer) = buyer {
            return self
                .everybody
                .get(&customer)
                .copied()
                .filter(|_| books.customers.get(customer).is_some());
        }
        let regular = self.regulars(buyer).and_then(|known| known.choose(rng).copied());
        match regular {
            Some(party) if rng.random_range(0..100) < 48 => Some(party),
            _ => Some(self.register(books, buyer, at, rng)),
        }
    }

    fn regulars(&mut self, buyer: Buyer) -> Option<&mut Vec<Party>> {
        match buyer {
            Buyer::Private => Some(&mut self.private),
            Buyer::Company => Some(&mut self.companies),
            Buyer::GermanConsumer => Some(&mut self.germans),
            Buyer::FinnishCompany => Some(&mut self.finns),
            Buyer::Guest | Buyer::New | Buyer::Known(_) => None,
        }
    }

    fn register(&mut self, books: &mut Books, buyer: Buyer, at: DateTime<Utc>, rng: &mut StdRng) -> Party {
        let card = match buyer {
            Buyer::GermanConsumer => Card::german(rng),
            Buyer::FinnishCompany => Card::finnish(rng),
            Buyer::Company => Card::company(rng),
            Buyer::Private | Buyer::Guest | Buyer::New | Buyer::Known(_) => Card::private(rng),
        };
        let party = enter(
            books,
            &card,
            buyer == Buyer::Guest,
            at - Duration::minutes(6),
            rng,
        );
        self.everybody.insert(party.customer, party);
        if let Some(regulars) = self.regulars(buyer) {
            regulars.push(party);
        }
        party
    }
}

/// Writes the customer and one or two addresses into the books.
fn enter(books: &mut Books, card: &Card, is_guest: bool, at: DateTime<Utc>, rng: &mut StdRng) -> Party {
    let customer = books.customers.add(|id| Customer {
        id,
        firstname: card.firstname.clone(),
        lastname: card.lastname.clone(),
        email: format!(
            "{}.{}.{id}@example.se",
            names::ascii(&card.firstname),
            names::ascii(&card.lastname)
        ),
        company: card.company.clone(),
        siret: card.siret.clone(),
        group: if is_guest {
            2
        } else {
            3 + u32::from(!card.company.is_empty())
        },
        is_guest,
        date_add: at,
    });
    let invoice = books.addresses.add(|id| card.address(id, customer, at));
    let elsewhere = card.market == Market::Sweden && rng.random_range(0..12) == 0;
    let delivery = if elsewhere {
        let place = Place::swedish(rng);
        books.addresses.add(|id| Address {
            alias: "Sommarstället",
            ..card.moved_to(&place).address(id, customer, at)
        })
    } else {
        invoice
    };
    Party {
        customer,
        invoice,
        delivery,
        market: card.market,
    }
}

#[derive(Clone)]
struct Place {
    country: u32,
    street: String,
    postcode: String,
    city: String,
}

impl Place {
    fn swedish(rng: &mut StdRng) -> Self {
        let (city, zip) = pick(&names::TOWNS, rng);
        // the form asks for five digits and takes them with and without a space
        let space = if rng.random_range(0..3) == 0 { "" } else { " " };
        Self {
            country: SWEDEN,
            street: format!("{} {}", pick(&names::STREETS, rng), rng.random_range(1..90)),
            postcode: format!("{zip}{space}{:02}", rng.random_range(10..99)),
            city: city.to_owned(),
        }
    }
}

/// What a customer types into the form.
#[derive(Clone)]
struct Card {
    market: Market,
    firstname: String,
    lastname: String,
    company: String,
    siret: String,
    vat_number: String,
    phone: String,
    place: Place,
}

impl Card {
    fn private(rng: &mut StdRng) -> Self {
        Self {
            market: Market::Sweden,
            firstname: pick(&names::FIRST, rng).to_owned(),
            lastname: pick(&names::LAST, rng).to_owned(),
            company: String::new(),
            siret: String::new(),
            vat_number: String::new(),
            // the numbers that are kept free for use in fiction
            phone: format!("070-174 06 {:02}", rng.random_range(5..=99)),
            place: Place::swedish(rng),
        }
    }

    fn company(rng: &mut StdRng) -> Self {
        let digits = swedish_org_number(rng.random_range(0..10_000));
        Self {
            company: pick(&names::FIRMS, rng).to_owned(),
            siret: format!("{}-{}", &digits[..6], &digits[6..]),
            vat_number: format!("SE{digits}01"),
            ..Self::private(rng)
        }
    }

    fn german(rng: &mut StdRng) -> Self {
        let (firstname, lastname, city, postcode) = pick(&names::GERMANS, rng);
        let street = format!(
            "{} {}",
            pick(&names::GERMAN_STREETS, rng),
            rng.random_range(1..60)
        );
        Self {
            market: Market::GermanConsumer,
            firstname: firstname.to_owned(),
            lastname: lastname.to_owned(),
            place: Place {
                country: GERMANY,
                street,
                postcode: postcode.to_owned(),
                city: city.to_owned(),
            },
            ..Self::private(rng)
        }
    }

    fn finnish(rng: &mut StdRng) -> Self {
        let (company, city, postcode) = pick(&names::FINNISH_FIRMS, rng);
        let street = format!("Köökarinkatu {}", rng.random_range(1..40));
        Self {
            market: Market::FinnishCompany,
            company: company.to_owned(),
            vat_number: finnish_vat_number(rng.random_range(0..90_000)),
            place: Place {
                country: FINLAND,
                street,
                postcode: postcode.to_owned(),
                city: city.to_owned(),
            },
            ..Self::private(rng)
        }
    }

    fn moved_to(&self, place: &Place) -> Self {
        Self {
            place: place.clone(),
            ..self.clone()
        }
    }

    fn address(&self, id: u32, customer: u32, at: DateTime<Utc>) -> Address {
        Address {
            id,
            customer,
            country: self.place.country,
            alias: if self.company.is_empty() {
                "Hem"
            } else {
                "Företaget"
            },
            company: self.company.clone(),
            firstname: self.firstname.clone(),
            lastname: self.lastname.clone(),
            vat_number: self.vat_number.clone(),
            address1: self.place.street.clone(),
            postcode: self.place.postcode.clone(),
            city: self.place.city.clone(),
            phone: self.phone.clone(),
            date_add: at,
        }
    }
}

fn pick<T: Copy>(from: &[T], rng: &mut StdRng) -> T {
    from[rng.random_range(0..from.len())]
}

/// Ten digits; the last makes the Luhn sum a multiple of ten.
fn swedish_org_number(serial: u32) -> String {
    let body = format!("55999{serial:04}");
    let sum: u32 = body
        .bytes()
        .zip([2, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// Eight digits by modulus 11; serials without a check digit give way to the next.
fn finnish_vat_number(serial: u32) -> String {
    let body = format!("99{serial:05}");
    let sum: u32 = body
        .bytes()
        .zip([7, 9, 10, 5, 8, 4, 2])
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    match sum % 11 {
        0 => format!("FI{body}0"),
        1 => finnish_vat_number(serial + 1),
        rest => format!("FI{body}{}", 11 - rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swedish_organisation_number_has_its_check_digit() {
        assert_eq!(swedish_org_number(0), "5599900007");
    }

    #[test]
    fn a_finnish_number_never_has_a_check_digit_of_ten() {
        assert!((0..200).all(|serial| finnish_vat_number(serial).len() == 10));
    }
}
