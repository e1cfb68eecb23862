//! The public pages, and gRPC on the same port.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_stream::StreamExt;
use tonic::Code;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::world::World;

/// What a browser gets, head and body.
async fn get(world: &World, path: &str) -> String {
    let mut stream = TcpStream::connect(world.plane.addr()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: skarv\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_start_page_and_grpc_share_one_port() {
    let world = World::start().await;
    let page = get(&world, "/").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("Skarv är igång") && page.contains(&world.plane.url()));
    world.admin().await;
}

#[tokio::test]
async fn pages_are_swedish_and_english_on_demand() {
    let world = World::start().await;
    assert!(get(&world, "/").await.contains("<html lang=\"sv\">"));
    let english = get(&world, "/?lang=en").await;
    assert!(english.contains("<html lang=\"en\">") && english.contains("Skarv is running"));
}

#[tokio::test]
async fn pages_carry_a_strict_policy_and_nothing_that_it_forbids() {
    let world = World::start().await;
    for path in ["/", "/nowhere"] {
        let page = get(&world, path).await;
        let lower = page.to_lowercase();
        assert!(
            lower.contains("content-security-policy: default-src 'none'"),
            "{page}"
        );
        assert!(!lower.contains("<script") && !lower.contains("style="), "{page}");
    }
    assert!(get(&world, "/assets/console.css").await.contains("text/css"));
}

#[tokio::test]
async fn an_address_that_leads_nowhere_gets_a_page_of_its_own() {
    let world = World::start().await;
    let page = get(&world, "/kunder/1").await;
    assert!(
        page.starts_with("HTTP/1.1 404") && page.contains("Sidan finns inte"),
        "{page}"
    );
    assert!(
        get(&world, "/x?lang=en")
            .await
            .contains("This page does not exist")
    );
}

#[tokio::test]
async fn a_service_that_does_not_exist_is_unimplemented_to_a_grpc_client() {
    let world = World::start().await;
    let mut grpc = tonic::client::Grpc::new(world.channel.clone());
    grpc.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/skarv.v2.TenantService/GetTenant");
    let codec = tonic_prost::ProstCodec::<HealthCheckRequest, HealthCheckRequest>::default();
    let refused = grpc
        .unary(tonic::Request::new(HealthCheckRequest::default()), path, codec)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
}

#[tokio::test]
async fn health_is_served_to_anyone() {
    let world = World::start().await;
    let mut health = HealthClient::new(world.channel.clone());
    let answer = health
        .check(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
}

#[tokio::test]
async fn reflection_lists_the_services() {
    let world = World::start().await;
    let mut reflection = ServerReflectionClient::new(world.channel.clone());
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = reflection
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.next().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(listed) = answer else {
        panic!("{answer:?}")
    };
    let names: Vec<_> = listed.service.into_iter().map(|service| service.name).collect();
    for name in [
        "skarv.v1.FlowService",
        "skarv.agent.v1.DispatchService",
        "grpc.health.v1.Health",
    ] {
        assert!(
            names.iter().any(|listed| listed == name),
            "{name} is not among {names:?}"
        );
    }
}
