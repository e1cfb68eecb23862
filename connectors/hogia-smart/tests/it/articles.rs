//! Articles of a shop as items: made once, found by their number, brought up to date in what is theirs and nothing else.

use anyhow::Result;
use serde_json::{Value, json};
use skarv_canonical::article::ArticleCard;
use skarv_canonical::{Class, Reason};
use skarv_conformance::sink::{self as promises, Delivery as Promised};
use skarv_connector::{BoxedSink, Delivery, Error, Put, Receipt};

use crate::items_world::{article_sink, article_write, by_hand, card, text};
use crate::system::{MINUTE, System, d, window};

/// The books, and the sink of a shop's products on them.
struct Articles {
    system: System,
    sink: BoxedSink,
}

impl Articles {
    async fn open() -> Self {
        let system = System::start_today().await;
        let sink = article_sink(&system).await;
        Self { system, sink }
    }

    async fn put(&self, card: ArticleCard, existing: Option<&str>) -> Result<Receipt, Error> {
        let put = Put {
            write: &article_write(card),
            existing,
            earlier: &[],
            window: Some(window(MINUTE)),
        };
        self.sink.put(put).await
    }

    async fn made(&self, card: ArticleCard) -> Vec<String> {
        told(&self.put(card, None).await.expect("an item"))
    }

    async fn updated(&self, card: ArticleCard) -> Vec<String> {
        let number = card.sku.clone();
        told(&self.put(card, Some(&number)).await.expect("an item"))
    }

    async fn refused(&self, card: ArticleCard, existing: Option<&str>) -> Error {
        self.put(card, existing).await.expect_err("refused")
    }

    async fn found(&self, number: &str) -> Option<String> {
        let found = self.sink.find(&article_write(card(number))).await;
        found.expect("a look").map(|found| found.foreign_id)
    }

    async fn sent(&self) -> u64 {
        self.system.calls("PATCH /items/{id}").await + self.system.calls("POST /items").await
    }
}

fn told(receipt: &Receipt) -> Vec<String> {
    receipt.remarks.iter().map(Reason::to_string).collect()
}

/// Nothing of it is ours.
fn nothing(number: &str) -> ArticleCard {
    ArticleCard {
        name: None,
        description: None,
        active: None,
        ean: None,
        rate: None,
        ..card(number)
    }
}

#[tokio::test]
async fn an_article_becomes_an_item_on_the_account_of_its_rate() {
    let articles = Articles::open().await;
    let priced = ArticleCard {
        price: Some(d("89.2857144")),
        ..card("RM-1")
    };
    assert_eq!(articles.made(priced).await, Vec::<String>::new());
    let expected = json!({
        "number": "RM-1", "name": "Räksmörgås", "unit": "st", "active": true, "ean": "7350000000001", "vat": "12",
        "currency": "SEK", "regular": "89.285714", "campaign": null, "campaign_from": null, "campaign_to": null,
        "stock": null, "version": 1,
    });
    assert_eq!(articles.system.item("RM-1").await, expected);
}

#[tokio::test]
async fn a30_a_name_is_cleaned_and_cut_by_characters_with_a_report() {
    let articles = Articles::open().await;
    let long = format!("Tröja \u{1F600}{}", "å".repeat(100));
    let named = ArticleCard {
        name: Some(text(&long)),
        ean: Some("okänd".to_owned()),
        ..card("TR-1")
    };
    let told = articles.made(named.clone()).await;
    let expected = [
        "characters_left_out characters=\u{1F600} field=name number=TR-1",
        "text_cut field=name most=100 number=TR-1",
        "ean_left_out ean=okänd number=TR-1",
    ];
    assert_eq!(told, expected);
    let item = articles.system.item("TR-1").await;
    assert_eq!(item["name"], format!("Tröja {}", "å".repeat(94)));
    assert_eq!(item["ean"], Value::Null);
    // what was cut stands as it was cut: nothing is sent again
    assert_eq!(articles.updated(named).await, expected);
    assert_eq!(articles.sent().await, 1);
}

#[tokio::test]
async fn a32_an_article_that_is_sent_twice_is_one_item() {
    let articles = Articles::open().await;
    articles.made(card("RM-1")).await;
    let write = article_write(card("RM-1"));
    let matched = articles.sink.match_existing(&write).await.expect("a look");
    assert_eq!(matched.map(|found| found.foreign_id).as_deref(), Some("RM-1"));
    articles.updated(card("RM-1")).await;
    assert_eq!(articles.sent().await, 1);
    // and where nobody looked first, the number is taken and the look-up afterwards finds it
    let error = articles.refused(card("RM-1"), None).await;
    assert_eq!(
        (error.reason.code.as_str(), error.delivery),
        ("article_number_taken", Delivery::Answered)
    );
    assert_eq!(articles.found("RM-1").await.as_deref(), Some("RM-1"));
    assert_eq!(articles.system.items().await.len(), 1);
}

#[tokio::test]
async fn a32_a_lost_answer_leaves_one_item_that_is_found() {
    let articles = Articles::open().await;
    articles.system.faults(json!({ "lost_answer_next": 1 })).await;
    let error = articles.refused(card("RM-1"), None).await;
    assert_eq!(error.delivery, Delivery::InFlight);
    assert_eq!(articles.found("RM-1").await.as_deref(), Some("RM-1"));
    let sold_out = ArticleCard {
        active: Some(false),
        ..card("RM-1")
    };
    articles.system.faults(json!({ "lost_answer_next": 1 })).await;
    let error = articles.refused(sold_out.clone(), Some("RM-1")).await;
    assert_eq!(error.delivery, Delivery::NotDelivered);
    articles.updated(sold_out).await;
    let items = articles.system.items().await;
    assert_eq!(
        (items.len(), &items[0]["active"], &items[0]["version"]),
        (1, &json!(false), &json!(2))
    );
}

#[tokio::test]
async fn only_what_the_card_owns_and_what_differs_is_changed() {
    let articles = Articles::open().await;
    let mut standing = by_hand("RM-1");
    standing["unitType"] = json!("kg");
    standing["ean"] = json!("12345678");
    standing["price"] = json!({ "regular": 80, "campaign": 64, "campaignTo": "2026-11-30" });
    articles.system.admin_post("items", &standing).await;
    assert_eq!(articles.updated(nothing("RM-1")).await, Vec::<String>::new());
    assert_eq!(articles.sent().await, 0);
    let renamed = ArticleCard {
        name: Some(text("Räka")),
        rate: Some(6.into()),
        ..nothing("RM-1")
    };
    articles.updated(renamed.clone()).await;
    articles.updated(renamed).await;
    assert_eq!(articles.sent().await, 1);
    let expected = json!({
        "number": "RM-1", "name": "Räka", "unit": "kg", "active": true, "ean": "12345678", "vat": "6",
        "currency": "SEK", "regular": "80", "campaign": "64", "campaign_from": null, "campaign_to": "2026-11-30",
        "stock": null, "version": 2,
    });
    assert_eq!(articles.system.item("RM-1").await, expected);
}

#[tokio::test]
async fn an_article_that_is_not_sold_is_deactivated_and_comes_back() {
    let articles = Articles::open().await;
    articles.made(card("RM-1")).await;
    for active in [false, true] {
        let card = ArticleCard {
            active: Some(active),
            ..card("RM-1")
        };
        articles.updated(card).await;
        assert_eq!(articles.system.item("RM-1").await["active"], active);
    }
}

#[tokio::test]
async fn a_rate_without_an_account_of_its_own_makes_no_item_and_changes_none() {
    let articles = Articles::open().await;
    let german = |number| ArticleCard {
        rate: Some(19.into()),
        ..card(number)
    };
    let error = articles.refused(german("RM-1"), None).await;
    assert_eq!(
        error.reason.to_string(),
        "article_account_missing number=RM-1 rate=19"
    );
    assert_eq!(
        (error.class(), error.delivery),
        (Class::Data, Delivery::NotDelivered)
    );
    let untaxed = ArticleCard {
        rate: None,
        ..card("RM-1")
    };
    let error = articles.refused(untaxed, None).await;
    assert_eq!(error.reason.to_string(), "article_rate_missing number=RM-1");
    articles.made(card("RM-2")).await;
    let told = articles.updated(german("RM-2")).await;
    assert_eq!(told, ["article_rate_left erp_rate=12 number=RM-2 rate=19"]);
    assert_eq!(articles.system.items().await.len(), 1);
}

#[tokio::test]
async fn an_account_that_a_person_closes_is_not_chosen() {
    let articles = Articles::open().await;
    articles
        .system
        .admin_post("accounts/3002/retire", &json!({}))
        .await;
    let error = articles.refused(card("RM-1"), None).await;
    assert_eq!(error.reason.code, "article_account_missing");
}

#[tokio::test]
async fn what_can_be_no_item_is_refused_before_anything_is_sent() {
    let articles = Articles::open().await;
    let error = articles.refused(card("RM 1"), None).await;
    assert_eq!(
        error.reason.to_string(),
        "article_number_unfit article=Räksmörgås number=RM 1"
    );
    let unnamed = ArticleCard {
        name: Some(text("\u{1F600}")),
        ..card("RM-1")
    };
    assert_eq!(
        articles.refused(unnamed, None).await.reason.code,
        "article_without_name"
    );
    assert_eq!(
        articles.refused(nothing("RM-1"), None).await.reason.code,
        "article_without_name"
    );
    let absent = ArticleCard {
        first_price: None,
        may_create: false,
        ..card("RM-1")
    };
    assert_eq!(
        articles.refused(absent, None).await.reason.code,
        "article_not_there"
    );
    assert_eq!(articles.sent().await, 0);
}

#[tokio::test]
async fn an_item_that_was_deleted_is_gone_and_its_number_is_not_free() {
    let articles = Articles::open().await;
    for number in ["RM-1", "RM-2"] {
        articles.made(card(number)).await;
    }
    articles.system.admin_post("items/RM-1/delete", &json!({})).await;
    let error = articles.refused(card("RM-1"), Some("RM-1")).await;
    assert_eq!(
        (error.reason.code.as_str(), error.class()),
        ("article_gone", Class::Data)
    );
    let error = articles.refused(card("RM-1"), None).await;
    assert_eq!(
        (error.reason.code.as_str(), error.class(), error.delivery),
        ("article_number_taken", Class::Data, Delivery::NotDelivered)
    );
}

#[tokio::test]
async fn an_empty_list_changes_nothing() {
    let articles = Articles::open().await;
    articles.made(card("RM-1")).await;
    articles.system.faults(json!({ "no_items": true })).await;
    for existing in [Some("RM-1"), None] {
        let error = articles.refused(card("RM-1"), existing).await;
        assert_eq!(
            (error.reason.code.as_str(), error.class()),
            ("items_vanished", Class::Transient)
        );
    }
    assert_eq!(articles.system.items().await.len(), 1);
}

#[tokio::test]
async fn a_receipt_that_names_another_item_settles_nothing() {
    let articles = Articles::open().await;
    articles.made(card("RM-1")).await;
    articles.system.faults(json!({ "next_other_id": 1 })).await;
    let error = articles.refused(card("RM-2"), None).await;
    assert_eq!(error.delivery, Delivery::Answered);
    assert_eq!(articles.found("RM-2").await.as_deref(), Some("RM-2"));
}

#[tokio::test]
async fn the_sink_keeps_the_promises_of_every_sink() -> Result<()> {
    let articles = Articles::open().await;
    let sink = articles.sink.as_ref();
    let record = |number: &str| [article_write(card(number))];
    let delivery = Promised {
        window: &|| window(MINUTE),
        visible_after: std::time::Duration::ZERO,
    };
    promises::find_before_put_finds_nothing(sink, &record("RM-1")).await?;
    promises::put_then_find_finds_it(sink, &record("RM-10"), delivery).await?;
    promises::find_before_put_finds_nothing(sink, &record("RM-1")).await?;
    promises::two_keys_two_documents(sink, [&record("RM-2"), &record("RM-20")], delivery).await
}
