//! Trying a connection: what works, what is missing, and which shop it is.

use skarv_canonical::Class;
use skarv_connector::{CheckReport, Connector, Error};
use skarv_prestashop::{
    PrestaShop,
    fake::{Shop, Version},
};

use crate::{
    connection::{KEY, access},
    counter::{admin_post, shop},
    fixtures, stumbling,
    webservice::{Answer, Webservice},
};

async fn check(base_url: &str, key: &str) -> Result<CheckReport, Error> {
    PrestaShop.check(&access(base_url, key)).await
}

/// The codes of what went wrong.
fn problems(report: &CheckReport) -> Vec<String> {
    let problem = |item: &skarv_connector::CheckItem| item.problem.as_ref().map(ToString::to_string);
    report.items.iter().filter_map(problem).collect()
}

async fn identity(shop: &Shop) -> String {
    let report = check(&shop.base_url(), shop.api_key()).await.expect("a report");
    report.identity.expect("an identity").host_key
}

#[tokio::test]
async fn a_good_connection_is_good_in_every_point() {
    let shop = shop(5, Version::V8_2_1).await;
    let report = check(&format!("{}/api/", shop.base_url()), KEY)
        .await
        .expect("a report");
    assert!(report.ok(), "{:?}", problems(&report));
    assert_eq!(report.system_version, "8.2.1");
    let codes: Vec<&str> = report.items.iter().map(|item| item.code.as_str()).collect();
    assert_eq!((codes[0], codes.len()), ("sign_in", 20));
    assert_eq!(codes[1], "version");
    assert!(
        codes.contains(&"read_order_details")
            && codes.contains(&"read_refunds")
            && codes.contains(&"time_zone")
    );
    let identity = report.identity.expect("an identity");
    assert_eq!(identity.title, "Gård & Glöd i Västernäs");
}

#[tokio::test]
async fn a_shop_is_known_again_and_told_from_another() {
    let first = shop(5, Version::V8_2_1).await;
    let second = shop(5, Version::V1_7_8_11).await;
    assert_eq!(identity(&first).await, identity(&first).await);
    assert_ne!(identity(&first).await, identity(&second).await);
}

#[tokio::test]
async fn another_installation_behind_the_same_host_is_another_shop() {
    let folder = fixtures::folder();
    let reinstalled = std::sync::atomic::AtomicBool::new(false);
    let shop = Webservice::open(move |asked| {
        let (status, text) = crate::webservice::file(&folder, &asked.resource);
        match asked.resource.as_str() {
            "" => (200, front_page(&["configurations"])),
            // every second look finds a newer installation
            _ if reinstalled.fetch_xor(true, std::sync::atomic::Ordering::Relaxed) => {
                (status, text.replace("2024-03-04", "2025-09-09"))
            }
            _ => (status, text),
        }
    })
    .await;
    let key = async || {
        let report = check(&shop.base_url, KEY).await.expect("a report");
        report.identity.expect("an identity").host_key
    };
    let (before, after) = (key().await, key().await);
    assert!(
        before.ends_with("butik.example.se 2024-03-04 09:12:40"),
        "{before}"
    );
    assert_ne!(before, after);
}

#[tokio::test]
async fn each_missing_permission_is_an_item_of_its_own() {
    let shop = shop(5, Version::V8_2_1).await;
    admin_post(
        &shop,
        "faults",
        r#"{"deny":["order_details","order_slip","taxes"]}"#,
    )
    .await;
    let report = check(&shop.base_url(), KEY).await.expect("a report");
    assert_eq!(
        problems(&report),
        [
            "key_right_missing resource=order_details right=GET",
            "key_right_missing resource=order_slip right=GET",
            "key_right_missing resource=taxes right=GET"
        ]
    );
    assert!(report.identity.is_some());
}

#[tokio::test]
async fn a_refused_key_is_an_item_and_ends_the_test() {
    let shop = shop(5, Version::V8_2_1).await;
    for key in ["0123456789ABCDEFGHIJKLMNOPQRSTUV", "kort"] {
        let report = check(&shop.base_url(), key).await.expect("a report");
        assert_eq!(report.items.len(), 1);
        let problem = report.items[0].problem.as_ref().expect("a problem");
        assert_eq!(
            (problem.class, problem.code.as_str()),
            (Class::Credentials, "key_refused")
        );
    }
}

#[tokio::test]
async fn a_shop_that_goes_by_another_name_says_so() {
    let shop = shop(5, Version::V8_2_1).await;
    let report = check(&shop.base_url().replace("127.0.0.1", "localhost"), KEY)
        .await
        .expect("a report");
    let problem = report.items[0].problem.as_ref().expect("a problem");
    assert_eq!(
        (problem.class, problem.code.as_str()),
        (Class::Configuration, "wrong_host")
    );
    assert_eq!(problem.params["location"], format!("{}/", shop.base_url()));
}

#[tokio::test]
async fn a_shop_in_trouble_is_no_verdict_on_the_connection() {
    let shop = shop(5, Version::V8_2_1).await;
    admin_post(&shop, "faults", r#"{"next_500":1}"#).await;
    let error = check(&shop.base_url(), KEY).await.expect_err("trouble");
    assert_eq!(
        (error.class(), error.reason.code.as_str()),
        (Class::Transient, "shop_error")
    );
}

/// What is said about a shop of this version.
async fn said_of_version(version: &'static str) -> Vec<String> {
    let shop = Webservice::open(move |asked| {
        let answer: Answer = match asked.resource.as_str() {
            "" => (200, front_page(&["configurations"])).into(),
            resource => crate::webservice::file(&fixtures::folder(), resource).into(),
        };
        answer.header("psws-version", version)
    })
    .await;
    let report = check(&shop.base_url, KEY).await.expect("a report");
    assert_eq!(report.system_version, version);
    let version = report.items.iter().find(|item| item.code == "version");
    let problem = version.expect("an item").problem.as_ref();
    problem.map(ToString::to_string).into_iter().collect()
}

#[tokio::test]
async fn a_version_that_is_too_old_is_said_and_one_that_is_not_told_stops_nobody() {
    for version in [
        "8.2.1", "1.7.8.11", "1.7.0.0", "9.0.0", "10.1.3", "", "0", "unknown",
    ] {
        assert_eq!(said_of_version(version).await, [""; 0], "{version}");
    }
    assert_eq!(
        said_of_version("1.6.1.24").await,
        ["version_too_old oldest=1.7 version=1.6.1.24"]
    );
}

#[tokio::test]
async fn every_way_a_front_page_is_refused_is_said() {
    for (status, code, class, reason) in [
        (401, 21, Class::Configuration, "key_without_permissions"),
        (403, 132, Class::Configuration, "key_not_for_shop"),
        (503, 22, Class::Configuration, "webservice_off"),
        (405, 25, Class::Configuration, "method_not_permitted"),
    ] {
        let shop = Webservice::open(move |_| (status, stumbling::refusal(&[code]))).await;
        let report = check(&shop.base_url, KEY).await.expect("a report");
        let problem = report.items[0].problem.as_ref().expect("a problem");
        assert_eq!((problem.class, problem.code.as_str()), (class, reason));
        assert!(!problem.fix.is_empty(), "{reason}");
    }
}

#[tokio::test]
async fn an_address_without_a_webservice_says_so() {
    let shop = Webservice::open(|_| Answer::page(404, "")).await;
    let report = check(&shop.base_url, KEY).await.expect("a report");
    assert_eq!(problems(&report), ["webservice_not_found resource=api"]);
}

#[tokio::test]
async fn a_time_zone_that_nobody_knows_is_for_the_merchant_to_set() {
    let folder = fixtures::folder();
    let shop = Webservice::open(move |asked| match asked.resource.as_str() {
        "" => (200, front_page(&["configurations"])),
        resource => {
            let (status, text) = crate::webservice::file(&folder, resource);
            (status, text.replace("Europe/Stockholm", "Mitteleuropa"))
        }
    })
    .await;
    let report = check(&shop.base_url, KEY).await.expect("a report");
    assert!(problems(&report).contains(&"time_zone_unknown zone=Mitteleuropa".to_owned()));
}

fn front_page(readable: &[&str]) -> String {
    let resources: String = readable
        .iter()
        .map(|name| format!("<{name} get=\"true\"/>"))
        .collect();
    format!("<prestashop><api shopName=\"Butiken\">{resources}</api></prestashop>")
}
