//! `bench_sync backfill`: how long live orders take while nothing else runs, and while the same agent carries a whole catalogue.
//!
//! Orders are placed one by one. Each is measured from when the webservice shows it as settled (a shop's changes count ten seconds
//! later; its clock is set forward instead) and its stream is asked to run, until the accounting system has booked its invoice.

use std::{collections::BTreeMap, path::Path, pin::pin, process::ExitCode, time::Duration};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use skarv::demo::articles::{Around, compare};
use skarv_proto::v1 as pb;
use tokio::time::Instant;

use crate::{
    assortment,
    goods_report::differences,
    house::{House, Peaks},
    meter::{self, Spent},
    orders::now,
    part::Seed,
    report::{build, print, said},
    skarv_run::by_id,
    stream::Stream,
};

/// Orders that the shop has had before.
const EARLIER: u32 = 20;
/// Between two orders.
const GAP: Duration = Duration::from_millis(200);
/// How often to look for the invoice.
const LOOK: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(120);
/// How long the initial sync may take after the last order, for each article.
const PATIENCE_PER_ARTICLE: Duration = Duration::from_millis(50);
/// A change counts when the shop's clock shows so much more.
const SETTLING: TimeDelta = TimeDelta::seconds(11);
/// By so much the next order is younger than the shop's clock showed last.
const LATER: TimeDelta = TimeDelta::seconds(1);

const DEFINITIONS: &str = "\
milliseconds  from when the webservice shows an order as settled and its stream is asked to run, until its invoice is booked. The
              ten seconds that a change in the shop must be old are not in it, nor the time until a stream runs by itself.
quiet         orders one by one, and nothing else runs.
busy          the same while an initial sync of all products runs on the same agent, from its start until it ends or all orders are
              placed.";

#[derive(Args)]
pub(crate) struct Arguments {
    /// Articles in the shop, combinations among them
    #[arg(long, default_value_t = 20_000)]
    articles: u32,
    /// Orders placed while nothing else runs, and as many at most during the initial sync
    #[arg(long, default_value_t = 200)]
    orders: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    definitions: &'static str,
    build: &'static str,
    cores: usize,
    load_before: String,
    products_in_shop: usize,
    combinations_in_shop: usize,
    quiet: Waits,
    busy: Waits,
    /// The initial sync, from its start to its end.
    sync_seconds: f64,
    sync_records: u64,
    cpu_seconds: BTreeMap<String, f64>,
    cores_in_use_percent: Option<f64>,
    agent_mb: Option<f64>,
    control_plane_mb: Option<f64>,
    problems: Vec<String>,
}

/// How long orders took, in milliseconds.
#[derive(Serialize)]
struct Waits {
    orders: usize,
    median_ms: f64,
    ninety_fifth_ms: f64,
    highest_ms: f64,
}

pub(crate) async fn bench(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let load_before = meter::load();
    let folder = tempfile::tempdir()?;
    let seed = Seed {
        orders: EARLIER,
        products: assortment::products(arguments.articles),
        now: now(),
    };
    let report = measure(&seed, arguments, load_before, folder.path()).await?;
    print(&report, || report.page(), arguments.json)?;
    Ok(if report.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn measure(
    seed: &Seed,
    arguments: &Arguments,
    load_before: String,
    folder: &Path,
) -> anyhow::Result<Report> {
    let house = House::start(seed, Stream::Products.flow(), folder).await?;
    house.rest(Stream::Products).await?;
    let till = Till {
        house: &house,
        opened: seed.now,
        began: Instant::now(),
    };
    let mut quiet = Vec::new();
    for nth in 0..arguments.orders {
        quiet.push(till.sell(nth).await?);
    }
    let found = busy(&till, &quiet, arguments).await?;
    let report = found.report(&house, load_before).await?;
    house.stop().await?;
    Ok(report)
}

/// Goes on placing orders while everything is carried.
async fn busy(till: &Till<'_>, quiet: &[Duration], arguments: &Arguments) -> anyhow::Result<Found> {
    let house = till.house;
    let lap = house.lap();
    let began = Instant::now();
    let patience = PATIENCE + PATIENCE_PER_ARTICLE * arguments.articles;
    let run = house.load(Stream::Products.name()).await?;
    let mut sync = pin!(tokio::time::timeout(patience, house.ended(run)));
    let mut busy = Vec::new();
    let ended = loop {
        let more = busy.len() < arguments.orders;
        tokio::select! {
            ended = &mut sync => break ended,
            // one that is under way when the sync ends is no longer measured
            sold = till.sell(quiet.len() + busy.len()), if more => busy.push(sold?),
        }
    };
    let took = began.elapsed();
    Ok(Found {
        sync: (ended.context("the initial sync does not end")??, took),
        spent: lap.spent(),
        waits: [Waits::of(quiet), Waits::of(&busy)],
        peaks: house.peaks(),
    })
}

/// Where orders are placed.
struct Till<'a> {
    house: &'a House,
    /// What the shop's clock showed at first.
    opened: DateTime<Utc>,
    began: Instant,
}

/// How often each endpoint has been called.
#[derive(Deserialize)]
struct Requests {
    by_endpoint: BTreeMap<String, u64>,
}

impl Till<'_> {
    /// Places an order and waits for its invoice: how long that took.
    async fn sell(&self, nth: usize) -> anyhow::Result<Duration> {
        tokio::time::sleep(GAP).await;
        let booked = self.invoices().await?;
        let run = TimeDelta::from_std(self.began.elapsed())?;
        let nth = i32::try_from(nth)?;
        // younger than everything that has been read, however often the clock has been set forward before
        let placed = self.opened + TimeDelta::minutes(1) + run + (SETTLING + LATER) * (nth + 1);
        let fakes = &self.house.fakes;
        fakes
            .shop
            .post("orders", &json!({ "count": 1, "now": placed }))
            .await?;
        fakes
            .shop
            .post("clock", &json!({ "now": placed + SETTLING }))
            .await?;
        let visible = Instant::now();
        let request = pb::RunStreamRequest {
            name: format!("{}/streams/orders", self.house.flow),
        };
        let api = &self.house.api;
        api.call(request, async |q| api.flows().run_stream(q).await)
            .await?;
        let booking = tokio::time::timeout(PATIENCE, self.booked(booked)).await;
        booking.with_context(|| format!("an order has no invoice after {PATIENCE:?}"))??;
        Ok(visible.elapsed())
    }

    async fn booked(&self, before: u64) -> anyhow::Result<()> {
        while self.invoices().await? == before {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Invoices that have been posted.
    async fn invoices(&self) -> anyhow::Result<u64> {
        let requests: Requests = self.house.fakes.erp.get("requests").await?;
        let posts = requests
            .by_endpoint
            .iter()
            .filter(|(endpoint, _)| endpoint.starts_with("POST ") && endpoint.ends_with("/customerinvoices"));
        Ok(posts.map(|(_, count)| count).sum())
    }
}

/// What was measured.
struct Found {
    waits: [Waits; 2],
    sync: (pb::Run, Duration),
    spent: Spent,
    peaks: Peaks,
}

impl Found {
    async fn report(self, house: &House, load_before: String) -> anyhow::Result<Report> {
        let [quiet, busy] = self.waits;
        let (shop, erp) = house.fakes.articles().await?;
        let facts = assortment::facts(&shop, &erp);
        Ok(Report {
            definitions: DEFINITIONS,
            build: build(),
            cores: meter::cores(),
            load_before,
            products_in_shop: facts.products,
            combinations_in_shop: facts.combinations,
            quiet,
            busy,
            sync_seconds: self.sync.1.as_secs_f64(),
            sync_records: self.sync.0.totals.unwrap_or_default().read,
            cpu_seconds: self.spent.cpu_seconds,
            cores_in_use_percent: self.spent.cores_in_use_percent,
            agent_mb: self.peaks.agent,
            control_plane_mb: self.peaks.control_plane,
            problems: problems(house).await?,
        })
    }
}

/// What the books do not agree in, orders and articles.
async fn problems(house: &House) -> anyhow::Result<Vec<String>> {
    // an order may wait for its payment to be registered: once more, and all is settled
    let request = pb::RunStreamRequest {
        name: format!("{}/streams/orders", house.flow),
    };
    let run = house.api.flows().run_stream(request).await?.into_inner();
    house.ended(run.run.unwrap_or_default()).await?;
    let parked = house.parked("orders").await?.into_iter().map(by_id).collect();
    let orders = house.fakes.comparison(&parked, &house.terms).await?;
    let parked = house.parked(Stream::Products.name()).await?;
    let around = Around {
        parked: parked.into_iter().map(|record| record.reference).collect(),
        ..Around::default()
    };
    let (shop, erp) = house.fakes.articles().await?;
    let articles = compare(&shop, &erp, &around, Stream::Products.shares());
    let mut problems = orders.problems;
    problems.extend(differences(&articles));
    Ok(problems)
}

impl Waits {
    fn of(waits: &[Duration]) -> Self {
        let mut ms: Vec<f64> = waits.iter().map(|wait| wait.as_secs_f64() * 1000.0).collect();
        ms.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let last = ms.len().saturating_sub(1);
            ms.get((last as f64 * share).round() as usize)
                .copied()
                .unwrap_or_default()
        };
        Self {
            orders: ms.len(),
            median_ms: at(0.5),
            ninety_fifth_ms: at(0.95),
            highest_ms: at(1.0),
        }
    }

    fn line(&self, name: &str) -> String {
        format!(
            "{name:<10} {} orders: median {:.0} ms, 95 of 100 within {:.0} ms, highest {:.0} ms",
            self.orders, self.median_ms, self.ninety_fifth_ms, self.highest_ms
        )
    }
}

impl Report {
    fn page(&self) -> String {
        let cpu = self
            .cpu_seconds
            .iter()
            .map(|(name, seconds)| format!("{name} {seconds:.1}"));
        [
            self.definitions.to_owned(),
            String::new(),
            format!(
                "machine    {} cores, load before {}, build: {}",
                self.cores, self.load_before, self.build
            ),
            self.quiet.line("quiet"),
            self.busy.line("busy"),
            format!(
                "sync       {} products and {} combinations: {} records in {:.1} s, {:.0} a second",
                self.products_in_shop,
                self.combinations_in_shop,
                self.sync_records,
                self.sync_seconds,
                self.sync_records as f64 / self.sync_seconds
            ),
            format!(
                "cpu        meanwhile: {}; cores in use {}",
                cpu.collect::<Vec<_>>().join(", "),
                said(self.cores_in_use_percent, " %")
            ),
            format!(
                "memory     agent {}; control plane {}",
                said(self.agent_mb, " MB"),
                said(self.control_plane_mb, " MB")
            ),
            match self.problems.is_empty() {
                true => "books      match".to_owned(),
                false => format!("books      DO NOT MATCH: {}", self.problems.join("; ")),
            },
        ]
        .join("\n")
    }
}
