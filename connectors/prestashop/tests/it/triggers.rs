//! Which states of a shop send an order: by name or by meaning, and what is said of one that the shop does not have.

use skarv_canonical::{
    Class,
    eligibility::{self, NotEligible},
    spec::OrderSettings,
    trigger::{StateFlag, TriggerState},
};
use skarv_connector::{BoxedSource, Error};

use crate::{
    connection::{KEY, order, settings, source},
    fixtures::folder,
    notes::{START, noting, of, page, request},
    webservice::{Asked, Webservice, file},
};

fn by(triggers: impl IntoIterator<Item = TriggerState>) -> OrderSettings {
    OrderSettings {
        triggers: triggers.into_iter().collect(),
        ..settings(START)
    }
}

fn named(name: &str) -> TriggerState {
    TriggerState::Name(name.to_owned())
}

async fn fixtures(settings: OrderSettings) -> (Webservice, BoxedSource) {
    let shop = Webservice::of_folder(folder()).await;
    let source = source(&shop.base_url, KEY, settings).await;
    (shop, source)
}

/// The orders that these triggers send.
async fn sent_by(triggers: impl IntoIterator<Item = TriggerState>) -> Vec<String> {
    let settings = by(triggers);
    let (_shop, source) = fixtures(settings.clone()).await;
    let records = page(source.as_ref(), None, 100).await.records;
    let good = records.iter().filter(|record| record.content.is_ok());
    good.filter(|record| eligibility::decide(order(record), &settings).is_ok())
        .map(|record| record.source_key.clone())
        .collect()
}

async fn refused(triggers: impl IntoIterator<Item = TriggerState>) -> Error {
    let (_shop, source) = fixtures(by(triggers)).await;
    source.pull(request(None, 100)).await.expect_err("no such state")
}

#[tokio::test]
async fn a_state_is_known_by_its_name_in_every_language_and_by_what_it_means() {
    let shipped = vec!["1".to_owned()];
    for trigger in [
        named("Skickad"),
        named(" shipped "),
        TriggerState::Flag(StateFlag::Shipped),
    ] {
        assert_eq!(sent_by([trigger.clone()]).await, shipped, "{trigger:?}");
    }
    let paid = sent_by([named("Payment accepted")]).await;
    assert!(paid.len() > 5, "{paid:?}");
    for flag in [StateFlag::Paid, StateFlag::Invoiced, StateFlag::Logable] {
        assert_eq!(sent_by([TriggerState::Flag(flag)]).await, paid, "{flag:?}");
    }
    assert_eq!(sent_by([TriggerState::Flag(StateFlag::Delivered)]).await, shipped);
}

#[tokio::test]
async fn a_state_that_the_shop_does_not_have_is_said_by_name_before_anything_is_read() {
    let error = refused([
        named("Skickad"),
        named("Packad"),
        TriggerState::Id("77".to_owned()),
    ])
    .await;
    assert_eq!(error.class(), Class::Configuration);
    assert_eq!(error.to_string(), "trigger_state_unknown states=Packad, id 77");
    assert_eq!(error.reason.fix, "choose_trigger_states");
}

#[tokio::test]
async fn a_deleted_state_sends_nothing_and_is_still_known_to_the_orders_that_were_in_it() {
    let error = refused([TriggerState::Id("32".to_owned())]).await;
    assert_eq!(error.reason.code, "trigger_state_unknown");
    let (_shop, source, _) = noting(|asked| {
        let (status, text) = file(&folder(), &asked.resource);
        let before = text.replacen(
            "/2\"><![CDATA[2]]></id_order_state>",
            "/32\"><![CDATA[32]]></id_order_state>",
            1,
        );
        (asked.resource == "order_histories").then_some((status, before))
    })
    .await;
    let records = page(source.as_ref(), None, 100).await.records;
    let states = &order(&records[0]).states_passed;
    assert_eq!(states[0].names, ["Paid at the till", "Betald i kassan"]);
    assert_eq!(
        states[0].flags,
        [StateFlag::Paid, StateFlag::Invoiced, StateFlag::Logable]
    );
    let settings = by([named("Betald i kassan")]);
    assert!(eligibility::decide(order(&records[0]), &settings).is_ok());
}

#[tokio::test]
async fn the_states_are_read_once_however_many_pages_there_are() {
    let (_shop, source, asked) = noting(|_: &Asked| None::<(u16, String)>).await;
    let first = page(source.as_ref(), None, 100).await;
    page(source.as_ref(), Some(first.cursor.as_str()), 100).await;
    assert_eq!(of(&asked, "order_states").len(), 1);
}

#[tokio::test]
async fn a_shop_that_shows_no_states_is_in_trouble_and_not_without_any() {
    let (_shop, source, _) = noting(|asked| {
        let empty = "<prestashop><order_states></order_states></prestashop>".to_owned();
        (asked.resource == "order_states").then_some((200, empty))
    })
    .await;
    let error = source.pull(request(None, 100)).await.expect_err("trouble");
    assert_eq!(error.class(), Class::Transient);
}

#[tokio::test]
async fn a_try_that_contradicts_itself_calls_for_nobody() {
    let tries = OrderSettings {
        test_buyers: vec!["@example.se".to_owned()],
        ..settings(START)
    };
    let shop = Webservice::open(|asked| {
        let (status, text) = file(&folder(), &asked.resource);
        let broken = text.replacen("<product_quantity><![CDATA[", "<product_quantity><![CDATA[x", 1);
        (
            status,
            if asked.resource == "order_details" {
                broken
            } else {
                text
            },
        )
    })
    .await;
    let source = source(&shop.base_url, KEY, tries.clone()).await;
    let records = page(source.as_ref(), None, 100).await.records;
    for (key, what) in [(1, "a row that cannot be read"), (5, "a rate that contradicts")] {
        let decided = eligibility::decide(order(&records[key - 1]), &tries);
        assert_eq!(decided, Err(NotEligible::TestOrder), "{what}");
    }
    // whose it is cannot be told
    let reason = records[12].content.as_ref().expect_err("no customer");
    assert_eq!(reason.code, "customer_missing");
}
