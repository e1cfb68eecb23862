//! What is read when: changes in windows, everything once a day, and nothing of a shop that is in trouble.

use serde_json::json;
use skarv_connector::Extent;

use super::{BOTH, NOW, article, clerk, clock, everything, pull, read, shop, source};
use crate::counter::admin_post;

const LATER: &str = "2026-11-24T08:00:00Z";
const TOMORROW: &str = "2026-11-25T07:00:00Z";

fn keys(records: &[skarv_canonical::record::Pulled]) -> Vec<&str> {
    records.iter().map(|record| record.source_key.as_str()).collect()
}

#[tokio::test]
async fn a_product_that_changed_is_read_again_with_all_its_combinations() {
    for version in BOTH {
        let shop = shop(40, version).await;
        let (_, cursor) = read(&shop, Extent::Changes, None, NOW).await;
        clerk(
            &shop,
            "products/4",
            json!({ "price": "300" }),
            "2026-11-24T07:00:00Z",
        )
        .await;
        clock(&shop, LATER).await;
        let (records, cursor) = read(&shop, Extent::Changes, Some(&cursor), LATER).await;
        assert_eq!(keys(&records), ["4-12", "4-13", "4-14"]);
        let price = article(&records[1]).price.expect("a price");
        assert_eq!(price.to_string(), "325.5");
        let (again, _) = read(&shop, Extent::Changes, Some(&cursor), LATER).await;
        assert!(keys(&again).is_empty());
    }
}

#[tokio::test]
async fn a44_a_combination_that_changed_by_itself_is_met_by_the_daily_sweep() {
    for version in BOTH {
        let shop = shop(40, version).await;
        let (_, cursor) = read(&shop, Extent::Changes, None, NOW).await;
        clerk(
            &shop,
            "combinations/13",
            json!({ "reference": "NY-13" }),
            "2026-11-24T07:00:00Z",
        )
        .await;
        clock(&shop, LATER).await;
        let (records, cursor) = read(&shop, Extent::Changes, Some(&cursor), LATER).await;
        assert!(keys(&records).is_empty(), "the shop moves no time for it");
        clock(&shop, TOMORROW).await;
        let (records, cursor) = read(&shop, Extent::Changes, Some(&cursor), TOMORROW).await;
        assert_eq!(records.len(), everything(&shop).await.len());
        let changed = records.iter().find(|record| record.source_key == "4-13");
        assert_eq!(article(changed.expect("the combination")).sku, "NY-13");
        let (records, _) = read(&shop, Extent::Changes, Some(&cursor), TOMORROW).await;
        assert!(keys(&records).is_empty(), "once a day");
    }
}

#[tokio::test]
async fn a_sweep_goes_on_in_the_next_slice_and_lets_changes_pass_before_it() {
    let shop = shop(40, BOTH[0]).await;
    let (_, mut cursor) = read(&shop, Extent::Changes, None, NOW).await;
    clock(&shop, TOMORROW).await;
    let mut seen = Vec::new();
    // each slice is a source of its own, and ends after two pages
    for slice in 0..100 {
        if slice == 3 {
            clerk(
                &shop,
                "products/2",
                json!({ "active": "0" }),
                "2026-11-25T07:10:00Z",
            )
            .await;
            clock(&shop, "2026-11-25T07:20:00Z").await;
        }
        let source = source(&shop).await;
        let mut done = false;
        for turn in 0..2 {
            let read = pull(source.as_ref(), (Extent::Changes, Some(&cursor)), 5, TOMORROW).await;
            let page = read.expect("a page");
            if slice == 3 && turn == 0 {
                assert_eq!(keys(&page.records), ["2"], "what changed does not wait");
            } else {
                seen.extend(page.records.iter().map(|record| record.source_key.clone()));
            }
            cursor = page.cursor.as_str().to_owned();
            done = page.done;
        }
        if done {
            break;
        }
    }
    // a window that overlaps the last one may tell the change twice
    seen.sort();
    seen.dedup();
    let all: Vec<String> = everything(&shop).await.into_keys().collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn everything_is_read_on_from_where_it_was_broken_off() {
    let shop = shop(40, BOTH[1]).await;
    let expected: Vec<String> = everything(&shop).await.into_keys().collect();
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    for _ in 0..100 {
        let source = source(&shop).await;
        let page = pull(source.as_ref(), (Extent::Everything, cursor.as_deref()), 7, NOW).await;
        let page = page.expect("a page");
        assert!(page.records.len() <= 7);
        seen.extend(page.records.into_iter().map(|record| record.source_key));
        cursor = Some(page.cursor.as_str().to_owned());
        if page.done {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, expected);
    let source = source(&shop).await;
    let after = pull(source.as_ref(), (Extent::Everything, cursor.as_deref()), 7, NOW).await;
    let after = after.expect("a page");
    assert!(after.done && after.records.is_empty());
}

#[tokio::test]
async fn an_empty_list_deactivates_nothing() {
    for version in BOTH {
        let shop = shop(40, version).await;
        let (_, cursor) = read(&shop, Extent::Changes, None, NOW).await;
        clock(&shop, TOMORROW).await;
        let lies = r#"{"lies_about":"products","empty_list_every":1}"#;
        admin_post(&shop, "faults", lies).await;
        let source = source(&shop).await;
        let read = pull(source.as_ref(), (Extent::Changes, Some(&cursor)), 40, TOMORROW).await;
        let error = read.expect_err("a shop in trouble");
        assert_eq!(error.reason.code, "products_vanished");
        admin_post(&shop, "faults", r#"{"empty_list_every":0}"#).await;
        let (records, _) = super::read(&shop, Extent::Changes, Some(&cursor), TOMORROW).await;
        assert_eq!(
            records.len(),
            everything(&shop).await.len(),
            "nothing was passed over"
        );
    }
}

#[tokio::test]
async fn one_empty_answer_among_good_ones_passes_nothing_over() {
    let shop = shop(40, BOTH[0]).await;
    let expected = everything(&shop).await;
    admin_post(
        &shop,
        "faults",
        r#"{"lies_about":"products","next_empty_list":1}"#,
    )
    .await;
    assert_eq!(everything(&shop).await.len(), expected.len());
    admin_post(
        &shop,
        "faults",
        r#"{"lies_about":"combinations","next_empty_list":1}"#,
    )
    .await;
    let records = everything(&shop).await;
    assert!(
        records.values().filter(|it| it.content.is_ok()).count()
            >= expected.values().filter(|it| it.content.is_ok()).count()
    );
}
