//! States that end an order, and states that are not there.

use serde_json::json;
use skarv_canonical::Class;
use skarv_connector::{Delivery, Error};

use super::desk::{BOTH, CANCELLED, Cancelled, Desk, Invoiced, change, of, write};

async fn refusal(desk: &Desk, write: &skarv_canonical::write::Write) -> Error {
    desk.put(write).await.expect_err("a refusal")
}

#[tokio::test]
async fn a_captured_order_is_not_cancelled_unless_that_is_allowed() {
    for version in BOTH {
        let desk = Desk::of(version).await;
        let error = refusal(&desk, &write(Cancelled)).await;
        assert_eq!(
            error.to_string(),
            "cancel_would_pay_back state=6 Avbruten",
            "{version:?}"
        );
        assert_eq!(
            (error.class(), error.delivery, error.reason.fix.as_str()),
            (Class::Data, Delivery::NotDelivered, "cancel_by_hand_or_allow")
        );
        assert_eq!(desk.states().await, [0_u64; 0]);
        let mut allowed = change(Cancelled);
        allowed.cancels_captured = true;
        desk.put(&of(allowed)).await.expect("sent");
        assert_eq!(desk.books().await["current_state"], CANCELLED);
    }
}

#[tokio::test]
async fn a_state_that_is_missing_or_deleted_stops_the_stream() {
    for version in BOTH {
        let desk = Desk::of(version).await;
        let mut unknown = change(Invoiced);
        unknown.state = "99".to_owned();
        let error = refusal(&desk, &of(unknown)).await;
        assert_eq!(error.to_string(), "state_not_there state=99");
        assert_eq!(
            (error.class(), error.reason.fix.as_str()),
            (Class::Configuration, "choose_state")
        );
        desk.tell("setup/order_states/3", json!({ "deleted": true }))
            .await;
        let desk = desk.restarted().await;
        let error = refusal(&desk, &write(Invoiced)).await;
        assert_eq!(error.to_string(), "state_not_there state=3", "{version:?}");
        assert_eq!(desk.states().await, [0_u64; 0]);
    }
}

#[tokio::test]
async fn an_order_that_is_gone_is_for_a_person() {
    let desk = Desk::of(BOTH[0]).await;
    for order in ["4711", "x", ""] {
        let mut other = change(Invoiced);
        order.clone_into(&mut other.order);
        let write = of(other);
        assert_eq!(refusal(&desk, &write).await.reason.code, "record_gone");
        assert_eq!(desk.stands(&write).await, None);
    }
}

#[tokio::test]
async fn a_key_without_the_right_is_a_matter_of_settings_and_nothing_was_done() {
    let desk = Desk::of(BOTH[0]).await;
    for denied in ["POST order_histories", "order_histories"] {
        desk.faults(json!({ "deny": [denied] })).await;
        let error = refusal(&desk, &write(Invoiced)).await;
        assert_eq!(
            (error.class(), error.delivery),
            (Class::Configuration, Delivery::NotDelivered),
            "{denied}"
        );
    }
    assert_eq!(desk.states().await, [0_u64; 0]);
}
