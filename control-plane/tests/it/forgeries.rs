//! Tokens that are not ours open nothing: every forgery at every RPC, over real gRPC, on paths and headers as an attacker
//! writes them.
//!
//! The requests have an empty message, so one that got past the door would be carried out. What the forgeries are made
//! with is in `workshop`; which there are, in `tokens` (what a token says) and `presented` (how it is handed over).

mod presented;
mod tokens;
mod workshop;

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    io::ErrorKind,
    path::Path,
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body_util::Full;
use prost::Message;
use prost_types::FileDescriptorSet;
use skarv_domain::SystemClock;
use skarv_proto::v1 as pb;
use skarv_store::Location;
use tonic::{Code, Status, body::Body, transport::Channel};
use tower::ServiceExt;

use crate::world::{World, quick, reason};
use presented::Presented;
use workshop::{Genuine, Workshop};

/// What the policy lets anyone call.
const OPEN: [&str; 5] = [
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "skarv.v1.AuthService/ExchangeApiKey",
    "skarv.v1.AuthService/GetJwks",
];
const REGISTER: &str = "skarv.agent.v1.DispatchService/Register";
const EMPTY_MESSAGE: &[u8] = &[0; 5];
const AT_A_TIME: usize = 32;

/// Every RPC that is served.
fn methods() -> BTreeSet<String> {
    let sets = [
        skarv_proto::DESCRIPTOR_SET,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
    ];
    let files = sets
        .into_iter()
        .flat_map(|set| FileDescriptorSet::decode(set).unwrap().file);
    let in_file = |file: prost_types::FileDescriptorProto| {
        let services = file.service.clone().into_iter();
        services.flat_map(move |service| {
            let service_name = format!("{}.{}", file.package(), service.name());
            let methods = service.method.into_iter();
            methods.map(move |method| format!("{service_name}/{}", method.name()))
        })
    };
    files.flat_map(in_file).collect()
}

/// A call with an empty message. What comes back is looked at without a client's help.
async fn call(channel: &Channel, path: &str, headers: HeaderMap) -> Response<Body> {
    let mut request = Request::post(path)
        .body(Body::new(Full::from(EMPTY_MESSAGE)))
        .unwrap();
    *request.headers_mut() = headers;
    let fixed = [
        (header::CONTENT_TYPE, "application/grpc"),
        (header::TE, "trailers"),
    ];
    for (name, value) in fixed {
        request
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    channel.clone().oneshot(request).await.unwrap()
}

/// The refusal that an answer is, if it is one. An answer with content has its status at the end, not here.
fn refusal(answer: &Response<Body>) -> Option<(Code, String)> {
    let status = Status::from_header_map(answer.headers())?;
    Some((status.code(), reason(&status)))
}

async fn refusal_without_token(channel: &Channel, method: &str) -> Option<(Code, String)> {
    refusal(&call(channel, &format!("/{method}"), HeaderMap::new()).await)
}

fn is_unauthenticated(refusal: Option<&(Code, String)>) -> bool {
    refusal.is_some_and(|(code, reason)| {
        *code == Code::Unauthenticated && (reason.starts_with("TOKEN_") || reason.starts_with("ENROLMENT_"))
    })
}

/// A control plane that writes nothing by itself.
async fn still(folder: &Path) -> World {
    const NEVER: Duration = Duration::from_secs(24 * 3_600);
    let config = skarv_control_plane::Config {
        database: Location::Path(folder.join("skarv.db")),
        schedule_every: NEVER,
        reap_every: NEVER,
        upkeep_every: NEVER,
        ..quick()
    };
    World::with(config, Arc::new(SystemClock)).await
}

/// All that is remembered, byte for byte.
fn remembered(folder: &Path) -> HashMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    // the shared memory beside the database holds who is reading, not what is remembered
    let kept = files.filter(|path| !path.to_string_lossy().ends_with("-shm"));
    kept.map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect()
}

/// The good credentials, by whom they open doors for.
struct Doors {
    people: Genuine,
    agents: Genuine,
    pool_token: String,
}

impl Doors {
    async fn of(world: &World) -> Self {
        let people = world.exchange(&world.admin_key).await.unwrap();
        let pool_token = world.pool_token().await;
        let agents = world.agent_token(&pool_token).await;
        Self {
            people: Genuine::of(&people),
            agents: Genuine::of(&agents),
            pool_token,
        }
    }

    /// What opens this RPC.
    fn key_to(&self, method: &str) -> &str {
        match method {
            REGISTER => &self.pool_token,
            agents if agents.starts_with("skarv.agent.v1.") => &self.agents.token,
            _ => &self.people.token,
        }
    }

    /// Every forgery of what opens this RPC.
    fn forgeries(&self, workshop: &Workshop, api_key: &str, method: &str) -> Vec<Presented> {
        let (genuine, other) = match method.starts_with("skarv.agent.v1.") {
            true => (&self.agents, &self.people),
            false => (&self.people, &self.agents),
        };
        let tokens = tokens::forged(workshop, genuine, other);
        let strangers = [
            ("an API key".to_owned(), api_key.to_owned()),
            other.named("for others"),
        ];
        let opaque = presented::opaque(&self.pool_token);
        let bearers = tokens.into_iter().chain(strangers).chain(opaque);
        let mut all: Vec<_> = bearers
            .map(|(name, token)| Presented::bearer(name, &token))
            .collect();
        if method != REGISTER {
            all.push(Presented::bearer("a pool token".to_owned(), &self.pool_token));
        }
        all.extend(presented::oddly(self.key_to(method), &other.token));
        all
    }
}

#[tokio::test]
async fn what_is_open_to_anyone_is_this_and_nothing_else() {
    let world = World::start().await;
    let mut open = Vec::new();
    for method in methods() {
        let refused = refusal_without_token(&world.channel, &method).await;
        if refused != Some((Code::Unauthenticated, "TOKEN_MISSING".to_owned())) {
            open.push(method);
        }
    }
    assert_eq!(open, OPEN);
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let world = still(folder.path()).await;
    let doors = Doors::of(&world).await;
    let workshop = Workshop::open(&world).await;
    let closed: Vec<String> = methods()
        .into_iter()
        .filter(|method| !OPEN.contains(&method.as_str()))
        .collect();
    let before = remembered(folder.path());

    let api_key = secrecy::ExposeSecret::expose_secret(&world.admin_key);
    let mut attempts = Vec::new();
    for method in &closed {
        let forgeries = doors.forgeries(&workshop, api_key, method);
        let mut sent = HashMap::new();
        for forged in &forgeries {
            let twin = sent.insert(forged.as_sent(method), &forged.name);
            assert_eq!(twin, None, "{} is the same", forged.name);
        }
        assert!(forgeries.len() >= 60, "{}", forgeries.len());
        attempts.extend(forgeries.into_iter().map(|forged| (method.as_str(), forged)));
    }
    let judged = stream::iter(attempts).map(|(method, forged)| {
        let channel = world.channel.clone();
        async move {
            let answer = call(&channel, &forged.path(method), forged.headers).await;
            let refused = refusal(&answer);
            (!is_unauthenticated(refused.as_ref())).then(|| format!("{method}: {}: {refused:?}", forged.name))
        }
    });
    let passed: Vec<String> = judged
        .buffer_unordered(AT_A_TIME)
        .filter_map(|got| async { got })
        .collect()
        .await;

    assert!(
        passed.is_empty(),
        "{} got past the door: {passed:#?}",
        passed.len()
    );
    assert!(
        before == remembered(folder.path()),
        "a forged token changed something"
    );
    let asked = workshop.listener.accept().map_err(|error| error.kind());
    assert!(
        matches!(asked, Err(ErrorKind::WouldBlock)),
        "a token's own address was asked for a key"
    );
    the_true_ones_open(&world, &doors, &closed).await;
    assert!(
        before != remembered(folder.path()),
        "a change would have been seen"
    );
}

/// The same calls with what the forgeries were made from.
async fn the_true_ones_open(world: &World, doors: &Doors, closed: &[String]) {
    for method in closed {
        let key = Presented::bearer(String::new(), doors.key_to(method));
        let answer = call(&world.channel, &format!("/{method}"), key.headers).await;
        let refused = refusal(&answer);
        assert!(!is_unauthenticated(refused.as_ref()), "{method}: {refused:?}");
    }
}

#[tokio::test]
async fn a_token_of_a_megabyte_is_refused_and_the_next_caller_is_served() {
    let world = World::start().await;
    let token = "a".repeat(1 << 20);
    let huge = world.caller(&token);
    huge.auth().who_am_i(pb::WhoAmIRequest {}).await.unwrap_err();
    let channel = Channel::from_shared(world.plane.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let answer = refusal_without_token(&channel, "skarv.v1.AuthService/WhoAmI").await;
    assert!(is_unauthenticated(answer.as_ref()), "{answer:?}");
}
