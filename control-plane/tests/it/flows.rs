//! Flows that are changed, and flows whose systems are compared, over the wire.

use skarv_domain::auth::Scope;
use skarv_proto::{agent::v1 as pb, v1};
use tonic::{Code, Status};

use crate::{
    agent::finish,
    checks::wait,
    setup::FLOW,
    world::{Caller, World, field, reason},
};

const ID: &str = "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77";

fn change(paths: &[&str], settings: v1::OrderSettings) -> v1::UpdateFlowRequest {
    v1::UpdateFlowRequest {
        flow: Some(v1::Flow {
            name: FLOW.to_owned(),
            order_settings: Some(settings),
            ..v1::Flow::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
        ..v1::UpdateFlowRequest::default()
    }
}

fn due_in(days: u32) -> v1::UpdateFlowRequest {
    let settings = v1::OrderSettings {
        payment_terms_days: days,
        ..v1::OrderSettings::default()
    };
    change(&["order_settings.payment_terms_days"], settings)
}

fn compare(from: &str, to: &str) -> v1::ReconcileFlowRequest {
    v1::ReconcileFlowRequest {
        name: FLOW.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        request_id: String::new(),
    }
}

impl Caller {
    pub(crate) async fn update(&self, request: v1::UpdateFlowRequest) -> Result<v1::Flow, Status> {
        let answer = self.flows().update_flow(request).await?;
        Ok(answer.into_inner().flow.unwrap())
    }

    pub(crate) async fn flow(&self) -> v1::Flow {
        let request = v1::GetFlowRequest {
            name: FLOW.to_owned(),
        };
        let answer = self.flows().get_flow(request).await.unwrap();
        answer.into_inner().flow.unwrap()
    }

    async fn reconcile(&self, request: v1::ReconcileFlowRequest) -> Result<v1::Run, Status> {
        let answer = self.flows().reconcile_flow(request).await?;
        Ok(answer.into_inner().run.unwrap())
    }
}

async fn set_up(world: &World) -> Caller {
    let admin = world.admin().await;
    admin.set_up().await;
    admin
}

#[tokio::test]
async fn a_part_of_the_settings_is_changed_and_the_others_stay() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    let before = admin.flow().await.order_settings.unwrap();
    let cards = v1::OrderSettings {
        customer_settings: Some(v1::CustomerSettings {
            cards: v1::CardUpkeep::Update.into(),
            match_existing: Some(false),
            ..v1::CustomerSettings::default()
        }),
        ..v1::OrderSettings::default()
    };
    let changed = admin
        .update(change(&["order_settings.customer_settings.cards"], cards))
        .await
        .unwrap();
    let mut expected = before.clone();
    expected.customer_settings.as_mut().unwrap().cards = v1::CardUpkeep::Update.into();
    assert_eq!(changed.order_settings.unwrap(), expected);
    assert_ne!(before, expected);
}

#[tokio::test]
async fn a_change_that_makes_no_sense_is_refused_by_its_field_and_changes_nothing() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    let before = admin.flow().await;
    let none = || v1::OrderSettings::default();
    let rule = v1::OrderSettings {
        account_rules: vec![v1::AccountRule {
            row: v1::RowKind::Goods.into(),
            scheme: v1::VatScheme::Domestic.into(),
            account: 31,
            ..v1::AccountRule::default()
        }],
        ..none()
    };
    for (request, wrong) in [
        (
            change(&["order_settings.trigger_state_ids"], none()),
            "flow.order_settings.trigger_state_ids",
        ),
        (
            change(&["order_settings.account_rules"], rule),
            "flow.order_settings.account_rules[0].account",
        ),
        (change(&["template"], none()), "update_mask"),
        (change(&[], none()), "flow.order_settings.start_at"),
    ] {
        let refused = admin.update(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), field(&refused).as_str()),
            (Code::InvalidArgument, wrong)
        );
    }
    assert_eq!(admin.flow().await, before);
}

#[tokio::test]
async fn a_change_of_a_flow_that_was_read_before_another_change_is_refused() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    let read = admin.flow().await;
    admin.update(due_in(10)).await.unwrap();
    let mut stale = due_in(20);
    stale.flow.as_mut().unwrap().etag = read.etag;
    let refused = admin.update(stale).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );
}

#[tokio::test]
async fn a_change_is_tried_out_repeated_and_left_alone_when_it_is_so_already() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    let before = admin.flow().await;
    let check = v1::UpdateFlowRequest {
        validate_only: true,
        ..due_in(10)
    };
    let would_be = admin.update(check).await.unwrap();
    assert_eq!(would_be.order_settings.unwrap().payment_terms_days, 10);
    assert_eq!(admin.flow().await, before);
    let marked = v1::UpdateFlowRequest {
        request_id: ID.to_owned(),
        ..due_in(10)
    };
    let first = admin.update(marked.clone()).await.unwrap();
    admin.update(due_in(15)).await.unwrap();
    assert_eq!(admin.update(marked).await.unwrap(), first);
    let now = admin.flow().await;
    assert_eq!(now.order_settings.clone().unwrap().payment_terms_days, 15);
    assert_eq!(admin.update(due_in(15)).await.unwrap().etag, now.etag);
}

#[tokio::test]
async fn a_merchant_changes_the_rules_of_its_own_flow() {
    let world = World::start().await;
    set_up(&world).await;
    let tenant = world
        .plane
        .store()
        .tenant_get(&Scope::Staff, &"bagarn".parse().unwrap())
        .await
        .unwrap();
    let merchant = world.merchant(tenant.id).await;
    assert!(merchant.update(due_in(10)).await.is_ok());
    let stranger = world.partner("annan-byra").await;
    let refused = stranger.update(due_in(20)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn a_flow_whose_systems_were_never_tested_is_not_compared() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    let refused = admin
        .reconcile(compare("2026-01-01", "2026-01-31"))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "CONNECTION_NOT_TESTED");
}

#[tokio::test]
async fn a_period_that_cannot_be_compared_is_refused() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    for (from, to, wrong) in [
        ("2026-01-31", "2026-01-01", "to"),
        ("1 January", "2026-01-31", "from"),
        ("2026-01-01", "2999-01-01", "to"),
    ] {
        let refused = admin.reconcile(compare(from, to)).await.unwrap_err();
        assert_eq!(
            (refused.code(), field(&refused).as_str()),
            (Code::InvalidArgument, wrong)
        );
    }
}

/// An order that is not in the books because it has no rows.
fn parked_order() -> v1::Difference {
    v1::Difference {
        code: "not_invoiced".to_owned(),
        order_number: "XKBKNABJK".to_owned(),
        why: Some(v1::Reason {
            code: "no_rows".to_owned(),
            class: v1::ReasonClass::Data.into(),
            fix_code: "check_order_rows".to_owned(),
            ..v1::Reason::default()
        }),
        ..v1::Difference::default()
    }
}

#[tokio::test]
async fn what_a_comparison_found_is_told_with_what_to_do() {
    let world = World::start().await;
    let admin = set_up(&world).await;
    let agent = world.agent().await;
    agent.pass_tests(&admin).await;
    let run = admin
        .reconcile(compare("2026-01-01", "2026-01-31"))
        .await
        .unwrap();
    let again = admin
        .reconcile(compare("2026-01-01", "2026-01-31"))
        .await
        .unwrap();
    assert_eq!(again.name, run.name);
    let lease = agent.lease_one(10).await;
    assert_eq!(lease.kind(), pb::RunKind::Reconcile);
    let period = lease.period.clone().unwrap();
    assert_eq!(
        (period.from.as_str(), period.to.as_str()),
        ("2026-01-01", "2026-01-31")
    );
    assert!(lease.source.is_some() && lease.target.is_some() && !lease.spec_hash.is_empty());
    let compared = v1::Reconciliation {
        from: period.from,
        to: period.to,
        differences: vec![parked_order()],
        ..v1::Reconciliation::default()
    };
    let item = pb::FinishItem {
        result: Some(pb::RunResult {
            result: Some(pb::run_result::Result::Reconciliation(compared)),
        }),
        ..finish(&lease, pb::FinishOutcome::Succeeded)
    };
    assert_eq!(agent.finish(item).await, pb::RunStatus::Ok);
    let ended = wait(&admin, &run.name).await;
    assert_eq!(
        (ended.state(), ended.purpose()),
        (v1::RunState::Succeeded, v1::RunPurpose::Reconcile)
    );
    let told = ended.reconciliation.unwrap().differences.remove(0);
    let (meaning, why) = (told.reason.unwrap(), told.why.unwrap());
    assert!(meaning.message_sv.contains("XKBKNABJK"), "{}", meaning.message_sv);
    assert!(!why.message_en.is_empty() && !why.fix_sv.is_empty());
    assert_eq!(why.category(), v1::ReasonCategory::Data);
    let listed = admin
        .runs()
        .list_runs(v1::ListRunsRequest {
            parent: "tenants/bagarn".to_owned(),
            ..v1::ListRunsRequest::default()
        })
        .await
        .unwrap()
        .into_inner();
    assert!(listed.runs.iter().all(|run| run.reconciliation.is_none()));
}
