//! Slips and edits as the back office makes them: what their columns say, and what they leave alone.

use anyhow::{Context, Result};
use rust_decimal::Decimal;
use serde_json::json;

use super::client::{Node, all, ask, list, shop, tell};

const LATER: &str = "2026-11-20T13:30:00Z";

async fn of_order(shop: &skarv_prestashop::fake::Shop, resource: &str, order: u32) -> Result<Vec<Node>> {
    let query = format!("{resource}?filter[id_order]=[{order}]&display=full&sort=[id_ASC]");
    list(shop, &query).await
}

#[tokio::test]
async fn a_slip_gives_rows_back_rounded_one_by_one_under_the_slip_s_own_id() -> Result<()> {
    let shop = shop(20).await?;
    let before = list(&shop, "orders?filter[id]=[7]&display=full").await?;
    let rows = of_order(&shop, "order_details", 7).await?;
    let slip = json!({ "rows": [{ "row": 1, "quantity": 1 }], "shipping": "10.01", "now": LATER });
    assert_eq!(tell(&shop, "orders/7/slips", &slip).await?["id"], 1);
    let slips = of_order(&shop, "order_slip", 7).await?;
    let slip = slips.first().context("no slip")?;
    assert_eq!(
        (slip.text("date_add"), slip.text("date_upd")),
        ("2026-11-20 14:30:00".to_owned(), "2026-11-20 14:30:00".to_owned())
    );
    let back = &slip.rows("order_slip_details")?[0];
    assert_eq!(
        (back.text("id"), back.text("id_order_detail")),
        ("1".to_owned(), rows[0].text("id"))
    );
    let unit: Decimal = rows[0].number("unit_price_tax_incl")?;
    let gross: Decimal = back.number("amount_tax_incl")?;
    assert!((gross - unit).abs() <= Decimal::new(5, 3) && gross == gross.round_dp(2));
    assert_eq!(
        slip.number::<Decimal>("total_products_tax_incl")?,
        unit,
        "not rounded"
    );
    assert_eq!(
        (
            slip.text("shipping_cost"),
            slip.text("shipping_cost_amount"),
            slip.text("order_slip_type")
        ),
        ("1".to_owned(), "10.010000".to_owned(), "2".to_owned())
    );
    let after = list(&shop, "orders?filter[id]=[7]&display=full").await?;
    for field in [
        "date_upd",
        "current_state",
        "total_paid_tax_incl",
        "total_paid_real",
    ] {
        assert_eq!(after[0].text(field), before[0].text(field), "{field}");
    }
    let later = "order_slip?filter[date_upd]=[2026-11-20 14:00:00,2026-11-20 15:00:00]&date=1&display=full";
    assert_eq!(list(&shop, &later.replace(' ', "%20")).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_voucher_is_taken_off_the_one_sum_that_the_amount_is_not() -> Result<()> {
    let shop = shop(60).await?;
    let mut kinds = 0;
    for order in all(&shop, "orders").await? {
        let discount: Decimal = order.number("total_discounts_tax_incl")?;
        let id: u32 = order.number("id")?;
        if discount.is_zero() {
            continue;
        }
        tell(
            &shop,
            &format!("orders/{id}/slips"),
            &json!({ "everything": true }),
        )
        .await?;
        let slips = of_order(&shop, "order_slip", id).await?;
        let slip = slips.last().context("no slip")?;
        let (net, gross): (Decimal, Decimal) = (
            slip.number("total_products_tax_excl")?,
            slip.number("total_products_tax_incl")?,
        );
        assert_eq!(slip.text("order_slip_type"), "1");
        let amount: Decimal = slip.number("amount")?;
        assert!(amount == gross || amount == net, "{amount} of {gross}/{net}");
        kinds += 1;
    }
    assert!(kinds > 3);
    let ledger = ask(&shop, "ledger").await?;
    assert_eq!(ledger["slips"].as_array().context("no slips")?.len(), kinds);
    Ok(())
}

#[tokio::test]
async fn what_is_left_is_nothing_when_all_is_given_back() -> Result<()> {
    let shop = shop(20).await?;
    for _ in 0..2 {
        tell(&shop, "orders/7/slips", &json!({ "everything": true })).await?;
    }
    let slips = of_order(&shop, "order_slip", 7).await?;
    assert!(!slips[0].rows("order_slip_details")?.is_empty());
    assert!(slips[1].rows("order_slip_details")?.is_empty());
    assert_eq!(slips[1].text("total_shipping_tax_incl"), "0.000000");
    Ok(())
}

#[tokio::test]
async fn an_edited_order_adds_up_anew_and_keeps_what_was_paid() -> Result<()> {
    let shop = shop(20).await?;
    let before = list(&shop, "orders?filter[id]=[7]&display=full").await?;
    tell(
        &shop,
        "orders/7/edit",
        &json!({ "row": 1, "quantity": 9, "now": LATER }),
    )
    .await?;
    let after = list(&shop, "orders?filter[id]=[7]&display=full").await?;
    let rows = of_order(&shop, "order_details", 7).await?;
    assert_eq!(rows[0].text("product_quantity"), "9");
    let total = |node: &Node, field: &str| node.number::<Decimal>(field);
    assert!(total(&after[0], "total_paid_tax_incl")? > total(&before[0], "total_paid_tax_incl")?);
    let sum: Decimal = rows
        .iter()
        .map(|row| total(row, "total_price_tax_incl"))
        .sum::<Result<_>>()?;
    assert!((total(&after[0], "total_products_wt")? - sum).abs() < Decimal::new(1, 2));
    assert_eq!(
        after[0].text("total_paid_real"),
        before[0].text("total_paid_real")
    );
    assert_eq!(after[0].text("date_upd"), "2026-11-20 14:30:00");
    Ok(())
}

#[tokio::test]
async fn an_order_is_called_off_and_what_is_not_there_is_refused() -> Result<()> {
    let shop = shop(5).await?;
    tell(&shop, "orders/4/state", &json!({ "state": 6, "now": LATER })).await?;
    let orders = list(&shop, "orders?filter[id]=[4]&display=full").await?;
    assert_eq!(orders[0].text("current_state"), "6");
    for (path, body) in [
        ("orders/99/state", json!({ "state": 6 })),
        ("orders/4/state", json!({ "state": 99 })),
        ("orders/99/payments", json!({ "amount": "-1.00" })),
        ("orders/4/edit", json!({ "row": 0, "quantity": 1 })),
        ("orders/4/edit", json!({ "row": 40, "quantity": 1 })),
        (
            "orders/4/slips",
            json!({ "rows": [{ "row": 40, "quantity": 1 }] }),
        ),
        ("orders/99/slips", json!({ "everything": true })),
    ] {
        let refused = tell(&shop, path, &body).await;
        assert!(
            refused.is_err_and(|error| error.to_string().contains("404")),
            "{path} {body}"
        );
    }
    Ok(())
}
