//! Weather on purpose: lost answers, refusals before any work, slowness, late search and held posts.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Client, invoice, line, small};

async fn served(client: &Client, fault: &str) -> Value {
    client.admin_get("requests").await["faults"][fault].clone()
}

#[tokio::test]
async fn a_lost_answer_comes_after_the_booking_and_the_document_can_be_looked_up() {
    let client = Client::with_customer().await;
    client.faults(json!({ "lost_answer_next": 1 })).await;
    assert!(client.try_post("customerinvoices", &small("a")).await.is_err());
    let found = client.get("customerinvoices?invoiceReference=a").await.body;
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!(client.post("customerinvoices", &small("b")).await.status, 201);
    assert_eq!(served(&client, "lost_answer").await, 1);
}

#[tokio::test]
async fn every_second_answer_to_a_post_is_lost_and_no_refusal_counts() {
    let client = Client::with_customer().await;
    client.faults(json!({ "lost_answer_every": 2 })).await;
    let mut arrived = Vec::new();
    for reference in ["a", "b", "c", "d"] {
        assert_eq!(
            client
                .post("customerinvoices", &invoice(reference, &[]))
                .await
                .status,
            400
        );
        arrived.push(
            client
                .try_post("customerinvoices", &small(reference))
                .await
                .is_ok(),
        );
    }
    assert_eq!(arrived, [true, false, true, false]);
    assert_eq!(client.booked().await.len(), 4);
}

#[tokio::test]
async fn a_repeated_sequence_id_is_a_second_document() {
    let client = Client::with_customer().await;
    let posted = small("a");
    assert_ne!(client.book(&posted).await, client.book(&posted).await);
    assert_eq!(client.booked().await.len(), 2);
}

#[tokio::test]
async fn a_repeated_sequence_id_is_the_first_document_when_the_switch_is_on() {
    let client = Client::with_customer().await;
    client.faults(json!({ "deduplicate": true })).await;
    let posted = small("a");
    assert_eq!(client.book(&posted).await, client.book(&posted).await);
    assert_eq!(client.booked().await.len(), 1);
}

#[tokio::test]
async fn a_server_error_strikes_before_any_work() {
    let client = Client::with_customer().await;
    client.faults(json!({ "http_500_every": 2 })).await;
    assert_eq!(client.post("customerinvoices", &small("a")).await.status, 201);
    let second = client.post("customerinvoices", &small("b")).await;
    assert_eq!((second.status, second.text()), (500, "internt fel"));
    assert_eq!(client.booked().await.len(), 1);
}

#[tokio::test]
async fn too_many_requests_says_when_to_come_back() {
    let client = Client::with_customer().await;
    client
        .faults(json!({ "http_429_every": 1, "retry_after_s": 7 }))
        .await;
    let answer = client.post("customerinvoices", &small("a")).await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (429, Some("7")));
    assert!(client.booked().await.is_empty());
}

#[tokio::test]
async fn a_fixed_rate_refuses_what_is_above_it() {
    let client = Client::start().await;
    client.faults(json!({ "max_per_s": 1 })).await;
    let mut refused = 0;
    for _ in 0..50 {
        let answer = client.get("currencies").await;
        refused += u32::from(answer.status == 429 && answer.retry_after.as_deref() == Some("1"));
    }
    assert!(refused > 0, "fifty calls took longer than fifty seconds");
    assert_eq!(served(&client, "rate_limit").await, refused);
}

#[tokio::test]
async fn a_slow_call_has_done_its_work_when_the_client_gives_up() {
    let client = Client::with_customer().await;
    client
        .faults(json!({ "slow_every": 1, "slow_ms": 600_000 }))
        .await;
    let request = client.http.post(client.url("customerinvoices")).json(&small("a"));
    let impatient = client.send(request.timeout(Duration::from_millis(300))).await;
    assert!(impatient.is_err_and(|error| error.is_timeout()));
    assert_eq!(client.booked().await.len(), 1);
}

#[tokio::test]
async fn a_search_may_see_a_document_late() {
    let client = Client::with_customer().await;
    client.faults(json!({ "visible_after_ms": 600_000 })).await;
    let id = client.book(&small("a")).await;
    let search = "customerinvoices?invoiceReference=a";
    assert_eq!(client.get(search).await.body, json!([]));
    assert_eq!(
        client.invoice(&id).await["customerInvoiceId"],
        json!(id),
        "by its id it is there at once"
    );
    client.faults(json!({ "visible_after_ms": 0 })).await;
    assert_eq!(client.get(search).await.body.as_array().map(Vec::len), Some(1));
}

/// Until the fake holds so many posts; each look is a round trip, so the bound is a matter of seconds.
async fn until_held(client: &Client, posts: u64) {
    for _ in 0..10_000 {
        if client.admin_get("requests").await["held"] == posts {
            return;
        }
    }
    panic!("the post never came in");
}

#[tokio::test]
async fn a_held_post_is_booked_and_answered_when_it_is_released() {
    let client = Client::with_customer().await;
    client.faults(json!({ "hold_next_post": 1 })).await;
    let posted = small("a");
    let post = client.post("customerinvoices", &posted);
    let watch = async {
        until_held(&client, 1).await;
        assert!(client.booked().await.is_empty());
        assert_eq!(client.admin_post("release", &json!({})).await, 200);
    };
    let (answer, ()) = tokio::join!(post, watch);
    assert_eq!(answer.status, 201);
    assert_eq!(client.booked().await.len(), 1);
}

#[tokio::test]
async fn a_held_post_is_booked_even_when_its_client_has_gone() {
    let client = Client::with_customer().await;
    client.faults(json!({ "hold_next_post": 1 })).await;
    let posted = small("a");
    tokio::select! {
        _ = client.post("customerinvoices", &posted) => panic!("a held post was answered"),
        () = until_held(&client, 1) => {}
    }
    assert_eq!(client.admin_post("release", &json!({})).await, 200);
    until_held(&client, 0).await;
    for _ in 0..10_000 {
        if client.booked().await.len() == 1 {
            return;
        }
    }
    panic!("the post was forgotten");
}

#[tokio::test]
async fn a_misspelt_switch_is_refused_and_the_plan_can_be_read() {
    let client = Client::start().await;
    assert_eq!(
        client.admin_post("faults", &json!({ "lost_answers": 1 })).await,
        400
    );
    client.faults(json!({ "slow_every": 3 })).await;
    client.faults(json!({ "slow_ms": 5 })).await;
    let plan = client.admin_get("faults").await;
    assert_eq!(
        (&plan["slow_every"], &plan["slow_ms"], &plan["deduplicate"]),
        (&json!(3), &json!(5), &json!(false))
    );
}

#[tokio::test]
async fn calls_are_counted_by_endpoint_and_status() {
    let client = Client::with_customer().await;
    client.book(&invoice("a", &[line(1.0, 1, 3001)])).await;
    client.get("nothing").await;
    let counts = client.admin_get("requests").await;
    assert_eq!(
        counts["by_endpoint"],
        json!({ "GET /?": 1, "POST /contacts": 1, "POST /customerinvoices": 1 })
    );
    assert_eq!(
        (&counts["by_status"], &counts["total"]),
        (&json!({ "201": 2, "404": 1 }), &json!(3))
    );
    assert_eq!(client.admin_post("requests/reset", &json!({})).await, 200);
    assert_eq!(client.admin_get("requests").await["total"], 0);
}
