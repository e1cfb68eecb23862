//! What can be wrong between an article and an item, with the numbers and names that a person needs to put it right.

use skarv_canonical::article::ArticleCard;
use skarv_connector::Error;

use crate::flaw::Flaw;

const NUMBER_TAKEN: &str = "article_number_taken";

pub(crate) fn about_article(code: &str, number: &str) -> Error {
    Error::data(code).with("number", number)
}

/// The item that was the article's is no longer there. Its number is not free either.
pub(crate) fn article_gone(number: &str) -> Error {
    about_article("article_gone", number).fix("change_article_number")
}

/// The number belonged to an item that is deleted.
pub(crate) fn article_number_taken(number: &str) -> Error {
    about_article(NUMBER_TAKEN, number).fix("change_article_number")
}

pub(crate) fn is_article_number_taken(error: &Error) -> bool {
    error.reason.code == NUMBER_TAKEN
}

/// The number cannot be an item's.
pub(crate) fn article_number_unfit(number: &str, name: &str) -> Error {
    about_article("article_number_unfit", number)
        .with("article", name)
        .fix("change_article_number")
}

/// There is no name, or nothing of it that the system takes.
pub(crate) fn article_unnamed(number: &str) -> Error {
    about_article("article_without_name", number).fix("give_article_name")
}

/// A flaw of an item. Also what is not sent must be right, so nobody's settings are at fault.
pub(super) fn about_item(flaw: &Flaw, card: &ArticleCard) -> Error {
    if is_missing_account(flaw) {
        return article_account_missing(card);
    }
    Error::data("erp_refused")
        .with("field", &flaw.field)
        .with("message", &flaw.message)
        .fix("correct_in_shop")
}

/// The system takes no item without an account, and which one sells at its rate is not clear.
pub(crate) fn article_account_missing(card: &ArticleCard) -> Error {
    match card.rate {
        Some(rate) => about_article("article_account_missing", &card.sku)
            .with("rate", rate)
            .fix("make_article_in_erp"),
        None => about_article("article_rate_missing", &card.sku).fix("give_article_rate"),
    }
}

fn is_missing_account(flaw: &Flaw) -> bool {
    flaw.code == 1_001_001 && flaw.field == "salesAccounts"
}
