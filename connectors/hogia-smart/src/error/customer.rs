//! What can be wrong between a buyer and a card, with the names and numbers that a person needs to put it right.
//!
//! Organisation numbers are left out: a sole trader's is a person's.

use skarv_connector::Error;

const NUMBER_TAKEN: &str = "customer_number_taken";
/// More cards than this help nobody.
const MOST_SHOWN: usize = 5;

/// The number that the buyer's card is to have is another's (`holder`), or was the number of a card that is deleted.
pub(crate) fn customer_number_taken(number: &str, buyer: &str) -> Error {
    Error::data("customer_number_taken")
        .with("number", number)
        .with("customer", buyer)
        .fix("choose_customer_numbers")
}

pub(crate) fn is_number_taken(error: &Error) -> bool {
    error.reason.code == NUMBER_TAKEN
}

/// More than one card can be the buyer's.
pub(crate) fn customer_ambiguous(buyer: &str, cards: &[String]) -> Error {
    let shown: Vec<&str> = cards.iter().take(MOST_SHOWN).map(String::as_str).collect();
    Error::data("customer_ambiguous")
        .with("customer", buyer)
        .with("cards", shown.join(", "))
        .fix("merge_or_choose_customer")
}

/// The buyer's card is there, and closed.
pub(crate) fn customer_inactive(number: &str) -> Error {
    Error::data("customer_inactive")
        .with("number", number)
        .fix("activate_customer")
}

/// No card has the number that an invoice is to go to.
pub(crate) fn customer_not_in_erp(number: &str) -> Error {
    Error::data("customer_not_in_erp")
        .with("number", number)
        .fix("check_customer_in_erp")
}

/// The card that was the buyer's is a company's and the buyer a person, or the other way about.
pub(crate) fn customer_kind_differs(number: &str, holder: &str, buyer: &str) -> Error {
    Error::data("customer_kind_differs")
        .with("number", number)
        .with("holder", holder)
        .with("customer", buyer)
        .fix("check_customer_in_erp")
}

/// A card that the system is to number must be recognisable by something else.
pub(crate) fn customer_unidentified(buyer: &str) -> Error {
    Error::data("customer_unidentified")
        .with("customer", buyer)
        .fix("add_customer_email")
}
