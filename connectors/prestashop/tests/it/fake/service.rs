//! How the webservice answers: envelope, query language, errors and headers.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use skarv_prestashop::fake::{CANARIES, Config, Version, start};

use super::client::{BASIC, KEY, NOW, Node, all, config, get, host, ids, list, seed, send, shop};

const RESOURCES: [&str; 20] = [
    "addresses",
    "carriers",
    "cart_rules",
    "configurations",
    "countries",
    "currencies",
    "customers",
    "groups",
    "languages",
    "order_carriers",
    "order_cart_rules",
    "order_details",
    "order_histories",
    "order_payments",
    "order_slip",
    "order_states",
    "orders",
    "shops",
    "taxes",
    "",
];

async fn old_shop() -> Result<skarv_prestashop::fake::Shop> {
    let config = Config {
        version: Version::V1_7_8_11,
        ..config(seed(60, 7, NOW)?)
    };
    Ok(start(config).await?)
}

#[tokio::test]
async fn every_resource_is_well_formed_in_both_versions_and_in_both_forms() -> Result<()> {
    for shop in [shop(60).await?, old_shop().await?] {
        for resource in RESOURCES {
            let reply = get(&shop, &format!("{resource}?display=full")).await?;
            assert_eq!(
                (reply.status, reply.header("Content-Type")),
                (200, Some("text/xml;charset=utf-8"))
            );
            let root = Node::parse(&reply.body).with_context(|| resource.to_owned())?;
            assert_eq!(root.name, "prestashop");
            assert_eq!(
                root.attribute("xmlns:xlink"),
                Some("http://www.w3.org/1999/xlink")
            );
            let Some(row) = root.children[0].children.first().filter(|_| !resource.is_empty()) else {
                continue;
            };
            let single = get(&shop, &format!("{resource}/{}", row.text("id"))).await?;
            let single = Node::parse(&single.body)?;
            assert_eq!(single.children[0].name, row.name);
            assert_eq!(single.children[0].paths(), row.paths(), "{resource}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn credit_slips_are_at_first_an_empty_list_under_another_name_than_the_resource() -> Result<()> {
    let shop = shop(10).await?;
    let reply = get(
        &shop,
        "order_slip?display=full&filter[date_upd]=%3E[2020-01-01]&date=1",
    )
    .await?;
    assert_eq!(reply.status, 200);
    assert!(
        reply.body.contains("<order_slips>\n</order_slips>"),
        "{}",
        reply.body
    );
    Ok(())
}

#[tokio::test]
async fn swedish_letters_survive_the_journey() -> Result<()> {
    let shop = shop(200).await?;
    let mut letters = String::new();
    for (resource, field) in [
        ("customers", "lastname"),
        ("addresses", "city"),
        ("order_details", "product_name"),
    ] {
        for row in all(&shop, resource).await? {
            letters += &row.text(field);
        }
    }
    for letter in "åäöÅÄÖ".chars() {
        assert!(letters.contains(letter), "{letter}");
    }
    let names = list(&shop, "configurations?filter[name]=[PS_SHOP_NAME]&display=full").await?;
    assert_eq!(names[0].text("value"), "Gård & Glöd i Västernäs");
    Ok(())
}

#[tokio::test]
async fn without_a_sort_the_list_is_in_no_order_of_ids_and_paging_by_id_finds_all() -> Result<()> {
    let shop = shop(120).await?;
    for resource in ["orders", "order_details", "customers"] {
        let unsorted = ids(&shop, resource).await?;
        assert!(!unsorted.is_sorted(), "{resource}");
        let sorted = ids(&shop, &format!("{resource}?sort=[id_ASC]")).await?;
        assert!(sorted.is_sorted() && sorted.len() == unsorted.len());
        let mut paged = Vec::new();
        for _ in 0..100 {
            let last = paged.last().copied().unwrap_or(0);
            let page = ids(
                &shop,
                &format!("{resource}?filter[id]=%3E[{last}]&sort=[id_ASC]&limit=17"),
            )
            .await?;
            let is_last = page.len() < 17;
            paged.extend(page);
            if is_last {
                break;
            }
        }
        assert_eq!(paged, sorted);
    }
    Ok(())
}

#[tokio::test]
async fn a_window_in_shop_time_holds_exactly_the_orders_that_changed_in_it() -> Result<()> {
    let shop = shop(300).await?;
    let orders = all(&shop, "orders").await?;
    let mut moments: Vec<String> = orders.iter().map(|order| order.text("date_upd")).collect();
    moments.sort();
    let (from, to) = (&moments[100], &moments[200]);
    let expected: HashSet<u32> = orders
        .iter()
        .filter(|order| (from..=to).contains(&&order.text("date_upd")))
        .filter_map(|order| order.number("id").ok())
        .collect();
    let range = format!("[{from},{to}]").replace(' ', "%20");
    let found = ids(
        &shop,
        &format!("orders?filter[date_upd]={range}&date=1&sort=[id_ASC]"),
    )
    .await?;
    assert_eq!(found.iter().copied().collect::<HashSet<_>>(), expected);
    assert!(expected.len() >= 101, "both ends belong to it");
    Ok(())
}

#[tokio::test]
async fn related_rows_of_a_page_of_orders_are_found_in_one_question() -> Result<()> {
    let shop = shop(60).await?;
    for resource in ["order_details", "order_histories", "order_carriers"] {
        let rows = list(
            &shop,
            &format!("{resource}?filter[id_order]=[3|5|8]&display=[id,id_order]"),
        )
        .await?;
        let found: HashSet<String> = rows.iter().map(|row| row.text("id_order")).collect();
        assert!(
            !found.is_empty()
                && found
                    .iter()
                    .all(|order| ["3", "5", "8"].contains(&order.as_str()))
        );
        let every = all(&shop, resource).await?;
        let expected = every
            .iter()
            .filter(|row| ["3", "5", "8"].contains(&row.text("id_order").as_str()))
            .count();
        assert_eq!(rows.len(), expected, "{resource}");
    }
    let orders = all(&shop, "orders").await?;
    let order = orders
        .iter()
        .find(|order| order.text("valid") == "1")
        .context("nothing was sold")?;
    let reference = order.text("reference").to_lowercase();
    let payments = list(
        &shop,
        &format!("order_payments?filter[order_reference]=[{reference}]&display=full"),
    )
    .await?;
    assert_eq!(payments[0].text("amount"), order.text("total_paid_real"));
    Ok(())
}

#[tokio::test]
async fn only_the_fields_asked_for_are_shown_also_inside_an_association() -> Result<()> {
    let shop = shop(20).await?;
    let orders = list(&shop, "orders?display=[id,order_rows[product_id]]&filter[id]=[7]").await?;
    let expected = [
        "associations",
        "associations/order_rows",
        "associations/order_rows/order_row",
        "associations/order_rows/order_row/product_id",
        "id",
    ];
    assert_eq!(orders[0].paths().into_iter().collect::<Vec<_>>(), expected);
    Ok(())
}

#[tokio::test]
async fn a_query_that_the_real_one_refuses_is_refused_with_its_code() -> Result<()> {
    let cases = [
        ("orders?filter[date_upd]=%3E[2026-01-01]", "32"),
        ("orders?filter[date_add]=[2026-01-01,2027-01-01]", "32"),
        ("orders?filter[nosuch]=1", "32"),
        ("order_payments?filter[date_upd]=%3E[2026-01-01]", "32"),
        ("orders?filter[order_rows][product_id]=[1]", "31"),
        ("orders?filter[shipping_number]=[1]", "34"),
        ("orders?display=[id,nosuch]", "35"),
        ("orders?display=[id,associations]", "35"),
        ("orders?display=foo", "36"),
        ("orders?sort=[id]", "37"),
        ("orders?sort=[date_upd_ASC]", "38"),
        ("orders?sort=[nosuch_ASC]", "38"),
        ("orders?limit=1,2,3", "39"),
    ];
    let (new, old) = (shop(5).await?, old_shop().await?);
    for (path, code) in cases {
        let reply = get(&new, path).await?;
        // 8.x trips over its own error, and the notices turn the status
        assert_eq!(
            (reply.status, reply.codes()?),
            (500, [code, "5", "5", "5", "5"].map(str::to_owned).to_vec()),
            "{path}"
        );
        let reply = get(&old, path).await?;
        assert_eq!(
            (reply.status, reply.codes()?),
            (400, vec![code.to_owned()]),
            "{path}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_change_date_that_the_table_lacks_gives_an_empty_list_and_no_error() -> Result<()> {
    let shop = shop(20).await?;
    for resource in [
        "order_carriers",
        "order_payments",
        "order_histories",
        "order_details",
    ] {
        let found = ids(
            &shop,
            &format!("{resource}?filter[date_upd]=%3E[2020-01-01]&date=1"),
        )
        .await?;
        assert!(found.is_empty(), "{resource}");
    }
    assert_eq!(
        ids(&shop, "order_carriers?filter[date_add]=%3E[2020-01-01]&date=1")
            .await?
            .len(),
        20
    );
    Ok(())
}

#[tokio::test]
async fn refusals_have_the_status_and_the_code_of_the_real_one() -> Result<()> {
    let shop = shop(5).await?;
    let cases = [
        ("GET", "nosuch", 400, "27"),
        ("GET", "products", 401, "26"),
        ("PUT", "orders/1", 405, "25"),
        ("POST", "order_payments", 405, "25"),
        ("DELETE", "order_histories/1", 405, "25"),
        ("PATCH", "orders/1", 405, "25"),
        ("OPTIONS", "orders", 405, "23"),
        ("GET", "orders?id_group_shop=9", 500, "999"),
    ];
    for (method, path, status, code) in cases {
        let head = format!(
            "{method} /api/{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {BASIC}",
            host(&shop)
        );
        let reply = send(&shop, &head, "").await?;
        assert_eq!(
            (reply.status, reply.codes()?),
            (status, vec![code.to_owned()]),
            "{method} {path}"
        );
    }
    let old = old_shop().await?;
    let head = format!(
        "PATCH /api/orders/1 HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {BASIC}",
        host(&old)
    );
    assert_eq!(
        send(&old, &head, "").await?.codes()?,
        ["23"],
        "1.7 knows no PATCH"
    );
    Ok(())
}

#[tokio::test]
async fn an_unknown_id_is_404_with_an_empty_body_and_no_content_type() -> Result<()> {
    let shop = shop(5).await?;
    for path in ["orders/99999", "orders/abc", "customers/0"] {
        let reply = get(&shop, path).await?;
        assert_eq!(
            (reply.status, reply.body.as_str(), reply.header("Content-Type")),
            (404, "", None),
            "{path}"
        );
        assert_eq!(reply.header("PSWS-Version"), Some("8.2.1"));
    }
    Ok(())
}

#[tokio::test]
async fn a_key_that_is_missing_malformed_or_unknown_is_told_apart_as_far_as_the_real_one_does() -> Result<()>
{
    let shop = shop(5).await?;
    let bare = |query: &str| format!("GET /api/orders{query} HTTP/1.1\r\nHost: {}", host(&shop));
    let reply = send(&shop, &bare(""), "").await?;
    assert_eq!((reply.status, reply.body.as_str()), (401, "401 Unauthorized"));
    assert_eq!(
        (reply.header("Content-Type"), reply.header("PSWS-Version")),
        (Some("text/html; charset=utf-8"), None)
    );
    let unknown = KEY.replace('S', "X");
    for (key, codes) in [
        ("", vec!["17"]),
        ("short", vec!["18"]),
        (unknown.as_str(), vec!["20", "21"]),
    ] {
        let reply = send(&shop, &bare(&format!("?ws_key={key}")), "").await?;
        assert_eq!(
            (reply.status, reply.codes()?),
            (401, codes.into_iter().map(str::to_owned).collect())
        );
        assert_eq!(reply.header("PSWS-Version"), Some("0"));
    }
    let reply = send(&shop, &bare(&format!("?ws_key={KEY}")), "").await?;
    assert_eq!(reply.status, 200);
    Ok(())
}

#[tokio::test]
async fn another_host_name_or_another_shop_is_sent_to_the_front_page() -> Result<()> {
    let shop = shop(5).await?;
    let head =
        format!("GET /api/orders?limit=1 HTTP/1.1\r\nHost: example.test\r\nAuthorization: Basic {BASIC}");
    let reply = send(&shop, &head, "").await?;
    let front = format!("{}/?url=orders&limit=1", shop.base_url());
    assert_eq!(
        (reply.status, reply.header("Location")),
        (302, Some(front.as_str()))
    );
    assert_eq!(get(&shop, "orders?id_shop=2").await?.status, 302);
    assert_eq!(get(&shop, "orders?id_shop=1").await?.status, 200);
    let open = start(Config {
        allow_any_host: true,
        ..config(seed(5, 7, NOW)?)
    })
    .await?;
    assert_eq!(send(&open, &head, "").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_address_longer_than_a_web_server_reads_is_refused() -> Result<()> {
    let shop = shop(5).await?;
    let many = |count: u32| (1..=count).map(|id| id.to_string()).collect::<Vec<_>>().join("|");
    assert_eq!(
        get(&shop, &format!("orders?filter[id]=[{}]", many(300)))
            .await?
            .status,
        200
    );
    assert_eq!(
        get(&shop, &format!("orders?filter[id]=[{}]", many(3000)))
            .await?
            .status,
        414
    );
    Ok(())
}

#[tokio::test]
async fn json_is_refused_rather_than_answered_with_something_else() -> Result<()> {
    let shop = shop(5).await?;
    let reply = get(&shop, "orders?output_format=JSON").await?;
    assert_eq!(reply.status, 501);
    assert!(reply.body.contains("XML only"));
    Ok(())
}

#[tokio::test]
async fn the_clock_of_the_server_is_in_every_answer() -> Result<()> {
    let shop = shop(5).await?;
    let reply = get(&shop, "orders").await?;
    let told: i64 = reply.header("Access-Time").context("no Access-Time")?.parse()?;
    let now: chrono::DateTime<chrono::Utc> = NOW.parse()?;
    ensure!((0..60).contains(&(told - now.timestamp())), "{told}");
    assert!(reply.header("Execution-Time").is_some());
    Ok(())
}

#[tokio::test]
async fn the_shop_gives_away_secrets_that_a_client_must_not_keep() -> Result<()> {
    let shop = shop(5).await?;
    let reply = get(&shop, "customers?display=full").await?;
    assert!(reply.body.contains(CANARIES[0]) && reply.body.contains(CANARIES[1]));
    assert!(
        reply
            .header("Set-Cookie")
            .is_some_and(|cookie| cookie.contains(CANARIES[2]))
    );
    Ok(())
}

#[tokio::test]
async fn the_root_lists_what_the_key_may_read() -> Result<()> {
    let shop = shop(5).await?;
    let root = Node::parse(&get(&shop, "").await?.body)?;
    let api = root.child("api")?;
    let listed: HashSet<&str> = api.children.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(
        listed,
        RESOURCES.into_iter().filter(|name| !name.is_empty()).collect()
    );
    let orders = api.child("orders")?;
    assert_eq!(
        (orders.attribute("get"), orders.attribute("put")),
        (Some("true"), Some("false"))
    );
    Ok(())
}
