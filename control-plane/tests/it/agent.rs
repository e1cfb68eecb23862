//! An agent that a test plays call by call, and the stories of how agents become known.

use skarv_canonical::catalog::Catalog;
use skarv_proto::{agent::v1 as pb, v1};
use tonic::{Code, Status};

use crate::{
    setup::{SHOP, map},
    world::{Caller, World},
};

/// A registered agent.
pub(crate) struct Agent {
    pub(crate) caller: Caller,
    pub(crate) id: String,
}

/// The catalog that is built in.
pub(crate) fn built_in() -> Catalog {
    Catalog::from_json(include_str!("../../../connectors/catalog.json")).unwrap()
}

fn offers() -> Vec<pb::ConnectorOffer> {
    offers_of(&built_in())
}

fn offers_of(catalog: &Catalog) -> Vec<pb::ConnectorOffer> {
    let offer = |descriptor: &skarv_canonical::descriptor::Descriptor| pb::ConnectorOffer {
        connector: descriptor.id.clone(),
        version: descriptor.version.clone(),
        descriptor_hash: descriptor.hash().as_bytes().to_vec(),
    };
    catalog.connectors.iter().map(offer).collect()
}

pub(crate) fn hello(connectors: Vec<pb::ConnectorOffer>) -> pb::RegisterRequest {
    pb::RegisterRequest {
        display_name: "played".to_owned(),
        version: "1.0.0".to_owned(),
        slots: 4,
        connectors,
        agent_id: String::new(),
    }
}

impl World {
    /// The enrolment token of the pool that tenants belong to.
    pub(crate) async fn pool_token(&self) -> String {
        let request = v1::CreateEnrolmentTokenRequest {
            parent: "pools/default".to_owned(),
        };
        let answer = self
            .admin()
            .await
            .pools()
            .create_enrolment_token(request)
            .await
            .unwrap();
        answer.into_inner().enrolment_token
    }

    /// An agent with every connector that is built in.
    pub(crate) async fn agent(&self) -> Agent {
        self.agent_of(&built_in()).await
    }

    /// An agent with every connector of this catalog.
    pub(crate) async fn agent_of(&self, catalog: &Catalog) -> Agent {
        let pool = self.caller(&self.pool_token().await);
        let welcome = pool
            .dispatch()
            .register(hello(offers_of(catalog)))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(welcome.rejected, []);
        Agent {
            caller: self.caller(&welcome.token),
            id: welcome.agent_id,
        }
    }
}

pub(crate) fn poll(seq: u64, wait_ms: u64) -> pb::LeaseRunsRequest {
    pb::LeaseRunsRequest {
        agent_id: String::new(),
        poll_seq: seq,
        free_slots: 4,
        free_background_slots: 2,
        wait_ms,
    }
}

pub(crate) fn held(lease: &pb::Lease) -> pb::HeldRun {
    pb::HeldRun {
        run_id: lease.run_id.clone(),
        epoch: lease.epoch,
        progress: None,
    }
}

pub(crate) fn finish(lease: &pb::Lease, outcome: pb::FinishOutcome) -> pb::FinishItem {
    pb::FinishItem {
        run_id: lease.run_id.clone(),
        epoch: lease.epoch,
        outcome: outcome.into(),
        ..pb::FinishItem::default()
    }
}

impl Agent {
    pub(crate) async fn lease(&self, seq: u64, wait_ms: u64) -> Result<pb::LeaseRunsResponse, Status> {
        Ok(self
            .caller
            .dispatch()
            .lease_runs(poll(seq, wait_ms))
            .await?
            .into_inner())
    }

    /// The one run that there is, waited for.
    pub(crate) async fn lease_one(&self, seq: u64) -> pb::Lease {
        let mut leases = self.lease(seq, 5_000).await.unwrap().leases;
        assert_eq!(leases.len(), 1, "{leases:?}");
        leases.remove(0)
    }

    pub(crate) async fn renew(&self, last_poll_seq: u64, lease: &pb::Lease) -> pb::RunStatus {
        let request = pb::RenewLeasesRequest {
            agent_id: self.id.clone(),
            last_poll_seq,
            held: vec![held(lease)],
        };
        let answer = self
            .caller
            .dispatch()
            .renew_leases(request)
            .await
            .unwrap()
            .into_inner();
        answer.results[0].status()
    }

    pub(crate) async fn finish(&self, item: pb::FinishItem) -> pb::RunStatus {
        let request = pb::FinishRunRequest {
            agent_id: self.id.clone(),
            items: vec![item],
        };
        self.caller
            .dispatch()
            .finish_run(request)
            .await
            .unwrap()
            .into_inner()
            .results[0]
            .status()
    }

    /// Ends a test of a connection with these problems, by what was tried.
    pub(crate) async fn finish_check(&self, lease: &pb::Lease, host_key: &str, problems: &[(&str, &str)]) {
        let tried = |code: &str, problem: Option<v1::Reason>| pb::CheckedItem {
            code: code.to_owned(),
            problem,
        };
        let wrong = |(item, code): &(&str, &str)| {
            let params = map(&[("resource", "orders")]);
            let class = v1::ReasonClass::Configuration.into();
            let fix_code = "grant_key_permission".to_owned();
            tried(
                item,
                Some(v1::Reason {
                    code: (*code).to_owned(),
                    class,
                    params,
                    fix_code,
                    ..Default::default()
                }),
            )
        };
        let items = [tried("sign_in", None)]
            .into_iter()
            .chain(problems.iter().map(wrong))
            .collect();
        let check = pb::CheckResult {
            items,
            host_key: host_key.to_owned(),
            title: "Bagar'n".to_owned(),
            system_version: "8.2.1".to_owned(),
        };
        let result = pb::RunResult {
            result: Some(pb::run_result::Result::Check(check)),
        };
        let item = pb::FinishItem {
            result: Some(result),
            ..finish(lease, pb::FinishOutcome::Succeeded)
        };
        assert_eq!(self.finish(item).await, pb::RunStatus::Ok);
    }
}

impl Caller {
    /// Starts a test of a connection.
    pub(crate) async fn test(&self, name: &str) -> v1::Run {
        let request = v1::TestConnectionRequest {
            name: name.to_owned(),
        };
        self.connections()
            .test_connection(request)
            .await
            .unwrap()
            .into_inner()
            .run
            .unwrap()
    }
}

#[tokio::test]
async fn an_agent_is_listed_in_its_pool() {
    let world = World::start().await;
    let agent = world.agent().await;
    let request = v1::ListAgentsRequest {
        parent: "pools/default".to_owned(),
    };
    let listed = world
        .admin()
        .await
        .pools()
        .list_agents(request)
        .await
        .unwrap()
        .into_inner()
        .agents;
    assert_eq!(listed[0].name, format!("pools/default/agents/{}", agent.id));
    assert_eq!((listed[0].display_name.as_str(), listed[0].slots), ("played", 4));
}

#[tokio::test]
async fn a_connector_with_another_descriptor_gets_no_work() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let mut offers = offers();
    offers
        .iter_mut()
        .find(|offer| offer.connector == "prestashop")
        .unwrap()
        .descriptor_hash = vec![7; 32];
    offers.push(pb::ConnectorOffer {
        connector: "magento".to_owned(),
        ..Default::default()
    });
    let pool = world.caller(&world.pool_token().await);
    let welcome = pool
        .dispatch()
        .register(hello(offers))
        .await
        .unwrap()
        .into_inner();
    let told: Vec<_> = welcome
        .rejected
        .iter()
        .map(|r| (r.connector.as_str(), r.reason.as_ref().unwrap().code.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("prestashop", "descriptor_differs"),
            ("magento", "connector_unknown")
        ]
    );
    admin.test(SHOP).await;
    let agent = Agent {
        caller: world.caller(&welcome.token),
        id: welcome.agent_id,
    };
    assert_eq!(agent.lease(1, 200).await.unwrap().leases, []);
}

#[tokio::test]
async fn an_agent_that_registers_again_keeps_its_id_and_its_runs() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    admin.test(SHOP).await;
    let lease = agent.lease_one(1).await;
    let again = pb::RegisterRequest {
        agent_id: agent.id.clone(),
        ..hello(offers())
    };
    let pool = world.caller(&world.pool_token().await);
    let welcome = pool.dispatch().register(again).await.unwrap().into_inner();
    assert_eq!(welcome.agent_id, agent.id);
    let agent = Agent {
        caller: world.caller(&welcome.token),
        id: welcome.agent_id,
    };
    assert_eq!(agent.renew(1, &lease).await, pb::RunStatus::Ok);
}

#[tokio::test]
async fn an_agent_speaks_only_for_itself() {
    let world = World::start().await;
    let (one, two) = (world.agent().await, world.agent().await);
    let stolen = pb::LeaseRunsRequest {
        agent_id: two.id,
        ..poll(1, 0)
    };
    assert_eq!(
        one.caller.dispatch().lease_runs(stolen).await.unwrap_err().code(),
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn an_agent_that_said_goodbye_is_told_to_register_again() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let (agent, other) = (world.agent().await, world.agent().await);
    admin.test(SHOP).await;
    let lease = agent.lease_one(1).await;
    let goodbye = pb::DeregisterRequest {
        agent_id: agent.id.clone(),
        handed_back: vec![held(&lease)],
    };
    agent.caller.dispatch().deregister(goodbye).await.unwrap();
    let refused = agent.lease(2, 0).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    // what it held is another's at once
    let taken = other.lease_one(1).await;
    assert_eq!(taken.run_id, lease.run_id);
    assert!(taken.epoch > lease.epoch);
}
