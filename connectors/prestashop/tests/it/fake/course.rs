//! States and parcels written through the webservice: as careless as the real one, in the codes of the real one.

use anyhow::Result;
use serde_json::{Value, json};
use skarv_prestashop::fake::{Config, Shop, Version, start};

use super::client::{BASIC, NOW, Reply, ask, config, get, host, seed, send, shop, tell};

async fn write(shop: &Shop, method: &str, path: &str, row: &str) -> Result<Reply> {
    let host = host(shop);
    let head = format!("{method} /api/{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {BASIC}");
    send(shop, &head, &format!("<prestashop>{row}</prestashop>")).await
}

async fn enter(shop: &Shop, query: &str, order: u32, state: u32) -> Result<Reply> {
    let row = format!(
        "<order_history><id_order>{order}</id_order><id_order_state>{state}</id_order_state></order_history>"
    );
    write(shop, "POST", &format!("order_histories{query}"), &row).await
}

async fn order(shop: &Shop) -> Result<Value> {
    Ok(ask(shop, "ledger").await?["orders"][0].clone())
}

async fn states(shop: &Shop) -> Result<usize> {
    Ok(order(shop).await?["history"].as_array().map_or(0, Vec::len))
}

async fn mails(shop: &Shop) -> Result<Vec<u64>> {
    let order = order(shop).await?;
    let mails = order["mails"].as_array().cloned().unwrap_or_default();
    Ok(mails.iter().filter_map(|mail| mail["state"].as_u64()).collect())
}

async fn one_order() -> Result<Shop> {
    let shop = shop(0).await?;
    tell(&shop, "orders", &json!({ "count": 1, "now": NOW })).await?;
    Ok(shop)
}

#[tokio::test]
async fn a_state_is_added_as_often_as_it_is_asked_for_and_mailed_each_time() -> Result<()> {
    let shop = one_order().await?;
    let before = states(&shop).await?;
    for _ in 0..2 {
        let reply = enter(&shop, "?sendemail=1", 1, 3).await?;
        assert_eq!(reply.status, 201);
        assert!(
            reply.body.contains("<id_order_state") && !reply.body.contains("order_histories>"),
            "{}",
            reply.body
        );
    }
    assert_eq!(states(&shop).await?, before + 2);
    assert_eq!(mails(&shop).await?, [3, 3]);
    let order = order(&shop).await?;
    assert_eq!(order["current_state"], 3);
    assert_eq!(
        order["history"][before]["employee"], 0,
        "nobody in the back office"
    );
    Ok(())
}

#[tokio::test]
async fn only_one_spelling_mails_and_only_where_the_state_has_a_mail() -> Result<()> {
    let shop = one_order().await?;
    for query in ["", "?sendmail=1", "?sendemail=true", "?sendemail=0"] {
        assert_eq!(enter(&shop, query, 1, 3).await?.status, 201);
    }
    enter(&shop, "?sendemail=1", 1, 5).await?;
    tell(&shop, "setup/order_states/4", &json!({ "send_email": false })).await?;
    enter(&shop, "?sendemail=1", 1, 4).await?;
    assert_eq!(mails(&shop).await?, [0; 0]);
    Ok(())
}

#[tokio::test]
async fn an_order_or_a_state_that_is_not_there_kills_php_and_nothing_is_written() -> Result<()> {
    for (version, last_words) in [
        (Version::V8_2_1, ""),
        (Version::V1_7_8_11, "Invalid new order status"),
    ] {
        let shop = start(Config {
            version,
            ..config(seed(3, 7, NOW)?)
        })
        .await?;
        let before = states(&shop).await?;
        for (order, state) in [(1, 999), (4711, 3)] {
            let reply = enter(&shop, "?sendemail=1", order, state).await?;
            assert_eq!((reply.status, reply.body.as_str()), (500, last_words));
        }
        assert_eq!(states(&shop).await?, before);
    }
    Ok(())
}

#[tokio::test]
async fn a_row_that_lacks_something_or_brings_an_id_is_refused() -> Result<()> {
    let shop = one_order().await?;
    for (method, path, row, code) in [
        (
            "POST",
            "order_histories",
            "<order_history><id_order>1</id_order></order_history>",
            "41",
        ),
        (
            "POST",
            "order_histories",
            "<order_history><id>7</id></order_history>",
            "91",
        ),
        ("PUT", "order_carriers/1", "<order_carrier></order_carrier>", "90"),
        (
            "PUT",
            "order_carriers/1",
            "<order_carrier><id>1</id></order_carrier>",
            "41",
        ),
        (
            "PATCH",
            "order_carriers/1",
            "<order_carrier><id>999</id></order_carrier>",
            "92",
        ),
        (
            "POST",
            "order_carriers",
            "<order_carrier><id_order>1</id_order></order_carrier>",
            "25",
        ),
    ] {
        let reply = write(&shop, method, path, row).await?;
        assert_eq!(reply.codes()?, [code], "{method} {row}");
    }
    Ok(())
}

#[tokio::test]
async fn a_put_of_some_fields_wipes_the_others_and_a_patch_does_not() -> Result<()> {
    let shop = one_order().await?;
    let row = async || Ok::<_, anyhow::Error>(get(&shop, "order_carriers/1").await?.body);
    let some = "<order_carrier><id>1</id><id_order>1</id_order><id_carrier>1</id_carrier>\
                <tracking_number>SE2</tracking_number></order_carrier>";
    let before = row().await?;
    assert!(!before.contains("<weight><![CDATA[0.000000]]>"), "{before}");
    let patch = "<order_carrier><id>1</id><tracking_number>SE1</tracking_number></order_carrier>";
    assert_eq!(
        write(&shop, "PATCH", "order_carriers/1", patch).await?.status,
        200
    );
    assert_eq!(
        row().await?,
        before.replace(
            "<tracking_number><![CDATA[]]>",
            "<tracking_number><![CDATA[SE1]]>"
        )
    );
    assert_eq!(write(&shop, "PUT", "order_carriers/1", some).await?.status, 200);
    let after = row().await?;
    assert!(after.contains("<weight><![CDATA[0.000000]]>"), "{after}");
    assert!(after.contains("SE2"));
    let order = get(&shop, "orders/1").await?.body;
    assert!(
        order.contains("<shipping_number notFilterable=\"true\"><![CDATA[SE2]]>"),
        "{order}"
    );
    Ok(())
}

#[tokio::test]
async fn a_write_can_be_kept_and_its_answer_lost() -> Result<()> {
    let shop = one_order().await?;
    tell(&shop, "faults", &json!({ "next_dead_write": 1 })).await?;
    assert_eq!(enter(&shop, "", 1, 3).await?.status, 500);
    tell(&shop, "faults", &json!({ "next_lost_write": 1 })).await?;
    assert!(enter(&shop, "", 1, 4).await.is_err());
    assert_eq!(order(&shop).await?["current_state"], 4);
    // reading is not hit, and neither is what comes after
    assert_eq!(get(&shop, "orders/1").await?.status, 200);
    assert_eq!(enter(&shop, "", 1, 5).await?.status, 201);
    Ok(())
}
