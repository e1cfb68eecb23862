//! Secrets go in and do not come out.

use skarv_proto::v1 as pb;

use crate::{
    setup::{SECRET, SHOP, TENANT, map, shop, tenant},
    world::{World, field},
};

#[tokio::test]
async fn secrets_never_come_back_and_never_print() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    let request = shop();
    let made = admin
        .connections()
        .create_connection(request.clone())
        .await
        .unwrap()
        .into_inner();
    let got = admin.connection(SHOP).await;
    let list = pb::ListConnectionsRequest {
        parent: TENANT.to_owned(),
        ..Default::default()
    };
    let listed = admin
        .connections()
        .list_connections(list)
        .await
        .unwrap()
        .into_inner();
    let shown = format!("{request:?} {made:?} {got:?} {listed:?} {:?}", world.plane);
    assert!(shown.contains("prestashop"));
    assert!(!shown.contains(SECRET), "{shown}");
}

#[tokio::test]
async fn a_refused_secret_is_named_and_not_told() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    let mut request = shop();
    request.secrets = map(&[("apikey", SECRET)]);
    let refused = admin.connections().create_connection(request).await.unwrap_err();
    assert_eq!(field(&refused), "secrets[apikey]");
    assert!(!format!("{refused:?}").contains(SECRET));
    let mut request = shop();
    request.secrets.clear();
    let refused = admin.connections().create_connection(request).await.unwrap_err();
    assert_eq!(field(&refused), "secrets[api_key]");
}

#[tokio::test]
async fn a_leased_run_has_the_secrets_and_the_newest_of_them() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.set_up().await;
    let agent = world.agent().await;
    admin.test(SHOP).await;
    let lease = agent.lease_one(1).await;
    assert_eq!(lease.source.as_ref().unwrap().secrets["api_key"], SECRET);
    agent.finish_check(&lease, "shop.example.se", &[]).await;
    let newer = pb::SetCredentialsRequest {
        name: SHOP.to_owned(),
        secrets: map(&[("api_key", "NEWER")]),
    };
    admin.connections().set_credentials(newer).await.unwrap();
    admin.test(SHOP).await;
    let access = agent.lease_one(2).await.source.unwrap();
    assert_eq!(access.secrets["api_key"], "NEWER");
    assert!(!format!("{access:?}").contains("NEWER"));
}
