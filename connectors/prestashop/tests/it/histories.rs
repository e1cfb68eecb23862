//! Whatever happens in a shop, and whenever it is read and the reader dies: every change is handed on, and reading ends.
//!
//! Shops stamp local time to the second, so stamps repeat, an hour of them comes twice in autumn and one is missing in spring.
//! A change is stamped before it can be read. How long before is bounded by what is read again: the settling time and the
//! overlap of two windows, 310 seconds in all. What comes later than that is met only by a sweep, which reads from the start.

mod history;
mod reader;
mod shop;

use chrono::TimeDelta;
use proptest::{
    prelude::*,
    test_runner::{TestCaseResult, TestRunner},
};
use skarv_http::Client;

use crate::connection::access;
use history::{Event, History, LATEST_S, Night, Pause, histories};
use reader::{End, Reader};
use shop::{Changes, Counter};

/// A shop and its reader at the beginning of a history.
async fn opened(client: &Client, night: Night, begins: i64) -> (Counter, Reader) {
    let shop = Counter::open(client, night.change() - TimeDelta::seconds(begins)).await;
    let reader = Reader::new(&shop).await;
    (shop, reader)
}

async fn pass(shop: &mut Counter, history: &History, pause: Pause) {
    let seconds = match pause {
        Pause::Seconds(seconds) => seconds,
        Pause::PastTheChange(after_s) => {
            let until = history.night.change() + TimeDelta::seconds(after_s);
            (until - shop.now).num_seconds()
        }
    };
    shop.wait(seconds.max(0)).await;
}

async fn happen(shop: &mut Counter, reader: &mut Reader, event: Event) {
    match event {
        Event::Sale { count, late_s } => shop.sell(count, late_s).await,
        Event::Change { which, late_s } => shop.change(which, late_s).await,
        Event::Look { limit, skew_s, end } => reader.look(shop, limit, skew_s, end).await,
    }
}

/// The history, a few looks when all is quiet, and one on the next day.
async fn tell(client: &Client, history: History) -> TestCaseResult {
    let (mut shop, mut reader) = opened(client, history.night, history.begins).await;
    for (pause, event) in &history.events {
        pass(&mut shop, &history, *pause).await;
        happen(&mut shop, &mut reader, *event).await;
    }
    for quiet_s in [11, 7_200, 10_800] {
        shop.wait(quiet_s).await;
        reader.look(&shop, 50, 0, End::Done).await;
    }
    prop_assert_eq!(&reader.handed, &shop.changes().await);
    reader.handed.clear();
    shop.wait(86_400).await;
    reader.look(&shop, 50, 0, End::Done).await;
    prop_assert_eq!(&reader.handed, &Changes::new(), "what is old is left behind");
    Ok(())
}

#[test]
fn cursor_histories_lose_nothing() {
    let config = ProptestConfig {
        cases: 64,
        max_shrink_iters: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let client = access("http://127.0.0.1", "").http;
    let told = TestRunner::new(config).run(&histories(), |history| runtime.block_on(tell(&client, history)));
    if let Err(lost) = told {
        panic!("{lost}");
    }
}

/// A shop that has sold three orders a minute ago, on a day like any other.
async fn three_sold() -> (Counter, Reader) {
    let client = access("http://127.0.0.1", "").http;
    let (mut shop, reader) = opened(&client, Night::Ordinary, 0).await;
    shop.sell(3, 0).await;
    shop.wait(60).await;
    (shop, reader)
}

fn changes<const N: usize>(of: [(&str, usize); N]) -> Changes {
    of.map(|(key, changes)| (key.to_owned(), changes)).into()
}

#[tokio::test]
async fn an_order_that_changes_while_its_window_is_read_leaves_it_and_is_met_in_the_next() {
    let (mut shop, mut reader) = three_sold().await;
    reader.look(&shop, 1, 0, End::Stops(1)).await;
    shop.change(2, 0).await;
    shop.wait(60).await;
    reader.look(&shop, 1, 0, End::Done).await;
    assert_eq!(reader.handed, changes([("1", 1), ("2", 1)]));
    reader.look(&shop, 1, 0, End::Done).await;
    assert_eq!(reader.handed, changes([("1", 1), ("2", 1), ("3", 2)]));
}

#[tokio::test]
async fn an_order_that_comes_late_into_a_window_behind_the_last_id_is_met_in_the_next() {
    let (mut shop, mut reader) = three_sold().await;
    reader.look(&shop, 2, 0, End::Stops(1)).await;
    shop.change(0, 60).await;
    reader.look(&shop, 2, 0, End::Done).await;
    assert_eq!(reader.handed, changes([("1", 1), ("2", 1), ("3", 1)]));
    shop.wait(60).await;
    reader.look(&shop, 2, 0, End::Done).await;
    assert_eq!(reader.handed, changes([("1", 2), ("2", 1), ("3", 1)]));
}

#[tokio::test]
async fn a_change_that_comes_later_than_windows_overlap_is_met_by_reading_from_the_start() {
    let (mut shop, mut reader) = three_sold().await;
    shop.wait(600).await;
    reader.look(&shop, 50, 0, End::Done).await;
    shop.change(0, LATEST_S + 1).await;
    shop.wait(600).await;
    reader.look(&shop, 50, 0, End::Done).await;
    assert_eq!(reader.handed, changes([("1", 1), ("2", 1), ("3", 1)]));
    let mut sweep = Reader::new(&shop).await;
    sweep.look(&shop, 50, 0, End::Done).await;
    assert_eq!(sweep.handed, shop.changes().await);
}
