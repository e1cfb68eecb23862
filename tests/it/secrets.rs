//! What is secret is nowhere afterwards: not in a log of any level of any library, not in an answer or an error, not in the
//! database's bytes, not on a page. A whole run of the platform is searched, with everything going wrong that can.

mod seen;
mod trouble;

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use serde_json::json;
use skarv_control_plane::Config;
use skarv_domain::{Clock, ManualClock, SystemClock};
use skarv_proto::v1 as pb;
use skarv_store::Location;
use skarv_tests::{Canaries, Ground, Log, Platform, Times};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use seen::Seen;

const ORDERS: u32 = 14;
/// Stands where it may stand, so that a search that finds nothing is known to look.
const PLANTED: &str = "Planterad Kanariefågel 4711 AB";

/// The log of a process can be taken once, and should be of one story.
#[test]
fn secrets_are_nowhere() {
    let this = std::env::current_exe().unwrap();
    let story = [
        "--ignored",
        "--exact",
        "secrets::a_whole_run_is_searched",
        "--nocapture",
    ];
    let ran = Command::new(this).args(story).output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    let wrong = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.success() && told.contains("1 passed"),
        "{told}\n{wrong}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "secrets_are_nowhere runs it, in a process of its own"]
async fn a_whole_run_is_searched() -> anyhow::Result<()> {
    let (log, folder) = (Log::of_this_process()?, tempfile::tempdir()?);
    let ground = ground(folder.path());
    let platform = Platform::start_on(ground.clone(), ORDERS, Times::default()).await?;
    let (mut canaries, mut seen) = (canaries(&ground, &platform), Seen::default());

    orders_go_and_some_are_parked(&platform, &mut seen).await?;
    trouble::with_connections(&platform, &mut canaries, &mut seen).await?;
    let token = trouble::with_keys(&platform, &mut canaries, &mut seen).await?;
    trouble::with_requests(&platform, &mut canaries, &mut seen).await;
    pages(&platform, &ground, &mut seen).await?;
    seen.note("the database while it is in use", dump(folder.path())?);
    let Platform { control_plane, .. } = platform;
    control_plane.shutdown().await;
    trouble::with_time(&ground, &token, &mut seen).await?;
    seen.note("the database", dump(folder.path())?);
    seen.note("the log", log.bytes());

    assert!(seen.has_errors(), "no error was seen");
    let log = String::from_utf8_lossy(&log.bytes()).into_owned();
    for library in [
        "TRACE h2::",
        "TRACE hyper",
        "sea_orm::",
        "rustls::",
        "TRACE tonic",
        "http call failed",
    ] {
        assert!(log.contains(library), "nothing of `{library}` was logged");
    }
    let finds = seen.search(&canaries);
    assert!(finds.is_empty(), "{} finds: {finds:#?}", finds.len());
    the_search_has_eyes(&seen, folder.path())
}

fn ground(folder: &Path) -> Ground {
    Ground {
        database: Location::Path(folder.join("skarv.db")),
        master_key: *b"KanarieHuvudnyckel-qW8xZ2vB5nM3!",
        shop_key: "KANARIEBUTIK7QX2ZV9KLM4TPW8RJH3D".to_owned(),
        client_id: "kanarie-klient-5f0b7c2e9d14".to_owned(),
        client_secret: "Kanarie/Klienthemlighet+8Zq~w3&v=K%x".to_owned(),
    }
}

/// Everything that is secret from the start.
fn canaries(ground: &Ground, platform: &Platform) -> Canaries {
    let mut canaries = Canaries::default();
    canaries.add_bytes("the master key", &ground.master_key);
    canaries.add("the shop's key", &ground.shop_key);
    canaries.add("the client id", &ground.client_id);
    canaries.add("the client secret", &ground.client_secret);
    canaries.add_opaque("the pool token", platform.pool_token.expose_secret());
    let first = platform.control_plane.bootstrap_key.as_ref().unwrap();
    canaries.add_opaque("the first admin's key", first.expose_secret());
    for fragment in skarv_prestashop::fake::CANARIES {
        canaries.add_mark("a customer's password or the shop's cookie", fragment);
    }
    // what every token of ours begins with
    canaries.add_mark("a token", "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSIs");
    canaries.add(
        "a token of the accounting system",
        skarv_hogia_smart::fake::TOKEN_CANARY,
    );
    canaries
}

/// An order stream among faults: lost answers, errors of both systems, throttling, and invoices that differ from the order.
async fn orders_go_and_some_are_parked(platform: &Platform, seen: &mut Seen) -> anyhow::Result<()> {
    let agent = platform.agent().await?;
    let set_up = platform.set_up().await?;
    platform.settled(&set_up).await?;
    platform
        .erp
        .faults(
            &json!({ "deduplicate": false, "lost_answer_every": 4, "http_500_every": 7, "skew_every": 3 }),
        )
        .await?;
    platform
        .shop
        .faults(&json!({ "http_500_every": 9, "next_429": 1, "next_lost": 1 }))
        .await?;
    platform.shop.place_orders(&json!({ "count": 9 })).await?;
    platform.shop_clock(chrono::TimeDelta::minutes(10)).await?;
    platform.request_run(&set_up).await?;
    seen.answer("the stream", &platform.settled(&set_up).await?);
    let parked = platform.records_in(&set_up, pb::RecordState::Parked).await?;
    assert!(!parked.is_empty(), "nothing went wrong: the story showed nothing");
    for record in platform.records_in(&set_up, pb::RecordState::Unspecified).await? {
        let request = pb::GetStoryRequest {
            name: record.name.clone(),
        };
        seen.answer("a record", &record);
        seen.answer(
            "a story",
            &platform.api.records().get_story(request).await?.into_inner(),
        );
    }
    agent.drain().await
}

/// The public pages, asked as somebody might who puts a key into the address.
async fn pages(platform: &Platform, ground: &Ground, seen: &mut Seen) -> anyhow::Result<()> {
    let key = &ground.shop_key;
    for path in [
        "/",
        "/?lang=en",
        "/assets/console.css",
        "/nowhere",
        &format!("/nowhere?key={key}"),
        &format!("/?lang={key}"),
    ] {
        let mut stream = TcpStream::connect(platform.control_plane.addr()).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: skarv\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut page = Vec::new();
        stream.read_to_end(&mut page).await?;
        seen.note("a page", page);
    }
    Ok(())
}

/// Every byte of the database and of its log.
fn dump(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(folder)? {
        bytes.extend(std::fs::read(file?.path())?);
    }
    Ok(bytes)
}

/// What was planted is found where it was planted: as a tenant's name in a table and an answer, and in a line of the log.
fn the_search_has_eyes(seen: &Seen, folder: &Path) -> anyhow::Result<()> {
    let mut planted = Canaries::default();
    planted.add("the planted name", PLANTED);
    assert!(!planted.find_in("the database", &dump(folder)?).is_empty());
    assert!(!seen.search(&planted).is_empty());
    let mut logged = Canaries::default();
    logged.add("the planted line", trouble::LOGGED);
    assert_eq!(seen.search(&logged).len(), 1);
    Ok(())
}

/// The same control plane when a token has just ended; the key that signed it has not.
fn later(ground: &Ground) -> (Config, Arc<dyn Clock>) {
    let clock = ManualClock::at(SystemClock.now());
    clock.advance(Duration::from_secs(16 * 60 + 5));
    (
        Config::new(ground.database.clone(), ground.master_key),
        Arc::new(clock),
    )
}
