//! Both foreign systems answer badly, lie, and forget who we are, while the whole platform runs: when they are well again,
//! every order is invoiced once and the books agree.

use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use serde_json::{Value, json};
use skarv::demo::setup::SetUp;
use skarv_http::hostile::Hostile;
use skarv_proto::v1 as pb;
use skarv_tests::{AgentThread, Platform, Times};

/// Leases and grants short enough to see doubts end.
fn short() -> Times {
    Times {
        lease: Duration::from_millis(1500),
        grant: Duration::from_secs(3),
        call: Duration::from_millis(1500),
        slice: Duration::from_secs(10),
    }
}

/// A platform that has settled its first orders, and a clock that goes on by a minute with every order.
struct Story {
    platform: Platform,
    agent: AgentThread,
    set_up: SetUp,
    minute: i64,
}

impl Story {
    async fn begins() -> anyhow::Result<Self> {
        let platform = Platform::start(12, short()).await?;
        let agent = platform.agent().await?;
        let set_up = platform.set_up().await?;
        platform.settled(&set_up).await?;
        Ok(Self {
            platform,
            agent,
            set_up,
            minute: 2,
        })
    }

    async fn shop(&self, switches: Value) -> anyhow::Result<()> {
        self.platform.shop.faults(&switches).await
    }

    async fn erp(&self, switches: Value) -> anyhow::Result<()> {
        self.platform.erp.faults(&switches).await
    }

    /// New orders, and a run that finds them.
    async fn orders_come(&mut self) -> anyhow::Result<()> {
        self.platform.shop.place_orders(&json!({ "count": 2 })).await?;
        self.minute += 1;
        self.platform.shop_clock(TimeDelta::minutes(self.minute)).await?;
        self.platform.request_run(&self.set_up).await.map(drop)
    }

    async fn settled(&self, after: &str) -> anyhow::Result<()> {
        let settled = self.platform.settled(&self.set_up).await;
        settled.map(drop).with_context(|| format!("after {after}"))
    }

    /// Waits until the stream has stopped, and gives the reason that a person reads.
    async fn blocked(&self) -> anyhow::Result<pb::Reason> {
        let blocked = |stream: &pb::Stream| stream.state() == pb::StreamState::Blocked;
        let stream = self.platform.stream_until(&self.set_up, blocked).await?;
        stream.block_reason.context("a stopped stream says why")
    }

    /// What a person does when they have put it right.
    async fn test_connection(&self, id: &str) -> anyhow::Result<()> {
        let request = pb::TestConnectionRequest {
            name: format!("{}/connections/{id}", self.set_up.tenant),
        };
        self.platform.api.connections().test_connection(request).await?;
        let going = |stream: &pb::Stream| stream.state() == pb::StreamState::On;
        self.platform.stream_until(&self.set_up, going).await.map(drop)
    }

    /// All is well again: a last look finds what there is, and the books agree.
    async fn ends_well(self) -> anyhow::Result<()> {
        // past every time that a wrong clock can have stamped
        self.platform.shop_clock(TimeDelta::hours(3)).await?;
        self.platform.request_run(&self.set_up).await?;
        self.settled("everything").await?;
        let found = self.platform.comparison(&self.set_up).await?;
        assert_eq!(found.problems, [""; 0], "{found:?}");
        self.agent.drain().await
    }
}

#[tokio::test]
async fn every_bad_answer_there_is_loses_no_order_and_doubles_none() -> anyhow::Result<()> {
    let mut story = Story::begins().await?;
    for (_, name) in Hostile::ALL {
        let twice = json!({ format!("next_{name}"): 2 });
        story.shop(twice.clone()).await?;
        story.erp(twice).await?;
        story.orders_come().await?;
        story.settled(name).await?;
    }
    let shop: Value = story.platform.shop.get("requests").await?;
    let erp: Value = story.platform.erp.get("requests").await?;
    for (_, name) in Hostile::ALL
        .iter()
        .filter(|(hostile, _)| *hostile != Hostile::ResetOnAccept)
    {
        let played = |counts: &Value| counts["faults"][name].as_u64() > Some(0);
        assert!(played(&shop) && played(&erp), "{name}: {shop} {erp}");
    }
    story.ends_well().await
}

#[tokio::test]
async fn a_shop_that_lies_loses_no_order_and_doubles_none() -> anyhow::Result<()> {
    let mut story = Story::begins().await?;
    for about in [
        "orders",
        "order_details",
        "order_histories",
        "customers",
        "addresses",
    ] {
        for lie in [
            "duplicate_rows",
            "reverse_rows",
            "empty_list",
            "notices",
            "shift_rows",
        ] {
            story
                .shop(json!({ "lies_about": about, format!("next_{lie}"): 1 }))
                .await?;
            story.orders_come().await?;
            story.settled(lie).await?;
        }
    }
    let shop: Value = story.platform.shop.get("requests").await?;
    assert!(shop["faults"]["empty_list"].as_u64() >= Some(5), "{shop}");
    story.ends_well().await
}

#[tokio::test]
async fn clocks_that_jump_lose_no_order_and_double_none() -> anyhow::Result<()> {
    let mut story = Story::begins().await?;
    for offset in [3600, 3600, 0, -3600, -3600, 0] {
        story
            .shop(json!({ "clock_offset_s": offset, "without_clock": offset == 0 }))
            .await?;
        story.erp(json!({ "clock_offset_s": -offset })).await?;
        story.orders_come().await?;
        story.settled("a jump").await?;
    }
    story
        .shop(json!({ "clock_offset_s": 0, "without_clock": false }))
        .await?;
    story.ends_well().await
}

#[tokio::test]
async fn books_that_forget_deny_and_mistake_lose_no_order_and_double_none() -> anyhow::Result<()> {
    let mut story = Story::begins().await?;
    for switches in [
        // more seldom than the requests that are under way together: one that is refused twice is refused for good
        json!({ "expire_tokens_every": 9 }),
        json!({ "expire_tokens_every": 0, "next_expire_tokens": 1, "next_sign_in_500": 2 }),
        json!({ "next_expire_tokens": 1, "next_sign_in_html": 2 }),
        json!({ "next_expire_tokens": 1, "next_sign_in_slow": 1, "slow_ms": 3000 }),
        json!({ "next_not_found": 3 }),
        json!({ "next_other_id": 2 }),
        json!({ "other_id_every": 2, "not_found_every": 2 }),
    ] {
        let after = switches.to_string();
        story.erp(switches).await?;
        story.orders_come().await?;
        story.settled(&after).await?;
    }
    story.ends_well().await
}

#[tokio::test]
async fn a_token_that_is_never_let_in_stops_the_stream_and_asks_for_few() -> anyhow::Result<()> {
    let mut story = Story::begins().await?;
    let _: Value = story.platform.erp.get("ledger").await?;
    let before: Value = story.platform.erp.get("requests").await?;
    story.erp(json!({ "refuse_tokens": true })).await?;
    story.orders_come().await?;
    let reason = story.blocked().await?;
    assert_eq!(reason.code, "sign_in_refused");
    assert!(!reason.message_sv.is_empty() && !reason.message_en.is_empty() && !reason.fix_sv.is_empty());
    let after: Value = story.platform.erp.get("requests").await?;
    let asked = after["sign_ins"].as_u64().unwrap() - before["sign_ins"].as_u64().unwrap();
    assert!(asked <= 4, "{asked} sign-ins");
    story.erp(json!({ "refuse_tokens": false })).await?;
    story.test_connection("ekonomin").await?;
    story.ends_well().await
}

#[tokio::test]
async fn an_order_that_the_shop_cannot_show_waits_alone_for_a_person() -> anyhow::Result<()> {
    let mut story = Story::begins().await?;
    story.shop(json!({ "poison_order": 13 })).await?;
    story.orders_come().await?;
    story.settled("a poisoned order").await?;
    let parked = story
        .platform
        .records_in(&story.set_up, pb::RecordState::Parked)
        .await?;
    let poisoned = parked
        .iter()
        .find(|record| record.name.ends_with("/13"))
        .context("parked")?;
    let reason = poisoned.reason.clone().unwrap_or_default();
    assert_eq!(reason.code, "record_not_shown");
    assert!(
        reason.fix_sv.contains("13") && reason.fix_en.contains("13"),
        "{reason:?}"
    );
    // an order of the same page went through
    let books = story.platform.erp_books().await?;
    let other = format!("{}-14", story.set_up.shop_ref);
    assert!(books.invoices.iter().any(|invoice| invoice.reference == other));
    story.agent.drain().await
}
