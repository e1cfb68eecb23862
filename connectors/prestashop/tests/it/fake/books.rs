//! The books of the fake shop: that they are what they promise to be, and that every sound order adds up by the shop's own rules.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result};
use rust_decimal::{Decimal, RoundingStrategy::MidpointAwayFromZero};
use serde_json::Value;

use super::client::{NOW, Node, all, ask, config, host, seed, shop};
use skarv_prestashop::fake::{Shop, start};

const START_OF_SENDING: &str = "2026-10-21T12:00:00Z";

#[tokio::test]
async fn the_same_seed_gives_the_same_books_and_another_does_not() -> Result<()> {
    let first = start(config(seed(80, 1, NOW)?)).await?;
    let second = start(config(seed(80, 1, NOW)?)).await?;
    let other = start(config(seed(80, 2, NOW)?)).await?;
    assert_eq!(ask(&first, "ledger").await?, ask(&second, "ledger").await?);
    assert_ne!(ask(&first, "ledger").await?, ask(&other, "ledger").await?);
    for resource in [
        "orders",
        "order_details",
        "order_histories",
        "customers",
        "addresses",
    ] {
        let path = format!("{resource}?display=full");
        let one = super::client::get(&first, &path)
            .await?
            .body
            .replace(&host(&first), "shop");
        let two = super::client::get(&second, &path)
            .await?
            .body
            .replace(&host(&second), "shop");
        assert_eq!(one, two, "{resource}");
    }
    Ok(())
}

#[tokio::test]
async fn at_least_84_of_100_orders_are_eligible_and_the_faulty_ones_are_as_promised() -> Result<()> {
    for (orders, each) in [(50, 1), (83, 1), (200, 2), (500, 2)] {
        let shop = shop(orders).await?;
        let ledger = ask(&shop, "ledger").await?;
        let entries = ledger["orders"].as_array().context("no orders")?;
        let eligible: Vec<&Value> = entries.iter().filter(|entry| is_eligible(entry)).collect();
        let sound = eligible.iter().filter(|entry| entry["faulty"].is_null()).count();
        assert_eq!(entries.len(), orders as usize);
        assert!(sound * 100 >= entries.len() * 84, "{sound} of {orders}");
        assert!(eligible.len() < entries.len(), "some orders are never to be sent");
        let mut flaws = HashMap::new();
        for entry in &eligible {
            *flaws.entry(entry["faulty"].as_str()).or_insert(0) += 1;
        }
        for flaw in ["sum_mismatch", "vat_rate_unclear", "no_rows", "customer_missing"] {
            assert_eq!(flaws.get(&Some(flaw)), Some(&each), "{flaw} among {orders}");
        }
        assert_eq!(flaws.len(), 5);
    }
    Ok(())
}

/// Has been paid, is not cancelled, and is not older than the start date.
fn is_eligible(entry: &Value) -> bool {
    let states = entry["states"].as_array().map(Vec::as_slice).unwrap_or_default();
    let was_paid = states.iter().any(|state| state == 2 || state == 11);
    was_paid && entry["current_state"] != 6 && entry["date_add"].as_str() > Some(START_OF_SENDING)
}

/// Why an order of the ledger is faulty, by id; sound orders are not in it.
async fn flaws(shop: &Shop) -> Result<HashMap<u32, String>> {
    let ledger = ask(shop, "ledger").await?;
    let entries = ledger["orders"].as_array().context("no orders")?;
    let flawed = entries.iter().filter_map(|entry| {
        Some((
            u32::try_from(entry["id"].as_u64()?).ok()?,
            entry["faulty"].as_str()?.to_owned(),
        ))
    });
    Ok(flawed.collect())
}

async fn details_by_order(shop: &Shop) -> Result<HashMap<u32, Vec<Node>>> {
    let mut by_order: HashMap<u32, Vec<Node>> = HashMap::new();
    for row in all(shop, "order_details").await? {
        by_order.entry(row.number("id_order")?).or_default().push(row);
    }
    Ok(by_order)
}

fn ore(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, MidpointAwayFromZero)
}

/// Total minus (rows rounded to the öre + shipping + wrapping − discounts).
fn rounding_row(order: &Node, rows: &[Node]) -> Result<Decimal> {
    let mut sum = Decimal::ZERO;
    for row in rows {
        sum += ore(row.number("total_price_tax_incl")?);
    }
    sum += order.number::<Decimal>("total_shipping_tax_incl")?;
    sum += order.number::<Decimal>("total_wrapping_tax_incl")?;
    sum -= order.number::<Decimal>("total_discounts_tax_incl")?;
    Ok(order.number::<Decimal>("total_paid_tax_incl")? - sum)
}

fn tolerance(rows: usize) -> Decimal {
    Decimal::new(2, 2).max(Decimal::new(5, 3) * Decimal::from(rows as u64 + 1))
}

#[tokio::test]
async fn every_sound_order_adds_up_within_the_tolerance_and_some_need_an_ore() -> Result<()> {
    for orders in [50, 500] {
        let shop = shop(orders).await?;
        let (flaws, rows) = (flaws(&shop).await?, details_by_order(&shop).await?);
        let mut with_rounding = HashSet::new();
        for order in all(&shop, "orders").await? {
            let id: u32 = order.number("id")?;
            let rows = rows.get(&id).map(Vec::as_slice).unwrap_or_default();
            let rest = rounding_row(&order, rows)?;
            match flaws.get(&id).map(String::as_str) {
                Some("sum_mismatch") => assert!(rest.abs() > Decimal::ONE, "order {id}: {rest}"),
                _ => assert!(rest.abs() <= tolerance(rows.len()), "order {id}: {rest}"),
            }
            if !rest.is_zero() {
                with_rounding.insert(order.text("round_type"));
            }
        }
        if orders == 500 {
            assert!(with_rounding.contains("2") && with_rounding.contains("3"));
            assert!(
                !with_rounding.contains("1"),
                "rounding per item leaves nothing over"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_total_is_made_of_unrounded_rows_unless_items_are_rounded() -> Result<()> {
    let shop = shop(500).await?;
    let (flaws, rows) = (flaws(&shop).await?, details_by_order(&shop).await?);
    for order in all(&shop, "orders").await? {
        let id: u32 = order.number("id")?;
        if flaws.contains_key(&id) {
            continue;
        }
        for side in ["incl", "excl"] {
            let mut goods = Decimal::ZERO;
            for row in &rows[&id] {
                let unit: Decimal = row.number(&format!("unit_price_tax_{side}"))?;
                let unit = if order.text("round_type") == "1" {
                    ore(unit)
                } else {
                    unit
                };
                goods += unit * row.number::<Decimal>("product_quantity")?;
            }
            let part = |name: &str| order.number::<Decimal>(&format!("total_{name}_tax_{side}"));
            let sum = ore(goods) + part("shipping")? + part("wrapping")? - part("discounts")?;
            assert_eq!(part("paid")?, sum, "order {id}, tax {side}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn rows_bear_the_tax_they_are_linked_to_and_only_the_unclear_ones_do_not() -> Result<()> {
    let shop = shop(500).await?;
    let flaws = flaws(&shop).await?;
    let mut rates = HashMap::from([(String::new(), Decimal::ZERO)]);
    for tax in all(&shop, "taxes").await? {
        rates.insert(tax.text("id"), tax.number("rate")?);
    }
    let mut unclear = HashSet::new();
    for row in all(&shop, "order_details").await? {
        let linked = row
            .rows("taxes")?
            .first()
            .map(|tax| tax.text("id"))
            .unwrap_or_default();
        let net: Decimal = row.number("unit_price_tax_excl")?;
        let gross: Decimal = row.number("unit_price_tax_incl")?;
        let due = net * (Decimal::ONE + rates[&linked] / Decimal::ONE_HUNDRED);
        if (due - gross).abs() > Decimal::new(1, 6) {
            unclear.insert(row.number::<u32>("id_order")?);
        }
    }
    let expected: HashSet<u32> = flaws
        .iter()
        .filter(|(_, flaw)| *flaw == "vat_rate_unclear")
        .map(|(&id, _)| id)
        .collect();
    assert_eq!(unclear, expected);
    Ok(())
}

#[tokio::test]
async fn fifty_orders_already_have_every_kind_of_order_in_them() -> Result<()> {
    let shop = shop(50).await?;
    let orders = all(&shop, "orders").await?;
    let values = |name: &str| {
        orders
            .iter()
            .map(|order| order.text(name))
            .collect::<HashSet<_>>()
    };
    assert_eq!(
        values("round_type"),
        HashSet::from(["1", "2", "3"].map(str::to_owned))
    );
    assert_eq!(
        values("id_currency"),
        HashSet::from(["1", "2"].map(str::to_owned))
    );
    assert!(values("gift").contains("1"), "one is wrapped");
    assert!(
        values("carrier_tax_rate").contains("19.000"),
        "one goes to Germany"
    );
    assert!(
        values("total_shipping").contains("0.000000"),
        "one is sent for free"
    );
    let cart_rules = all(&shop, "order_cart_rules").await?;
    let kinds: HashSet<String> = cart_rules.iter().map(|rule| rule.text("id_cart_rule")).collect();
    assert_eq!(kinds.len(), 5, "every kind of voucher was used");
    let customers = all(&shop, "customers").await?;
    assert!(customers.iter().any(|customer| customer.text("is_guest") == "1"));
    assert!(
        customers
            .iter()
            .any(|customer| !customer.text("company").is_empty())
    );
    assert!(customers.len() * 10 < orders.len() * 9, "customers come back");
    let addresses = all(&shop, "addresses").await?;
    assert!(
        addresses
            .iter()
            .any(|address| address.text("vat_number").starts_with("FI"))
    );
    Ok(())
}

#[tokio::test]
async fn a_finnish_company_pays_no_tax_on_anything() -> Result<()> {
    let shop = shop(500).await?;
    let mut finnish = HashSet::new();
    for address in all(&shop, "addresses").await? {
        if address.text("vat_number").starts_with("FI") {
            finnish.insert(address.text("id"));
        }
    }
    let orders = all(&shop, "orders").await?;
    let exempt: Vec<&Node> = orders
        .iter()
        .filter(|order| finnish.contains(&order.text("id_address_delivery")))
        .collect();
    assert!(exempt.len() > 5);
    for order in exempt {
        assert_eq!(
            order.text("total_paid_tax_incl"),
            order.text("total_paid_tax_excl")
        );
    }
    Ok(())
}

#[tokio::test]
async fn food_bears_the_tax_of_the_day_it_was_ordered() -> Result<()> {
    let shop = start(config(seed(300, 3, "2026-04-20T12:00:00Z")?)).await?;
    let mut days = HashMap::new();
    for order in all(&shop, "orders").await? {
        days.insert(order.text("id"), order.text("date_add"));
    }
    let taxes = all(&shop, "taxes").await?;
    let food = |row: &Node| row.text("id_tax_rules_group") == "3" && row.text("id_shop") == "1";
    let mut seen = HashSet::new();
    for row in all(&shop, "order_details").await?.iter().filter(|row| food(row)) {
        let Some(link) = row.rows("taxes")?.first() else {
            continue;
        };
        let tax = taxes
            .iter()
            .find(|tax| tax.text("id") == link.text("id"))
            .context("no such tax")?;
        if tax.text("rate") == "7.000" || row_is_unclear(row)? {
            continue;
        }
        let before = days[&row.text("id_order")].as_str() < "2026-04-01";
        assert_eq!(tax.text("rate"), if before { "12.000" } else { "6.000" });
        assert_eq!(tax.text("deleted"), if before { "1" } else { "0" });
        seen.insert(before);
    }
    assert_eq!(seen.len(), 2, "food was sold before and after the change");
    Ok(())
}

fn row_is_unclear(row: &Node) -> Result<bool> {
    let net: Decimal = row.number("unit_price_tax_excl")?;
    Ok(
        (row.number::<Decimal>("unit_price_tax_incl")? / net - Decimal::new(1173, 3)).abs()
            < Decimal::new(1, 4),
    )
}

#[tokio::test]
async fn a_voucher_is_spread_in_proportion_and_rounded_into_the_header() -> Result<()> {
    let shop = shop(500).await?;
    let rows = details_by_order(&shop).await?;
    let mut orders = HashMap::new();
    for order in all(&shop, "orders").await? {
        orders.insert(order.text("id"), order);
    }
    let rules = all(&shop, "order_cart_rules").await?;
    assert!(rules.len() > 40);
    for rule in rules {
        let order = &orders[&rule.text("id_order")];
        let (mut gross, mut net): (Decimal, Decimal) =
            (rule.number("value")?, rule.number("value_tax_excl")?);
        assert_eq!(ore(gross), order.number("total_discounts_tax_incl")?);
        assert_eq!(ore(net), order.number("total_discounts_tax_excl")?);
        if rule.text("free_shipping") == "1" {
            gross -= order.number::<Decimal>("total_shipping_tax_incl")?;
            net -= order.number::<Decimal>("total_shipping_tax_excl")?;
        }
        let sum = |name: &str| -> Result<Decimal> {
            rows[&order.number::<u32>("id")?]
                .iter()
                .map(|row| row.number::<Decimal>(name))
                .sum()
        };
        let expected = gross * sum("total_price_tax_excl")? / sum("total_price_tax_incl")?;
        assert!(
            (expected - net).abs() <= Decimal::new(5, 3),
            "order {}",
            rule.text("id_order")
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_forgotten_customer_is_gone_with_the_addresses() -> Result<()> {
    let shop = shop(50).await?;
    let flaws = flaws(&shop).await?;
    let (&id, _) = flaws
        .iter()
        .find(|(_, flaw)| *flaw == "customer_missing")
        .context("none is missing")?;
    let order = all(&shop, "orders")
        .await?
        .into_iter()
        .find(|order| order.number::<u32>("id").ok() == Some(id));
    let order = order.context("no such order")?;
    for (field, resource) in [("id_customer", "customers"), ("id_address_delivery", "addresses")] {
        let missing = order.text(field);
        let reply = super::client::get(&shop, &format!("{resource}/{missing}")).await?;
        assert_eq!((reply.status, reply.body.as_str()), (404, ""));
        let found = super::client::ids(&shop, &format!("{resource}?filter[id]=[{missing}]")).await?;
        assert!(found.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn many_orders_change_in_the_same_second_and_later_than_they_were_placed() -> Result<()> {
    let shop = shop(500).await?;
    let orders = all(&shop, "orders").await?;
    let seconds: HashSet<String> = orders.iter().map(|order| order.text("date_upd")).collect();
    assert!(seconds.len() < orders.len() * 3 / 4, "{} seconds", seconds.len());
    assert!(
        orders
            .iter()
            .all(|order| order.text("date_upd") >= order.text("date_add"))
    );
    assert!(
        orders
            .iter()
            .any(|order| order.text("date_upd") > order.text("date_add"))
    );
    let placed: Vec<String> = orders.iter().map(|order| order.text("date_add")).collect();
    assert!(placed.is_sorted(), "ids ascend with the dates");
    Ok(())
}
