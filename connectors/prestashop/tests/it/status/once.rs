//! A state is set once and in its order, and its buyer is mailed once, whatever becomes of an answer.

use serde_json::json;
use skarv_canonical::Class;
use skarv_connector::Delivery;

use super::desk::{ARRIVED, BOTH, Delivered, Desk, Invoiced, PACKED, Paid, SETTLED, WIRE, change, of, write};

fn states<const N: usize>(states: [u32; N]) -> Vec<u64> {
    states.map(u64::from).into()
}

fn mailed<const N: usize>(states: [u32; N]) -> Vec<(u64, String)> {
    states.map(|state| (u64::from(state), String::new())).into()
}

#[tokio::test]
async fn a40_a_state_is_set_once_and_later_ones_follow() {
    for version in BOTH {
        let desk = Desk::of(version).await;
        for event in [Invoiced, Invoiced, Delivered, Invoiced, Delivered] {
            let id = desk.deliver(&write(event)).await.expect("it stands");
            assert!(id == "1/3" || id == "1/5", "{id}");
        }
        assert_eq!(desk.states().await, states([PACKED, ARRIVED]), "{version:?}");
        assert_eq!(desk.books().await["current_state"], ARRIVED);
    }
}

#[tokio::test]
async fn a40_what_is_told_out_of_order_does_not_take_the_order_back() {
    let desk = Desk::of(BOTH[0]).await;
    desk.put(&write(Delivered)).await.expect("sent");
    assert_eq!(
        desk.refused(&write(Invoiced)).await,
        "order_moved_on state=5 Levererad"
    );
    assert_eq!(desk.states().await, states([ARRIVED]));
}

#[tokio::test]
async fn a40_a_state_that_a_person_set_is_not_set_again() {
    let desk = Desk::of(BOTH[0]).await;
    desk.by_hand(PACKED).await;
    assert_eq!(desk.stands(&write(Invoiced)).await.as_deref(), Some("1/3"));
    desk.put(&write(Invoiced)).await.expect("it stands");
    assert_eq!(
        (desk.states().await, desk.mails().await),
        (states([PACKED]), Vec::new())
    );
}

#[tokio::test]
async fn a40_an_order_that_a_person_has_moved_on_stays_where_they_put_it() {
    let desk = Desk::of(BOTH[0]).await;
    desk.put(&write(Invoiced)).await.expect("sent");
    desk.by_hand(12).await;
    let error = desk.put(&write(Paid)).await.expect_err("moved on");
    assert_eq!(
        (error.class(), error.reason.code.as_str(), error.delivery),
        (Class::Data, "order_moved_on", Delivery::NotDelivered)
    );
    // back where it waits for its invoice, it goes on
    desk.by_hand(WIRE).await;
    desk.put(&write(Paid)).await.expect("sent");
    assert_eq!(desk.states().await, states([PACKED, 12, WIRE, SETTLED]));
}

#[tokio::test]
async fn a40_an_order_that_was_cancelled_in_the_shop_is_told_nothing() {
    let desk = Desk::of(BOTH[0]).await;
    for end in [6, 7, 8] {
        desk.by_hand(end).await;
        assert!(
            desk.refused(&write(Delivered))
                .await
                .starts_with("order_moved_on")
        );
    }
    assert_eq!(desk.mails().await, []);
}

#[tokio::test]
async fn a41_a_buyer_is_mailed_once_for_each_state() {
    for version in BOTH {
        let desk = Desk::of(version).await;
        for event in [Invoiced, Paid, Invoiced, Paid] {
            desk.deliver(&write(event)).await.expect("it stands");
        }
        assert_eq!(desk.mails().await, mailed([PACKED, SETTLED]), "{version:?}");
    }
}

#[tokio::test]
async fn a41_an_answer_that_is_lost_does_not_mail_twice() {
    for version in BOTH {
        for fault in ["next_lost_write", "next_dead_write"] {
            let desk = Desk::of(version).await;
            desk.faults(json!({ fault: 1 })).await;
            let error = desk.put(&write(Invoiced)).await.expect_err("no answer");
            let expected = match fault {
                "next_lost_write" => Delivery::InFlight,
                _ => Delivery::Answered,
            };
            assert_eq!(error.delivery, expected, "{version:?} {fault}: {error}");
            let desk = desk.restarted().await;
            assert_eq!(desk.stands(&write(Invoiced)).await.as_deref(), Some("1/3"));
            desk.put(&write(Invoiced)).await.expect("it stands");
            assert_eq!(
                (desk.states().await, desk.mails().await),
                (states([PACKED]), mailed([PACKED])),
                "{version:?} {fault}"
            );
        }
    }
}

#[tokio::test]
async fn a41_a_shop_that_was_down_is_asked_again_and_mails_once() {
    let desk = Desk::of(BOTH[0]).await;
    desk.faults(json!({ "http_500_every": 1 })).await;
    let error = desk.put(&write(Invoiced)).await.expect_err("down");
    assert_eq!(error.class(), Class::Transient);
    desk.faults(json!({ "http_500_every": 0 })).await;
    assert_eq!(desk.stands(&write(Invoiced)).await, None);
    desk.put(&write(Invoiced)).await.expect("sent");
    assert_eq!(desk.mails().await, mailed([PACKED]));
}

#[tokio::test]
async fn a41_no_mail_is_sent_that_nobody_asked_for() {
    let desk = Desk::of(BOTH[0]).await;
    let mut quiet = change(Invoiced);
    quiet.mail = false;
    desk.put(&of(quiet)).await.expect("sent");
    assert_eq!(
        (desk.states().await, desk.mails().await),
        (states([PACKED]), Vec::new())
    );
}

#[tokio::test]
async fn a_mail_that_the_state_does_not_have_stops_nothing_and_is_said() {
    let desk = Desk::of(BOTH[0]).await;
    let receipt = desk.put(&write(Delivered)).await.expect("sent");
    let remarks: Vec<String> = receipt.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(remarks, ["state_has_no_mail state=5 Levererad"]);
    assert_eq!(desk.states().await, states([ARRIVED]));
}

#[tokio::test]
async fn a43_a_change_by_a_payment_module_is_seen_in_the_history() {
    for version in BOTH {
        let desk = Desk::of(version).await;
        // the module says that it is paid, and then that it is delivered, between our look and our write
        desk.by_module(SETTLED).await;
        assert_eq!(desk.stands(&write(Paid)).await.as_deref(), Some("1/2"));
        desk.put(&write(Paid)).await.expect("it stands");
        assert_eq!(
            desk.refused(&write(Delivered)).await,
            "order_moved_on state=2 Betalning mottagen",
            "paid comes after delivered"
        );
        assert_eq!(
            (desk.states().await, desk.mails().await),
            (states([SETTLED]), Vec::new()),
            "{version:?}"
        );
    }
}

#[tokio::test]
async fn a_write_takes_three_requests_once_the_states_are_known() {
    let desk = Desk::of(BOTH[0]).await;
    desk.put(&write(Invoiced)).await.expect("sent");
    desk.tell("tape", json!({})).await;
    desk.put(&write(Paid)).await.expect("sent");
    let mut asked = desk.asked().await;
    asked.sort();
    assert_eq!(
        asked,
        [
            "GET /api/order_histories",
            "GET /api/orders",
            "POST /api/order_histories?sendemail=1"
        ]
    );
}
