//! A shop that stumbles: over one row, over every row, or that does not speak at all. One order may park; none is passed over.

use std::time::Duration;

use skarv_canonical::{Class, Reason, record::Pulled};
use skarv_connector::Error;

use crate::{
    connection::order,
    fixtures::folder,
    notes::{keys, noting, of, page, request},
    webservice::{Answer, Asked, Nodes, file},
};

const ORDERS: [u64; 19] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

/// The webservice's own refusal with these codes.
pub(crate) fn refusal(codes: &[u32]) -> String {
    let one = |code: &u32| {
        format!("<error><code><![CDATA[{code}]]></code><message><![CDATA[Stopp]]></message></error>")
    };
    let errors: String = codes.iter().map(one).collect();
    format!("<?xml version=\"1.0\"?>\n<prestashop>\n<errors>{errors}</errors>\n</prestashop>")
}

/// Lists of one resource that hold one key cannot be shown, other than as bare ids.
pub(crate) struct Poison {
    pub(crate) resource: &'static str,
    pub(crate) node: &'static str,
    pub(crate) field: &'static str,
    pub(crate) key: &'static str,
}

pub(crate) const ORDER_3: Poison = Poison {
    resource: "orders",
    node: "order",
    field: "id",
    key: "3",
};

impl Poison {
    /// What comes instead, where a list is poisoned; the rows that are asked for, where it is not.
    pub(crate) fn answer(&self, asked: &Asked, death: impl Fn() -> Answer) -> Option<Answer> {
        let of_siblings = asked.has("filter[reference]");
        if asked.resource != self.resource || (of_siblings && self.field != "reference") {
            return None;
        }
        let nodes = Nodes::of(&folder(), self.resource, self.node);
        let everything = || ORDERS.map(|id| id.to_string()).to_vec();
        let wanted = asked.keys(self.field).unwrap_or_else(everything);
        if asked.for_ids() {
            return Some((200, ids(self.resource, self.node, &wanted)).into());
        }
        if wanted.iter().any(|key| key == self.key) {
            return Some(death());
        }
        Some((200, nodes.with(self.field, &wanted)).into())
    }
}

/// A list of bare ids.
fn ids(list: &str, node: &str, ids: &[String]) -> String {
    let rows: String = ids
        .iter()
        .map(|id| format!("<{node} id=\"{id}\" xlink:href=\"http://x/{id}\"/>"))
        .collect();
    format!("<prestashop><{list}>{rows}</{list}></prestashop>")
}

fn reason<'a>(records: &'a [Pulled], key: &str) -> &'a Reason {
    let record = records.iter().find(|record| record.source_key == key);
    record.expect("a record").content.as_ref().expect_err("parked")
}

/// Why a page cannot be read when the orders are answered like this.
async fn error(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Error {
    let (_shop, source, _) = noting(move |asked| (asked.resource == "orders").then(&answer)).await;
    source.pull(request(None, 100)).await.expect_err("trouble")
}

fn named(error: &Error) -> (Class, &str) {
    (error.class(), error.reason.code.as_str())
}

#[tokio::test]
async fn an_order_that_the_shop_cannot_show_parks_and_the_others_go_on() {
    let deaths: [fn() -> Answer; 5] = [
        || (500, refusal(&[5, 5])).into(),
        || (500, refusal(&[2])).into(),
        || Answer::page(500, ""),
        || Answer::page(200, ""),
        || Answer::page(200, "<br />\n<b>Fatal error</b>: Uncaught TypeError in Order.php"),
    ];
    for death in deaths {
        let (_shop, source, asked) = noting(move |asked| ORDER_3.answer(asked, death)).await;
        let page = page(source.as_ref(), None, 100).await;
        assert_eq!(page.records.len(), 19);
        let stuck = reason(&page.records, "3");
        assert_eq!(
            (stuck.code.as_str(), stuck.class),
            ("record_not_shown", Class::Data)
        );
        assert_eq!(
            (
                stuck.params["resource"].as_str(),
                stuck.params["value"].as_str(),
                stuck.fix.as_str()
            ),
            ("orders", "3", "mend_record_in_shop")
        );
        assert_eq!(order(&page.records[1]).number, "PROCENT20");
        let requests = of(&asked, "orders").len();
        assert!(requests < 16, "halved, not one by one: {requests}");
        assert!(page.done, "it holds nothing up");
        assert!(!page.cursor.as_str().contains("to"), "{}", page.cursor.as_str());
    }
}

#[tokio::test]
async fn rows_that_the_shop_cannot_show_park_the_orders_they_belong_to() {
    for (resource, node, field, key, hit) in [
        ("order_details", "order_detail", "id_order", "2", &["2"][..]),
        ("order_cart_rules", "order_cart_rule", "id_order", "2", &["2"]),
        ("order_carriers", "order_carrier", "id_order", "2", &["2"]),
        ("order_histories", "order_history", "id_order", "2", &["2"]),
        (
            "order_payments",
            "order_payment",
            "order_reference",
            "PROCENT20",
            &["2"],
        ),
        ("customers", "customer", "id", "4", &["3"]),
        ("addresses", "address", "id", "5", &["17"]),
    ] {
        let poison = Poison {
            resource,
            node,
            field,
            key,
        };
        let (_shop, source, _) = noting(move |asked| poison.answer(asked, || Answer::page(500, ""))).await;
        let page = page(source.as_ref(), None, 100).await;
        let stuck = page.records.iter().filter(|record| {
            let reason = record.content.as_ref().err();
            reason.is_some_and(|reason| reason.code == "record_not_shown")
        });
        let stuck: Vec<&Pulled> = stuck.collect();
        assert_eq!(
            stuck.iter().map(|r| r.source_key.as_str()).collect::<Vec<_>>(),
            hit,
            "{resource}"
        );
        let reason = reason(&page.records, hit[0]);
        assert_eq!(
            [
                &reason.params["resource"],
                &reason.params["field"],
                &reason.params["value"]
            ],
            [resource, field, key]
        );
        assert_eq!(order(&page.records[0]).lines.len(), 3, "{resource}");
    }
}

#[tokio::test]
async fn rows_that_cannot_be_shown_matter_to_no_order_that_is_not_sent_anyway() {
    let of_8 = Poison {
        resource: "order_details",
        node: "order_detail",
        field: "id_order",
        key: "8",
    };
    let (_shop, source, _) = noting(move |asked| of_8.answer(asked, || Answer::page(500, ""))).await;
    let page = page(source.as_ref(), None, 100).await;
    assert!(order(&page.records[7]).cancelled);
}

#[tokio::test]
async fn a_small_table_with_a_row_that_cannot_be_shown_is_read_past_it() {
    for (resource, node, id) in [
        ("carriers", "carrier", "2"),
        ("order_states", "order_state", "10"),
        ("countries", "country", "7"),
        ("taxes", "tax", "4"),
        ("languages", "language", "1"),
    ] {
        let poison = Poison {
            resource,
            node,
            field: "id",
            key: id,
        };
        let (_shop, source, asked) = noting(move |asked| {
            let all = asked.keys("id").is_none() && asked.resource == poison.resource && !asked.for_ids();
            match all {
                true => Some(Answer::page(500, "")),
                false => poison.answer(asked, || Answer::page(500, "")),
            }
        })
        .await;
        let page = page(source.as_ref(), None, 100).await;
        assert_eq!(
            order(&page.records[0]).fees[0].name,
            "Frakt: Ombud Norr",
            "{resource}"
        );
        assert!(of(&asked, resource).len() > 1);
    }
}

#[tokio::test]
async fn data_that_notices_came_with_is_read_at_once() {
    let (_shop, source, asked) = noting(|asked| {
        let (_, text) = file(&folder(), &asked.resource);
        // PHP complains while it loads rows, and there are no slips
        if asked.resource == "order_slip" {
            return Some((200, text));
        }
        let errors =
            "<errors><error><code>5</code><message>[PHP Notice #8]</message></error></errors></prestashop>";
        Some((500, text.replace("</prestashop>", errors)))
    })
    .await;
    let page = page(source.as_ref(), None, 100).await;
    assert_eq!(page.records.len(), 19);
    assert_eq!(order(&page.records[0]).lines.len(), 3);
    assert_eq!(
        of(&asked, "orders").len(),
        2,
        "the orders, and those of a split cart"
    );
}

#[tokio::test]
async fn notices_printed_before_a_list_do_not_hide_it() {
    let (_shop, source, _) = noting(|asked| {
        let (status, text) = file(&folder(), &asked.resource);
        Some((
            status,
            format!("<br />\n<b>Deprecated</b>: strlen() in <b>x.php</b><br />\n{text}"),
        ))
    })
    .await;
    assert_eq!(page(source.as_ref(), None, 100).await.records.len(), 19);
}

#[tokio::test]
async fn letters_are_read_by_the_charset_that_is_declared() {
    let latin: fn(&str) -> Vec<u8> = |text| text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
    let marked: fn(&str) -> Vec<u8> = |text| [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for (content_type, encode) in [
        ("text/xml;charset=iso-8859-1", latin),
        ("text/xml;charset=utf-8", marked),
        ("text/xml", marked),
    ] {
        let (_shop, source, _) = noting(move |asked| {
            let (status, text) = file(&folder(), &asked.resource);
            let answer = Answer::from((status, String::new()));
            Some(answer.header("content-type", content_type).body(encode(&text)))
        })
        .await;
        let page = page(source.as_ref(), None, 100).await;
        assert_eq!(
            order(&page.records[0]).customer.display_name(),
            "Åsa Öberg",
            "{content_type}"
        );
    }
}

#[tokio::test]
async fn orders_that_come_in_another_order_are_read_by_their_ids() {
    let (_shop, source, _) = noting(|asked| {
        let nodes = Nodes::of(&folder(), "orders", "order");
        let mut backwards = ORDERS.map(|id| id.to_string()).to_vec();
        backwards.reverse();
        match (asked.resource.as_str(), asked.ids("id")) {
            ("orders", Some(wanted)) => Some((200, nodes.with("id", &wanted))),
            ("orders", None) if asked.has("filter[reference]") => None,
            ("orders", None) if asked.for_ids() => Some((200, ids("orders", "order", &backwards))),
            ("orders", None) => {
                let (late, early) = (nodes.with("id", &[19]), nodes.with("id", &[4, 7]));
                Some((
                    200,
                    late.replace("</orders></prestashop>", "") + &early.replace("<prestashop><orders>", ""),
                ))
            }
            _ => None,
        }
    })
    .await;
    let page = page(source.as_ref(), None, 3).await;
    assert_eq!(keys(&page.records), ["1", "2", "3"]);
    assert!(
        page.cursor.as_str().contains("\"last_id\":3,"),
        "{}",
        page.cursor.as_str()
    );
    assert!(!page.done);
}

#[tokio::test]
async fn a_firewall_that_cuts_filters_off_makes_reading_neither_endless_nor_short() {
    let (_shop, source, _) = noting(|asked| {
        let nodes = Nodes::of(&folder(), "orders", "order");
        match asked.resource.as_str() {
            "orders" if asked.for_ids() => {
                Some((200, ids("orders", "order", &ORDERS.map(|id| id.to_string()))))
            }
            "orders" if asked.has("limit=5") => Some((200, nodes.with("id", &ORDERS[..5]))),
            _ => None,
        }
    })
    .await;
    let mut read = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..10 {
        let page = page(source.as_ref(), cursor.as_deref(), 5).await;
        read.extend(page.records.into_iter().map(|record| record.source_key));
        if page.done {
            break;
        }
        cursor = Some(page.cursor.as_str().to_owned());
    }
    assert_eq!(read, ORDERS.map(|id| id.to_string()));
}

#[tokio::test]
async fn an_order_that_is_listed_and_not_to_be_had_parks() {
    let (_shop, source, _) = noting(|asked| {
        let wanted = asked.ids("id").map(|mut ids| {
            ids.retain(|id| *id != 5);
            ids
        });
        match wanted {
            Some(wanted) if asked.resource == "orders" => {
                Some((200, Nodes::of(&folder(), "orders", "order").with("id", &wanted)).into())
            }
            _ => ORDER_3.answer(asked, || Answer::page(500, "")),
        }
    })
    .await;
    let page = page(source.as_ref(), None, 100).await;
    assert_eq!(page.records.len(), 19);
    assert_eq!(reason(&page.records, "5").code, "record_not_shown");
}

#[tokio::test]
async fn a_web_server_that_takes_short_addresses_gets_short_questions() {
    let (_shop, source, asked) = noting(|asked| {
        let many = asked.ids("id_order").is_some_and(|ids| ids.len() > 4);
        assert!(asked.length < 8_000, "{}", asked.length);
        many.then(|| {
            Answer::page(
                414,
                "<html><head><title>414 Request-URI Too Large</title></head></html>",
            )
        })
    })
    .await;
    let page = page(source.as_ref(), None, 100).await;
    assert_eq!(order(&page.records[0]).lines.len(), 3);
    assert!(of(&asked, "order_details").len() > 5);
}

#[tokio::test]
async fn every_refusal_stops_the_page_with_its_class_and_a_fix() {
    use Class::{Configuration, Credentials};
    for (status, codes, class, code) in [
        (401, &[20, 21][..], Credentials, "key_refused"),
        (401, &[26], Configuration, "permission_missing"),
        (405, &[25], Configuration, "method_not_permitted"),
        (403, &[132], Configuration, "key_not_for_shop"),
        (503, &[22], Configuration, "webservice_off"),
        (400, &[27], Configuration, "resource_unknown"),
        // the older version keeps its status, the newer one stumbles after it
        (400, &[32], Configuration, "query_refused"),
        (500, &[32, 5, 5], Configuration, "query_refused"),
        (500, &[3, 32], Configuration, "query_refused"),
    ] {
        let found = error(move || (status, refusal(codes)).into()).await;
        assert_eq!(named(&found), (class, code), "{status} {codes:?}");
        assert_eq!(found.reason.params["resource"], "orders");
        assert!(!found.reason.fix.is_empty(), "{code}");
    }
}

#[tokio::test]
async fn a_shop_in_trouble_is_tried_again_and_parks_nothing() {
    const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>500 Server Error</title></head></html>";
    for (status, body, code) in [
        (500, PAGE, "shop_error"),
        (500, "", "shop_error"),
        (200, PAGE, "not_xml"),
        (200, "", "not_xml"),
        (502, PAGE, "shop_unavailable"),
        (503, PAGE, "shop_unavailable"),
    ] {
        let found = error(move || Answer::page(status, body)).await;
        assert_eq!(named(&found), (Class::Transient, code), "{status} {body}");
    }
}

#[tokio::test]
async fn a_shop_that_answers_for_orders_and_nothing_else_parks_nothing() {
    let (_shop, source, asked) =
        noting(|asked| (asked.resource == "order_details").then(|| Answer::page(500, ""))).await;
    let error = source.pull(request(None, 100)).await.expect_err("trouble");
    assert_eq!(named(&error), (Class::Transient, "shop_error"));
    assert!(of(&asked, "order_details").len() < 12, "it is not asked for ever");
}

#[tokio::test]
async fn a45_a_shop_under_maintenance_says_when_to_come_back() {
    let found = error(|| Answer::page(503, "<html>Strax tillbaka</html>").header("retry-after", "120")).await;
    assert_eq!(named(&found), (Class::Transient, "shop_unavailable"));
    assert_eq!(found.retry_after, Some(Duration::from_secs(120)));
}

#[tokio::test]
async fn an_answer_without_the_list_is_not_an_empty_list() {
    for body in [
        "<prestashop></prestashop>",
        "<prestashop/>",
        "<prestashop><api/></prestashop>",
    ] {
        let found = error(move || (200, body.to_owned()).into()).await;
        assert_eq!(named(&found), (Class::Transient, "xml_unreadable"), "{body}");
    }
}

#[tokio::test]
async fn an_address_of_something_else_is_for_a_person() {
    let missing = error(|| Answer::page(404, "")).await;
    assert_eq!(named(&missing), (Class::Configuration, "webservice_not_found"));
    let moved =
        error(|| Answer::page(302, "").header("location", "https://butik.example.se/?url=orders")).await;
    assert_eq!(named(&moved), (Class::Configuration, "wrong_host"));
    assert_eq!(moved.reason.params["location"], "https://butik.example.se/");
    let dropped = error(|| Answer::page(401, "401 Unauthorized")).await;
    assert_eq!(named(&dropped), (Class::Configuration, "key_not_received"));
    for found in [missing, moved, dropped] {
        assert!(!found.reason.fix.is_empty());
    }
}
