//! Tests of connections: what an agent found, as people see it.

use skarv_proto::v1;

use crate::{
    agent::Agent,
    setup::{SHOP, shop},
    world::{Caller, World},
};

const ERP: &str = "tenants/bagarn/connections/erp";

impl Agent {
    /// Tests both connections of the tenant, and finds them in order.
    pub(crate) async fn pass_tests(&self, admin: &Caller) {
        for (seq, name, host_key) in [(1, SHOP, "shop.example.se"), (2, ERP, "")] {
            let run = admin.test(name).await;
            let lease = self.lease_one(seq).await;
            self.finish_check(&lease, host_key, &[]).await;
            assert_eq!(wait(admin, &run.name).await.state(), v1::RunState::Succeeded);
        }
    }
}

pub(crate) async fn wait(caller: &Caller, name: &str) -> v1::Run {
    let timeout = Some(prost_types::Duration {
        seconds: 10,
        nanos: 0,
    });
    let request = v1::WaitRunRequest {
        name: name.to_owned(),
        timeout,
    };
    caller
        .runs()
        .wait_run(request)
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap()
}

#[tokio::test]
async fn waiting_for_a_test_brings_its_typed_result() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    let run = admin.test(SHOP).await;
    assert_eq!(
        (run.purpose(), run.state()),
        (v1::RunPurpose::Check, v1::RunState::Queued)
    );
    assert_eq!(run.subject, SHOP);
    let (waited, ()) = tokio::join!(wait(&admin, &run.name), async {
        let lease = agent.lease_one(1).await;
        agent.finish_check(&lease, "shop.example.se", &[]).await;
    });
    assert_eq!(waited.state(), v1::RunState::Succeeded);
    let check = waited.check.unwrap();
    assert_eq!(
        (check.title.as_str(), check.items[0].code.as_str()),
        ("Bagar'n", "sign_in")
    );
    let connection = admin.connection(SHOP).await;
    assert_eq!(connection.state(), v1::ConnectionState::Ok);
    assert_eq!(connection.shop_ref.len(), 6);
}

#[tokio::test]
async fn a_test_with_problems_blocks_the_connection_by_the_first_and_says_what_to_do() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    let run = admin.test(SHOP).await;
    let problems = [
        ("read_orders", "permission_missing"),
        ("read_taxes", "resource_unknown"),
    ];
    agent
        .finish_check(&agent.lease_one(1).await, "shop.example.se", &problems)
        .await;
    let check = wait(&admin, &run.name).await.check.unwrap();
    assert_eq!(check.items[2].problem.as_ref().unwrap().code, "resource_unknown");
    let connection = admin.connection(SHOP).await;
    assert_eq!(connection.state(), v1::ConnectionState::Blocked);
    let reason = connection.block_reason.unwrap();
    assert_eq!(reason.code, "permission_missing");
    assert_eq!(reason.message_en, "The permission for orders is missing.");
    assert!(!reason.message_sv.is_empty() && !reason.fix_sv.is_empty() && !reason.fix_en.is_empty());
}

#[tokio::test]
async fn a_shop_has_one_reference_however_often_it_is_connected_and_another_shop_another() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    for id in ["again", "other"] {
        let request = v1::CreateConnectionRequest {
            connection_id: id.to_owned(),
            ..shop()
        };
        admin.connections().create_connection(request).await.unwrap();
    }
    let agent = world.agent().await;
    let mut refs = Vec::new();
    let tests = [
        ("shop", "one.example.se"),
        ("again", "one.example.se"),
        ("other", "two.example.se"),
    ];
    for (seq, (id, host_key)) in (1..).zip(tests) {
        let name = format!("tenants/bagarn/connections/{id}");
        admin.test(&name).await;
        agent
            .finish_check(&agent.lease_one(seq).await, host_key, &[])
            .await;
        refs.push(admin.connection(&name).await.shop_ref);
    }
    assert_eq!(refs[0], refs[1]);
    assert_ne!(refs[0], refs[2]);
}

#[tokio::test]
async fn waiting_ends_with_the_time_that_was_given() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let run = admin.test(SHOP).await;
    let timeout = Some(prost_types::Duration {
        seconds: 0,
        nanos: 200_000_000,
    });
    let request = v1::WaitRunRequest {
        name: run.name,
        timeout,
    };
    let waited = admin
        .runs()
        .wait_run(request)
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    assert_eq!(waited.state(), v1::RunState::Queued);
}
