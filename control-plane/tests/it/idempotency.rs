//! Requests that are repeated, and requests that only check.

use skarv_proto::v1 as pb;
use tonic::Code;

use crate::{
    setup::{SHOP, TENANT, erp, flow, shop, tenant},
    world::{World, field},
};

const ID: &str = "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77";

fn marked(id: &str) -> pb::CreateTenantRequest {
    pb::CreateTenantRequest {
        request_id: ID.to_owned(),
        ..tenant(id)
    }
}

#[tokio::test]
async fn a_repeated_request_id_gives_the_same_answer() {
    let world = World::start().await;
    let admin = world.admin().await;
    let first = admin
        .tenants()
        .create_tenant(marked("bagarn"))
        .await
        .unwrap()
        .into_inner();
    let again = admin
        .tenants()
        .create_tenant(marked("bagarn"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, again);
    let listed = admin
        .tenants()
        .list_tenants(pb::ListTenantsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.tenants.len(), 1);
}

#[tokio::test]
async fn a_repeated_request_id_with_other_content_is_refused() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(marked("bagarn")).await.unwrap();
    let refused = admin
        .tenants()
        .create_tenant(marked("kvarnen"))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), field(&refused).as_str()),
        (Code::InvalidArgument, "request_id")
    );
}

#[tokio::test]
async fn another_secret_is_other_content() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    let request = pb::CreateConnectionRequest {
        request_id: ID.to_owned(),
        ..shop()
    };
    let first = admin
        .connections()
        .create_connection(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        admin
            .connections()
            .create_connection(request.clone())
            .await
            .unwrap()
            .into_inner(),
        first
    );
    let mut other = request;
    other.secrets.insert("api_key".to_owned(), "another".to_owned());
    let refused = admin.connections().create_connection(other).await.unwrap_err();
    assert_eq!(field(&refused), "request_id");
}

#[tokio::test]
async fn one_callers_request_id_is_not_anothers() {
    let world = World::start().await;
    world
        .admin()
        .await
        .tenants()
        .create_tenant(marked("bagarn"))
        .await
        .unwrap();
    world
        .partner("webbyran")
        .await
        .tenants()
        .create_tenant(marked("kvarnen"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_request_id_that_is_no_uuid_is_named() {
    let world = World::start().await;
    let request = pb::CreateTenantRequest {
        request_id: "once".to_owned(),
        ..tenant("bagarn")
    };
    let refused = world
        .admin()
        .await
        .tenants()
        .create_tenant(request)
        .await
        .unwrap_err();
    assert_eq!(field(&refused), "request_id");
}

#[tokio::test]
async fn the_same_request_twice_at_once_is_done_once() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (mut one, mut two) = (admin.tenants(), admin.tenants());
    let (one, two) = tokio::join!(
        one.create_tenant(marked("bagarn")),
        two.create_tenant(marked("bagarn"))
    );
    assert_eq!(one.unwrap().into_inner(), two.unwrap().into_inner());
}

#[tokio::test]
async fn validate_only_answers_and_changes_nothing() {
    let world = World::start().await;
    let admin = world.admin().await;
    let check = pb::CreateTenantRequest {
        validate_only: true,
        ..marked("bagarn")
    };
    let answer = admin
        .tenants()
        .create_tenant(check)
        .await
        .unwrap()
        .into_inner()
        .tenant
        .unwrap();
    assert_eq!(answer.name, TENANT);
    let gone = admin
        .tenants()
        .get_tenant(pb::GetTenantRequest {
            name: TENANT.to_owned(),
        })
        .await
        .unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    // the mark of a check is not used up
    admin.tenants().create_tenant(marked("bagarn")).await.unwrap();
}

#[tokio::test]
async fn validate_only_finds_what_the_real_request_would_find() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.tenants().create_tenant(tenant("bagarn")).await.unwrap();
    let again = pb::CreateTenantRequest {
        validate_only: true,
        ..tenant("bagarn")
    };
    assert_eq!(
        admin.tenants().create_tenant(again).await.unwrap_err().code(),
        Code::AlreadyExists
    );
    for request in [shop(), erp()] {
        let check = pb::CreateConnectionRequest {
            validate_only: true,
            ..request
        };
        admin.connections().create_connection(check).await.unwrap();
    }
    let gone = admin
        .connections()
        .get_connection(pb::GetConnectionRequest {
            name: SHOP.to_owned(),
        })
        .await
        .unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    // the flow's connections do not exist, and the check says so
    let check = pb::CreateFlowRequest {
        validate_only: true,
        ..flow()
    };
    assert_eq!(
        admin.flows().create_flow(check).await.unwrap_err().code(),
        Code::NotFound
    );
}
