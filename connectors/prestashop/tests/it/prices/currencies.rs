//! Prices in another currency than the shop's: they stand beside the product, one currency beside the other, and each is compared
//! and ended alone. A currency that buyers cannot choose is for a person.

use serde_json::{Value, json};
use skarv_canonical::{
    Class, Currency,
    price::{Campaign, Owned, PriceTag},
    write::Document,
};
use skarv_prestashop::fake::Version;

use super::{ALWAYS, advent, clerk_gives_twenty_per_cent, dec, net, on_campaign, price, regular, room};
use crate::stockroom::{BOTH, Room};

/// The shop's id of the currency.
const EURO: u64 = 1;

fn tag(currency: Currency, number: &str, amount: &str, campaign: Owned<Campaign>) -> Document {
    let tag = PriceTag {
        currency,
        campaign,
        ..regular(number, amount)
    };
    Document::Price(Box::new(tag))
}

fn euro(number: &str, amount: &str, campaign: Owned<Campaign>) -> Document {
    tag(Currency::EUR, number, amount, campaign)
}

fn endless(price: &str) -> Owned<Campaign> {
    Owned::Is(Campaign {
        price: dec(price),
        from: None,
        to: None,
    })
}

/// The specific prices of a product in one currency (0: in all): `combination price to`.
async fn rows(room: &Room, product: u32, currency: u64) -> Vec<String> {
    let ledger = room.told("catalogue/ledger").await;
    let rows = ledger["specific_prices"].as_array().expect("rows").iter();
    let text = |row: &Value, field: &str| row[field].as_str().expect("a text").to_owned();
    rows.filter(|row| row["product"] == product && row["currency"] == currency)
        .map(|row| {
            format!(
                "{} {} {}",
                row["combination"],
                text(row, "price"),
                text(row, "to")
            )
        })
        .collect()
}

fn always(price: &str) -> String {
    format!("0 {price} 0000-00-00 00:00:00")
}

fn until_christmas(price: &str) -> String {
    format!("0 {price} 2026-12-24 23:59:59")
}

#[tokio::test]
async fn a_price_in_euro_stands_beside_the_price_in_kronor_and_neither_changes_the_other() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        room.written(on_campaign(&number, "99.90", advent("79.20"))).await;
        let kronor = rows(&room, 1, 0).await;
        let receipt = room.written(euro(&number, "9.95", Owned::NotOurs)).await;
        assert_eq!(receipt.foreign_id, "1");
        assert_eq!(rows(&room, 1, EURO).await, [always("9.950000")], "{version:?}");
        assert_eq!(net(&room.product(1).await, 0), dec("99.90"), "kronor stand");
        assert_eq!(rows(&room, 1, 0).await, kronor, "and so does their campaign");
        room.written(on_campaign(&number, "89.90", Owned::Empty)).await;
        assert_eq!(net(&room.product(1).await, 0), dec("89.90"));
        assert_eq!(
            rows(&room, 1, EURO).await,
            [always("9.950000")],
            "{version:?}: what ends in kronor stands in euro"
        );
    }
}

#[tokio::test]
async fn a_price_in_euro_is_for_everybody_and_writes_nothing_of_the_product() {
    let room = room(Version::V8_2_1).await;
    room.written(euro(&room.number(1, 0).await, "9.95", Owned::NotOurs))
        .await;
    assert!(room.writes("products").await.is_empty());
    let row = &room.writes("specific_prices").await[0]["after"];
    assert_eq!(row["id_currency"], "1");
    for field in [
        "id_shop",
        "id_shop_group",
        "id_country",
        "id_group",
        "id_customer",
        "id_cart",
    ] {
        assert_eq!(row[field], "0", "{field}: for everybody");
    }
    assert_eq!(
        (&row["from_quantity"], &row["reduction"], &row["from"]),
        (&json!("1"), &json!("0.000000"), &json!("0000-00-00 00:00:00"))
    );
}

#[tokio::test]
async fn prices_in_two_currencies_can_come_in_one_page() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(4, 13).await;
        let ends = room
            .put(vec![
                euro(&number, "14.50", advent("12")),
                on_campaign(&number, "150.50", advent("120")),
            ])
            .await;
        assert!(ends.iter().all(Result::is_ok), "{version:?}: {ends:?}");
        assert_eq!(net(&room.product(4).await, 13), dec("150.50"));
        assert_eq!(rows(&room, 4, 0).await, ["13 120.000000 2026-12-24 23:59:59"]);
        assert_eq!(
            rows(&room, 4, EURO).await,
            [
                "13 14.500000 0000-00-00 00:00:00",
                "13 12.000000 2026-12-24 23:59:59"
            ],
            "{version:?}: a combination has a whole price of its own there"
        );
    }
}

#[tokio::test]
async fn a_campaign_in_euro_comes_and_goes_over_its_price_in_euro() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        room.written(euro(&number, "9.95", advent("7.95"))).await;
        assert_eq!(
            rows(&room, 1, EURO).await,
            [always("9.950000"), until_christmas("7.950000")],
            "{version:?}"
        );
        room.written(euro(&number, "10.95", advent("6.95"))).await;
        assert_eq!(
            rows(&room, 1, EURO).await,
            [always("10.950000"), until_christmas("6.950000")],
            "{version:?}: each is changed and stays one"
        );
        room.written(euro(&number, "10.95", Owned::Empty)).await;
        assert_eq!(rows(&room, 1, EURO).await, [always("10.950000")], "{version:?}");
    }
}

#[tokio::test]
async fn a_campaign_in_euro_without_days_has_the_row_of_the_price_while_it_lasts() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        room.written(euro(&number, "9.95", advent("7.95"))).await;
        room.written(euro(&number, "9.95", endless("8.50"))).await;
        assert_eq!(rows(&room, 1, EURO).await, [always("8.500000")], "{version:?}");
        room.written(euro(&number, "9.95", Owned::Empty)).await;
        assert_eq!(
            rows(&room, 1, EURO).await,
            [always("9.950000")],
            "{version:?}: the regular price is back"
        );
    }
}

#[tokio::test]
async fn a_campaign_in_euro_that_is_not_ours_is_left_alone() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(1, 0).await;
    room.written(euro(&number, "9.95", advent("7.95"))).await;
    room.written(euro(&number, "10.95", Owned::NotOurs)).await;
    assert_eq!(
        rows(&room, 1, EURO).await,
        [always("10.950000"), until_christmas("7.950000")]
    );
}

#[tokio::test]
async fn what_a_clerk_gives_in_all_currencies_stands_beside_a_price_in_euro() {
    for version in BOTH {
        let room = room(version).await;
        clerk_gives_twenty_per_cent(&room, 1, ALWAYS).await;
        let standing = rows(&room, 1, 0).await;
        let number = room.number(1, 0).await;
        room.written(euro(&number, "9.95", advent("7.95"))).await;
        room.written(euro(&number, "9.95", Owned::Empty)).await;
        assert_eq!(rows(&room, 1, 0).await, standing, "{version:?}");
    }
}

#[tokio::test]
async fn prices_in_euro_that_stand_are_not_sent() {
    for version in BOTH {
        let room = room(version).await;
        let numbers = [room.number(1, 0).await, room.number(4, 13).await];
        let page = || {
            let tags = numbers.iter().flat_map(|number| {
                [
                    euro(number, "9.95", advent("7.95")),
                    on_campaign(number, "99.90", advent("79.20")),
                ]
            });
            tags.collect::<Vec<_>>()
        };
        assert!(room.put(page()).await.iter().all(Result::is_ok));
        room.forget().await;
        assert!(room.put(page()).await.iter().all(Result::is_ok));
        assert_eq!(room.requests().await.1, 0, "{version:?}");
    }
}

#[tokio::test]
async fn a_price_in_euro_with_tax_in_it_becomes_net_by_the_tax_of_the_product() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(1, 0).await;
    room.clerk("products", 1, json!({ "id_tax_rules_group": 1 }))
        .await;
    let tag = PriceTag {
        currency: Currency::EUR,
        with_tax: true,
        campaign: advent("8"),
        ..regular(&number, "10")
    };
    room.written(Document::Price(Box::new(tag))).await;
    assert_eq!(
        rows(&room, 1, EURO).await,
        [always("8.000000"), until_christmas("6.400000")]
    );
}

#[tokio::test]
async fn a_price_in_kronor_that_the_shop_does_not_take_does_not_keep_the_one_in_euro_from_it() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(1, 0).await;
    room.tell("faults", json!({ "deny": ["PATCH products", "PUT products"] }))
        .await;
    let ends = room
        .put(vec![
            price(&number, "99.90"),
            euro(&number, "9.95", Owned::NotOurs),
        ])
        .await;
    assert!(ends[0].is_err() && ends[1].is_ok(), "{ends:?}");
    assert_eq!(rows(&room, 1, EURO).await, [always("9.950000")]);
}

#[tokio::test]
async fn a_currency_that_the_shop_lacks_is_for_a_person_and_the_others_are_written() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        let ends = room
            .put(vec![
                tag("NOK".parse().expect("a currency"), &number, "109", Owned::Empty),
                euro(&number, "9.95", Owned::Empty),
                price(&number, "99.90"),
            ])
            .await;
        let error = ends[0].as_ref().expect_err("not sold in");
        assert_eq!(
            (error.reason.code.as_str(), error.class()),
            ("currency_not_in_shop", Class::Data),
            "{version:?}"
        );
        assert_eq!(
            (&*error.reason.params["currency"], &*error.reason.params["number"]),
            ("NOK", number.as_str())
        );
        assert_eq!(error.reason.fix, "switch_on_currency_in_shop");
        assert!(ends[1].is_ok() && ends[2].is_ok(), "{ends:?}");
    }
}

#[tokio::test]
async fn a_currency_that_is_switched_off_or_taken_away_is_for_a_person() {
    for version in BOTH {
        for state in [
            json!({ "active": false }),
            json!({ "active": true, "deleted": true }),
        ] {
            let room = room(version).await;
            room.tell("catalogue/currencies/EUR", state.clone()).await;
            let number = room.number(1, 0).await;
            let error = room.refused(euro(&number, "9.95", advent("7.95"))).await;
            assert_eq!(error.reason.code, "currency_not_in_shop", "{version:?} {state}");
            assert!(room.writes("specific_prices").await.is_empty());
            assert!(room.writes("products").await.is_empty());
        }
    }
}

#[tokio::test]
async fn currencies_are_read_where_a_price_is_in_another_and_once() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(1, 0).await;
    room.written(price(&number, "99.90")).await;
    room.forget().await;
    let asked = async || {
        let asked = room.told("requests").await;
        asked["by_resource"].get("currencies").and_then(Value::as_u64)
    };
    room.written(price(&number, "89.90")).await;
    assert_eq!(asked().await, None);
    room.written(euro(&number, "9.95", Owned::Empty)).await;
    room.written(euro(&number, "8.95", Owned::Empty)).await;
    assert_eq!(asked().await, Some(1));
}
