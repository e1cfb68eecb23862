//! `bench_sync orders`: first a tenth of the orders, which warms the machine up and tells whether memory grows with their
//! number; then all of them through Skarv; then the same calls by the bare client, on fresh systems of the same seed, once at
//! the pace that Skarv keeps to and once at none.

use std::{path::Path, process::ExitCode};

use chrono::{DateTime, SubsecRound, Utc};
use clap::Args;
use serde_json::Value;
use skarv_canonical::descriptor::{FASTEST, Side};
use skarv_connector::Connector;
use skarv_hogia_smart::HogiaSmart;
use skarv_prestashop::PrestaShop;

use crate::{
    bare::{Done, Task},
    fakes::Fakes,
    meter::{self, Lap, Spent},
    part::{Part, Seed},
    process::Process,
    report::{Bare, Report},
    skarv_run::{self, Ran},
};

/// So much smaller is the first run.
pub(crate) const TENTH: u32 = 10;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Orders in the shop
    #[arg(long, default_value_t = 10_000)]
    orders: u32,
    /// How long the simulators take to answer, in milliseconds
    #[arg(long, default_value_t = 0)]
    answer_ms: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn bench(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let load = meter::load();
    let folder = tempfile::tempdir()?;
    let mut seed = Seed {
        orders: (arguments.orders / TENTH).max(1),
        products: 0,
        now: now(),
    };
    let answer_ms = arguments.answer_ms;
    let small = skarv_run::run(&seed, answer_ms, folder.path()).await?;
    seed.orders = arguments.orders;
    let ran = skarv_run::run(&seed, answer_ms, folder.path()).await?;
    let contest = Contest {
        seed,
        answer_ms,
        ran: &ran,
        folder: folder.path(),
    };
    let paced = contest.bare(Some(FASTEST)).await?;
    let unpaced = contest.bare(None).await?;
    let report = Report::new(load, answer_ms, &small, &ran, [paced, unpaced]);
    report.print(arguments.json)?;
    Ok(if report.books_match() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the bare client is measured against.
struct Contest<'a> {
    seed: Seed,
    answer_ms: u64,
    ran: &'a Ran,
    folder: &'a Path,
}

impl Contest<'_> {
    /// The bare client makes the calls of that run, so many a second to each system.
    async fn bare(&self, pace: Option<u32>) -> anyhow::Result<Bare> {
        let Self {
            seed,
            answer_ms,
            ran,
            folder,
        } = self;
        let fakes = Fakes::start(seed, folder).await?;
        fakes.begin(*answer_ms).await?;
        let plan = folder.join("plan.json");
        std::fs::write(&plan, serde_json::to_vec(&ran.plan)?)?;
        let task = Task {
            plan,
            systems: fakes.systems.clone(),
            source: Side::Shop,
            pace,
            reading: PrestaShop.descriptor().max_parallel as usize,
            writing: HogiaSmart::default().descriptor().max_parallel as usize,
        };
        let (mut client, ()) = Process::start(Part::Bare, &task, folder).await?;
        let lap = Lap::start(&[&client, &fakes.process]);
        let done: Done = client.ask(&Value::Null).await?;
        let spent = Spent {
            seconds: done.seconds,
            ..lap.spent()
        };
        let comparison = fakes.comparison(&ran.parked, &ran.terms).await?;
        client.stop().await?;
        fakes.process.stop().await?;
        Ok(Bare {
            spent,
            done,
            comparison,
        })
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a bench begins at the real time, as tokens are checked against it"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}
