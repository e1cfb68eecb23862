//! Writing: found by our key and made once, whatever becomes of the answer; brought up to date; many at a time, each for itself.

use anyhow::{Context, Result, ensure};
use skarv_canonical::{
    descriptor::Descriptor,
    write::{Effect, Write},
};
use skarv_connector::{BoxedSink, Put, Receipt};
use skarv_http::{SendWindow, SystemWall, WallClock};
use tokio::time::{Duration, Instant};

use super::{Trial, asks_without_writing, trouble};
use crate::sink::{self, Delivery};

pub(super) async fn passes(descriptor: &Descriptor, open: &impl AsyncFn() -> Result<Trial>) -> Result<()> {
    previews_without_writing(&open().await?)
        .await
        .context("a preview")?;
    is_found_by_its_key(descriptor, open)
        .await
        .context("found by our key")?;
    twice_is_once(&open().await?).await.context("told twice")?;
    is_brought_up_to_date(&open().await?).await.context("told anew")?;
    each_has_its_own_result(descriptor, &open().await?)
        .await
        .context("many at a time")?;
    asks_without_writing(&open().await?).await?;
    trouble::while_writing(descriptor, open).await
}

pub(super) async fn sink(trial: &Trial) -> Result<BoxedSink> {
    let access = trial.bench.access(&trial.tap.url());
    let sink = trial.bench.connector().sink(&access, &trial.bench.stream()).await;
    let sink = sink.context("opening it")?;
    sink.begin().await.context("looking at what is there")?;
    Ok(sink)
}

pub(super) fn window() -> SendWindow {
    SendWindow::new(Instant::now(), SystemWall.now(), Duration::from_secs(60))
}

pub(super) fn put<'a>(write: &'a Write, existing: Option<&'a str>, earlier: &'a [String]) -> Put<'a> {
    Put {
        write,
        existing,
        earlier,
        window: Some(window()),
    }
}

/// Puts a record's writes in order, each by the road that its effect takes.
pub(super) async fn put_record(sink: &BoxedSink, record: &[Write]) -> Result<Vec<Receipt>> {
    let (mut receipts, mut ids) = (Vec::new(), Vec::new());
    for write in record {
        let receipt = carry_out(sink, write, None, &ids).await?;
        ids.push(receipt.foreign_id.clone());
        receipts.push(receipt);
    }
    Ok(receipts)
}

async fn carry_out(
    sink: &BoxedSink,
    write: &Write,
    existing: Option<&str>,
    earlier: &[String],
) -> Result<Receipt> {
    let put = put(write, existing, earlier);
    let result = match write.effect {
        Effect::Set => sink.put_all(vec![put]).await.pop().context("no result")?,
        Effect::Create | Effect::Update => sink.put(put).await,
    };
    result.with_context(|| format!("putting {} {}", write.entity(), write.our_key))
}

async fn previews_without_writing(trial: &Trial) -> Result<()> {
    let sink = sink(trial).await?;
    for write in trial.bench.record(1) {
        let seen = trial.writes_nothing(async { Ok(sink.preview(put(&write, None, &[])).await?) });
        seen.await?;
    }
    Ok(())
}

async fn is_found_by_its_key(descriptor: &Descriptor, open: &impl AsyncFn() -> Result<Trial>) -> Result<()> {
    let trial = open().await?;
    let [first, second] = [trial.bench.record(1), trial.bench.record(10)];
    let made = first.iter().filter(|write| write.effect != Effect::Set);
    let declared: Vec<_> = made
        .filter_map(|write| descriptor.write_of(&write.entity()))
        .collect();
    if declared.is_empty() || declared.iter().any(|writes| !writes.searchable) {
        return Ok(());
    }
    let slowest = declared.iter().map(|writes| writes.visible_after_ms).max();
    let delivery = Delivery {
        window: &window,
        visible_after: Duration::from_millis(slowest.unwrap_or_default()),
    };
    let opened = sink(&trial).await?;
    sink::find_before_put_finds_nothing(opened.as_ref(), &first).await?;
    sink::put_then_find_finds_it(opened.as_ref(), &first, delivery).await?;
    let trial = open().await?;
    sink::two_keys_two_documents(sink(&trial).await?.as_ref(), [&first, &second], delivery).await
}

/// A value that is set twice is set once; a document that is made is one document.
async fn twice_is_once(trial: &Trial) -> Result<()> {
    let sink = sink(trial).await?;
    let record = trial.bench.record(1);
    put_record(&sink, &record).await?;
    let once = trial.bench.books().await?;
    if record.iter().all(|write| write.effect == Effect::Set) {
        put_record(&sink, &record).await?;
        ensure!(
            once == trial.bench.books().await?,
            "the second time changed something"
        );
    }
    Ok(())
}

async fn is_brought_up_to_date(trial: &Trial) -> Result<()> {
    let sink = sink(trial).await?;
    let record = trial.bench.record(1);
    let receipts = put_record(&sink, &record).await?;
    for (write, receipt) in record.iter().zip(&receipts) {
        let Some(later) = trial.bench.later(write) else {
            continue;
        };
        let before = trial.bench.books().await?;
        let again = carry_out(&sink, &later, Some(&receipt.foreign_id), &[]).await?;
        ensure!(
            again.foreign_id == receipt.foreign_id,
            "{} became {}",
            receipt.foreign_id,
            again.foreign_id
        );
        ensure!(
            before != trial.bench.books().await?,
            "{} stands as before",
            write.our_key
        );
    }
    Ok(())
}

async fn each_has_its_own_result(descriptor: &Descriptor, trial: &Trial) -> Result<()> {
    let Some(refused) = trial.bench.refused() else {
        return Ok(());
    };
    let batch = descriptor
        .write_of(&refused.entity())
        .map_or(1, |writes| writes.batch);
    let sink = sink(trial).await?;
    let mut writes: Vec<Write> = (1..=4).flat_map(|n| trial.bench.record(n)).collect();
    writes.truncate((batch as usize).saturating_sub(1));
    let at = writes.len() / 2;
    writes.insert(at, refused);
    let puts = writes.iter().map(|write| put(write, None, &[])).collect();
    let results = sink.put_all(puts).await;
    let told: Vec<bool> = results.iter().map(Result::is_err).collect();
    let meant: Vec<bool> = (0..writes.len()).map(|place| place == at).collect();
    ensure!(
        told == meant,
        "one among {} is refused, and this is told: {results:?}",
        writes.len()
    );
    Ok(())
}
