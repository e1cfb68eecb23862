//! What would stop a stream's documents is told before the first of them, with what would fit instead.

use chrono::{DateTime, Utc};
use serde_json::json;
use skarv_canonical::Class;
use skarv_canonical::gift_card::GiftCardVoucher;
use skarv_canonical::spec::{Collective, CollectiveFor, OrderSettings, StreamSettings, StreamSpec};
use skarv_connector::{Connector, Error};
use skarv_hogia_smart::HogiaSmart;

use crate::system::{System, card, customer_write};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn settings() -> OrderSettings {
    OrderSettings::swedish(at("2026-11-01T00:00:00Z"), Vec::new())
}

async fn obstacles_at(system: &System, settings: OrderSettings, now: &str) -> Result<Vec<String>, Error> {
    let stream = StreamSpec {
        settings: StreamSettings::Orders(settings),
    };
    let sink = HogiaSmart::default().sink(&system.access, &stream).await?;
    let found = sink.obstacles(at(now)).await?;
    for reason in &found {
        assert_eq!(reason.class, Class::Configuration, "{reason}");
        assert!(!reason.fix.is_empty(), "{reason}");
    }
    Ok(found.iter().map(ToString::to_string).collect())
}

async fn obstacles(system: &System, settings: OrderSettings) -> Vec<String> {
    obstacles_at(system, settings, "2026-11-23T12:00:00Z")
        .await
        .expect("a look")
}

#[tokio::test]
async fn books_of_the_usual_accounts_put_nothing_in_the_way() {
    let system = System::start().await;
    assert_eq!(obstacles(&system, settings()).await, [""; 0]);
}

#[tokio::test]
async fn accounts_that_the_books_lack_or_that_have_another_rate_are_named_with_what_would_fit() {
    let system = System::start().await;
    system.admin_post("accounts/3003/retire", &json!({})).await;
    let mut settings = settings();
    for rule in &mut settings.accounts {
        match rule.account {
            3001 => rule.account = 3999,
            3002 => rule.account = 3001,
            3004 => rule.account = 1510,
            _ => {}
        }
    }
    assert_eq!(
        obstacles(&system, settings).await,
        [
            "rule_account_unknown account=3999 rate=25 suggested=3001, 3164, 3520, 3540",
            "rule_account_unfit account=3001 rate=12 suggested=3002",
            "rule_account_unknown account=3003 rate=6 suggested=–",
            "rule_account_unfit account=1510 rate=0 suggested=3004, 3105, 3106, 3108, 3521, 3522",
        ]
    );
}

#[tokio::test]
async fn accounts_for_money_must_take_money_and_a_gift_card_account_only_where_there_are_gift_cards() {
    let system = System::start().await;
    system.admin_post("accounts/2421/retire", &json!({})).await;
    let mut settings = settings();
    settings
        .payments
        .modules
        .insert("klarnaofficial".to_owned(), Some(1999));
    settings.payments.otherwise = Some(3001);
    let money = [
        "account_unknown account=1999",
        "account_takes_no_payments account=3001",
    ];
    assert_eq!(obstacles(&system, settings.clone()).await, money);
    settings.gift_cards = vec![GiftCardVoucher::Named("Presentkort".to_owned())];
    assert_eq!(
        obstacles(&system, settings).await[2..],
        ["account_unknown account=2421"]
    );
}

#[tokio::test]
async fn the_year_of_today_and_of_the_first_orders_must_be_open() {
    let system = System::start().await;
    let mut early = settings();
    early.start_at = at("2024-12-31T12:00:00Z");
    assert_eq!(
        obstacles(&system, early).await,
        ["financial_year_closed date=2024-12-31"]
    );
    system.admin_post("years/2026/close", &json!({})).await;
    assert_eq!(
        obstacles(&system, settings()).await,
        [
            "financial_year_closed date=2026-11-01",
            "financial_year_closed date=2026-11-23",
        ]
    );
}

#[tokio::test]
async fn a_start_that_is_yet_to_come_asks_for_no_year_of_its_own() {
    let system = System::start().await;
    let mut later = settings();
    later.start_at = at("2031-01-01T00:00:00Z");
    assert_eq!(obstacles(&system, later).await, [""; 0]);
}

#[tokio::test]
async fn the_collective_card_must_stand_and_be_active() {
    let system = System::start().await;
    let mut settings = settings();
    let number = card().number.expect("a number");
    settings.customers.collective = Some(Collective {
        number: number.clone(),
        buyers: CollectiveFor::Private,
    });
    assert_eq!(
        obstacles(&system, settings.clone()).await,
        ["customer_not_in_erp number=k3x9qa-K7"]
    );
    system.put(&customer_write(card())).await.expect("a card");
    assert_eq!(obstacles(&system, settings).await, [""; 0]);
}

#[tokio::test]
async fn trouble_with_the_way_there_is_no_obstacle() {
    let system = System::start().await;
    system.faults(json!({ "http_500_every": 1 })).await;
    let error = obstacles_at(&system, settings(), "2026-11-23T12:00:00Z")
        .await
        .expect_err("trouble");
    assert_eq!(error.class(), Class::Transient);
}
