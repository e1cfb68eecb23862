//! What is missing in a shop before a flow is switched on: each thing broken by itself, and several at once.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use skarv_canonical::{
    Class,
    spec::{PriceSettings, ProductSettings, StockSettings, StreamKind, StreamSettings, StreamSpec},
    trigger::TriggerState,
    vat::VatRate,
};
use skarv_connector::{Connector, Error, Finding, Flight, Severity};
use skarv_prestashop::{
    PrestaShop,
    fake::{Config, Seed, Shop, Version, start_with_products},
};

use crate::{
    connection::{KEY, access, at, settings},
    counter::{NOW, admin_post},
    status::desk,
    stockroom::BOTH,
};

async fn shop(version: Version) -> Shop {
    let config = Config {
        seed: Seed {
            orders: 0,
            seed: 7,
            now: at(NOW),
        },
        api_key: KEY.to_owned(),
        version,
        port: 0,
        allow_any_host: false,
    };
    start_with_products(config, 40).await.expect("a shop")
}

/// A flow of everything, from an accounting system that owns the products.
struct Plan {
    triggers: Vec<TriggerState>,
    products: ProductSettings,
    shop_is_master: bool,
}

impl Plan {
    fn sound() -> Self {
        let groups = [(25, "1"), (12, "2"), (6, "4")];
        Self {
            triggers: settings(NOW).triggers,
            products: ProductSettings {
                tax_groups: BTreeMap::from(
                    groups.map(|(rate, group)| (VatRate::from(rate), group.to_owned())),
                ),
                category: Some("3".to_owned()),
                ..ProductSettings::swedish()
            },
            shop_is_master: false,
        }
    }

    fn streams(&self) -> Vec<StreamSpec> {
        let mut orders = settings(NOW);
        orders.triggers.clone_from(&self.triggers);
        let all = [
            StreamSettings::Orders(orders),
            StreamSettings::Products(self.products.clone()),
            StreamSettings::Prices(PriceSettings::swedish()),
            StreamSettings::Stock(StockSettings::default()),
        ];
        let all = all.map(|settings| StreamSpec { settings });
        all.into_iter().chain([desk::spec()]).collect()
    }

    async fn look_with(&self, shop: &Shop, key: &str) -> Result<Vec<Finding>, Error> {
        let flight = Flight {
            streams: &self.streams(),
            shop_is_master: self.shop_is_master,
            now: at(NOW),
        };
        PrestaShop.preflight(&access(&shop.base_url(), key), flight).await
    }

    /// Severity, stream and reason of each finding.
    async fn look(&self, shop: &Shop) -> Vec<String> {
        let findings = self.look_with(shop, KEY).await.expect("findings");
        findings.iter().map(shown).collect()
    }
}

fn shown(finding: &Finding) -> String {
    assert!(!finding.reason.fix.is_empty(), "{}", finding.reason);
    let severity = match finding.severity {
        Severity::Blocking => "stops",
        Severity::Warning => "warns",
    };
    let stream = finding.stream.map_or("-", StreamKind::as_str);
    format!("{severity} {stream} {}", finding.reason)
}

async fn tell(shop: &Shop, path: &str, body: Value) {
    admin_post(shop, path, &body.to_string()).await;
}

/// A shop of each generation in which one thing is broken, and the findings of a sound plan.
async fn broken(path: &str, body: Value) -> Vec<String> {
    let mut found = Vec::new();
    for version in BOTH {
        let shop = shop(version).await;
        tell(&shop, path, body.clone()).await;
        found.push(Plan::sound().look(&shop).await);
    }
    assert_eq!(found[0], found[1], "both generations say the same");
    found.remove(0)
}

#[tokio::test]
async fn a_sound_shop_has_no_findings_and_is_left_as_it_was() {
    for version in BOTH {
        let shop = shop(version).await;
        let before = crate::counter::admin(&shop, "catalogue/ledger").await;
        assert_eq!(Plan::sound().look(&shop).await, [""; 0], "{version:?}");
        let master = Plan {
            shop_is_master: true,
            ..Plan::sound()
        };
        assert_eq!(master.look(&shop).await, [""; 0]);
        assert_eq!(crate::counter::admin(&shop, "catalogue/ledger").await, before);
    }
}

#[tokio::test]
async fn each_right_that_is_missing_is_said_with_its_method_and_its_stream() {
    for (denied, said) in [
        (
            "order_slip",
            "stops orders key_right_missing resource=order_slip right=GET",
        ),
        ("orders", "stops - key_right_missing resource=orders right=GET"),
        (
            "POST order_histories",
            "stops order-status key_right_missing resource=order_histories right=POST",
        ),
        (
            "POST products",
            "stops products key_right_missing resource=products right=POST",
        ),
        (
            "DELETE specific_prices",
            "stops prices key_right_missing resource=specific_prices right=DELETE",
        ),
    ] {
        assert_eq!(broken("faults", json!({ "deny": [denied] })).await, [said]);
    }
}

#[tokio::test]
async fn one_of_two_ways_to_change_is_enough() {
    let put = json!({ "deny": ["PUT stock_availables", "PUT order_carriers"] });
    let new = shop(Version::V8_2_1).await;
    tell(&new, "faults", put.clone()).await;
    assert_eq!(Plan::sound().look(&new).await, [""; 0]);
    // a release that knows no other way needs it
    let old = shop(Version::V1_7_8_11).await;
    tell(&old, "faults", put).await;
    assert_eq!(
        Plan::sound().look(&old).await,
        [
            "stops order-status key_right_missing resource=order_carriers right=PUT",
            "stops stock key_right_missing resource=stock_availables right=PUT"
        ]
    );
    let patch = json!({ "deny": ["PATCH stock_availables", "PATCH order_carriers"] });
    tell(&new, "faults", patch).await;
    assert_eq!(Plan::sound().look(&new).await, [""; 0]);
}

#[tokio::test]
async fn a_state_that_sends_orders_and_is_not_there_is_said_by_name() {
    let shop = shop(BOTH[0]).await;
    let mut plan = Plan::sound();
    plan.triggers.push(TriggerState::Name("Packad".to_owned()));
    assert_eq!(
        plan.look(&shop).await,
        ["stops orders trigger_state_unknown states=Packad"]
    );
    assert_eq!(
        broken("setup/order_states/11", json!({ "deleted": true })).await,
        ["stops orders trigger_state_unknown states=id 11"]
    );
}

#[tokio::test]
async fn a_state_that_orders_are_to_be_put_in_and_is_not_there_is_said() {
    for path in ["setup/order_states/5", "setup/order_states/5/remove"] {
        assert_eq!(
            broken(path, json!({ "deleted": true })).await,
            ["stops order-status state_not_there state=5"],
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_mail_that_a_state_does_not_send_is_a_warning() {
    assert_eq!(
        broken("setup/order_states/3", json!({ "send_email": false })).await,
        ["warns order-status state_has_no_mail state=3 Behandlas"]
    );
}

#[tokio::test]
async fn tax_groups_that_are_wrong_missing_or_out_of_use_are_said() {
    assert_eq!(
        broken(
            "catalogue/rows/tax_rule_groups/1",
            json!({ "set": { "active": "0" } })
        )
        .await,
        ["stops products tax_group_inactive group=1 rate=25"]
    );
    for group in ["2", "77"] {
        let shop = shop(BOTH[0]).await;
        let mut plan = Plan::sound();
        plan.products
            .tax_groups
            .insert(VatRate::from(25), group.to_owned());
        assert_eq!(
            plan.look(&shop).await,
            [format!("stops products tax_group_wrong group={group} rate=25")]
        );
    }
}

#[tokio::test]
async fn a_category_a_language_and_a_currency_that_are_not_there_are_said() {
    let shop = shop(BOTH[0]).await;
    let mut plan = Plan::sound();
    plan.products.category = Some("99".to_owned());
    assert_eq!(
        plan.look(&shop).await,
        ["stops products category_missing category=99"]
    );
    plan.products.category = None;
    plan.products.language = "de".to_owned();
    assert_eq!(
        plan.look(&shop).await,
        ["stops products language_not_in_shop language=de"]
    );
    assert_eq!(
        broken("setup/currencies/2/remove", json!({})).await,
        [
            "stops products default_currency_missing",
            "stops prices default_currency_missing"
        ]
    );
}

#[tokio::test]
async fn a_time_zone_that_is_empty_or_unknown_is_said_and_the_rest_is_looked_at() {
    for zone in ["", "Mitteleuropa"] {
        assert_eq!(
            broken("setup/configurations/66", json!({ "value": zone })).await,
            [format!("stops - time_zone_unknown zone={zone}")]
        );
    }
    let shop = shop(BOTH[0]).await;
    tell(&shop, "setup/configurations/66", json!({ "value": "" })).await;
    tell(&shop, "setup/order_states/5", json!({ "deleted": true })).await;
    tell(&shop, "faults", json!({ "deny": ["POST order_histories"] })).await;
    assert_eq!(Plan::sound().look(&shop).await.len(), 3);
}

#[tokio::test]
async fn several_shops_and_prices_shown_without_tax_are_warnings() {
    assert_eq!(
        broken("setup/shops", json!({})).await,
        ["warns - several_shops shops=2"]
    );
    assert_eq!(
        broken("setup/groups/1", json!({ "without_tax": true })).await,
        ["warns prices prices_shown_without_tax group=Besökare"]
    );
}

#[tokio::test]
async fn what_entering_a_state_does_at_payment_modules_is_a_warning() {
    for (module, said) in [
        ("ps_wirepayment", None),
        ("easycheckout", None),
        (
            "klarnaofficial",
            Some(
                "warns order-status payment_captures_on_state states=3 Behandlas, 5 Levererad, 2 Betalning mottagen, 6 Avbruten \
                 title=Klarna (Prestaworks)",
            ),
        ),
        (
            "gg_kort",
            Some(
                "warns order-status payment_capture_unknown module=gg_kort orders=1 states=3 Behandlas, 5 Levererad, 2 Betalning \
                 mottagen, 6 Avbruten",
            ),
        ),
    ] {
        let shop = shop(BOTH[0]).await;
        tell(&shop, "orders", json!({ "count": 1 })).await;
        tell(&shop, "orders/1/module", json!({ "module": module })).await;
        let expected: Vec<String> = said.map(str::to_owned).into_iter().collect();
        assert_eq!(Plan::sound().look(&shop).await, expected, "{module}");
    }
}

#[tokio::test]
async fn a_refused_key_is_the_only_finding_and_a_shop_in_trouble_is_none() {
    let shop = shop(BOTH[0]).await;
    let plan = Plan::sound();
    let findings = plan
        .look_with(&shop, "0123456789ABCDEFGHIJKLMNOPQRSTUV")
        .await
        .expect("findings");
    assert_eq!(
        findings.iter().map(shown).collect::<Vec<_>>(),
        ["stops - key_refused code=20 resource=api"]
    );
    tell(&shop, "faults", json!({ "http_500_every": 1 })).await;
    let error = plan.look_with(&shop, KEY).await.expect_err("trouble");
    assert_eq!(error.class(), Class::Transient);
}
