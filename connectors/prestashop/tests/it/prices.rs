//! Prices written to shops of both generations: the regular one where it belongs, a campaign beside it, and what others made
//! left alone. Those in another currency than the shop's are in `prices/currencies.rs`.

mod currencies;

use rust_decimal::Decimal;
use serde_json::{Value, json};
use skarv_canonical::{
    Class, Currency,
    price::{Campaign, Owned, PriceTag},
    spec::{PriceSettings, StreamSettings},
    write::Document,
};
use skarv_prestashop::fake::Version;

use crate::stockroom::{BOTH, Room, one_of};

async fn room(version: Version) -> Room {
    Room::of(version, 40, StreamSettings::Prices(PriceSettings::swedish())).await
}

fn dec(text: &str) -> Decimal {
    text.parse().expect("an amount")
}

/// A regular price, and no word of campaigns.
fn regular(number: &str, price: &str) -> PriceTag {
    PriceTag {
        sku: number.to_owned(),
        currency: Currency::SEK,
        with_tax: false,
        regular: dec(price),
        campaign: Owned::NotOurs,
    }
}

fn price(number: &str, amount: &str) -> Document {
    Document::Price(Box::new(regular(number, amount)))
}

fn with_tax(number: &str, amount: &str) -> Document {
    let tag = PriceTag {
        with_tax: true,
        ..regular(number, amount)
    };
    Document::Price(Box::new(tag))
}

fn on_campaign(number: &str, amount: &str, campaign: Owned<Campaign>) -> Document {
    let tag = PriceTag {
        campaign,
        ..regular(number, amount)
    };
    Document::Price(Box::new(tag))
}

/// Over the days of Advent.
fn advent(price: &str) -> Owned<Campaign> {
    let day = |day: &str| Some(day.parse().expect("a day"));
    Owned::Is(Campaign {
        price: dec(price),
        from: day("2026-11-29"),
        to: day("2026-12-24"),
    })
}

/// Twenty per cent off for everybody, as a clerk gives it.
async fn clerk_gives_twenty_per_cent(room: &Room, product: u32, (from, to): (&str, &str)) {
    let set = json!({
        "id_product": product, "id_shop": 0, "id_cart": 0, "id_currency": 0, "id_country": 0, "id_group": 0,
        "id_customer": 0, "price": "-1", "from_quantity": 1, "reduction": "0.2", "reduction_tax": 1,
        "reduction_type": "percentage", "from": from, "to": to,
    });
    room.tell("catalogue/rows/specific_prices", json!({ "set": set }))
        .await;
}

const ALWAYS: (&str, &str) = ("0000-00-00 00:00:00", "0000-00-00 00:00:00");

/// The specific prices of a product: `price reduction kind from`.
async fn specific(room: &Room, product: u32) -> Vec<String> {
    let ledger = room.told("catalogue/ledger").await;
    let rows = ledger["specific_prices"].as_array().expect("rows").iter();
    let text = |row: &Value, field: &str| row[field].as_str().expect("a text").to_owned();
    rows.filter(|row| row["product"] == product)
        .map(|row| {
            ["price", "reduction", "reduction_type", "from"]
                .map(|field| text(row, field))
                .join(" ")
        })
        .collect()
}

/// What a product costs, or a combination of it, net.
fn net(product: &Value, combination: u32) -> Decimal {
    let price = |of: &Value, field: &str| dec(of[field].as_str().expect("a price"));
    let own = price(product, "price");
    match combination {
        0 => own,
        _ => own + price(one_of(product, combination), "price_impact"),
    }
}

#[tokio::test]
async fn a21_regular_and_campaign_price_are_two_and_neither_is_the_one_that_is_shown() {
    for version in BOTH {
        let room = room(version).await;
        clerk_gives_twenty_per_cent(&room, 1, ALWAYS).await;
        let number = room.number(1, 0).await;
        let standing = specific(&room, 1).await;
        let receipt = room.written(on_campaign(&number, "99.90", advent("79.20"))).await;
        assert_eq!(receipt.foreign_id, "1");
        assert_eq!(
            net(&room.product(1).await, 0),
            dec("99.9"),
            "and not what is left of it after a reduction"
        );
        let campaign = "79.200000 0.000000 percentage 2026-11-29 00:00:00".to_owned();
        assert_eq!(
            specific(&room, 1).await,
            [standing.clone(), vec![campaign]].concat(),
            "{version:?}"
        );
        room.written(on_campaign(&number, "99.90", Owned::Empty)).await;
        assert_eq!(
            specific(&room, 1).await,
            standing,
            "ours has ended, the clerk's has not"
        );
        assert_eq!(net(&room.product(1).await, 0), dec("99.9"));
    }
}

#[tokio::test]
async fn a_campaign_lasts_from_the_first_second_of_its_days_to_the_last() {
    let room = room(Version::V8_2_1).await;
    room.written(on_campaign(&room.number(1, 0).await, "99.90", advent("79.20")))
        .await;
    let row = &room.writes("specific_prices").await[0]["after"];
    assert_eq!(
        (&row["from"], &row["to"]),
        (&json!("2026-11-29 00:00:00"), &json!("2026-12-24 23:59:59"))
    );
    for field in [
        "id_shop",
        "id_shop_group",
        "id_currency",
        "id_country",
        "id_group",
        "id_customer",
        "id_cart",
    ] {
        assert_eq!(row[field], "0", "{field}: for everybody");
    }
    assert_eq!(row["from_quantity"], "1");
}

#[tokio::test]
async fn a_campaign_that_changes_is_changed_and_stays_one() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        room.written(on_campaign(&number, "99.90", advent("79.20"))).await;
        room.written(on_campaign(&number, "99.90", advent("69"))).await;
        let open = Campaign {
            price: dec("59"),
            from: None,
            to: None,
        };
        room.written(on_campaign(&number, "99.90", Owned::Is(open))).await;
        assert_eq!(
            specific(&room, 1).await,
            ["59.000000 0.000000 percentage 0000-00-00 00:00:00"],
            "{version:?}"
        );
    }
}

#[tokio::test]
async fn campaigns_that_are_not_ours_are_neither_made_nor_ended() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(1, 0).await;
    room.written(on_campaign(&number, "99.90", advent("79.20"))).await;
    let standing = specific(&room, 1).await;
    room.forget().await;
    room.written(price(&number, "89.90")).await;
    assert_eq!(specific(&room, 1).await, standing);
    let asked = room.told("requests").await;
    assert!(
        asked["by_resource"].get("specific_prices").is_none(),
        "not even looked at: {asked}"
    );
}

#[tokio::test]
async fn a_price_that_stands_where_the_campaign_must_is_taken_over() {
    for version in BOTH {
        let room = room(version).await;
        clerk_gives_twenty_per_cent(&room, 1, ("2026-11-29 00:00:00", "2026-12-24 23:59:59")).await;
        let number = room.number(1, 0).await;
        room.written(on_campaign(&number, "99.90", advent("79.20"))).await;
        let campaign = "79.200000 0.000000 percentage 2026-11-29 00:00:00";
        assert_eq!(specific(&room, 1).await, [campaign], "{version:?}");
    }
}

#[tokio::test]
async fn a_price_that_came_in_between_is_taken_over_too() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        clerk_gives_twenty_per_cent(&room, 1, ("2026-11-29 00:00:00", "2026-12-24 23:59:59")).await;
        room.tell(
            "faults",
            json!({ "lies_about": "specific_prices", "next_empty_list": 1 }),
        )
        .await;
        room.written(on_campaign(&number, "99.90", advent("79.20"))).await;
        let campaign = "79.200000 0.000000 percentage 2026-11-29 00:00:00";
        assert_eq!(specific(&room, 1).await, [campaign], "{version:?}");
    }
}

#[tokio::test]
async fn a_campaign_whose_answer_was_lost_is_found_and_not_made_again() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        room.written(price(&number, "99.90")).await;
        room.forget().await;
        // the place of the number (2), the price (1) and the campaigns (1) are read, then one is made
        room.tell("faults", json!({ "lost_answer_every": 5 })).await;
        let error = room.refused(on_campaign(&number, "99.90", advent("79.20"))).await;
        assert_eq!(error.class(), Class::Transient, "{error}");
        room.tell("faults", json!({ "lost_answer_every": 0 })).await;
        assert_eq!(specific(&room, 1).await.len(), 1, "it was made");
        room.written(on_campaign(&number, "99.90", advent("79.20"))).await;
        assert_eq!(specific(&room, 1).await.len(), 1, "{version:?}");
    }
}

#[tokio::test]
async fn prices_with_tax_become_net_by_the_tax_of_each_product() {
    for version in BOTH {
        let room = room(version).await;
        let ledger = room.told("catalogue/ledger").await;
        let products = ledger["products"].as_array().expect("products").iter();
        let simple: Vec<&Value> = products.filter(|it| it["combinations"] == json!([])).collect();
        // tax groups of the shop: 25 %, 12 %, food and books at 6 %
        for (group, expected) in [(1, "79.2"), (2, "88.392857"), (3, "93.396226"), (4, "93.396226")] {
            let of_group = |it: &&&Value| it["tax_rules_group"] == group && it["reference"] != "";
            let product = simple.iter().find(of_group).expect("a product of the group");
            room.written(with_tax(
                product["reference"].as_str().expect("a number"),
                "99.00",
            ))
            .await;
            let id = u32::try_from(product["id"].as_u64().expect("an id")).expect("an id");
            assert_eq!(
                net(&room.product(id).await, 0),
                dec(expected),
                "{version:?} {group}"
            );
        }
    }
}

#[tokio::test]
async fn a_price_with_tax_of_a_product_whose_tax_cannot_be_told_is_for_a_person() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(1, 0).await;
    room.clerk("products", 1, json!({ "id_tax_rules_group": 77 }))
        .await;
    let error = room.refused(with_tax(&number, "99")).await;
    assert_eq!(
        (error.reason.code.as_str(), error.class()),
        ("tax_of_article_unclear", Class::Data)
    );
    room.clerk("products", 1, json!({ "id_tax_rules_group": 0 }))
        .await;
    room.written(with_tax(&number, "99")).await;
    assert_eq!(net(&room.product(1).await, 0), dec("99"), "no group is no tax");
}

#[tokio::test]
async fn a_combination_costs_what_it_should_whoever_is_written_with_it() {
    for version in BOTH {
        let room = room(version).await;
        let product = room.product(4).await;
        let numbers = [room.number(4, 12).await, room.number(4, 13).await];
        room.written(price(&numbers[1], "150.50")).await;
        let after = room.product(4).await;
        assert_eq!(net(&after, 13), dec("150.5"), "{version:?}");
        for other in [0, 12, 14] {
            assert_eq!(net(&after, other), net(&product, other), "{version:?} {other}");
        }
        // the product itself gets a number, and a price in the same page
        room.clerk("products", 4, json!({ "reference": "GARN" })).await;
        room.clerk("combinations", 14, json!({ "reference": "" })).await;
        let ends = room
            .put(vec![price(&numbers[0], "80"), price("GARN", "60")])
            .await;
        assert!(ends.iter().all(Result::is_ok), "{ends:?}");
        let after = room.product(4).await;
        assert_eq!(
            (net(&after, 0), net(&after, 12)),
            (dec("60"), dec("80")),
            "{version:?}"
        );
        assert_eq!(net(&after, 13), dec("150.5"), "a number is a price of its own");
        assert_eq!(
            net(&after, 14),
            dec("49.75"),
            "without one it follows its product"
        );
    }
}

#[tokio::test]
async fn a_combination_that_could_not_be_put_right_is_put_right_later() {
    for version in BOTH {
        let room = room(version).await;
        room.clerk("products", 4, json!({ "reference": "GARN" })).await;
        let before = room.product(4).await;
        room.tell(
            "faults",
            json!({ "deny": ["PUT combinations", "PATCH combinations"] }),
        )
        .await;
        let error = room.refused(price("GARN", "60")).await;
        assert_eq!(error.class(), Class::Configuration, "{error}");
        assert_eq!(net(&room.product(4).await, 0), dec("60"), "the product has moved");
        room.tell("faults", json!({ "deny": [] })).await;
        room.written(price("GARN", "60")).await;
        let after = room.product(4).await;
        for combination in [12, 13, 14] {
            assert_eq!(
                net(&after, combination),
                net(&before, combination),
                "{version:?} {combination}"
            );
        }
    }
}

#[tokio::test]
async fn a_campaign_of_a_combination_is_its_own() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(4, 13).await;
    let receipt = room.written(on_campaign(&number, "150.50", advent("120"))).await;
    assert_eq!(receipt.foreign_id, "4-13");
    let row = &room.writes("specific_prices").await[0]["after"];
    assert_eq!(
        (&row["id_product"], &row["id_product_attribute"], &row["price"]),
        (&json!("4"), &json!("13"), &json!("120.000000"))
    );
}

#[tokio::test]
async fn a_price_is_written_and_nothing_else_of_the_product() {
    for version in BOTH {
        let room = room(version).await;
        room.written(price(&room.number(1, 0).await, "123.45")).await;
        room.written(price(&room.number(4, 13).await, "123.45")).await;
        for kind in ["products", "combinations"] {
            let writes = room.writes(kind).await;
            assert_eq!(writes.len(), 1);
            let changed = writes[0]["after"].as_object().expect("fields").keys();
            let changed: Vec<&str> = changed
                .map(String::as_str)
                .filter(|it| *it != "date_upd")
                .collect();
            assert_eq!(changed, ["price"], "{version:?} {kind}");
        }
    }
}

#[tokio::test]
async fn a_price_that_stands_is_not_sent() {
    for version in BOTH {
        let room = room(version).await;
        let numbers = [room.number(1, 0).await, room.number(4, 13).await];
        let tags = || {
            numbers
                .iter()
                .map(|number| on_campaign(number, "99.90", advent("79.20")))
                .collect::<Vec<_>>()
        };
        assert!(room.put(tags()).await.iter().all(Result::is_ok));
        room.forget().await;
        assert!(room.put(tags()).await.iter().all(Result::is_ok));
        assert_eq!(room.requests().await.1, 0, "{version:?}");
    }
}

#[tokio::test]
async fn a_page_of_prices_takes_few_requests() {
    for version in BOTH {
        let room = room(version).await;
        let mut tags = Vec::new();
        for product in [1, 2, 3, 6, 7, 8, 9, 10, 11, 12] {
            tags.push(on_campaign(&room.number(product, 0).await, "55.55", Owned::Empty));
        }
        room.written(price(&room.number(1, 0).await, "1")).await;
        room.forget().await;
        assert!(room.put(tags).await.iter().all(Result::is_ok));
        let (all, _) = room.requests().await;
        assert!(all <= 12, "{version:?}: {all} requests");
    }
}

#[tokio::test]
async fn one_article_that_cannot_be_priced_does_not_keep_the_others_from_it() {
    for version in BOTH {
        let room = room(version).await;
        let numbers = [room.number(1, 0).await, room.number(2, 0).await];
        let ends = room
            .put(vec![
                price("FINNS-EJ", "10"),
                price(&numbers[0], "12345678901"),
                price(&numbers[1], "10"),
            ])
            .await;
        let code = |end: usize| ends[end].as_ref().expect_err("refused").reason.code.as_str();
        assert_eq!(
            (code(0), code(1)),
            ("article_not_there", "price_unfit"),
            "{version:?}"
        );
        assert!(ends[2].is_ok());
        assert_eq!(net(&room.product(2).await, 0), dec("10"));
    }
}

#[tokio::test]
async fn a_body_of_prices_that_the_shop_stumbles_over_is_sent_one_by_one() {
    for version in BOTH {
        let room = room(version).await;
        let numbers = [room.number(1, 0).await, room.number(2, 0).await];
        room.written(price(&numbers[0], "10")).await;
        room.forget().await;
        // the place of the numbers (2) and the prices (1) are read, and on 1.7 the whole rows (1)
        let body = if version == Version::V8_2_1 { 4 } else { 5 };
        room.tell("faults", json!({ "http_500_every": body })).await;
        let ends = room
            .put(vec![price(&numbers[0], "20"), price(&numbers[1], "30")])
            .await;
        assert!(ends.iter().all(Result::is_ok), "{version:?}: {ends:?}");
        assert_eq!(net(&room.product(2).await, 0), dec("30"));
    }
}

#[tokio::test]
async fn a_product_that_the_shop_cannot_show_does_not_hide_the_others() {
    for version in BOTH {
        let room = room(version).await;
        let numbers = [room.number(1, 0).await, room.number(2, 0).await];
        room.tell("catalogue/switches", json!({ "poison_product": 2 }))
            .await;
        let ends = room
            .put(vec![price(&numbers[0], "55"), price(&numbers[1], "55")])
            .await;
        assert!(ends[0].is_ok(), "{version:?}: {ends:?}");
        let reason = &ends[1].as_ref().expect_err("stuck").reason;
        assert_eq!(reason.code, "record_not_shown");
        assert_eq!(reason.params["value"], numbers[1]);
    }
}
