//! A price of ours as one row of `specific_prices`: a fixed price for everybody, from the first one bought, always or over whole
//! days, in one currency or in all of them.
//!
//! A row is known as ours by its shape: a fixed price *and* a reduction by 0 per cent. Neither the shop's back office nor its
//! rules write that, and it changes no price. So no list of ids has to be kept, and a row that somebody else made is never
//! taken for ours: it is left alone, but for one that stands where ours must, since the shop keeps one row for each case.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use skarv_canonical::price::Campaign;

use crate::{api::Resource, numbers::Place, xml::Node};

pub(super) const SPECIFIC_PRICES: Resource = Resource::full("specific_prices", "specific_price");

/// What the shop takes for one case: of rows that agree in these it keeps one.
const CASE: [&str; 13] = [
    "id_product",
    "id_product_attribute",
    "id_customer",
    "id_cart",
    "id_shop",
    "id_shop_group",
    "id_currency",
    "id_country",
    "id_group",
    "id_specific_price_rule",
    "from_quantity",
    "from",
    "to",
];
/// For everybody.
const FOR_ALL: [&str; 7] = [
    "id_shop_group",
    "id_shop",
    "id_cart",
    "id_country",
    "id_group",
    "id_customer",
    "id_specific_price_rule",
];
const AT_ANY_TIME: &str = "0000-00-00 00:00:00";

/// Where one row of ours belongs, or none. Rows at other spots have nothing to do with it.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub(super) product: u64,
    /// 0: the product itself.
    combination: u64,
    /// 0: all of them.
    currency: u64,
    when: When,
}

#[derive(Clone, Copy)]
pub(super) enum When {
    Always,
    SomeDays,
    /// One of either.
    AnyTime,
}

impl Spot {
    pub(super) fn of(place: &Place, currency: u64, when: When) -> Self {
        Self {
            product: place.product,
            combination: place.combination.unwrap_or(0),
            currency,
            when,
        }
    }

    /// Whether a row is ours and stands here.
    fn holds(self, row: &Node) -> bool {
        let has_days = ["from", "to"]
            .iter()
            .any(|field| !matches!(row.text(field), "" | AT_ANY_TIME));
        let then = match self.when {
            When::Always => !has_days,
            When::SomeDays => has_days,
            When::AnyTime => true,
        };
        then && is_ours(row)
            && value(row, "id_product") == self.product.to_string()
            && value(row, "id_product_attribute") == self.combination.to_string()
            && value(row, "id_currency") == self.currency.to_string()
    }
}

/// What is to be done so that one row stands, or none.
#[derive(Default)]
pub(super) struct Steps {
    pub(super) delete: Vec<u64>,
    pub(super) create: Option<Node>,
    /// With the id of the row whose place it takes.
    pub(super) replace: Option<Node>,
}

/// The row of a net price, over the days of a campaign if it has any.
pub(super) fn row(spot: Spot, price: Campaign) -> Node {
    let row = FOR_ALL
        .iter()
        .fold(Node::new(SPECIFIC_PRICES.node), |row, field| row.with(field, 0));
    row.with("id_product", spot.product)
        .with("id_product_attribute", spot.combination)
        .with("id_currency", spot.currency)
        .with("price", price.price)
        .with("from_quantity", 1)
        .with("reduction", 0)
        .with("reduction_tax", 1)
        .with("reduction_type", "percentage")
        .with("from", moment(price.from, "00:00:00"))
        .with("to", moment(price.to, "23:59:59"))
}

fn moment(day: Option<NaiveDate>, time: &str) -> String {
    day.map_or_else(|| AT_ANY_TIME.to_owned(), |day| format!("{day} {time}"))
}

/// From the rows of a product to what is wanted at one spot of it.
pub(super) fn steps(standing: &[Node], spot: Spot, wanted: Option<Node>) -> Steps {
    let ours = || standing.iter().filter(|row| spot.holds(row));
    let Some(wanted) = wanted else {
        return Steps {
            delete: ours().filter_map(id).collect(),
            ..Steps::default()
        };
    };
    let kept = standing
        .iter()
        .find(|row| is_same_case(row, &wanted))
        .or_else(|| ours().next());
    let Some(kept) = kept.and_then(|row| Some((id(row)?, row))) else {
        return Steps {
            create: Some(wanted),
            ..Steps::default()
        };
    };
    let (id_kept, row) = kept;
    let stands =
        spot.holds(row) && is_same_case(row, &wanted) && amount(row, "price") == amount(&wanted, "price");
    Steps {
        delete: ours().filter_map(id).filter(|id| *id != id_kept).collect(),
        create: None,
        replace: (!stands).then(|| wanted.with("id", id_kept)),
    }
}

/// The row that stands where one was refused because there is one.
pub(super) fn in_the_way(standing: &[Node], refused: Node) -> Option<Node> {
    let row = standing.iter().find(|row| is_same_case(row, &refused))?;
    Some(refused.with("id", id(row)?))
}

/// By its shape.
fn is_ours(row: &Node) -> bool {
    let is_fixed = amount(row, "price").is_some_and(|price| price >= Decimal::ZERO);
    let by_nothing = amount(row, "reduction").is_some_and(|it| it.is_zero());
    is_fixed
        && by_nothing
        && row.text("reduction_type") == "percentage"
        && FOR_ALL.iter().all(|field| value(row, field) == "0")
        && value(row, "from_quantity") == "1"
}

fn is_same_case(row: &Node, other: &Node) -> bool {
    CASE.iter().all(|field| value(row, field) == value(other, field))
}

/// What was never given is 0 to the shop.
fn value<'a>(row: &'a Node, field: &str) -> &'a str {
    match row.text(field) {
        "" => "0",
        text => text,
    }
}

fn amount(row: &Node, field: &str) -> Option<Decimal> {
    row.text(field).parse().ok()
}

fn id(row: &Node) -> Option<u64> {
    row.text("id").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(currency: u64, when: When) -> Spot {
        Spot {
            product: 6,
            combination: 0,
            currency,
            when,
        }
    }

    fn anywhere() -> Spot {
        spot(0, When::AnyTime)
    }

    fn campaign(price: &str, from: Option<&str>) -> Node {
        let day = |day: &str| day.parse().unwrap();
        let campaign = Campaign {
            price: price.parse().unwrap(),
            from: from.map(day),
            to: from.map(|_| day("2026-12-24")),
        };
        row(anywhere(), campaign)
    }

    /// Twenty per cent off for everybody, as a clerk writes it.
    fn clerks(from: &str) -> Node {
        campaign("1", None)
            .with("id", 3)
            .with("price", "-1.000000")
            .with("reduction", "0.200000")
            .with("from", from)
    }

    #[test]
    fn a_campaign_is_made_where_there_is_none_and_left_alone_where_it_stands() {
        let wanted = campaign("79.20", Some("2026-12-01"));
        assert_eq!(wanted.text("from"), "2026-12-01 00:00:00");
        assert_eq!(wanted.text("to"), "2026-12-24 23:59:59");
        assert!(steps(&[], anywhere(), Some(wanted.clone())).create.is_some());
        let standing = [wanted.clone().with("id", 9).with("price", "79.200000")];
        let nothing = steps(&standing, anywhere(), Some(wanted));
        assert!(nothing.create.is_none() && nothing.replace.is_none() && nothing.delete.is_empty());
    }

    #[test]
    fn another_price_or_another_time_takes_the_place_of_ours() {
        let standing = [campaign("79.20", Some("2026-12-01")).with("id", 9)];
        for wanted in [
            campaign("69", Some("2026-12-01")),
            campaign("79.20", Some("2026-12-05")),
        ] {
            let steps = steps(&standing, anywhere(), Some(wanted));
            assert_eq!(steps.replace.unwrap().text("id"), "9");
            assert!(steps.create.is_none() && steps.delete.is_empty());
        }
    }

    #[test]
    fn an_end_deletes_ours_and_nobody_elses() {
        let standing = [
            clerks("2026-12-01 00:00:00"),
            campaign("79.20", None).with("id", 9),
        ];
        assert_eq!(steps(&standing, anywhere(), None).delete, [9]);
        let fixed_by_a_clerk = campaign("79.20", None)
            .with("id", 4)
            .with("reduction_type", "amount");
        assert!(steps(&[fixed_by_a_clerk], anywhere(), None).delete.is_empty());
    }

    #[test]
    fn what_stands_in_the_way_is_taken_over_and_what_stands_beside_it_is_not() {
        let wanted = campaign("79.20", None);
        let beside = steps(&[clerks("2026-12-01 00:00:00")], anywhere(), Some(wanted.clone()));
        assert!(beside.create.is_some() && beside.replace.is_none());
        let in_the_way = steps(&[clerks(AT_ANY_TIME)], anywhere(), Some(wanted));
        assert_eq!(in_the_way.replace.unwrap().text("id"), "3");
    }

    #[test]
    fn rows_of_another_currency_or_of_other_days_stand_elsewhere() {
        let row =
            |id: u64, currency: u64, from| campaign("9", from).with("id_currency", currency).with("id", id);
        let standing = [
            row(1, 0, None),
            row(2, 1, None),
            row(3, 1, Some("2026-12-01")),
            row(4, 3, Some("2026-12-01")),
        ];
        let gone = |currency, when| steps(&standing, spot(currency, when), None).delete;
        assert_eq!(gone(0, When::AnyTime), [1]);
        assert_eq!(gone(1, When::Always), [2]);
        assert_eq!(gone(1, When::SomeDays), [3]);
        assert!(gone(3, When::Always).is_empty());
    }
}
