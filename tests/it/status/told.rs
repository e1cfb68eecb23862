//! What is told in the shop and what is not, one behaviour each; and what the order's own story says of it.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use skarv::demo::setup::SetUp;
use skarv_proto::v1::{self as pb, OrderEvent};
use skarv_tests::{
    AgentThread, Platform, Times,
    goods::stream,
    statuses::{Course, rule},
};
use tonic::Code;
use tonic_types::StatusExt;

use super::rules::{BACKORDER, CANCELLED, DELIVERED, PREPARING, SHIPPED, UNPAID_BACKORDER};

/// A shop whose orders are invoiced, and a flow that tells what becomes of them.
struct Desk {
    platform: Platform,
    set_up: SetUp,
    agent: AgentThread,
}

impl Desk {
    /// With so many orders, all of them invoiced today.
    async fn of(orders: u32, told: impl FnOnce(&mut pb::StatusSettings)) -> anyhow::Result<Self> {
        let platform = Platform::start(0, Times::default()).await?;
        platform.shop.place_orders(&json!({ "count": orders })).await?;
        platform.shop_clock(TimeDelta::minutes(5)).await?;
        Self::at(platform, told).await
    }

    async fn at(platform: Platform, told: impl FnOnce(&mut pb::StatusSettings)) -> anyhow::Result<Self> {
        let agent = platform.agent().await?;
        let mut settings = platform.telling(Vec::new());
        told(&mut settings);
        let set_up = platform.set_up_statuses(settings).await?;
        Ok(Self {
            platform,
            set_up,
            agent,
        })
    }

    async fn is_paid(&self, order: u32) -> anyhow::Result<()> {
        let invoice = self.platform.invoice(order).await?;
        assert!(
            invoice.left > Decimal::ZERO,
            "it is paid already: the story shows nothing"
        );
        self.platform.pay(&invoice, invoice.left).await
    }

    async fn course(&self, order: u32) -> anyhow::Result<Course> {
        let mut courses = self.platform.courses().await?;
        Ok(courses.remove(&order).unwrap())
    }

    /// The states that an order has been in since it was placed.
    async fn states(&self, order: u32) -> anyhow::Result<Vec<u32>> {
        let course = self.course(order).await?;
        Ok(course.history.iter().skip(1).map(|row| row.state).collect())
    }

    /// Why records of the stream are parked.
    async fn parked(&self) -> anyhow::Result<Vec<String>> {
        let statuses = stream(&self.set_up, "order-status");
        let parked = self
            .platform
            .records_in(&statuses, pb::RecordState::Parked)
            .await?;
        let reasons = parked.into_iter().flat_map(|record| record.reason);
        Ok(reasons.map(|reason| reason.code).collect())
    }

    /// Tells twice: the second time nothing is left to tell.
    async fn tell(&self) -> anyhow::Result<()> {
        self.platform.tell(&self.set_up).await?;
        self.platform.tell(&self.set_up).await.map(drop)
    }

    async fn activate(&self) -> anyhow::Result<()> {
        let request = pb::ActivateFlowRequest {
            name: self.set_up.flow.clone(),
        };
        self.platform.api.flows().activate_flow(request).await?;
        self.platform.idle(&self.set_up).await
    }
}

#[tokio::test]
async fn an_invoice_that_is_paid_in_the_books_puts_its_order_in_the_chosen_state_and_mails_once()
-> anyhow::Result<()> {
    let desk = Desk::of(2, |told| {
        told.rules = vec![rule(OrderEvent::Paid, BACKORDER, true)]
    })
    .await?;
    let half = desk.platform.invoice(1).await?;
    desk.platform
        .pay(&half, (half.left / Decimal::TWO).round_dp(2))
        .await?;
    desk.tell().await?;
    assert!(desk.states(1).await?.is_empty(), "half of it is not all of it");

    desk.is_paid(1).await?;
    desk.tell().await?;
    // saved once more, it is told once more by the books, and is no news
    desk.platform.save_again(&half).await?;
    desk.tell().await?;
    assert_eq!(desk.states(1).await?, [BACKORDER]);
    let mails = desk.course(1).await?.mails;
    assert_eq!(
        mails.iter().map(|mail| mail.state).collect::<Vec<_>>(),
        [BACKORDER]
    );
    assert!(desk.states(2).await?.is_empty(), "the other is not paid");
    desk.agent.drain().await
}

#[tokio::test]
async fn what_counts_as_delivered_is_told_as_delivered_when_it_happens() -> anyhow::Result<()> {
    let desk = Desk::of(1, |told| {
        told.rules = vec![
            rule(OrderEvent::Invoiced, PREPARING, false),
            rule(OrderEvent::Delivered, SHIPPED, true),
        ];
        told.delivered_when = OrderEvent::Paid.into();
    })
    .await?;
    assert_eq!(desk.states(1).await?, [PREPARING]);
    desk.is_paid(1).await?;
    desk.tell().await?;
    assert_eq!(desk.states(1).await?, [PREPARING, SHIPPED]);
    desk.agent.drain().await
}

#[tokio::test]
async fn an_order_whose_money_is_taken_waits_for_a_person_to_cancel_it() -> anyhow::Result<()> {
    let desk = Desk::of(1, |told| {
        told.rules = vec![rule(OrderEvent::Cancelled, CANCELLED, true)];
    })
    .await?;
    let invoice = desk.platform.invoice(1).await?;
    desk.platform.cancel(&invoice).await?;
    desk.tell().await?;
    assert!(desk.states(1).await?.is_empty());
    assert_eq!(desk.parked().await?, ["cancel_would_pay_back"]);

    desk.platform
        .change_statuses(&desk.set_up, |told| told.cancels_captured = true)
        .await?;
    desk.tell().await?;
    assert!(
        desk.states(1).await?.is_empty(),
        "nothing is sent before a person says so"
    );
    assert_eq!(desk.platform.tell_again(&desk.set_up).await?, 1);
    assert_eq!(desk.states(1).await?, [CANCELLED]);
    assert_eq!(desk.course(1).await?.mails.len(), 1);
    assert!(desk.parked().await?.is_empty());
    desk.agent.drain().await
}

#[tokio::test]
async fn a_state_that_is_deleted_in_the_shop_stops_the_stream_until_another_is_chosen() -> anyhow::Result<()>
{
    let orders = 1..=4;
    let desk = Desk::of(4, |told| {
        told.rules = vec![rule(OrderEvent::Paid, BACKORDER, true)]
    })
    .await?;
    let deleted = json!({ "deleted": true });
    let path = format!("setup/order_states/{BACKORDER}");
    let _: Value = desk.platform.shop.post(&path, &deleted).await?;
    for order in orders.clone() {
        desk.is_paid(order).await?;
    }
    let statuses = stream(&desk.set_up, "order-status");
    desk.platform.request_run(&statuses).await?;
    let is_blocked = |stream: &pb::Stream| stream.state() == pb::StreamState::Blocked;
    let blocked = desk.platform.stream_until(&statuses, is_blocked).await?;
    assert_eq!(blocked.block_reason.unwrap_or_default().code, "state_not_there");
    for order in orders.clone() {
        assert!(desk.states(order).await?.is_empty());
    }

    let choose = |told: &mut pb::StatusSettings| {
        told.rules = vec![rule(OrderEvent::Paid, UNPAID_BACKORDER, true)];
    };
    desk.platform.change_statuses(&desk.set_up, choose).await?;
    desk.activate().await?;
    desk.tell().await?;
    desk.platform.tell_again(&desk.set_up).await?;
    for order in orders {
        assert_eq!(desk.states(order).await?, [UNPAID_BACKORDER], "order {order}");
        assert_eq!(desk.course(order).await?.mails.len(), 1);
    }
    desk.agent.drain().await
}

#[tokio::test]
async fn orders_from_before_the_day_that_statuses_begin_are_left_alone() -> anyhow::Result<()> {
    let platform = Platform::start(40, Times::default()).await?;
    let start_on = (platform.now() - TimeDelta::days(8)).date_naive();
    let desk = Desk::at(platform, |told| {
        told.start_on = start_on.to_string();
        told.rules = vec![rule(OrderEvent::Invoiced, UNPAID_BACKORDER, false)];
    })
    .await?;
    // the clerk saves them all, so that all of them are news
    let (invoices, _) = desk.platform.invoices().await?;
    for invoice in invoices.values() {
        desk.platform.save_again(invoice).await?;
    }
    desk.tell().await?;
    let (mut before, mut after) = (0, 0);
    for (order, invoice) in &invoices {
        let told = desk.states(*order).await?.contains(&UNPAID_BACKORDER);
        if invoice.date < start_on {
            assert!(!told, "order {order} is of {}", invoice.date);
            before += 1;
        } else if told {
            after += 1;
        }
    }
    assert!(before > 2 && after > 2, "{before} before, {after} told");
    desk.agent.drain().await
}

#[tokio::test]
async fn the_story_of_an_order_tells_which_statuses_were_set_and_when() -> anyhow::Result<()> {
    let desk = Desk::of(1, |told| {
        told.rules = vec![
            rule(OrderEvent::Invoiced, PREPARING, false),
            rule(OrderEvent::Paid, BACKORDER, true),
        ];
    })
    .await?;
    desk.is_paid(1).await?;
    desk.tell().await?;
    let story = desk.platform.told_of(&desk.set_up, 1).await?;
    let told: Vec<_> = story.iter().map(|event| event.facts["status"].as_str()).collect();
    assert_eq!(told.len(), 2, "{story:?}");
    assert_eq!(told[0], "invoiced");
    assert!(told[1].contains("paid"), "{told:?}");
    let times: Vec<_> = story
        .iter()
        .map(|event| event.time.unwrap_or_default())
        .map(|at| (at.seconds, at.nanos))
        .collect();
    assert!(
        times.is_sorted() && times[0].0 >= desk.platform.now().timestamp(),
        "{times:?}"
    );
    desk.agent.drain().await
}

#[tokio::test]
async fn what_the_accounting_system_does_not_tell_is_refused_when_it_is_saved() -> anyhow::Result<()> {
    let desk = Desk::of(1, |told| {
        told.rules = vec![rule(OrderEvent::Paid, BACKORDER, true)]
    })
    .await?;
    let unmarked = rule(OrderEvent::Delivered, DELIVERED, false);
    let tracked = pb::StatusRule {
        tracking: true,
        ..rule(OrderEvent::Paid, SHIPPED, true)
    };
    for (wanted, word) in [(unmarked, "delivered_when"), (tracked, "tracking")] {
        let choose = |told: &mut pb::StatusSettings| told.rules = vec![wanted.clone()];
        let refused = desk.platform.change_statuses(&desk.set_up, choose).await;
        let refused = refused.unwrap_err();
        let details = refused.get_error_details();
        let why = details.error_info().map(|info| info.reason.as_str());
        assert_eq!(
            (refused.code(), why),
            (Code::FailedPrecondition, Some("SYSTEM_CANNOT"))
        );
        assert!(
            refused.message().contains("ekonomin") && refused.message().contains(word),
            "{refused:?}"
        );
    }
    desk.agent.drain().await
}
