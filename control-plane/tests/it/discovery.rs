//! What a connection has to choose from: read by an agent, and told as often as anybody asks.

use skarv_domain::auth::Scope;
use skarv_proto::{agent::v1 as pb, v1};
use tonic::{Code, Status};

use crate::{
    agent::{Agent, finish},
    checks::wait,
    setup::{SHOP, map},
    world::{Caller, World, reason},
};

fn state(id: &str, title: &str) -> v1::DiscoveredValue {
    v1::DiscoveredValue {
        id: id.to_owned(),
        title: title.to_owned(),
        facts: map(&[("paid", "true"), ("mail", "payment")]),
    }
}

fn states(values: Vec<v1::DiscoveredValue>) -> v1::Discovery {
    v1::Discovery {
        lists: vec![v1::DiscoveredList {
            name: "order_states".to_owned(),
            values,
        }],
        ..v1::Discovery::default()
    }
}

impl Caller {
    async fn discover(&self, name: &str) -> Result<v1::Run, Status> {
        let request = v1::DiscoverConnectionRequest {
            name: name.to_owned(),
        };
        let answer = self.connections().discover_connection(request).await?;
        Ok(answer.into_inner().run.unwrap())
    }

    async fn discovery(&self, name: &str) -> Result<v1::Discovery, Status> {
        let request = v1::GetDiscoveryRequest {
            name: name.to_owned(),
        };
        let answer = self.connections().get_discovery(request).await?;
        Ok(answer.into_inner().discovery.unwrap())
    }
}

impl Agent {
    /// Ends a run with what it found.
    pub(crate) async fn tells(&self, lease: &pb::Lease, found: pb::run_result::Result) {
        let item = pb::FinishItem {
            result: Some(pb::RunResult { result: Some(found) }),
            ..finish(lease, pb::FinishOutcome::Succeeded)
        };
        assert_eq!(self.finish(item).await, pb::RunStatus::Ok);
    }
}

#[tokio::test]
async fn what_there_is_to_choose_from_is_read_once_and_told_from_then_on() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let refused = admin.discovery(SHOP).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "NOT_DISCOVERED")
    );
    assert!(
        refused.message().contains("DiscoverConnection"),
        "{}",
        refused.message()
    );
    let agent = world.agent().await;
    let run = admin.discover(SHOP).await.unwrap();
    assert_eq!(
        (run.purpose(), run.subject.as_str()),
        (v1::RunPurpose::Discover, SHOP)
    );
    assert_eq!(admin.discover(SHOP).await.unwrap().name, run.name);
    let lease = agent.lease_one(1).await;
    assert_eq!(lease.kind(), pb::RunKind::Discover);
    assert!(lease.source.is_some() && lease.target.is_none());
    let found = states(vec![state("2", "Betalning accepterad")]);
    agent
        .tells(&lease, pb::run_result::Result::Discovery(found.clone()))
        .await;
    let ended = wait(&admin, &run.name).await;
    assert_eq!(ended.discovery.unwrap().lists, found.lists);
    let kept = admin.discovery(SHOP).await.unwrap();
    assert_eq!(kept.lists, found.lists);
    assert!(kept.discover_time.unwrap().seconds >= run.create_time.unwrap().seconds);
}

#[tokio::test]
async fn what_is_found_later_takes_the_place_of_what_was_and_lists_of_runs_tell_none() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    for (seq, title) in [(1, "Levererad"), (2, "Skickad")] {
        admin.discover(SHOP).await.unwrap();
        let found = pb::run_result::Result::Discovery(states(vec![state("5", title)]));
        agent.tells(&agent.lease_one(seq).await, found).await;
    }
    let kept = admin.discovery(SHOP).await.unwrap();
    assert_eq!(kept.lists[0].values[0].title, "Skickad");
    let request = v1::ListRunsRequest {
        parent: "tenants/bagarn".to_owned(),
        ..v1::ListRunsRequest::default()
    };
    let listed = admin.runs().list_runs(request).await.unwrap().into_inner();
    assert_eq!(listed.runs.len(), 2);
    assert!(listed.runs.iter().all(|run| run.discovery.is_none()));
}

#[tokio::test]
async fn a_merchant_reads_its_own_systems_and_nobody_elses() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let tenant = world
        .plane
        .store()
        .tenant_get(&Scope::Staff, &"bagarn".parse().unwrap())
        .await
        .unwrap();
    let merchant = world.merchant(tenant.id).await;
    assert!(merchant.discover(SHOP).await.is_ok());
    let stranger = world.partner("annan-byra").await;
    assert_eq!(stranger.discover(SHOP).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(stranger.discovery(SHOP).await.unwrap_err().code(), Code::NotFound);
}
