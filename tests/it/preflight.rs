//! What is missing before a flow is switched on, and what its systems have to choose from, as a partner's program is told it.
//!
//! Each thing is broken by itself in a set-up that is otherwise sound; what each connector finds is told in its own tests.

use std::collections::BTreeSet;

use anyhow::Context;
use chrono::{Datelike, TimeDelta};
use serde_json::{Value, json};
use skarv::demo::{books::Admin, goods::Flow, setup::SetUp};
use skarv_proto::v1 as pb;
use skarv_tests::{AgentThread, Opening, Platform, Times};

/// Severity, connection, stream and code of a finding.
type Said = (pb::FindingSeverity, &'static str, &'static str, &'static str);

const BLOCKS: pb::FindingSeverity = pb::FindingSeverity::Blocking;
const WARNS: pb::FindingSeverity = pb::FindingSeverity::Warning;

/// A flow of everything that is sound, and off.
async fn sound() -> anyhow::Result<(Platform, SetUp, AgentThread)> {
    let opening = Opening {
        products: 12,
        till: true,
        ..Opening::default()
    };
    let platform = Platform::open(opening, Times::default()).await?;
    let agent = platform.agent().await?;
    let set_up = platform.draw_up(Some(Flow::Combined)).await?;
    let rule = |event: pb::OrderEvent, state: &str, mail| pb::StatusRule {
        event: event.into(),
        state_id: state.to_owned(),
        mail,
        tracking: false,
    };
    let settings = pb::StatusSettings {
        start_on: platform.now().date_naive().to_string(),
        rules: vec![
            rule(pb::OrderEvent::Invoiced, "3", true),
            rule(pb::OrderEvent::Paid, "5", false),
        ],
        ..pb::StatusSettings::default()
    };
    let flow = pb::Flow {
        status_settings: Some(settings),
        ..platform.flow(&set_up).await?
    };
    platform.update(flow, "status_settings").await?;
    Ok((platform, set_up, agent))
}

/// What is found in a set-up in which one thing is broken.
async fn finds(at: Place, path: &str, body: Value, said: &[Said]) -> anyhow::Result<()> {
    let (platform, set_up, agent) = sound().await?;
    let _: Value = at.counter(&platform).post(path, &body).await?;
    is_said(&platform.preflight(&set_up).await?, said);
    agent.drain().await
}

#[derive(Clone, Copy)]
enum Place {
    Shop,
    Books,
}

impl Place {
    fn counter(self, platform: &Platform) -> &Admin {
        match self {
            Self::Shop => &platform.shop,
            Self::Books => &platform.erp,
        }
    }
}

/// Each of these and nothing else, with what happened and what to do in both languages.
fn is_said(found: &[pb::PreflightFinding], said: &[Said]) {
    for finding in found {
        let reason = finding.reason.clone().unwrap_or_default();
        let sentences = [
            &reason.message_sv,
            &reason.message_en,
            &reason.fix_sv,
            &reason.fix_en,
        ];
        assert!(sentences.iter().all(|text| text.len() > 10), "{finding:?}");
        assert_ne!(reason.message_sv, reason.message_en);
        // every place that a sentence has for a fact is filled
        assert!(!sentences.iter().any(|text| text.contains('{')), "{finding:?}");
    }
    let found: BTreeSet<_> = found.iter().map(shown).collect();
    let said: BTreeSet<_> = said.iter().map(told).collect();
    assert_eq!(found, said);
}

fn shown(finding: &pb::PreflightFinding) -> String {
    let reason = finding.reason.clone().unwrap_or_default();
    let connection = finding.connection.rsplit('/').next().unwrap_or_default();
    let severity = finding.severity().as_str_name();
    format!("{severity} {connection} {:?} {}", finding.stream, reason.code)
}

fn told((severity, connection, stream, code): &Said) -> String {
    format!("{} {connection} {stream:?} {code}", severity.as_str_name())
}

#[tokio::test]
async fn a_sound_set_up_has_no_findings_and_is_left_as_it_was() -> anyhow::Result<()> {
    let (platform, set_up, agent) = sound().await?;
    let (books, tapes) = (platform.all_books().await?, platform.tapes().await?);
    is_said(&platform.preflight(&set_up).await?, &[]);
    let (calls, writes) = tapes.calls().await?;
    assert!(calls > 10, "{calls} calls: little was looked at");
    assert_eq!(writes, [""; 0]);
    assert!(platform.all_books().await? == books);
    agent.drain().await
}

#[tokio::test]
async fn a_right_that_the_shops_key_lacks_is_found() -> anyhow::Result<()> {
    let lacks = |right| (BLOCKS, "butiken", right, "key_right_missing");
    let denied = json!({ "deny": ["POST order_histories"] });
    finds(Place::Shop, "faults", denied, &[lacks("order-status")]).await?;
    let denied = json!({ "deny": ["order_slip"] });
    finds(Place::Shop, "faults", denied, &[lacks("orders")]).await
}

#[tokio::test]
async fn a_state_that_is_not_there_is_found_where_it_was_chosen() -> anyhow::Result<()> {
    let gone = json!({ "deleted": true });
    let trigger = (BLOCKS, "butiken", "orders", "trigger_state_unknown");
    finds(Place::Shop, "setup/order_states/11", gone.clone(), &[trigger]).await?;
    let told = (BLOCKS, "butiken", "order-status", "state_not_there");
    finds(Place::Shop, "setup/order_states/5", gone, &[told]).await
}

#[tokio::test]
async fn a_mail_that_would_not_be_sent_is_a_warning() -> anyhow::Result<()> {
    let mute = json!({ "send_email": false });
    let said = (WARNS, "butiken", "order-status", "state_has_no_mail");
    finds(Place::Shop, "setup/order_states/3", mute, &[said]).await
}

#[tokio::test]
async fn what_a_shop_shows_and_when_it_says_it_is_are_looked_at() -> anyhow::Result<()> {
    let group = json!({ "without_tax": true });
    let said = (WARNS, "butiken", "prices", "prices_shown_without_tax");
    finds(Place::Shop, "setup/groups/1", group, &[said]).await?;
    let zone = json!({ "value": "" });
    let said = (BLOCKS, "butiken", "", "time_zone_unknown");
    finds(Place::Shop, "setup/configurations/66", zone, &[said]).await
}

#[tokio::test]
async fn an_account_that_is_missing_and_a_year_that_is_closed_are_found_in_the_books() -> anyhow::Result<()> {
    let account = (BLOCKS, "ekonomin", "orders", "rule_account_unknown");
    finds(Place::Books, "accounts/3003/retire", json!({}), &[account]).await?;
    let (platform, set_up, agent) = sound().await?;
    let (last, first) = (platform.now(), platform.now() - TimeDelta::days(30));
    for year in [first.year(), last.year()] {
        let at = format!("years/{year}/close");
        let _: Value = platform.erp.post(&at, &json!({})).await?;
    }
    let year = (BLOCKS, "ekonomin", "orders", "financial_year_closed");
    is_said(&platform.preflight(&set_up).await?, &[year]);
    agent.drain().await
}

#[tokio::test]
async fn a_module_that_the_books_do_not_have_is_found() -> anyhow::Result<()> {
    let said = (BLOCKS, "ekonomin", "", "module_missing");
    let without = json!({ "without_invoicing": true });
    finds(Place::Books, "faults", without, &[said]).await
}

#[tokio::test]
async fn a_cash_register_beside_a_shop_that_owns_its_products_is_a_warning() -> anyhow::Result<()> {
    let (platform, set_up, agent) = sound().await?;
    let item = json!({ "number": "A-1", "name": "Kåsa", "salesAccounts": [{ "number": 3001, "type": "NationalSales" }], "price": { "regular": 99.5 } });
    let _: Value = platform.erp.post("items", &item).await?;
    let sale =
        json!({ "lines": [{ "item_number": "A-1", "quantity": 1 }], "date": platform.now().date_naive() });
    let _: Value = platform.erp.post("till/sales", &sale).await?;
    let said = (WARNS, "ekonomin", "", "cash_register_with_shop_master");
    is_said(&platform.preflight(&set_up).await?, &[said]);
    agent.drain().await
}

#[tokio::test]
async fn both_sides_are_told_of_at_once_and_what_blocks_comes_first() -> anyhow::Result<()> {
    let (platform, set_up, agent) = sound().await?;
    let _: Value = platform.erp.post("accounts/3003/retire", &json!({})).await?;
    let mute = json!({ "send_email": false });
    let _: Value = platform.shop.post("setup/order_states/3", &mute).await?;
    let found = platform.preflight(&set_up).await?;
    assert_eq!((found[0].severity(), found[1].severity()), (BLOCKS, WARNS));
    let said = [
        (BLOCKS, "ekonomin", "orders", "rule_account_unknown"),
        (WARNS, "butiken", "order-status", "state_has_no_mail"),
    ];
    is_said(&found, &said);
    agent.drain().await
}

async fn kept(platform: &Platform, name: &str) -> anyhow::Result<pb::Discovery> {
    let name = name.to_owned();
    let request = pb::GetDiscoveryRequest { name };
    let kept = platform.api.connections().get_discovery(request).await?;
    kept.into_inner().discovery.context("nothing is kept")
}

fn states(found: &pb::Discovery) -> Vec<(&str, &str, &str)> {
    let fact =
        |value: &'_ pb::DiscoveredValue, name| value.facts.get(name).is_some_and(|fact| fact == "true");
    let of = |value: &'_ pb::DiscoveredValue| match (fact(value, "paid"), fact(value, "mail")) {
        (true, true) => "paid, mails",
        (true, false) => "paid",
        (false, true) => "mails",
        (false, false) => "",
    };
    let list = found.lists.iter().find(|list| list.name == "order_states");
    let values = list.map_or(&[][..], |list| &list.values);
    let all = values.iter();
    all.map(|value| (value.id.as_str(), value.title.as_str(), of(value)))
        .collect()
}

#[tokio::test]
async fn what_a_shop_has_to_choose_from_is_kept_with_its_time_until_it_is_read_anew() -> anyhow::Result<()> {
    let (platform, set_up, agent) = sound().await?;
    let name = format!("{}/connections/butiken", set_up.tenant);
    let read = async || {
        let name = name.clone();
        let request = pb::DiscoverConnectionRequest { name };
        let asked = platform.api.connections().discover_connection(request).await?;
        platform
            .succeeded(&asked.into_inner().run.context("no run")?)
            .await
    };
    let run = read().await?;
    let first = kept(&platform, &name).await?;
    assert_eq!(run.discovery.context("it told nothing")?.lists, first.lists);
    for state in [
        ("2", "Betalning mottagen", "paid, mails"),
        ("5", "Levererad", "paid"),
    ] {
        assert!(states(&first).contains(&state), "{:?}", states(&first));
    }
    let at = first.discover_time.context("no time")?.seconds;
    assert!((platform.now().timestamp() - 60..).contains(&at), "{at}");

    let gone = json!({ "deleted": true });
    let _: Value = platform.shop.post("setup/order_states/5", &gone).await?;
    assert_eq!(kept(&platform, &name).await?, first);
    read().await?;
    let again = kept(&platform, &name).await?;
    assert_eq!(states(&again).len() + 1, states(&first).len());
    agent.drain().await
}
