//! What is missing in the books is found before a flow is switched on: each thing by itself, and nothing in sound books.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use skarv_canonical::gift_card::GiftCardVoucher;
use skarv_canonical::spec::{
    Collective, CollectiveFor, OrderSettings, PriceSettings, ProductSettings, StatusSettings, StatusSpec,
    StockSettings, StreamKind, StreamSettings, StreamSpec,
};
use skarv_canonical::{Class, Country};
use skarv_connector::{Connector, Error, Flight, Severity};
use skarv_hogia_smart::HogiaSmart;
use skarv_hogia_smart::fake::Config;

use crate::items_world::minutes;
use crate::system::{System, card, customer_write, invoice, invoice_write};

/// A flow with every stream, the shop's products among them.
struct Plan {
    orders: OrderSettings,
    shop_is_master: bool,
    now: DateTime<Utc>,
}

impl Plan {
    fn sound() -> Self {
        let start_at = "2026-11-01T00:00:00Z".parse().expect("a time");
        Self {
            orders: OrderSettings::swedish(start_at, Vec::new()),
            shop_is_master: true,
            now: minutes(0),
        }
    }

    fn with_payments() -> Self {
        let mut plan = Self::sound();
        plan.orders.payments.otherwise = Some(1580);
        plan
    }

    fn streams(&self) -> Vec<StreamSpec> {
        let status = StatusSpec {
            settings: StatusSettings {
                start_on: "2026-11-01".parse().expect("a day"),
                states: BTreeMap::new(),
                delivered_when: None,
                cancels_captured: false,
            },
            triggers: Vec::new(),
        };
        let all = [
            StreamSettings::Orders(self.orders.clone()),
            StreamSettings::Products(ProductSettings::swedish()),
            StreamSettings::Prices(PriceSettings::swedish()),
            StreamSettings::Stock(StockSettings::default()),
            StreamSettings::OrderStatus(status),
        ];
        all.map(|settings| StreamSpec { settings }).into()
    }

    async fn try_on(&self, system: &System) -> Result<Vec<String>, Error> {
        let flight = Flight {
            streams: &self.streams(),
            shop_is_master: self.shop_is_master,
            now: self.now,
        };
        let found = HogiaSmart::default().preflight(&system.access, flight).await?;
        let told = found.iter().map(|finding| {
            assert!(!finding.reason.fix.is_empty(), "{}", finding.reason);
            let severity = match finding.severity {
                Severity::Blocking => "blocking",
                Severity::Warning => "warning",
            };
            let stream = finding.stream.map_or("all", StreamKind::as_str);
            format!("{severity} {stream} {}", finding.reason)
        });
        Ok(told.collect())
    }

    async fn found(&self, system: &System) -> Vec<String> {
        self.try_on(system).await.expect("a look")
    }
}

async fn after(path: &str) -> System {
    let system = System::start().await;
    system.admin_post(path, &json!({})).await;
    system
}

async fn without(switch: &str) -> System {
    let system = System::start().await;
    let plan: Value = json!({ switch: true });
    system.faults(plan).await;
    system
}

#[tokio::test]
async fn sound_books_lack_nothing_and_are_only_read() {
    let system = System::warm().await;
    let before = system.ledger().await;
    system.admin_post("requests/reset", &json!({})).await;
    assert_eq!(Plan::with_payments().found(&system).await, [""; 0]);
    assert_eq!(system.ledger().await, before);
    let calls = system.admin_get("requests").await;
    let calls = calls["by_endpoint"].as_object().expect("calls");
    assert!(calls.keys().all(|call| call.starts_with("GET ")), "{calls:?}");
}

#[tokio::test]
async fn a_refused_sign_in_is_the_one_finding() {
    let mut system = System::start().await;
    let stranger = ("client_id".to_owned(), "någon annan".into());
    system.access.secrets.extend([stranger]);
    assert_eq!(
        Plan::sound().found(&system).await,
        ["blocking all sign_in_refused"]
    );
}

#[tokio::test]
async fn another_organisation_is_one_finding() {
    let mut system = System::start().await;
    system.set("organization_id", "5ca70001-0000-4000-8000-000000000002");
    assert_eq!(
        Plan::sound().found(&system).await,
        ["blocking all organization_unknown"]
    );
}

#[tokio::test]
async fn the_modules_that_invoicing_needs_are_missed_by_name() {
    let system = without("without_accounting").await;
    assert_eq!(
        Plan::with_payments().found(&system).await,
        ["blocking all module_missing module=Bokföring"]
    );
    let system = without("without_invoicing").await;
    assert_eq!(
        Plan::with_payments().found(&system).await,
        ["blocking all module_missing module=Fakturering"]
    );
}

#[tokio::test]
async fn articles_that_may_not_be_read_are_missed_by_the_streams_that_read_them() {
    let system = without("without_item_rights").await;
    let mut plan = Plan::sound();
    plan.orders.takes_stock = true;
    assert_eq!(
        plan.found(&system).await,
        [
            "blocking products permission_missing resource=items",
            "blocking stock permission_missing resource=stockbalances",
        ]
    );
}

#[tokio::test]
async fn orders_that_take_stock_miss_the_articles_by_themselves() {
    let system = without("without_item_rights").await;
    let mut plan = Plan::sound();
    let look = async |plan: &Plan| {
        let flight = Flight {
            streams: &plan.streams()[..1],
            shop_is_master: false,
            now: plan.now,
        };
        let found = HogiaSmart::default()
            .preflight(&system.access, flight)
            .await
            .expect("a look");
        let told = found
            .iter()
            .map(|finding| (finding.stream, finding.reason.to_string()));
        told.collect::<Vec<_>>()
    };
    assert_eq!(look(&plan).await, []);
    plan.orders.takes_stock = true;
    let missed = "permission_missing resource=items".to_owned();
    assert_eq!(look(&plan).await, [(Some(StreamKind::Orders), missed)]);
}

async fn with_a_sale_over_the_counter(date: &str) -> System {
    let config = Config {
        till: true,
        ..Config::example()
    };
    let system = System::start_with(config).await.stocked(&["A-1"]).await;
    let sale = json!({ "lines": [{ "item_number": "A-1", "quantity": 1 }], "date": date });
    system.admin_post("till/sales", &sale).await;
    system
}

#[tokio::test]
async fn a_till_beside_a_shop_that_is_master_is_warned_of() {
    let system = with_a_sale_over_the_counter("2026-11-10").await;
    assert_eq!(
        Plan::sound().found(&system).await,
        ["warning all cash_register_with_shop_master"]
    );
    let books_are_master = Plan {
        shop_is_master: false,
        ..Plan::sound()
    };
    assert_eq!(books_are_master.found(&system).await, [""; 0]);
    let long_ago = with_a_sale_over_the_counter("2026-10-01").await;
    assert_eq!(Plan::sound().found(&long_ago).await, [""; 0]);
}

#[tokio::test]
async fn a_year_that_is_closed_or_missing_keeps_orders_from_being_booked() {
    let missing = after("years/2026/remove").await;
    assert_eq!(
        Plan::sound().found(&missing).await,
        [
            "blocking orders financial_year_missing date=2026-11-01",
            "blocking orders financial_year_missing date=2026-11-23",
        ]
    );
    let mut plan = Plan::sound();
    plan.orders.start_at = plan.now;
    let closed = after("years/2026/close").await;
    assert_eq!(
        plan.found(&closed).await,
        ["blocking orders financial_year_closed date=2026-11-23"]
    );
}

#[tokio::test]
async fn a_year_that_ends_within_a_month_must_have_another_behind_it() {
    let system = after("years/2027/remove").await;
    assert_eq!(Plan::sound().found(&system).await, [""; 0]);
    let late = Plan {
        now: "2026-12-02T12:00:00Z".parse().expect("a time"),
        ..Plan::sound()
    };
    assert_eq!(
        late.found(&system).await,
        ["warning orders next_financial_year_missing date=2027-01-01"]
    );
    assert_eq!(late.found(&System::start().await).await, [""; 0]);
}

#[tokio::test]
async fn an_account_that_is_missing_or_has_another_rate_is_one_finding_each() {
    let system = after("accounts/3003/retire").await;
    let mut plan = Plan::sound();
    for rule in &mut plan.orders.accounts {
        if rule.account == 3002 {
            rule.account = 3001;
        }
    }
    assert_eq!(
        plan.found(&system).await,
        [
            "blocking orders rule_account_unfit account=3001 rate=12 suggested=3002",
            "blocking orders rule_account_unknown account=3003 rate=6 suggested=–",
        ]
    );
}

#[tokio::test]
async fn a_rate_of_the_home_country_that_no_rule_books_is_warned_of() {
    let system = System::start().await;
    let mut plan = Plan::sound();
    plan.orders.accounts.retain(|rule| rule.account != 3002);
    assert_eq!(
        plan.found(&system).await,
        ["warning orders rate_without_account rate=12"]
    );
    plan.orders.home_country = "FI".parse::<Country>().expect("a country");
    assert_eq!(plan.found(&system).await, [""; 0]);
}

#[tokio::test]
async fn accounts_for_money_must_be_there_and_take_it() {
    let system = after("accounts/2421/retire").await;
    let mut plan = Plan::with_payments();
    plan.orders.payments.otherwise = Some(3001);
    plan.orders.gift_cards = vec![GiftCardVoucher::Named("Presentkort".to_owned())];
    assert_eq!(
        plan.found(&system).await,
        [
            "blocking orders account_takes_no_payments account=3001",
            "blocking orders account_unknown account=2421",
        ]
    );
}

#[tokio::test]
async fn a_collective_card_that_is_missing_keeps_orders_from_being_booked() {
    let system = System::start().await;
    let mut plan = Plan::sound();
    plan.orders.customers.collective = Some(Collective {
        number: card().number.expect("a number"),
        buyers: CollectiveFor::Private,
    });
    assert_eq!(
        plan.found(&system).await,
        ["blocking orders customer_not_in_erp number=k3x9qa-K7"]
    );
    system.put(&customer_write(card())).await.expect("a card");
    assert_eq!(plan.found(&system).await, [""; 0]);
}

#[tokio::test]
async fn a_currency_that_is_not_used_keeps_orders_from_being_booked() {
    let system = after("currencies/SEK/retire").await;
    assert_eq!(
        Plan::sound().found(&system).await,
        ["blocking orders currency_unknown currency=SEK"]
    );
}

#[tokio::test]
async fn rounding_to_whole_kronor_is_warned_of_where_payments_are_registered() {
    let config = Config {
        whole_kronor: true,
        ..Config::example()
    };
    let system = System::start_with(config).await;
    system.put(&customer_write(card())).await.expect("a card");
    let mut uneven = invoice("k3x9qa-1");
    uneven.rows[0].gross = crate::system::d("99.40");
    uneven.total = uneven.rows[0].gross;
    system.put(&invoice_write(uneven)).await.expect("an invoice");
    assert_eq!(Plan::sound().found(&system).await, [""; 0]);
    assert_eq!(
        Plan::with_payments().found(&system).await,
        ["warning orders rounding_with_payments rounding=-0.40"]
    );
}

#[tokio::test]
async fn what_blocks_comes_before_what_is_doubtful() {
    let system = with_a_sale_over_the_counter("2026-11-20").await;
    system.admin_post("accounts/3001/retire", &json!({})).await;
    let mut plan = Plan::sound();
    plan.orders.accounts.retain(|rule| rule.account != 3002);
    let found = plan.found(&system).await;
    let severities: Vec<&str> = found
        .iter()
        .map(|told| told.split(' ').next().expect("a word"))
        .collect();
    assert_eq!(severities, ["blocking", "warning", "warning"]);
}

#[tokio::test]
async fn trouble_that_may_pass_is_no_finding() {
    let system = System::start().await;
    system.faults(json!({ "http_500_every": 2 })).await;
    let error = Plan::sound().try_on(&system).await.expect_err("trouble");
    assert_eq!(error.class(), Class::Transient);
}
