//! What is said of an invoice whose articles cannot be taken from stock: nothing of it stops an order, and only books that show
//! no items at all stop the stream.

use skarv_canonical::Reason;
use skarv_connector::Error;

use crate::flaw::Flaw;

const NOT_TAKEN: &str = "stock_not_taken";
/// More numbers than this help nobody.
const MOST_SHOWN: usize = 10;

/// The invoice stands, and the stock of these articles is as it was.
pub(crate) fn stock_not_taken(articles: &[&str]) -> Reason {
    let shown: Vec<&str> = articles.iter().copied().take(MOST_SHOWN).collect();
    let more = if articles.len() > MOST_SHOWN { " …" } else { "" };
    Reason::data(NOT_TAKEN).with("articles", format!("{}{more}", shown.join(", ")))
}

/// A line that takes from stock is refused, and with it the invoice, which goes without such lines then.
pub(super) fn stock_refused(flaw: &Flaw) -> Error {
    Error::new(stock_not_taken(&[&flaw.field]))
}

pub(crate) fn is_stock_refused(error: &Error) -> bool {
    error.reason.code == NOT_TAKEN
}

/// Items are asked for where the organisation has answered a moment ago, so one that is not found is a list that is not there.
pub(crate) fn items_not_there(error: Error) -> Error {
    if error.reason.code != super::UNKNOWN_ORGANIZATION {
        return error;
    }
    Error::configuration("items_not_there").fix("show_items_or_leave_stock")
}
