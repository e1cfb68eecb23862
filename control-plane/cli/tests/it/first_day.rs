//! A tenant's first day, by commands alone: set up, tested, switched on, and every order followed to its end.

use serde_json::{Value, json};
use skarv::demo::books::{Admin, ErpBooks};

use crate::world::World;

const PLACE: [&str; 4] = ["--tenant", "bagarn", "--flow", "order-till-faktura"];

pub(crate) async fn switch_on(world: &World) {
    world.connect().await;
    for connection in ["butiken", "ekonomin"] {
        let tested = world
            .json(&["connections", "test", connection, "--tenant", "bagarn"])
            .await;
        assert_eq!(tested["state"], "RUN_STATE_SUCCEEDED", "{tested}");
    }
    let flow = world.create_flow().await;
    assert_eq!(flow["state"], "FLOW_STATE_PAUSED");
    assert_eq!(flow["order_settings"]["home_country"], "SE");
    let flow = world
        .json(&["flows", "activate", "tenants/bagarn/flows/order-till-faktura"])
        .await;
    assert_eq!(flow["state"], "FLOW_STATE_ACTIVE");
    let run = world
        .json(&[&["streams", "run", "orders", "--wait"], &PLACE[..]].concat())
        .await;
    assert_eq!(run["state"], "RUN_STATE_SUCCEEDED", "{run}");
}

async fn records(world: &World, words: &[&str]) -> Vec<Value> {
    let list = world
        .json(&[&["records", "list"], &PLACE[..], words].concat())
        .await;
    list["records"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_tenant_is_set_up_and_every_order_is_accounted_for() {
    let world = World::start(60).await;
    switch_on(&world).await;
    let written = records(&world, &["--state", "written"]).await;
    let books: ErpBooks = Admin::new(world.systems.erp.admin_url())
        .unwrap()
        .ledger()
        .await
        .unwrap();
    assert!(written.len() > 10);
    assert_eq!(written.len(), books.invoices.len());
    let amount = &written[0]["amount"];
    assert!(
        amount["amount"].is_string() && amount["currency_code"].is_string(),
        "{amount}"
    );
    assert_eq!(records(&world, &["--limit", "3"]).await.len(), 3);
    let reference = written[0]["reference"].as_str().unwrap();
    assert_eq!(records(&world, &["--ref", reference]).await, [written[0].clone()]);
    let runs = world.json(&["runs", "list", "--tenant", "bagarn"]).await;
    assert!(
        runs["runs"]
            .as_array()
            .unwrap()
            .iter()
            .any(|run| run["totals"]["read"].as_u64() > Some(0))
    );
    let streams = world
        .json(&["streams", "list", "order-till-faktura", "--tenant", "bagarn"])
        .await;
    assert_eq!(streams["streams"][0]["state"], "STREAM_STATE_ON");
}

#[tokio::test]
async fn a_parked_order_tells_its_story_in_both_languages_and_is_sent_again() {
    let world = World::start(100).await;
    switch_on(&world).await;
    let parked = records(&world, &["--state", "parked"]).await;
    let record = parked.first().expect("a hundred orders hold a faulty one");
    let name = record["name"].as_str().unwrap();
    for (lang, message, fix) in [("sv", "message_sv", "fix_sv"), ("en", "message_en", "fix_en")] {
        let told = world
            .skarv(&["records", "story", name, "--lang", lang])
            .await
            .stdout;
        for sentence in [message, fix] {
            let sentence = record["reason"][sentence].as_str().unwrap();
            assert!(!sentence.is_empty() && told.contains(sentence), "{told}");
        }
        assert!(told.contains("tenants/bagarn/connections/ekonomin"), "{told}");
    }
    let code = record["reason"]["code"].as_str().unwrap();
    assert!(!records(&world, &["--reason", code]).await.is_empty());
    let key = name.rsplit('/').next().unwrap();
    let replayed = world
        .json(&[&["records", "replay", key, "--wait"], &PLACE[..]].concat())
        .await;
    let run = &replayed["runs"][0];
    assert_eq!(run["purpose"], "RUN_PURPOSE_REPLAY");
    assert_eq!(run["totals"]["read"], json!(1), "{run}");
    let story = world.json(&["records", "story", name]).await;
    let events = story["events"].as_array().unwrap();
    assert!(events.iter().any(|event| event["what"] == "replayed"), "{story}");
}

#[tokio::test]
async fn a_connection_that_is_refused_fails_its_test_and_says_what_to_do() {
    let world = World::start(1).await;
    world.connect().await;
    let wrong = format!(
        "api_key={}",
        world.file("wrong.key", "NOTTHEKEY0123456789ABCDEFGHIJKLM")
    );
    let name = "tenants/bagarn/connections/butiken";
    world
        .json(&["connections", "set-credentials", name, "--secret-file", &wrong])
        .await;
    let tested = world.skarv(&["connections", "test", name]).await;
    assert_eq!(tested.code, 1, "{tested:?}");
    let connection = world.json(&["connections", "show", name]).await;
    assert_eq!(connection["state"], "CONNECTION_STATE_BLOCKED");
    let fix = connection["block_reason"]["fix_en"].as_str().unwrap();
    assert!(tested.stdout.contains(fix), "{fix}: {tested:?}");
}

#[tokio::test]
async fn parked_orders_are_set_aside_by_their_reason_and_never_all_by_mistake() {
    let world = World::start(100).await;
    switch_on(&world).await;
    let parked = records(&world, &["--state", "parked"]).await;
    let code = parked[0]["reason"]["code"].as_str().unwrap();
    let alike = records(&world, &["--reason", code]).await.len();
    let unsaid = world
        .skarv(&[&["records", "ignore", "--why", "x"], &PLACE[..]].concat())
        .await;
    assert_eq!(unsaid.code, 2, "{unsaid:?}");
    let preview = ["records", "replay", "--preview", "--reason", code];
    assert_eq!(
        world.json(&[&preview[..], &PLACE].concat()).await["count"],
        json!(alike)
    );
    let ignore = ["records", "ignore", "--reason", code, "--why", "invoiced by hand"];
    assert_eq!(
        world.json(&[&ignore[..], &PLACE].concat()).await["count"],
        json!(alike)
    );
    assert_eq!(records(&world, &["--state", "ignored"]).await.len(), alike);
    let name = parked[0]["name"].as_str().unwrap();
    let told = world
        .skarv(&["records", "story", name, "--lang", "sv"])
        .await
        .stdout;
    assert!(
        told.contains("lagd åt sidan") && told.contains("invoiced by hand"),
        "{told}"
    );
}
