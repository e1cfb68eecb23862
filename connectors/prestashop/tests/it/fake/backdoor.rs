//! The admin pages and the faults: what tests and the demo steer the shop with.

use anyhow::{Context, Result};
use serde_json::json;
use tokio::net::TcpStream;

use super::client::{all, ask, get, host, list, shop, tell};

const LATER: &str = "2026-11-20T13:30:00Z";

#[tokio::test]
async fn two_orders_of_one_new_customer_can_be_placed_at_once() -> Result<()> {
    let shop = shop(20).await?;
    let customers = all(&shop, "customers").await?.len();
    let placed = tell(
        &shop,
        "orders",
        &json!({ "count": 2, "customer": "new", "now": LATER }),
    )
    .await?;
    assert_eq!(placed["ids"], json!([21, 22]));
    assert_eq!(all(&shop, "customers").await?.len(), customers + 1);
    let orders = list(&shop, "orders?filter[id]=[21|22]&display=full&sort=[id_ASC]").await?;
    assert_eq!(orders[0].text("id_customer"), orders[1].text("id_customer"));
    assert_eq!(orders[0].text("date_add"), "2026-11-20 14:30:00", "in shop time");
    assert_eq!(orders[0].text("valid"), "1");
    Ok(())
}

#[tokio::test]
async fn an_order_can_be_placed_for_a_known_customer_and_for_no_unknown_one() -> Result<()> {
    let shop = shop(20).await?;
    tell(&shop, "orders", &json!({ "count": 1, "customer_id": 3 })).await?;
    let orders = list(&shop, "orders?filter[id]=[21]&display=full").await?;
    assert_eq!(orders[0].text("id_customer"), "3");
    let refused = tell(&shop, "orders", &json!({ "count": 1, "customer_id": 4711 })).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("404")));
    tell(&shop, "orders", &json!({ "count": 1, "customer": "existing" })).await?;
    assert_eq!(all(&shop, "orders").await?.len(), 22);
    Ok(())
}

#[tokio::test]
async fn a_new_state_shows_in_the_history_and_in_the_change_date() -> Result<()> {
    let shop = shop(20).await?;
    tell(&shop, "orders/20", &json!({ "state": 6, "now": LATER })).await?;
    let order = &list(&shop, "orders?filter[id]=[20]&display=full").await?[0];
    assert_eq!(
        (order.text("current_state"), order.text("valid")),
        ("6".into(), "0".into())
    );
    assert_eq!(order.text("date_upd"), "2026-11-20 14:30:00");
    let history = list(
        &shop,
        "order_histories?filter[id_order]=[20]&display=full&sort=[id_DESC]",
    )
    .await?;
    assert_eq!(history[0].text("id_order_state"), "6");
    let ledger = ask(&shop, "ledger").await?;
    let states = ledger["orders"][19]["states"].as_array().context("no states")?;
    assert_eq!(states.last(), Some(&json!(6)));
    assert_eq!(ledger["default_currency"], "SEK");
    Ok(())
}

#[tokio::test]
async fn an_order_that_is_paid_late_gets_its_payment_and_its_invoice_then() -> Result<()> {
    let shop = shop(100).await?;
    let waiting = list(&shop, "orders?filter[current_state]=[10]&display=full").await?;
    let (id, reference) = (waiting[0].text("id"), waiting[0].text("reference"));
    assert_eq!(
        (
            waiting[0].text("invoice_number"),
            waiting[0].text("total_paid_real")
        ),
        ("0".into(), "0.000000".into())
    );
    tell(
        &shop,
        &format!("orders/{id}"),
        &json!({ "state": 2, "now": LATER }),
    )
    .await?;
    let order = &list(&shop, &format!("orders?filter[id]=[{id}]&display=full")).await?[0];
    assert_ne!(order.text("invoice_number"), "0");
    let payments = list(
        &shop,
        &format!("order_payments?filter[order_reference]=[{reference}]&display=full"),
    )
    .await?;
    assert_eq!(payments[0].text("amount"), order.text("total_paid"));
    Ok(())
}

#[tokio::test]
async fn the_ledger_and_the_webservice_tell_the_same_totals() -> Result<()> {
    let shop = shop(60).await?;
    let ledger = ask(&shop, "ledger").await?;
    for (entry, order) in ledger["orders"]
        .as_array()
        .context("no orders")?
        .iter()
        .zip(all(&shop, "orders").await?)
    {
        assert_eq!(entry["id"].to_string(), order.text("id"));
        let total = entry["total"].as_str().context("no total")?;
        assert_eq!(format!("{total}0000"), order.text("total_paid_tax_incl"));
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_closes_the_connection_without_a_byte() -> Result<()> {
    let shop = shop(5).await?;
    tell(&shop, "faults", &json!({ "lost_answer_every": 2 })).await?;
    assert_eq!(get(&shop, "orders").await?.status, 200);
    let lost = get(&shop, "orders").await;
    assert!(lost.is_err_and(|error| error.to_string().contains("without an answer")));
    assert_eq!(get(&shop, "orders").await?.status, 200);
    let counted = ask(&shop, "requests").await?;
    assert_eq!(
        (&counted["total"], &counted["faults"]["lost_answer"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(counted["by_resource"]["orders"], 3);
    assert_eq!(counted["by_status"]["200"], 2, "what was lost was never answered");
    Ok(())
}

#[tokio::test]
async fn too_many_requests_say_when_to_come_back() -> Result<()> {
    let shop = shop(5).await?;
    tell(&shop, "faults", &json!({ "next_429": 1, "retry_after_s": 3 })).await?;
    let reply = get(&shop, "orders").await?;
    assert_eq!((reply.status, reply.header("Retry-After")), (429, Some("3")));
    assert_eq!(get(&shop, "orders").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn every_third_request_fails_until_the_switch_is_turned_off() -> Result<()> {
    let shop = shop(5).await?;
    tell(&shop, "faults", &json!({ "http_500_every": 3 })).await?;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(get(&shop, "orders").await?.status);
    }
    assert_eq!(statuses, [200, 200, 500, 200, 200, 500]);
    tell(&shop, "faults", &json!({ "http_500_every": 0 })).await?;
    tell(&shop, "requests/reset", &json!({})).await?;
    assert_eq!(get(&shop, "orders").await?.status, 200);
    assert_eq!(ask(&shop, "requests").await?["by_status"], json!({ "200": 1 }));
    Ok(())
}

#[tokio::test]
async fn a_slow_answer_takes_the_time_it_was_told_to() -> Result<()> {
    let shop = shop(5).await?;
    tell(&shop, "faults", &json!({ "slow_every": 1, "slow_ms": 60 })).await?;
    let started = std::time::Instant::now();
    assert_eq!(get(&shop, "orders").await?.status, 200);
    assert!(started.elapsed().as_millis() >= 60);
    Ok(())
}

#[tokio::test]
async fn a_switch_that_does_not_exist_is_refused() -> Result<()> {
    let shop = shop(5).await?;
    let refused = tell(&shop, "faults", &json!({ "http_503_every": 3 })).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("http_503_every")));
    Ok(())
}

#[tokio::test]
async fn a_right_that_is_taken_away_is_missed_in_the_list_and_at_the_door() -> Result<()> {
    let shop = shop(5).await?;
    tell(&shop, "faults", &json!({ "deny": ["order_details"] })).await?;
    assert_eq!(get(&shop, "order_details").await?.codes()?, ["26"]);
    assert!(!get(&shop, "").await?.body.contains("<order_details"));
    Ok(())
}

#[tokio::test]
async fn the_clock_can_be_set_forward_and_never_back() -> Result<()> {
    let shop = shop(5).await?;
    let told = |reply: &super::client::Reply| reply.header("Access-Time").map(str::parse::<i64>);
    tell(&shop, "clock", &json!({ "now": LATER })).await?;
    let later: chrono::DateTime<chrono::Utc> = LATER.parse()?;
    let first = told(&get(&shop, "orders").await?).context("no time")??;
    assert!(first >= later.timestamp());
    tell(&shop, "clock", &json!({ "now": "2020-01-01T00:00:00Z" })).await?;
    assert!(told(&get(&shop, "orders").await?).context("no time")?? >= first);
    Ok(())
}

#[tokio::test]
async fn a_closed_shop_lets_nobody_in() -> Result<()> {
    let shop = shop(5).await?;
    let address = host(&shop);
    assert!(TcpStream::connect(&address).await.is_ok());
    shop.shutdown().await;
    assert!(TcpStream::connect(&address).await.is_err());
    Ok(())
}
