//! A campaign as one row of `specific_prices`: a fixed price for everybody, from the first one bought, over whole days.
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
/// For everybody and always.
const FOR_ALL: [&str; 8] = [
    "id_shop_group",
    "id_shop",
    "id_cart",
    "id_currency",
    "id_country",
    "id_group",
    "id_customer",
    "id_specific_price_rule",
];
const AT_ANY_TIME: &str = "0000-00-00 00:00:00";

/// What is to be done so that one campaign stands, or none.
#[derive(Default)]
pub(super) struct Steps {
    pub(super) delete: Vec<u64>,
    pub(super) create: Option<Node>,
    /// With the id of the row whose place it takes.
    pub(super) replace: Option<Node>,
}

/// The row of a campaign whose price is net.
pub(super) fn row(place: &Place, campaign: Campaign) -> Node {
    let row = FOR_ALL
        .iter()
        .fold(Node::new(SPECIFIC_PRICES.node), |row, field| row.with(field, 0));
    row.with("id_product", place.product)
        .with("id_product_attribute", place.combination.unwrap_or(0))
        .with("price", campaign.price)
        .with("from_quantity", 1)
        .with("reduction", 0)
        .with("reduction_tax", 1)
        .with("reduction_type", "percentage")
        .with("from", moment(campaign.from, "00:00:00"))
        .with("to", moment(campaign.to, "23:59:59"))
}

fn moment(day: Option<NaiveDate>, time: &str) -> String {
    day.map_or_else(|| AT_ANY_TIME.to_owned(), |day| format!("{day} {time}"))
}

/// From the rows of a product to what is wanted for one place of it.
pub(super) fn steps(standing: &[Node], place: &Place, wanted: Option<Node>) -> Steps {
    let ours = || standing.iter().filter(|row| is_ours(row, place));
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
        is_ours(row, place) && is_same_case(row, &wanted) && amount(row, "price") == amount(&wanted, "price");
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

fn is_ours(row: &Node, place: &Place) -> bool {
    let is_fixed = amount(row, "price").is_some_and(|price| price >= Decimal::ZERO);
    let by_nothing = amount(row, "reduction").is_some_and(|it| it.is_zero());
    is_fixed
        && by_nothing
        && row.text("reduction_type") == "percentage"
        && FOR_ALL.iter().all(|field| value(row, field) == "0")
        && value(row, "id_product") == place.product.to_string()
        && value(row, "id_product_attribute") == place.combination.unwrap_or(0).to_string()
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

    fn place() -> Place {
        Place {
            product: 6,
            combination: None,
            name: String::new(),
            in_combinations: false,
            stuck: None,
        }
    }

    fn campaign(price: &str, from: Option<&str>) -> Node {
        let day = |day: &str| day.parse().unwrap();
        let campaign = Campaign {
            price: price.parse().unwrap(),
            from: from.map(day),
            to: from.map(|_| day("2026-12-24")),
        };
        row(&place(), campaign)
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
        assert!(steps(&[], &place(), Some(wanted.clone())).create.is_some());
        let standing = [wanted.clone().with("id", 9).with("price", "79.200000")];
        let nothing = steps(&standing, &place(), Some(wanted));
        assert!(nothing.create.is_none() && nothing.replace.is_none() && nothing.delete.is_empty());
    }

    #[test]
    fn another_price_or_another_time_takes_the_place_of_ours() {
        let standing = [campaign("79.20", Some("2026-12-01")).with("id", 9)];
        for wanted in [
            campaign("69", Some("2026-12-01")),
            campaign("79.20", Some("2026-12-05")),
        ] {
            let steps = steps(&standing, &place(), Some(wanted));
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
        assert_eq!(steps(&standing, &place(), None).delete, [9]);
        let fixed_by_a_clerk = campaign("79.20", None)
            .with("id", 4)
            .with("reduction_type", "amount");
        assert!(steps(&[fixed_by_a_clerk], &place(), None).delete.is_empty());
    }

    #[test]
    fn what_stands_in_the_way_is_taken_over_and_what_stands_beside_it_is_not() {
        let wanted = campaign("79.20", None);
        let beside = steps(&[clerks("2026-12-01 00:00:00")], &place(), Some(wanted.clone()));
        assert!(beside.create.is_some() && beside.replace.is_none());
        let in_the_way = steps(&[clerks(AT_ANY_TIME)], &place(), Some(wanted));
        assert_eq!(in_the_way.replace.unwrap().text("id"), "3");
    }
}
