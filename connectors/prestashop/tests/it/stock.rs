//! Stock written to shops of both generations: what is sent, what is not, and what is sold in between.

use serde_json::{Value, json};
use skarv_canonical::{
    Class,
    spec::{StockSettings, StreamSettings},
    stock::StockCount,
    write::Document,
};
use skarv_prestashop::fake::Version;

use crate::stockroom::{BOTH, Room, one_of};

async fn room_of(version: Version, products: u32) -> Room {
    Room::of(version, products, StreamSettings::Stock(StockSettings::default())).await
}

/// A shop of 40 products that was looked at.
async fn room(version: Version) -> Room {
    let room = room_of(version, 40).await;
    room.sink.begin().await.expect("a look");
    room
}

fn count(number: &str, quantity: i64) -> Document {
    with_policy(number, quantity, None)
}

fn with_policy(number: &str, quantity: i64, sold_when_empty: Option<bool>) -> Document {
    Document::Stock(StockCount {
        sku: number.to_owned(),
        quantity,
        sold_when_empty,
        sweep: None,
    })
}

async fn sell(room: &Room, product: u32, quantity: u32) {
    room.tell(
        "catalogue/sales",
        json!({ "product": product, "quantity": quantity }),
    )
    .await;
}

fn quantity(thing: &Value) -> i64 {
    thing["quantity"].as_i64().expect("a quantity")
}

#[tokio::test]
async fn a23_an_article_that_the_books_do_not_know_keeps_its_stock() {
    for version in BOTH {
        let room = room(version).await;
        let before = room.told("catalogue/ledger").await;
        assert!(room.put(Vec::new()).await.is_empty());
        assert_eq!(
            room.told("catalogue/ledger").await,
            before,
            "nothing said, nothing done"
        );
        let number = room.number(1, 0).await;
        room.written(count(&number, quantity(&room.product(1).await) + 7))
            .await;
        let after = room.told("catalogue/ledger").await;
        let products = |ledger: &Value| ledger["products"].as_array().expect("products")[1..].to_vec();
        assert_eq!(products(&after), products(&before));
    }
}

#[tokio::test]
async fn a24_a_quantity_is_written_and_nothing_else_of_its_row() {
    for version in BOTH {
        let room = room_of(version, 40).await;
        let row = room.told("catalogue/ledger").await;
        assert!(row["products"].is_array());
        // the row of the first product is the first row
        room.clerk(
            "stock_availables",
            1,
            json!({ "out_of_stock": 1, "location": "Hylla 3", "id_shop_group": 1 }),
        )
        .await;
        room.sink.begin().await.expect("a look");
        let number = room.number(1, 0).await;
        let receipt = room.written(count(&number, 4321)).await;
        assert_eq!(receipt.foreign_id, "1");
        let writes = room.writes("stock_availables").await;
        let fields = writes[0]["after"].as_object().expect("fields").keys();
        assert_eq!(
            (writes.len(), fields.collect::<Vec<_>>()),
            (1, vec![&"quantity".to_owned()]),
            "{version:?}"
        );
        assert_eq!(quantity(&room.product(1).await), 4321);
    }
}

#[tokio::test]
async fn a25_each_combination_has_a_row_and_that_of_their_product_is_left_to_the_shop() {
    for version in BOTH {
        let room = room(version).await;
        // the first bears the number of its product, as is usual: the combination is what is sold
        let numbers = [room.number(4, 12).await, room.number(4, 13).await];
        assert_eq!(numbers[0], room.number(4, 0).await);
        let ends = room
            .put(vec![count(&numbers[0], 1000), count(&numbers[1], 200)])
            .await;
        assert!(ends.iter().all(Result::is_ok), "{ends:?}");
        let product = room.product(4).await;
        let of = |combination| quantity(one_of(&product, combination));
        assert_eq!((of(12), of(13)), (1000, 200), "{version:?}");
        assert_eq!(quantity(&product), 1200 + of(14), "the shop adds them up");
        assert_eq!(room.writes("stock_availables").await.len(), 2);
    }
}

#[tokio::test]
async fn a25_a_number_that_only_the_product_of_combinations_bears_is_for_a_person() {
    let room = room(Version::V8_2_1).await;
    room.clerk("products", 4, json!({ "reference": "GARN" })).await;
    let error = room.refused(count("GARN", 5)).await;
    assert_eq!(
        (error.reason.code.as_str(), error.class()),
        ("article_in_combinations", Class::Data)
    );
    assert_eq!(error.reason.fix, "number_combinations");
    assert!(room.writes("stock_availables").await.is_empty());
}

#[tokio::test]
async fn a26_a_sale_after_the_first_look_is_taken_off_what_the_books_say() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        let before = quantity(&room.product(1).await);
        // the books are read here, and then somebody buys
        sell(&room, 1, 3).await;
        room.written(count(&number, before + 50)).await;
        assert_eq!(quantity(&room.product(1).await), before + 47, "{version:?}");
        sell(&room, 1, 2).await;
        room.written(count(&number, before + 60)).await;
        assert_eq!(
            quantity(&room.product(1).await),
            before + 55,
            "the books know of neither yet"
        );
        room.sink.begin().await.expect("a look");
        room.written(count(&number, before + 55)).await;
        assert_eq!(quantity(&room.product(1).await), before + 55, "now they do");
    }
}

#[tokio::test]
async fn a26_a_sale_of_what_the_books_would_leave_as_it_was_is_not_taken_back() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(1, 0).await;
    let before = quantity(&room.product(1).await);
    sell(&room, 1, 3).await;
    room.written(count(&number, before)).await;
    assert_eq!(quantity(&room.product(1).await), before - 3);
    assert!(room.writes("stock_availables").await.is_empty());
}

#[tokio::test]
async fn a26_a_write_without_an_answer_is_not_done_twice_over_a_sale() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        let before = quantity(&room.product(1).await);
        room.forget().await;
        // two questions for the place of the number, one for the row, then the write
        room.tell("faults", json!({ "lost_answer_every": 4 })).await;
        let error = room.refused(count(&number, before + 20)).await;
        assert_eq!(error.class(), Class::Transient, "{error}");
        room.tell("faults", json!({ "lost_answer_every": 0 })).await;
        assert_eq!(quantity(&room.product(1).await), before + 20, "it was written");
        sell(&room, 1, 2).await;
        room.written(count(&number, before + 20)).await;
        assert_eq!(quantity(&room.product(1).await), before + 18, "{version:?}");
    }
}

#[tokio::test]
async fn a27_what_stands_already_is_not_sent() {
    for version in BOTH {
        let room = room(version).await;
        let numbers = [room.number(1, 0).await, room.number(2, 0).await];
        let counts = || numbers.iter().map(|number| count(number, 77)).collect::<Vec<_>>();
        room.put(counts()).await;
        for look in [false, true] {
            if look {
                room.sink.begin().await.expect("a look");
            }
            room.forget().await;
            let ends = room.put(counts()).await;
            assert!(ends.iter().all(Result::is_ok), "{ends:?}");
            // where the numbers stand is asked, and nothing more
            assert_eq!(room.requests().await, (2, 0), "{version:?}: an echo");
        }
    }
}

/// Article numbers that stand on one product or combination alone.
fn numbers_of_one_article(ledger: &Value) -> Vec<String> {
    let products = ledger["products"].as_array().expect("products").iter();
    let things = products.flat_map(|it| it["combinations"].as_array().into_iter().flatten().chain([it]));
    let mut numbers: Vec<&str> = things.filter_map(|it| it["reference"].as_str()).collect();
    numbers.sort_unstable();
    let once = numbers.chunk_by(|a, b| a == b).filter(|same| same.len() == 1);
    once.map(|same| same[0].to_owned())
        .filter(|number| !number.is_empty())
        .collect()
}

#[tokio::test]
async fn a_hundred_rows_take_four_reads_and_one_write() {
    for version in BOTH {
        let room = room_of(version, 150).await;
        room.sink.begin().await.expect("a look");
        let single = numbers_of_one_article(&room.told("catalogue/ledger").await);
        let counts: Vec<Document> = single
            .iter()
            .take(100)
            .map(|number| count(number, 9_001))
            .collect();
        assert_eq!(counts.len(), 100);
        room.forget().await;
        let ends = room.put(counts).await;
        assert!(ends.iter().all(Result::is_ok), "{ends:?}");
        let (all, writing) = room.requests().await;
        assert!(
            all <= 5 && writing == 1,
            "{version:?}: {all} requests, {writing} that write"
        );
        assert_eq!(room.writes("stock_availables").await.len(), 100);
    }
}

#[tokio::test]
async fn a_body_that_the_shop_stumbles_over_is_sent_in_parts() {
    for version in BOTH {
        let room = room(version).await;
        let mut counts = Vec::new();
        for product in [1, 2, 6, 7, 8] {
            counts.push(count(&room.number(product, 0).await, 500));
        }
        room.forget().await;
        // the whole is refused, and then one part after the other
        room.tell("faults", json!({ "http_500_every": 4 })).await;
        let ends = room.put(counts.clone()).await;
        room.tell("faults", json!({ "http_500_every": 0 })).await;
        let failed = ends.iter().filter(|end| end.is_err()).count();
        assert!(failed <= 1, "{version:?}: {ends:?}");
        let ends = room.put(counts).await;
        assert!(ends.iter().all(Result::is_ok), "{version:?}: {ends:?}");
        assert_eq!(
            room.writes("stock_availables").await.len(),
            5,
            "{version:?}: each once"
        );
        for product in [1, 2, 6, 7, 8] {
            assert_eq!(quantity(&room.product(product).await), 500);
        }
    }
}

#[tokio::test]
async fn a_key_that_may_not_write_is_told_once_and_not_for_every_row() {
    let room = room(Version::V8_2_1).await;
    let counts = vec![
        count(&room.number(1, 0).await, 500),
        count(&room.number(2, 0).await, 500),
    ];
    room.tell("faults", json!({ "deny": ["PATCH stock_availables"] }))
        .await;
    room.forget().await;
    let ends = room.put(counts).await;
    assert!(
        ends.iter().all(|end| end
            .as_ref()
            .is_err_and(|error| error.class() == Class::Configuration)),
        "{ends:?}"
    );
    let refused = &room.told("requests").await["by_status"]["405"];
    assert_eq!(refused, 1, "and tried once");
}

#[tokio::test]
async fn a_key_without_the_right_to_patch_puts_whole_rows() {
    let room = room_of(Version::V8_2_1, 40).await;
    room.tell("faults", json!({ "deny": ["PATCH stock_availables"] }))
        .await;
    room.sink.begin().await.expect("a look");
    let number = room.number(1, 0).await;
    let end = room.put(vec![count(&number, 500)]).await.remove(0);
    assert!(end.is_ok(), "{end:?}");
    assert_eq!(quantity(&room.product(1).await), 500);
}

#[tokio::test]
async fn what_is_sold_when_there_is_none_is_written_where_the_books_decide_it() {
    for version in BOTH {
        let room = room(version).await;
        let number = room.number(1, 0).await;
        let before = quantity(&room.product(1).await);
        for (policy, expected) in [(Some(true), "1"), (Some(false), "0")] {
            room.forget().await;
            room.written(with_policy(&number, before, policy)).await;
            let writes = room.writes("stock_availables").await;
            assert_eq!(
                writes[0]["after"],
                json!({ "out_of_stock": expected }),
                "{version:?}"
            );
        }
        room.forget().await;
        room.written(count(&number, before)).await;
        assert!(room.writes("stock_availables").await.is_empty(), "not ours");
    }
}

#[tokio::test]
async fn a_number_that_is_not_in_the_shop_or_twice_is_said_and_the_others_go_on() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(1, 0).await;
    room.clerk("products", 2, json!({ "reference": "TVILLING" }))
        .await;
    room.clerk("products", 6, json!({ "reference": "TVILLING" }))
        .await;
    let ends = room
        .put(vec![
            count("FINNS-EJ", 5),
            count("TVILLING", 5),
            count(&number, 5),
        ])
        .await;
    let code = |end: usize| ends[end].as_ref().expect_err("refused").reason.code.as_str();
    assert_eq!(
        (code(0), code(1)),
        ("article_not_there", "article_number_doubled")
    );
    let articles = &ends[1].as_ref().expect_err("refused").reason.params["articles"];
    assert!(articles.contains("(2)") && articles.contains("(6)"), "{articles}");
    assert!(ends[2].is_ok());
    assert_eq!(quantity(&room.product(1).await), 5);
}

#[tokio::test]
async fn numbers_are_found_whatever_signs_are_in_them_and_only_in_their_own_letters() {
    for version in BOTH {
        let room = room(version).await;
        let odd = ["AB,CD", "1|2", "50% ull", "[X] 70-5", "Å&Ö \"3\"", "100,200"];
        for (product, number) in [1, 2, 6, 7, 8, 9].into_iter().zip(odd) {
            room.clerk("products", product, json!({ "reference": number }))
                .await;
        }
        let ends = room
            .put(odd.iter().map(|number| count(number, 33)).collect())
            .await;
        assert!(ends.iter().all(Result::is_ok), "{version:?}: {ends:?}");
        assert_eq!(
            room.refused(count("ab,cd", 44)).await.reason.code,
            "article_not_there"
        );
        let plain = room.number(3, 0).await.to_lowercase();
        assert_eq!(
            room.refused(count(&plain, 44)).await.reason.code,
            "article_not_there"
        );
    }
}

#[tokio::test]
async fn an_article_that_was_made_after_the_first_look_gets_its_stock() {
    let room = room(Version::V8_2_1).await;
    let name = json!({ "1": "New", "2": "Nytt" });
    room.tell(
        "catalogue/rows/products",
        json!({ "set": { "reference": "NY-1", "price": "10", "name": name, "state": 1 } }),
    )
    .await;
    let receipt = room.written(count("NY-1", 12)).await;
    let number = skarv_canonical::write::Write {
        our_key: "NY-1".to_owned(),
        effect: skarv_canonical::write::Effect::Set,
        document: count("NY-1", 12),
    };
    let found = room
        .sink
        .find(&number)
        .await
        .expect("an answer")
        .expect("the row");
    assert_eq!(found.foreign_id, receipt.foreign_id);
    assert_eq!(quantity(&room.product(41).await), 12);
}

#[tokio::test]
async fn more_than_the_shop_can_hold_is_for_a_person() {
    let room = room(Version::V8_2_1).await;
    let number = room.number(1, 0).await;
    assert_eq!(
        room.refused(count(&number, 3_000_000_000)).await.reason.code,
        "stock_unfit"
    );
    assert!(room.writes("stock_availables").await.is_empty());
}

#[tokio::test]
async fn the_first_look_takes_the_whole_shop_page_by_page_and_has_an_end() {
    let room = room_of(Version::V8_2_1, 1_300).await;
    room.forget().await;
    room.sink.begin().await.expect("a look");
    let pages = |told: Value| told["by_resource"]["stock_availables"].clone();
    assert_eq!(pages(room.told("requests").await), 2);
    let number = room.number(1_300, 3_901).await;
    let before = quantity(one_of(&room.product(1_300).await, 3_901));
    room.tell(
        "catalogue/sales",
        json!({ "product": 1_300, "combination": 3_901, "quantity": 4 }),
    )
    .await;
    room.written(count(&number, before)).await;
    assert!(
        room.writes("stock_availables").await.is_empty(),
        "what was sold last is known too"
    );
    room.tell(
        "faults",
        json!({ "lies_about": "stock_availables", "same_page_every": 1 }),
    )
    .await;
    let error = room.sink.begin().await.expect_err("no end");
    assert_eq!(error.reason.code, "list_without_end");
}

#[tokio::test]
async fn a_product_that_the_shop_cannot_show_does_not_hide_the_others() {
    for version in BOTH {
        let room = room(version).await;
        let numbers = [room.number(1, 0).await, room.number(2, 0).await];
        room.tell("catalogue/switches", json!({ "poison_product": 2 }))
            .await;
        let ends = room
            .put(vec![count(&numbers[0], 55), count(&numbers[1], 55)])
            .await;
        assert!(ends[0].is_ok(), "{version:?}: {ends:?}");
        let reason = &ends[1].as_ref().expect_err("stuck").reason;
        assert_eq!(reason.code, "record_not_shown");
        assert_eq!(reason.params["value"], numbers[1]);
    }
}
