//! A flow that is changed from a file, its streams switched one by one, and days that cannot be compared.

use crate::world::World;

const FLOW: &str = "tenants/bagarn/flows/order-till-faktura";

/// A flow that is made, switched off, in a world without an agent.
async fn made() -> World {
    let world = World::without_agent(1).await;
    world.connect().await;
    world.create_flow().await;
    world
}

#[tokio::test]
async fn a_flow_is_changed_by_what_a_file_names_and_the_difference_is_shown() {
    let world = made().await;
    let settings = "payment_terms_days = 10\ntrigger_meanings = [\"TRIGGER_MEANING_PAID\"]\n\
                    [customer_settings]\ncards = \"CARD_UPKEEP_UPDATE\"\n\
                    [payment_accounts]\nmodules = { klarnaofficial = 1580 }\n";
    let file = world.file("settings.toml", settings);
    let update = ["flows", "update", FLOW, "--file", &file];
    let dry = world.skarv(&[&update[..], &["--dry-run"]].concat()).await;
    for line in [
        "- payment_terms_days: 30",
        "+ payment_terms_days: 10",
        "+ payment_accounts.modules.klarnaofficial: 1580",
        "+ customer_settings.cards: \"CARD_UPKEEP_UPDATE\"",
        "Nothing is changed",
    ] {
        assert!(dry.stdout.contains(line), "{line}: {dry:?}");
    }
    let before = world.json(&["flows", "show", FLOW]).await;
    assert_eq!(before["order_settings"]["payment_terms_days"], 30);
    let after = world.json(&update).await;
    let settings = &after["order_settings"];
    assert_eq!(settings["payment_terms_days"], 10);
    // what the file does not name stays
    assert_eq!(settings["trigger_state_ids"], serde_json::json!(["2", "11"]));
    let again = world.skarv(&update).await;
    assert!(again.stdout.contains("Nothing differs"), "{again:?}");
}

#[tokio::test]
async fn a_change_that_cannot_be_says_which_field_is_wrong() {
    let world = made().await;
    let file = world.file("settings.toml", "[payment_accounts]\notherwise = 31\n");
    let refused = world.skarv(&["flows", "update", FLOW, "--file", &file]).await;
    assert_ne!(refused.code, 0);
    assert!(
        refused.stderr.contains("payment_accounts.otherwise"),
        "{refused:?}"
    );
    let nothing = world.skarv(&["flows", "update", FLOW]).await;
    assert_eq!(nothing.code, 2, "{nothing:?}");
}

#[tokio::test]
async fn a_stream_is_paced_and_switched_by_itself() {
    let world = made().await;
    let stream = format!("{FLOW}/streams/orders");
    let update = ["streams", "update", &stream];
    let paced = world.json(&[&update[..], &["--every", "10m"]].concat()).await;
    assert_eq!(paced["interval"], "600s");
    let off = world.json(&[&update[..], &["--off"]].concat()).await;
    assert_eq!(off["off_reason"]["code"], "stream_switched_off");
    let listed = world.skarv(&["streams", "list", FLOW]).await;
    assert!(listed.stdout.contains("600 s"), "{listed:?}");
    let on = world.json(&[&update[..], &["--on"]].concat()).await;
    // its flow is off, and so is it
    assert_eq!(on["off_reason"]["code"], "stream_off");
    let too_fast = world.skarv(&[&update[..], &["--every", "30s"]].concat()).await;
    assert!(too_fast.stderr.contains("1 minute"), "{too_fast:?}");
    assert_eq!(world.skarv(&update).await.code, 2);
}

#[tokio::test]
async fn orders_have_no_initial_sync_and_a_stream_that_is_not_there_is_not_taken_away() {
    let world = made().await;
    let orders = format!("{FLOW}/streams/orders");
    let refused = world.skarv(&["streams", "initial-sync", &orders]).await;
    assert!(refused.stderr.contains("start_at"), "{refused:?}");
    let same = world
        .skarv(&["flows", "update", FLOW, "--without", "prices"])
        .await;
    assert!(same.stdout.contains("Nothing differs"), "{same:?}");
}

#[tokio::test]
async fn a_flow_that_was_never_tested_is_not_compared() {
    let world = made().await;
    let days = ["--from", "2026-01-01", "--to", "2026-01-31"];
    let refused = world
        .skarv(&[&["flows", "reconcile", FLOW], &days[..]].concat())
        .await;
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("TestConnection"), "{refused:?}");
}
