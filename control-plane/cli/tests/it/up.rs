//! `skarv up` as a process: stopped in the middle of its work, started again, and nothing lost or doubled.

use std::{collections::BTreeMap, path::Path, process::Stdio, time::Duration};

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use skarv::{
    client::Api,
    demo::{
        books::{Admin, ErpBooks, ShopBooks},
        compare::{self, Terms},
        setup::{self, SetUp},
    },
};
use skarv_proto::v1 as pb;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::{Instant, sleep, timeout},
};

use crate::world::{PATIENCE, Systems, now, skarv};

/// A process that has said its first line.
struct Process {
    child: Child,
    said: Value,
    // closed, the process could not say more
    _stdout: BufReader<ChildStdout>,
}

impl Process {
    async fn start(words: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_skarv"))
            .args(words)
            .args(["--output", "json"])
            .env_clear()
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let read = timeout(PATIENCE, stdout.read_line(&mut line)).await;
        read.expect("the process says where it is").unwrap();
        Self {
            child,
            said: serde_json::from_str(&line).unwrap(),
            _stdout: stdout,
        }
    }

    async fn up(data: &Path) -> Self {
        let data = data.to_str().unwrap();
        Self::start(&["up", "--data", data, "--listen", "127.0.0.1:0", "--allow-private"]).await
    }

    fn url(&self) -> &str {
        self.said["url"].as_str().unwrap()
    }

    /// Tells it to stop, and gives its exit code.
    async fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().unwrap().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
        assert!(told.success());
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.expect("it ends when it is told to").unwrap().code()
    }
}

/// Where both systems are, for the connections.
fn systems(systems: &Systems) -> setup::Systems {
    let (shop, erp) = (&systems.shop, &systems.erp);
    let config = erp.config();
    setup::Systems {
        shop_url: shop.base_url(),
        shop_key: shop.api_key().to_owned(),
        erp_url: erp.base_url(),
        erp_token_url: erp.token_url(),
        organization_id: config.organization_id.to_string(),
        client_id: config.client_id.clone(),
        client_secret: config.client_secret.expose_secret().to_owned(),
    }
}

async fn invoices(erp: &Admin) -> usize {
    erp.ledger::<ErpBooks>().await.unwrap().invoices.len()
}

/// What Skarv says it did not deliver, asked for as a script would.
async fn parked(url: &str, key: &str, stream: &SetUp) -> BTreeMap<String, String> {
    let environment = [("SKARV_SERVER", url), ("SKARV_API_KEY", key)];
    let mut parked = BTreeMap::new();
    for state in ["parked", "unknown"] {
        let words = [
            "records",
            "list",
            "--flow",
            &stream.flow,
            "--state",
            state,
            "--output",
            "json",
        ];
        let list = skarv(&environment, &words).await.json();
        for record in list["records"].as_array().unwrap() {
            let id = record["name"].as_str().unwrap().rsplit('/').next().unwrap();
            parked.insert(
                id.to_owned(),
                record["reason"]["code"].as_str().unwrap().to_owned(),
            );
        }
    }
    parked
}

/// Has the stream run to its end, as a script would.
async fn run_stream(url: &str, key: &str, set_up: &SetUp) {
    let environment = [("SKARV_SERVER", url), ("SKARV_API_KEY", key)];
    let words = ["streams", "run", &set_up.stream, "--wait", "--timeout", "80"];
    let answer = skarv(&environment, &words).await;
    assert_eq!(answer.code, 0, "{answer:?}");
}

#[tokio::test]
async fn what_was_under_way_when_it_was_stopped_is_finished_once_after_the_next_start() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let fakes = Systems::start(80).await;
    let erp = Admin::new(fakes.erp.admin_url()).unwrap();
    erp.faults(&json!({ "slow_every": 1, "slow_ms": 200, "deduplicate": false }))
        .await
        .unwrap();

    let first = Process::up(&data).await;
    let key = first.said["admin_api_key"].as_str().unwrap().to_owned();
    let api = Api::connect(first.url(), key.clone().into()).await.unwrap();
    let start_at = now() - TimeDelta::days(30);
    let set_up = setup::set_up(&api, "kunden", &systems(&fakes), start_at, None)
        .await
        .unwrap();
    let end = Instant::now() + PATIENCE;
    while invoices(&erp).await < 5 {
        assert!(Instant::now() < end, "no invoice was made");
        sleep(Duration::from_millis(20)).await;
    }
    let midway = invoices(&erp).await;
    assert_eq!(first.stop().await, Some(0));

    erp.faults(&json!({ "slow_every": 0, "deduplicate": false }))
        .await
        .unwrap();
    let second = Process::up(&data).await;
    assert_eq!(
        second.said.get("admin_api_key"),
        None,
        "the first key is shown once"
    );
    run_stream(second.url(), &key, &set_up).await;
    let books: ErpBooks = erp.ledger().await.unwrap();
    assert!(
        midway < books.invoices.len(),
        "it was stopped too late to show anything"
    );
    let shop: ShopBooks = Admin::new(fakes.shop.admin_url())
        .unwrap()
        .ledger()
        .await
        .unwrap();
    let terms = Terms {
        start_at,
        shop_ref: set_up.shop_ref.clone(),
    };
    let parked = parked(second.url(), &key, &set_up).await;
    let comparison = compare::compare(&shop, &books, &parked, &terms);
    assert_eq!(comparison.problems, [""; 0]);
    assert_eq!(second.stop().await, Some(0));
}

#[tokio::test]
async fn a_second_one_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let first = Process::up(place.path()).await;
    let data = place.path().to_str().unwrap();
    let second = skarv(&[], &["up", "--data", data, "--listen", "127.0.0.1:0"]).await;
    assert_eq!(second.code, 1);
    assert!(
        second.stderr.contains("in use") && second.stderr.contains("--data"),
        "{second:?}"
    );
    let key = first.said["admin_api_key"].as_str().unwrap().to_owned();
    let api = Api::connect(first.url(), key.into()).await.unwrap();
    api.auth().who_am_i(pb::WhoAmIRequest {}).await.unwrap();
    assert_eq!(first.stop().await, Some(0));
}

#[tokio::test]
async fn a_database_whose_key_is_gone_is_not_opened_with_another() {
    let place = tempfile::tempdir().unwrap();
    assert_eq!(Process::up(place.path()).await.stop().await, Some(0));
    let key = place.path().join("master.key");
    std::fs::remove_file(&key).unwrap();
    let data = place.path().to_str().unwrap();
    let refused = skarv(&[], &["up", "--data", data, "--listen", "127.0.0.1:0"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("put the key back"), "{refused:?}");
    assert!(!key.exists());
}

#[tokio::test]
async fn an_address_that_is_taken_costs_nobody_the_first_key() {
    let place = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let data = place.path().to_str().unwrap();
    let refused = skarv(&[], &["up", "--data", data, "--listen", &addr]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains(&addr), "{refused:?}");
    let later = Process::up(place.path()).await;
    assert!(later.said["admin_api_key"].is_string(), "{}", later.said);
    assert_eq!(later.stop().await, Some(0));
}

#[tokio::test]
async fn a_first_start_tells_people_about_the_key_and_shows_the_admin_key_once() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().to_str().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_skarv"))
        .args(["up", "--data", data, "--listen", "127.0.0.1:0"])
        .env_clear()
        .env("RUST_LOG", "info")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = String::new();
    while !said.contains("Skarv is up at") {
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
        said.push_str(&line.expect("it says that it is up"));
        said.push('\n');
    }
    assert!(
        said.contains("master.key") && said.contains("apart from the backups"),
        "{said}"
    );
    assert_eq!(said.matches("skarv_key_").count(), 1, "{said}");
    let pid = child.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    let output = timeout(PATIENCE, child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    assert!(output.status.success());
    assert!(!String::from_utf8_lossy(&output.stderr).contains("skarv_key_"));
}

#[tokio::test]
async fn a_simulator_says_all_that_a_client_needs_and_stays_until_it_is_told_to_stop() {
    let shop = Process::start(&["fake", "prestashop", "--orders", "3"]).await;
    for field in ["base_url", "api_key", "admin_url"] {
        assert!(shop.said[field].is_string(), "{}", shop.said);
    }
    let erp = Process::start(&["fake", "hogia-smart"]).await;
    for field in [
        "base_url",
        "token_url",
        "organization_id",
        "client_id",
        "client_secret",
        "admin_url",
    ] {
        assert!(erp.said[field].is_string(), "{}", erp.said);
    }
    let books = Admin::new(erp.said["admin_url"].as_str().unwrap().to_owned()).unwrap();
    assert_eq!(invoices(&books).await, 0);
    assert_eq!((shop.stop().await, erp.stop().await), (Some(0), Some(0)));
}
