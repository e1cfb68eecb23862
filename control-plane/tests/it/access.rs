//! Who gets in, and who does not.

use std::{sync::Arc, time::Duration};

use http::uri::PathAndQuery;
use skarv_domain::{Clock, ManualClock, SystemClock};
use skarv_proto::v1 as pb;
use tonic::{Code, Request, Status, client::Grpc};
use tonic_prost::ProstCodec;

use crate::{
    setup::tenant,
    world::{Caller, World, quick, reason},
};

async fn who_am_i(caller: &Caller) -> Result<pb::WhoAmIResponse, Status> {
    Ok(caller.auth().who_am_i(pb::WhoAmIRequest {}).await?.into_inner())
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String) {
    let status = result.unwrap_err();
    (status.code(), reason(&status))
}

#[tokio::test]
async fn an_api_key_is_traded_for_a_token_that_says_who_calls() {
    let world = World::start().await;
    let me = who_am_i(&world.admin().await).await.unwrap();
    assert_eq!(me.role, "admin");
    assert_eq!(
        who_am_i(&world.partner("webbyran").await).await.unwrap().role,
        "partner"
    );
}

#[tokio::test]
async fn a_key_that_is_not_ours_opens_nothing() {
    let world = World::start().await;
    for key in [
        "",
        "skarv_key_",
        "skarv_key_0123456789ab_c2VjcmV0",
        "skarv_pool_0123456789ab_c2VjcmV0",
    ] {
        let refused = refusal(world.exchange(&key.to_owned().into()).await);
        assert_eq!(
            refused,
            (Code::Unauthenticated, "API_KEY_INVALID".to_owned()),
            "{key}"
        );
    }
}

#[tokio::test]
async fn a_call_without_a_token_is_refused() {
    let world = World::start().await;
    let mut client = pb::tenant_service_client::TenantServiceClient::new(world.channel.clone());
    let refused = client.list_tenants(pb::ListTenantsRequest::default()).await;
    assert_eq!(
        refusal(refused),
        (Code::Unauthenticated, "TOKEN_MISSING".to_owned())
    );
    let refused = who_am_i(&world.caller("not-a-token")).await;
    assert_eq!(
        refusal(refused),
        (Code::Unauthenticated, "TOKEN_INVALID".to_owned())
    );
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let world = World::with(quick(), Arc::clone(&clock) as Arc<dyn Clock>).await;
    let admin = world.admin().await;
    who_am_i(&admin).await.unwrap();
    clock.advance(Duration::from_secs(15 * 60 + 61));
    assert_eq!(
        refusal(who_am_i(&admin).await),
        (Code::Unauthenticated, "TOKEN_EXPIRED".to_owned())
    );
    who_am_i(&world.admin().await).await.unwrap();
}

#[tokio::test]
async fn an_agents_token_opens_no_other_door_and_a_persons_no_agents() {
    let world = World::start().await;
    let admin = world.admin().await;
    let agent = world.agent().await;
    assert_eq!(
        refusal(who_am_i(&agent.caller).await),
        (Code::Unauthenticated, "TOKEN_WRONG_AUDIENCE".to_owned())
    );
    let poll = skarv_proto::agent::v1::LeaseRunsRequest::default();
    let refused = admin.dispatch().lease_runs(poll).await;
    assert_eq!(
        refusal(refused),
        (Code::Unauthenticated, "TOKEN_WRONG_AUDIENCE".to_owned())
    );
}

#[tokio::test]
async fn a_pool_token_is_good_for_registering_and_nothing_else() {
    let world = World::start().await;
    let pool = world.caller(&world.pool_token().await);
    assert_eq!(
        refusal(who_am_i(&pool).await),
        (Code::Unauthenticated, "TOKEN_INVALID".to_owned())
    );
    let poll = skarv_proto::agent::v1::LeaseRunsRequest::default();
    assert_eq!(
        refusal(pool.dispatch().lease_runs(poll).await).0,
        Code::Unauthenticated
    );
    let hello = skarv_proto::agent::v1::RegisterRequest {
        slots: 1,
        ..Default::default()
    };
    pool.dispatch().register(hello.clone()).await.unwrap();
    let refused = world
        .caller("skarv_pool_0123456789ab_c2VjcmV0")
        .dispatch()
        .register(hello)
        .await;
    assert_eq!(
        refusal(refused),
        (Code::Unauthenticated, "ENROLMENT_TOKEN_INVALID".to_owned())
    );
}

#[tokio::test]
async fn rpc_without_policy_line_is_refused() {
    let world = World::start().await;
    let mut grpc = Grpc::new(world.channel.clone());
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/skarv.v1.TenantService/DropTenant");
    let codec = ProstCodec::<pb::GetTenantRequest, pb::GetTenantResponse>::default();
    let refused = grpc
        .unary(Request::new(pb::GetTenantRequest::default()), path, codec)
        .await;
    assert_eq!(refusal(refused), (Code::PermissionDenied, "NO_POLICY".to_owned()));
}

#[tokio::test]
async fn a_role_without_the_right_is_refused() {
    let world = World::start().await;
    world
        .admin()
        .await
        .tenants()
        .create_tenant(tenant("bagarn"))
        .await
        .unwrap();
    let scope = skarv_domain::auth::Scope::Staff;
    let bagarn = world
        .plane
        .store()
        .tenant_get(&scope, &"bagarn".parse().unwrap())
        .await
        .unwrap();
    let merchant = world.merchant(bagarn.id).await;
    let refused = merchant.tenants().create_tenant(tenant("kvarnen")).await;
    assert_eq!(
        refusal(refused),
        (Code::PermissionDenied, "ROLE_NOT_ALLOWED".to_owned())
    );
    let request = pb::CreateEnrolmentTokenRequest {
        parent: "pools/default".to_owned(),
    };
    let refused = world
        .partner("webbyran")
        .await
        .pools()
        .create_enrolment_token(request)
        .await;
    assert_eq!(
        refusal(refused),
        (Code::PermissionDenied, "ROLE_NOT_ALLOWED".to_owned())
    );
}
