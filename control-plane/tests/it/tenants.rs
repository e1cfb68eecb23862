//! Whose tenant it is, and lists in pages.

use skarv_proto::v1 as pb;
use tonic::Code;

use crate::{
    setup::{FLOW, SHOP, TENANT, shop, tenant},
    world::{Caller, World, field},
};

async fn page(caller: &Caller, size: i32, token: &str) -> Result<pb::ListTenantsResponse, tonic::Status> {
    let request = pb::ListTenantsRequest {
        page_size: size,
        page_token: token.to_owned(),
    };
    Ok(caller.tenants().list_tenants(request).await?.into_inner())
}

#[tokio::test]
async fn another_partners_tenant_is_not_found() {
    let world = World::start().await;
    let (mine, other) = (world.partner("webbyran").await, world.partner("kodarna").await);
    mine.set_up().await;
    let get = pb::GetTenantRequest {
        name: TENANT.to_owned(),
    };
    mine.tenants().get_tenant(get.clone()).await.unwrap();
    let not_found = [
        other.tenants().get_tenant(get).await.unwrap_err(),
        other.connections().create_connection(shop()).await.unwrap_err(),
        other
            .connections()
            .get_connection(pb::GetConnectionRequest {
                name: SHOP.to_owned(),
            })
            .await
            .unwrap_err(),
        other
            .connections()
            .test_connection(pb::TestConnectionRequest {
                name: SHOP.to_owned(),
            })
            .await
            .unwrap_err(),
        other
            .flows()
            .activate_flow(pb::ActivateFlowRequest {
                name: FLOW.to_owned(),
            })
            .await
            .unwrap_err(),
    ];
    for refused in not_found {
        assert_eq!(refused.code(), Code::NotFound, "{}", refused.message());
    }
    assert_eq!(page(&other, 0, "").await.unwrap().tenants, []);
}

#[tokio::test]
async fn staff_and_the_merchant_see_the_tenant_too() {
    let world = World::start().await;
    world.partner("webbyran").await.set_up().await;
    let bagarn = world
        .plane
        .store()
        .tenant_get(&skarv_domain::auth::Scope::Staff, &"bagarn".parse().unwrap())
        .await
        .unwrap();
    for caller in [world.admin().await, world.merchant(bagarn.id).await] {
        let names: Vec<_> = page(&caller, 0, "")
            .await
            .unwrap()
            .tenants
            .into_iter()
            .map(|tenant| tenant.name)
            .collect();
        assert_eq!(names, [TENANT]);
    }
}

#[tokio::test]
async fn a_tenant_that_exists_is_not_made_again() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    let refused = admin.tenants().create_tenant(tenant("bagarn")).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists);
}

#[tokio::test]
async fn a_wrong_id_is_named() {
    let world = World::start().await;
    let admin = world.admin().await;
    let refused = admin
        .tenants()
        .create_tenant(tenant("Bagar'n"))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), field(&refused).as_str()),
        (Code::InvalidArgument, "tenant_id")
    );
    let refused = admin
        .tenants()
        .get_tenant(pb::GetTenantRequest {
            name: "bagarn".to_owned(),
        })
        .await
        .unwrap_err();
    assert_eq!(field(&refused), "name");
}

#[tokio::test]
async fn a_list_comes_in_pages_whose_tokens_open_that_list_only() {
    let world = World::start().await;
    let admin = world.admin().await;
    for id in ["aa", "bb", "cc"] {
        admin.tenants().create_tenant(tenant(id)).await.unwrap();
    }
    let first = page(&admin, 2, "").await.unwrap();
    assert_eq!(first.tenants.len(), 2);
    let second = page(&admin, 2, &first.next_page_token).await.unwrap();
    assert_eq!(
        (second.tenants[0].name.as_str(), second.next_page_token.as_str()),
        ("tenants/cc", "")
    );
    let elsewhere = pb::ListFlowsRequest {
        parent: "tenants/aa".to_owned(),
        page_size: 2,
        page_token: first.next_page_token,
    };
    let refused = admin.flows().list_flows(elsewhere).await.unwrap_err();
    assert_eq!(
        (refused.code(), field(&refused).as_str()),
        (Code::InvalidArgument, "page_token")
    );
    assert_eq!(field(&page(&admin, 501, "").await.unwrap_err()), "page_size");
}
