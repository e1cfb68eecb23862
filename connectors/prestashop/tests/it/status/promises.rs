//! The promises that every sink keeps, and the span in which a request may leave.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use skarv_canonical::write::Write;
use skarv_conformance::sink::{self as promises, Delivery as Promised};
use skarv_connector::{Delivery, Put};
use skarv_http::{SendWindow, SystemWall, WallClock};

use super::desk::{BOTH, Delivered, Desk, Invoiced, WIRE, change, of};

fn window_of(length: Duration) -> SendWindow {
    SendWindow::new(tokio::time::Instant::now(), SystemWall.now(), length)
}

fn window() -> SendWindow {
    window_of(Duration::from_secs(60))
}

fn promised() -> Promised<'static> {
    Promised {
        window: &window,
        visible_after: Duration::ZERO,
    }
}

/// What is told of an order, in its order.
fn record(order: u32) -> Vec<Write> {
    let write = |event| {
        let mut change = change(event);
        change.order = order.to_string();
        change.tracking = Some(format!("SE{order}"));
        of(change)
    };
    vec![write(Invoiced), write(Delivered)]
}

#[tokio::test]
async fn what_is_put_is_found_and_each_order_has_its_own() -> Result<()> {
    for version in BOTH {
        let desk = Desk::of(version).await;
        desk.tell("orders", json!({ "count": 2 })).await;
        for order in [2, 3] {
            desk.tell(&format!("orders/{order}/state"), json!({ "state": WIRE }))
                .await;
        }
        let (first, second, third) = (record(1), record(2), record(3));
        promises::find_before_put_finds_nothing(desk.sink(), &first).await?;
        promises::put_then_find_finds_it(desk.sink(), &first, promised()).await?;
        promises::two_keys_two_documents(desk.sink(), [&second, &third], promised()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn nothing_leaves_when_its_time_is_over() {
    let desk = Desk::of(BOTH[0]).await;
    for tracking in [None, Some("SE1".to_owned())] {
        let mut wanted = change(Invoiced);
        wanted.tracking = tracking;
        let write = of(wanted);
        let put = Put {
            write: &write,
            existing: None,
            earlier: &[],
            window: Some(window_of(Duration::ZERO)),
        };
        let error = desk.sink().put(put).await.expect_err("too late");
        assert_eq!(
            (error.reason.code.as_str(), error.delivery),
            ("send_window_closed", Delivery::NotDelivered)
        );
    }
    let books = desk.books().await;
    assert_eq!(
        (books["tracking"].as_str(), desk.states().await.len()),
        (Some(""), 0)
    );
}
