//! Every bad answer and every lie of the fake shop: what each becomes, and that every order is read when it is over.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    net::TcpListener,
    time::Duration,
};

use serde_json::{Value, json};
use skarv_canonical::{
    Class,
    record::Pulled,
    spec::{StreamSettings, StreamSpec},
};
use skarv_connector::{BoxedSource, Connector, Error, Source};
use skarv_http::{Client, ClientConfig, Limits, hostile::Hostile};
use skarv_prestashop::{
    PrestaShop,
    fake::{Shop, Version},
};

use crate::{
    connection::{KEY, access, at, settings, source},
    counter::{admin, admin_post, shop},
    notes::{START, request},
};

/// What an answer becomes that nothing can be read around.
fn expected(hostile: Hostile) -> &'static str {
    match hostile {
        Hostile::HalfAnswer | Hostile::CutChunk | Hostile::Drip | Hostile::Reset | Hostile::ResetOnAccept => {
            "unreachable"
        }
        Hostile::EndlessChunks | Hostile::GzipBomb | Hostile::HugeLength => "answer_too_large",
        Hostile::ManyHeaders | Hostile::HugeHeader => "bad_answer",
        Hostile::InvalidUtf8
        | Hostile::XmlDeep
        | Hostile::XmlAttributes
        | Hostile::XmlText
        | Hostile::XmlNodes => "xml_unreadable",
        _ => "not_xml",
    }
}

/// A source whose client waits two seconds for an answer.
async fn impatient(shop: &Shop) -> BoxedSource {
    let mut access = access(&shop.base_url(), KEY);
    access.http = Client::new(ClientConfig {
        allow_private: true,
        limits: Limits {
            timeout: Duration::from_secs(2),
            ..Limits::default()
        },
        ..ClientConfig::default()
    })
    .expect("a client");
    let spec = StreamSpec {
        settings: StreamSettings::Orders(settings(START)),
    };
    PrestaShop.source(&access, &spec).await.expect("a source")
}

pub(crate) async fn faults(shop: &Shop, switches: Value) {
    admin_post(shop, "faults", &switches.to_string()).await;
}

fn named(error: &Error) -> (Class, &str) {
    (error.class(), error.reason.code.as_str())
}

/// Reads to the end of the window; what goes wrong on the way is tried again from the last cursor, ten times at most.
pub(crate) async fn read(source: &dyn Source, limit: usize, cursor: &mut Option<String>) -> Vec<Pulled> {
    let (mut records, mut patience) = (Vec::new(), 10);
    for _ in 0..100 {
        match source.pull(request(cursor.as_deref(), limit)).await {
            Ok(page) => {
                records.extend(page.records);
                *cursor = Some(page.cursor.as_str().to_owned());
                if page.done {
                    return records;
                }
            }
            Err(error) => {
                assert_eq!(error.class(), Class::Transient, "{error}");
                patience -= 1;
                assert!(patience > 0, "{error}");
            }
        }
    }
    panic!("reading has no end");
}

/// What became of each order.
fn outcomes(records: &[Pulled]) -> BTreeMap<u64, String> {
    let outcome = |record: &Pulled| match &record.content {
        Ok(content) => {
            let mut hash = DefaultHasher::new();
            format!("{content:?}").hash(&mut hash);
            format!("an order like {:x}", hash.finish())
        }
        Err(reason) => reason.to_string(),
    };
    records
        .iter()
        .map(|record| (record.source_key.parse().expect("an id"), outcome(record)))
        .collect()
}

async fn untroubled(shop: &Shop) -> BTreeMap<u64, String> {
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    outcomes(&read(source.as_ref(), 10, &mut None).await)
}

#[tokio::test]
async fn a_shop_that_answers_badly_is_tried_again_later_by_a_name_of_its_own() {
    let shop = shop(3, Version::V8_2_1).await;
    for (hostile, name) in Hostile::ALL {
        let source = impatient(&shop).await;
        let switch = match hostile {
            Hostile::ResetOnAccept => "next_reset_on_accept".to_owned(),
            _ => format!("{name}_every"),
        };
        faults(&shop, json!({ &switch: 1 })).await;
        let error = source.pull(request(None, 10)).await.expect_err(name);
        assert_eq!(named(&error), (Class::Transient, expected(hostile)), "{name}");
        faults(&shop, json!({ &switch: 0 })).await;
        assert_eq!(read(source.as_ref(), 10, &mut None).await.len(), 3, "{name}");
    }
}

#[tokio::test]
async fn a_bad_answer_now_and_then_loses_no_order_and_parks_none() {
    let shop = shop(25, Version::V8_2_1).await;
    let expected = untroubled(&shop).await;
    for (hostile, name) in Hostile::ALL {
        let source = impatient(&shop).await;
        // the way behind the counter is the same door
        let switches = match hostile {
            Hostile::ResetOnAccept => json!({ "next_reset_on_accept": 3 }),
            _ => json!({ format!("{name}_every"): 37 }),
        };
        faults(&shop, switches).await;
        let records = read(source.as_ref(), 10, &mut None).await;
        assert_eq!(outcomes(&records), expected, "{name}");
        faults(&shop, json!({ format!("{name}_every"): 0 })).await;
    }
}

#[tokio::test]
async fn an_external_entity_is_fetched_by_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    listener.set_nonblocking(true).expect("nonblocking");
    let url = format!("http://{}/", listener.local_addr().expect("address"));
    let shop = shop(3, Version::V8_2_1).await;
    faults(
        &shop,
        json!({ "xml_external_every": 1, "external_entity_url": url }),
    )
    .await;
    let error = impatient(&shop)
        .await
        .pull(request(None, 10))
        .await
        .expect_err("a document type");
    assert_eq!(named(&error), (Class::Transient, "not_xml"));
    assert!(listener.accept().is_err(), "somebody came for the entity");
}

#[tokio::test]
async fn lists_that_lie_now_and_then_lose_no_order_and_park_none() {
    let shop = shop(25, Version::V8_2_1).await;
    let expected = untroubled(&shop).await;
    let all = [
        "orders",
        "order_details",
        "order_histories",
        "customers",
        "addresses",
        "currencies",
        "countries",
    ];
    for about in all {
        for lie in ["duplicate_rows", "reverse_rows", "empty_list", "notices"] {
            let source = source(&shop.base_url(), KEY, settings(START)).await;
            faults(
                &shop,
                json!({ "lies_about": about, format!("{lie}_every"): 3, format!("next_{lie}"): 1 }),
            )
            .await;
            let records = read(source.as_ref(), 10, &mut None).await;
            assert_eq!(outcomes(&records), expected, "{lie} about {about}");
            assert_eq!(records.len(), 25, "{lie} about {about}: none comes twice");
            faults(&shop, json!({ format!("{lie}_every"): 0 })).await;
        }
    }
}

#[tokio::test]
async fn a_page_that_shifts_while_it_is_read_brings_the_order_later() {
    let shop = shop(25, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    faults(&shop, json!({ "next_shift_rows": 1 })).await;
    let mut cursor = None;
    let first = read(source.as_ref(), 10, &mut cursor).await;
    assert_eq!(first.len(), 24, "the newest order left the window");
    admin_post(&shop, "clock", r#"{"now":"2026-11-24T07:00:00Z"}"#).await;
    let second = read(source.as_ref(), 10, &mut cursor).await;
    assert!(outcomes(&second).contains_key(&25));
}

#[tokio::test]
async fn a_list_that_never_ends_stops_with_a_reason_and_goes_on_when_it_ends() {
    let shop = shop(25, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    faults(&shop, json!({ "same_page_every": 1 })).await;
    let first = source
        .pull(request(None, 10))
        .await
        .expect("the first page is right");
    assert!(!first.done);
    let cursor = first.cursor.as_str();
    admin_post(&shop, "requests/reset", "").await;
    let error = source
        .pull(request(Some(cursor), 10))
        .await
        .expect_err("the same again");
    assert_eq!(named(&error), (Class::Configuration, "list_without_end"));
    assert_eq!(error.reason.fix, "let_questions_through");
    let requests: Value = serde_json::from_str(&admin(&shop, "requests").await).expect("json");
    assert_eq!(requests["total"], 3, "{requests}");
    faults(&shop, json!({ "same_page_every": 0 })).await;
    let rest = read(source.as_ref(), 10, &mut Some(cursor.to_owned())).await;
    assert_eq!(first.records.len() + rest.len(), 25);
}

#[tokio::test]
async fn orders_that_are_hidden_for_a_while_arrive_later() {
    let shop = shop(25, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    let mut cursor = None;
    // a shop that has never shown an order may have none: it is not left behind
    faults(&shop, json!({ "empty_list_every": 1 })).await;
    assert!(read(source.as_ref(), 10, &mut cursor).await.is_empty());
    faults(&shop, json!({ "empty_list_every": 0 })).await;
    assert_eq!(read(source.as_ref(), 10, &mut cursor).await.len(), 25);
    // one that has shown some is in trouble
    admin_post(&shop, "orders", r#"{"count":2,"now":"2026-11-24T06:30:00Z"}"#).await;
    admin_post(&shop, "clock", r#"{"now":"2026-11-24T07:00:00Z"}"#).await;
    faults(&shop, json!({ "empty_list_every": 1 })).await;
    let error = source
        .pull(request(cursor.as_deref(), 10))
        .await
        .expect_err("hidden");
    assert_eq!(named(&error), (Class::Transient, "orders_vanished"));
    faults(&shop, json!({ "empty_list_every": 0 })).await;
    let late = outcomes(&read(source.as_ref(), 10, &mut cursor).await);
    assert!(
        late.contains_key(&26) && late.contains_key(&27),
        "{:?}",
        late.keys()
    );
}

#[tokio::test]
async fn a_poisoned_order_parks_by_its_id_and_is_read_when_it_is_mended() {
    let shop = shop(25, Version::V8_2_1).await;
    let expected = untroubled(&shop).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    faults(&shop, json!({ "poison_order": 13 })).await;
    let mut read = outcomes(&read(source.as_ref(), 10, &mut None).await);
    assert!(read[&13].starts_with("record_not_shown"), "{}", read[&13]);
    faults(&shop, json!({ "poison_order": 0 })).await;
    let mended = source
        .fetch(&["13".to_owned()], at("2026-11-24T06:00:00Z"))
        .await
        .expect("an order");
    read.extend(outcomes(&mended));
    assert_eq!(read, expected);
}

/// Orders come every ten minutes while the shop's clock does this: each is read.
async fn orders_are_read_through(switches: &[Value]) {
    let shop = shop(3, Version::V8_2_1).await;
    let source = source(&shop.base_url(), KEY, settings(START)).await;
    let mut cursor = None;
    let mut seen: Vec<u64> = Vec::new();
    // an order that was stamped with a time to come is read when that time is past
    let patience = vec![json!({}); 8];
    for (step, switch) in switches.iter().chain(&patience).enumerate() {
        let our_time = at("2026-11-24T06:00:00Z") + chrono::TimeDelta::minutes(10 * (step as i64 + 1));
        admin_post(&shop, "clock", &json!({ "now": our_time }).to_string()).await;
        faults(&shop, switch.clone()).await;
        let mut pull = request(cursor.as_deref(), 50);
        pull.now = our_time;
        let page = source.pull(pull).await.expect("a page");
        cursor = Some(page.cursor.as_str().to_owned());
        seen.extend(outcomes(&page.records).keys());
        admin_post(&shop, "orders", r#"{"count":1}"#).await;
    }
    let placed = 3 + switches.len() as u64;
    let missing: Vec<u64> = (1..=placed).filter(|id| !seen.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?} of {placed}: {switches:?}");
}

#[tokio::test]
async fn a_clock_that_jumps_passes_no_order_over() {
    let offset = |seconds: i64| json!({ "clock_offset_s": seconds });
    let ways = [
        vec![offset(3600), offset(3600), offset(0), offset(0)],
        vec![offset(-3600), offset(-3600), offset(0)],
        vec![offset(0), offset(-1200), offset(-1200)],
        vec![
            json!({ "without_clock": true }),
            json!({ "without_clock": false }),
        ],
        vec![
            json!({ "time_zone": "Europe/Helsinki" }),
            json!({ "time_zone": "" }),
        ],
        vec![
            json!({ "time_zone": "America/New_York" }),
            json!({ "time_zone": "" }),
        ],
    ];
    for way in ways {
        orders_are_read_through(&way).await;
    }
}
