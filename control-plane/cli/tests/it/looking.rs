//! Looking before a flow is on, as a person reads it: what there is to choose from, what is missing, what would be written.

use serde_json::Value;
use skarv::demo::books::{Admin, ErpBooks};

use crate::world::{Answer, World};

/// A flow that is off, over two connections that are tested.
async fn tested() -> World {
    let world = World::start(30).await;
    world.connect().await;
    for connection in ["butiken", "ekonomin"] {
        world
            .json(&["connections", "test", connection, "--tenant", "bagarn"])
            .await;
    }
    world.create_flow().await;
    world
}

async fn told(world: &World, words: &[&str], lang: &str) -> Answer {
    let place = ["--tenant", "bagarn", "--lang", lang];
    world.skarv(&[words, &place[..]].concat()).await
}

fn says(answer: &Answer, lines: &[&str]) {
    for line in lines {
        assert!(answer.stdout.contains(line), "{line}: {}", answer.stdout);
    }
}

#[tokio::test]
async fn a_person_reads_what_is_missing_in_either_language_and_the_exit_code_says_it_too() {
    let world = tested().await;
    let look = ["flows", "preflight", "order-till-faktura"];
    let ready = told(&world, &look, "sv").await;
    assert_eq!(ready.code, 0, "{ready:?}");
    says(&ready, &["Flödet är redo"]);

    let erp = Admin::new(world.systems.erp.admin_url()).unwrap();
    for account in [3002, 3003] {
        let path = format!("accounts/{account}/retire");
        let _: Value = erp.post(&path, &Value::Null).await.unwrap();
    }
    let missing = told(&world, &look, "sv").await;
    assert_eq!(missing.code, 1, "{missing:?}");
    says(
        &missing,
        &[
            "Flödet är inte redo",
            "saknas  ekonomin",
            "  – ordrar: Konto 3003",
        ],
    );
    let fixes = missing.stdout.matches("Gör så här:").count();
    assert_eq!(
        fixes, 1,
        "what is mended in one way is told once: {}",
        missing.stdout
    );
    says(
        &told(&world, &look, "en").await,
        &["The flow is not ready", "missing  ekonomin", "  – orders: "],
    );
}

#[tokio::test]
async fn a_dry_run_is_read_order_by_order_and_writes_nothing() {
    let world = tested().await;
    let look = ["flows", "dry-run", "order-till-faktura", "--max-records", "5"];
    let foreseen = told(&world, &look, "sv").await;
    assert_eq!(foreseen.code, 0, "{foreseen:?}");
    says(
        &foreseen,
        &[
            "Inget är skrivet: det här är en provkörning. Det finns fler poster.",
            "  kund  skapas  ",
            "  faktura  skapas  ",
            "    rows[0].account: 3001",
        ],
    );
    says(&told(&world, &look, "en").await, &["invoice  is made"]);
    let erp = Admin::new(world.systems.erp.admin_url()).unwrap();
    let books: ErpBooks = erp.ledger().await.unwrap();
    assert!(books.invoices.is_empty() && books.contacts.is_empty());
}

#[tokio::test]
async fn states_to_choose_from_are_a_table_and_what_was_read_is_kept() {
    let world = tested().await;
    let look = ["connections", "discover", "butiken", "--list", "order_states"];
    let read = told(&world, &look, "sv").await;
    says(
        &read,
        &["orderstatusar (order_states)", "betald", "Betalning mottagen"],
    );
    let kept = told(&world, &[&look[..], &["--kept"]].concat(), "sv").await;
    assert_eq!(kept.stdout, read.stdout);
}

#[tokio::test]
async fn a_flow_is_made_what_it_was_and_a_dry_run_of_that_changes_nothing() {
    let world = tested().await;
    let flow = "order-till-faktura";
    told(
        &world,
        &["flows", "update", flow, "--payment-terms-days", "10"],
        "sv",
    )
    .await;
    let revisions = ["flows", "revisions", flow];
    says(
        &told(&world, &revisions, "sv").await,
        &["order_settings.payment_terms_days: 30 → 10", "skapat med "],
    );
    let back = ["flows", "revert", flow, "--to", "1"];
    let shown = told(&world, &[&back[..], &["--dry-run"]].concat(), "sv").await;
    says(&shown, &["- payment_terms_days: 10", "+ payment_terms_days: 30"]);
    let listed = |answer: Answer| answer.json()["revisions"].as_array().unwrap().len();
    let json = [&revisions[..], &["--output", "json"]].concat();
    assert_eq!(listed(told(&world, &json, "sv").await), 2);
    told(&world, &back, "sv").await;
    assert_eq!(listed(told(&world, &json, "sv").await), 3);
}
