//! A system in trouble: what is refused, lost or meant to hurt becomes the class that the engine goes by, in bounded time, and
//! a write that may have happened is never called one that did not.

use std::fmt::Debug;

use anyhow::{Context, Result, bail, ensure};
use skarv_canonical::{
    Class,
    descriptor::Descriptor,
    write::{Effect, Write},
};
use skarv_connector::{Delivery, Error};
use skarv_http::hostile::{Format, Hostile};
use tokio::time::{Duration, timeout};

use super::{Trial, reading, writing};
use crate::tap::{Fault, Meets};

const WAIT: u64 = 7;
/// No bad answer holds a connector longer than this; clients in tests wait less.
const PATIENCE: Duration = Duration::from_secs(60);

const BUSY: Fault = Fault::Refused {
    status: 429,
    retry_after: Some(WAIT),
};
const BROKEN: Fault = Fault::Refused {
    status: 500,
    retry_after: None,
};

pub(super) async fn while_reading(trial: &Trial) -> Result<()> {
    for (fault, class) in [(BUSY, Class::RateLimited), (BROKEN, Class::Transient)] {
        trial.tap.breaks(fault.clone(), Meets::Every);
        let error = failed(reading::pull(trial).await).with_context(|| format!("{fault:?}"))?;
        becomes(&error, class, &fault)?;
        ensure!(
            error.delivery == Delivery::NotDelivered,
            "a read writes nothing: {error:?}"
        );
    }
    for hostile in hurts(trial.bench.speaks()) {
        trial
            .tap
            .breaks(Fault::Hostile(hostile, trial.bench.speaks()), Meets::Every);
        let read = timeout(PATIENCE, reading::pull(trial)).await;
        let error = failed(read.with_context(|| format!("{hostile:?} has no end"))?)?;
        becomes(&error, Class::Transient, &hostile)?;
    }
    trial.tap.put_right();
    let access = trial.bench.stranger(&trial.tap.url());
    let connector = trial.bench.connector();
    let checked = connector.check(&access).await;
    let problems = match checked {
        Ok(report) => report.items.into_iter().filter_map(|item| item.problem).collect(),
        Err(error) => vec![error.reason],
    };
    ensure!(
        problems.iter().any(|reason| reason.class == Class::Credentials),
        "wrong credentials are told as {problems:?}"
    );
    reading::pull(trial).await.context("after the trouble")
}

/// Bad answers that are quick to give.
fn hurts(due: Format) -> Vec<Hostile> {
    let all = [
        Hostile::HalfAnswer,
        Hostile::CutChunk,
        Hostile::Html,
        Hostile::WrongFormat,
        Hostile::Reset,
    ];
    let own = match due {
        Format::Xml => [Hostile::XmlEntities, Hostile::XmlExternal],
        Format::Json => [Hostile::JsonDeep, Hostile::InvalidUtf8],
    };
    // declared to be a terabyte: not a byte of it is read
    let all = all.into_iter().chain([Hostile::HugeLength]);
    all.chain(own).collect()
}

pub(super) async fn while_writing(
    descriptor: &Descriptor,
    open: &impl AsyncFn() -> Result<Trial>,
) -> Result<()> {
    let steps = open().await?.bench.record(1).len();
    for step in 0..steps {
        for (fault, class) in [(BUSY, Class::RateLimited), (BROKEN, Class::Transient)] {
            let broken = Broken::at(&open().await?, step, fault.clone()).await?;
            becomes(&broken.error, class, &fault)?;
            let write = &broken.write;
            let doubt = broken.error.delivery != Delivery::NotDelivered;
            // whoever asks to wait has done nothing; a system that broke may have
            if write.needs_intent() {
                ensure!(
                    doubt == (class == Class::Transient),
                    "{fault:?} of {} is {:?}",
                    write.entity(),
                    broken.error.delivery
                );
            }
        }
        lost_answer(descriptor, &open().await?, step)
            .await
            .context("a lost answer")?;
    }
    Ok(())
}

/// What became of one write of a record whose earlier ones went well.
struct Broken {
    write: Write,
    error: Error,
}

impl Broken {
    async fn at(trial: &Trial, step: usize, fault: Fault) -> Result<Self> {
        let sink = writing::sink(trial).await?;
        let record = trial.bench.record(1);
        let earlier = writing::put_record(&sink, &record[..step]).await?;
        let ids: Vec<String> = earlier.into_iter().map(|receipt| receipt.foreign_id).collect();
        let write = record.into_iter().nth(step).context("a step of the record")?;
        trial.tap.breaks(fault, Meets::Writing);
        let put = writing::put(&write, None, &ids);
        let result = match write.effect {
            Effect::Set => sink.put_all(vec![put]).await.pop().context("no result")?,
            Effect::Create | Effect::Update => sink.put(put).await,
        };
        trial.tap.put_right();
        match result {
            Ok(receipt) => bail!("{} is told as written: {receipt:?}", write.our_key),
            Err(error) => Ok(Self { write, error }),
        }
    }
}

async fn lost_answer(descriptor: &Descriptor, trial: &Trial, step: usize) -> Result<()> {
    let Broken { write, error } = Broken::at(trial, step, Fault::Lost).await?;
    ensure!(error.class() == Class::Transient, "it is told as {error:?}");
    let sink = writing::sink(trial).await?;
    if !write.needs_intent() {
        // a value is set again, and that is that
        let after_the_first = trial.bench.books().await?;
        let record = trial.bench.record(1);
        writing::put_record(&sink, &record).await?;
        writing::put_record(&sink, &record).await?;
        return (record.len() > 1 || after_the_first == trial.bench.books().await?)
            .then_some(())
            .context("setting it again changed something");
    }
    ensure!(
        error.delivery != Delivery::NotDelivered,
        "{} was written and is told not to be",
        write.our_key
    );
    if descriptor
        .write_of(&write.entity())
        .is_some_and(|writes| writes.searchable)
    {
        let found = sink.find(&write).await?;
        ensure!(found.is_some(), "{} was written and is not found", write.our_key);
    }
    Ok(())
}

fn failed(read: Result<()>) -> Result<Error> {
    let Err(error) = read else {
        bail!("it is told as well read")
    };
    error.downcast::<Error>()
}

fn becomes(error: &Error, class: Class, what: &impl Debug) -> Result<()> {
    ensure!(
        error.class() == class,
        "{what:?} becomes {error:?}, and {class:?} is due"
    );
    let asked = (class == Class::RateLimited).then_some(Duration::from_secs(WAIT));
    ensure!(
        error.retry_after == asked || class != Class::RateLimited,
        "{what:?} asks to wait {asked:?}, and {:?} is told",
        error.retry_after
    );
    Ok(())
}
