//! `bench_sync products`, `prices`, `stock`: one initial sync of a stream, measured from asking for it to its end.
//!
//! First a tenth of the articles, which tells whether memory grows with their number; then all of them; then the same calls by the
//! bare client, on fresh systems of the same seed, once at Skarv's pace and once at none. What is measured is the run alone:
//! the flow is on and has nothing to do when it is asked for.

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Args;
use serde_json::Value;
use skarv::demo::articles::{Around, Articles, compare};
use skarv_canonical::descriptor::{FASTEST, Side};
use skarv_connector::Connector;
use skarv_hogia_smart::HogiaSmart;
use skarv_prestashop::PrestaShop;
use skarv_proto::v1 as pb;
use skarv_tests::bench::{
    articles::initial_sync,
    least::{Facts, Kinds, made},
    plan::Plan,
};

use crate::{
    assortment,
    bare::{Done, Task},
    fakes::Fakes,
    goods_report::Report,
    house::{House, Peaks},
    meter::{self, Lap, Spent},
    orders::{TENTH, now},
    part::{Part, Seed},
    process::Process,
    stream::Stream,
};

/// How long to wait for a run, and for each article.
const PATIENCE: Duration = Duration::from_secs(120);
const PATIENCE_PER_ARTICLE: Duration = Duration::from_millis(50);

#[derive(Args)]
pub(crate) struct Arguments {
    /// Articles in the shop, combinations among them
    #[arg(long, default_value_t = 10_000)]
    articles: u32,
    /// How long the simulators take to answer, in milliseconds
    #[arg(long, default_value_t = 0)]
    answer_ms: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How Skarv did.
pub(crate) struct Ran {
    pub(crate) spent: Spent,
    pub(crate) peaks: Peaks,
    pub(crate) totals: pb::RunTotals,
    pub(crate) books: Articles,
    pub(crate) facts: Facts,
    pub(crate) made: Kinds,
    /// Calls to the system that is written.
    pub(crate) calls_to_target: usize,
    plan: Plan,
    /// Numbers that wait for a person.
    parked: Vec<String>,
}

/// How the bare client did.
pub(crate) struct Bare {
    pub(crate) spent: Spent,
    pub(crate) done: Done,
    pub(crate) books: Articles,
}

pub(crate) async fn bench(stream: Stream, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let load = meter::load();
    let folder = tempfile::tempdir()?;
    let seed = |articles| Seed {
        orders: 0,
        products: assortment::products(articles),
        now: now(),
    };
    let small = seed(arguments.articles / TENTH);
    let contest = |seed| Contest {
        stream,
        seed,
        answer_ms: arguments.answer_ms,
        folder: folder.path(),
    };
    let small = contest(small).skarv().await?;
    let contest = contest(seed(arguments.articles));
    let ran = contest.skarv().await?;
    let bare = [
        contest.bare(&ran, Some(FASTEST)).await?,
        contest.bare(&ran, None).await?,
    ];
    let report = Report::new(stream, load, arguments.answer_ms, &small, &ran, bare);
    report.print(arguments.json)?;
    Ok(if report.books_match() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is measured.
struct Contest<'a> {
    stream: Stream,
    seed: Seed,
    answer_ms: u64,
    folder: &'a Path,
}

impl Contest<'_> {
    /// Skarv carries everything once.
    async fn skarv(&self) -> anyhow::Result<Ran> {
        let house = House::start(&self.seed, self.stream.flow(), self.folder).await?;
        house.rest(self.stream).await?;
        self.stock_up(&house.fakes).await?;
        house.fakes.begin(self.answer_ms).await?;
        let lap = house.lap();
        let run = house.load(self.stream.name()).await?;
        let patience = PATIENCE + PATIENCE_PER_ARTICLE * self.seed.products;
        let ended = tokio::time::timeout(patience, house.ended(run)).await;
        let spent = lap.spent();
        let ended = ended.with_context(|| {
            let said = house.agent.last_words();
            format!("the run did not end in {patience:?}; the agent: {said}")
        })??;
        let ran = self.found(&house, spent, ended).await?;
        house.stop().await?;
        Ok(ran)
    }

    async fn found(&self, house: &House, spent: Spent, run: pb::Run) -> anyhow::Result<Ran> {
        let peaks = house.peaks();
        let (shop, erp) = house.fakes.tapes().await?;
        let totals = run.totals.unwrap_or_default();
        let parked = house.parked(self.stream.name()).await?;
        let parked: Vec<String> = parked.into_iter().map(|record| record.reference).collect();
        let (books, facts) = self.books(&house.fakes, &parked).await?;
        let read = totals.read as usize;
        let source = self.stream.source();
        Ok(Ran {
            spent,
            peaks,
            totals,
            books,
            facts,
            made: made(&shop, &erp),
            calls_to_target: match source {
                Side::Erp => shop.len(),
                _ => erp.len(),
            },
            plan: initial_sync(source, shop, erp, house.fakes.sign_in(), read),
            parked,
        })
    }

    /// The bare client makes the calls of that run, so many a second to each system.
    async fn bare(&self, ran: &Ran, pace: Option<u32>) -> anyhow::Result<Bare> {
        let fakes = Fakes::start(&self.seed, self.folder).await?;
        self.stock_up(&fakes).await?;
        fakes.begin(self.answer_ms).await?;
        let plan = self.folder.join("plan.json");
        std::fs::write(&plan, serde_json::to_vec(&ran.plan)?)?;
        let source = self.stream.source();
        let [shop, erp] = [PrestaShop.descriptor(), HogiaSmart::default().descriptor()]
            .map(|descriptor| descriptor.max_parallel as usize);
        let (reading, writing) = match source {
            Side::Erp => (erp, shop),
            _ => (shop, erp),
        };
        let task = Task {
            plan,
            systems: fakes.systems.clone(),
            source,
            pace,
            reading,
            writing,
        };
        let (mut client, ()) = Process::start(Part::Bare, &task, self.folder).await?;
        let lap = Lap::start(&[&client, &fakes.process]);
        let done: Done = client.ask(&Value::Null).await?;
        let spent = Spent {
            seconds: done.seconds,
            ..lap.spent()
        };
        let (books, _) = self.books(&fakes, &ran.parked).await?;
        client.stop().await?;
        fakes.process.stop().await?;
        Ok(Bare { spent, done, books })
    }

    /// What the accounting system has from the start.
    async fn stock_up(&self, fakes: &Fakes) -> anyhow::Result<()> {
        if self.stream.source() != Side::Erp {
            return Ok(());
        }
        let (shop, _) = fakes.articles().await?;
        fakes
            .stock_up(assortment::items(&shop, self.seed.now.date_naive()))
            .await
    }

    async fn books(&self, fakes: &Fakes, parked: &[String]) -> anyhow::Result<(Articles, Facts)> {
        let (shop, erp) = fakes.articles().await?;
        let around = Around {
            parked: parked.to_vec(),
            ..Around::default()
        };
        let books = compare(&shop, &erp, &around, self.stream.shares());
        Ok((books, assortment::facts(&shop, &erp)))
    }
}
