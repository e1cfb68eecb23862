//! In which currency a price is: the one that the shop's own prices are in, or another that it sells in. Or that it does not.
//!
//! The shop makes the price of every other currency of its own by a rate, unless it is told one. Nothing is converted here. A
//! currency is told by its letters and kept by the shop's id of it; one that buyers cannot choose is none.

use std::collections::HashMap;

use skarv_canonical::{Currency, price::PriceTag};
use skarv_connector::Error;

use crate::{
    api::{Api, Query, Resource},
    error,
    xml::Node,
};

const CURRENCIES: Resource = Resource::fields("currencies", "currency", "[id,iso_code,active,deleted]");

/// Where the prices of a currency stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PricedIn {
    /// On the product itself.
    TheShops,
    /// Beside it, under the shop's id of the currency.
    Another(u64),
}

/// The ids of currencies that buyers can choose.
pub(super) type Sold = HashMap<Currency, u64>;

/// What prices of a page may be in.
pub(super) struct Currencies {
    pub(super) the_shops: Currency,
    /// Empty where no price needs it.
    pub(super) sold: Sold,
}

impl Currencies {
    pub(super) fn of(&self, tag: &PriceTag) -> Result<PricedIn, Error> {
        if tag.currency == self.the_shops {
            return Ok(PricedIn::TheShops);
        }
        let id = self.sold.get(&tag.currency);
        id.map(|id| PricedIn::Another(*id)).ok_or_else(|| {
            Error::data("currency_not_in_shop")
                .with("number", &tag.sku)
                .with("currency", tag.currency)
                .fix("switch_on_currency_in_shop")
        })
    }
}

pub(super) async fn sold(api: &Api) -> Result<Sold, Error> {
    let rows = api.list(Query::of(CURRENCIES)).await?.rows;
    match rows.is_empty() {
        // there is no shop without one
        true => Err(error::unreadable(CURRENCIES.path)),
        false => Ok(chosen(&rows)),
    }
}

fn chosen(rows: &[Node]) -> Sold {
    let mut sold = Sold::new();
    // one that was taken away and put back has two rows, of which the first is marked deleted
    let there = rows
        .iter()
        .filter(|row| row.text("active") == "1" && row.text("deleted") != "1");
    for row in there {
        if let (Ok(currency), Ok(id)) = (row.text("iso_code").parse(), row.text("id").parse()) {
            sold.entry(currency).or_insert(id);
        }
    }
    sold
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u64, code: &str, active: &str, deleted: &str) -> Node {
        Node::new("currency")
            .with("id", id)
            .with("iso_code", code)
            .with("active", active)
            .with("deleted", deleted)
    }

    #[test]
    fn a_currency_counts_where_buyers_can_choose_it() {
        let rows = [
            row(1, "EUR", "1", "1"),
            row(2, "SEK", "1", "0"),
            row(3, "NOK", "0", "0"),
            row(4, "EUR", "1", "0"),
            row(5, "not letters", "1", "0"),
        ];
        let expected = Sold::from([(Currency::SEK, 2), (Currency::EUR, 4)]);
        assert_eq!(chosen(&rows), expected);
    }
}
