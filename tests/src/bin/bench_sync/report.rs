//! What a bench has found: figures with their definitions, as a page for people or as JSON.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use anyhow::Context;
use serde::Serialize;
use skarv::demo::compare::Comparison;
use skarv_canonical::descriptor::FASTEST;
use skarv_tests::bench::plan::Recorded;

use crate::{
    bare::Done,
    contest::Contest,
    meter::{self, OTHERS, Spent},
    skarv_run::Ran,
};

/// Above this share of all cores, time is what the processors take.
const BUSY_PERCENT: f64 = 85.0;
/// Above this share of all cores, what others did decides.
const DISTURBED_PERCENT: f64 = 25.0;
/// Above this share of the pace, time is what the pace takes.
const PACED_PERCENT: f64 = 90.0;

const DEFINITIONS: &str = "\
seconds    Skarv: from switching the flow on until the stream has been read to its end and everything of it is settled. The
           bare client: from its first call to its last answer.
bare       the same calls in the same order to fresh systems of the same seed, as many side by side as Skarv makes, a page
           read ahead, through the same HTTP client; nothing is mapped, remembered or checked. Skarv's connections are set to
           the fastest pace there is; the bare client keeps to the same pace once, and to none once.
cpu        user and system time of each process in seconds; `fakes` is both simulators, `others` is what else the machine did.
memory     the highest resident memory of the process, from its start.";

/// How the bare client did.
pub(crate) struct Bare {
    pub(crate) spent: Spent,
    pub(crate) done: Done,
    pub(crate) comparison: Comparison,
}

#[derive(Serialize)]
pub(crate) struct Report {
    definitions: &'static str,
    build: &'static str,
    cores: usize,
    load_before: String,
    orders_in_shop: usize,
    records_read: usize,
    orders_invoiced: usize,
    orders_parked: usize,
    calls: Calls,
    answer_ms: u64,
    #[serde(flatten)]
    contest: Contest,
    bound_by: String,
    memory: Memory,
    books: Comparison,
    problems: Vec<String>,
}

/// Calls by their kinds: method and path, whatever the ids in it.
#[derive(Clone, Serialize)]
pub(crate) struct Calls {
    shop: BTreeMap<String, usize>,
    erp: BTreeMap<String, usize>,
    total: usize,
}

impl Calls {
    pub(crate) fn of(shop: &[Recorded], erp: &[Recorded]) -> Self {
        Self {
            shop: by_kind(shop),
            erp: by_kind(erp),
            total: shop.len() + erp.len(),
        }
    }
}

/// How one of them did.
#[derive(Serialize)]
pub(crate) struct Side {
    seconds: f64,
    records_per_second: f64,
    calls_per_second: f64,
    cpu_seconds: BTreeMap<String, f64>,
    cores_in_use_percent: Option<f64>,
}

#[derive(Serialize)]
struct Memory {
    agent_mb: Option<f64>,
    control_plane_mb: Option<f64>,
    orders_in_small_run: usize,
    agent_mb_in_small_run: Option<f64>,
    control_plane_mb_in_small_run: Option<f64>,
}

impl Report {
    pub(crate) fn new(load_before: String, answer_ms: u64, small: &Ran, ran: &Ran, bare: [Bare; 2]) -> Self {
        let [paced, unpaced] = bare;
        let calls = &ran.calls;
        let books = ran.comparison.clone();
        let runs = [
            ("small run: ", &small.comparison),
            ("", &books),
            ("bare: ", &paced.comparison),
            ("bare without pace: ", &unpaced.comparison),
        ];
        let problems = runs.into_iter().flat_map(|(run, books)| {
            let problems = books.problems.iter();
            problems.map(move |problem| format!("{run}{problem}"))
        });
        Self {
            definitions: DEFINITIONS,
            build: build(),
            cores: meter::cores(),
            load_before,
            orders_in_shop: books.orders_in_shop,
            records_read: ran.plan.read,
            orders_invoiced: books.invoices_in_erp,
            orders_parked: ran.parked.len(),
            answer_ms,
            contest: Contest::of(
                ran.plan.read,
                &ran.spent,
                calls.total,
                (&paced.spent, &paced.done),
                (&unpaced.spent, &unpaced.done),
            ),
            bound_by: bound_by(&ran.spent, ("accounting system", calls.erp.values().sum())),
            memory: Memory {
                agent_mb: ran.peaks.agent,
                control_plane_mb: ran.peaks.control_plane,
                orders_in_small_run: small.comparison.orders_in_shop,
                agent_mb_in_small_run: small.peaks.agent,
                control_plane_mb_in_small_run: small.peaks.control_plane,
            },
            calls: calls.clone(),
            problems: problems.collect(),
            books,
        }
    }

    /// Whether every order is where it should be, once and to the öre.
    pub(crate) fn books_match(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn print(&self, json: bool) -> anyhow::Result<()> {
        print(self, || self.page(), json)
    }

    fn page(&self) -> String {
        let mut lines = vec![
            self.definitions.to_owned(),
            String::new(),
            format!(
                "machine    {} cores, load before {}, build: {}",
                self.cores, self.load_before, self.build
            ),
            format!("answers    after {} ms", self.answer_ms),
            format!(
                "orders     {} in the shop, {} read, {} invoiced, {} parked",
                self.orders_in_shop, self.records_read, self.orders_invoiced, self.orders_parked
            ),
        ];
        lines.push(format!("calls      {} in all", self.calls.total));
        let sides = [("shop", &self.calls.shop), ("erp", &self.calls.erp)];
        for (name, kinds) in sides {
            lines.extend(
                kinds
                    .iter()
                    .map(|(kind, count)| format!("  {name:<5}{count:>9}  {kind}")),
            );
        }
        lines.extend(self.contest.lines());
        lines.push(format!("bound by   {}", self.bound_by));
        lines.push(self.memory.line());
        lines.extend(self.contest.otherwise());
        lines.push(if self.books_match() {
            format!("books      match; difference {}", self.books.difference)
        } else {
            format!("books      DO NOT MATCH; not so: {}", self.problems.join("; "))
        });
        lines.join("\n")
    }
}

impl Side {
    pub(crate) fn of(spent: &Spent, records: usize, calls: usize) -> Self {
        Self {
            seconds: spent.seconds,
            records_per_second: records as f64 / spent.seconds,
            calls_per_second: calls as f64 / spent.seconds,
            cpu_seconds: spent.cpu_seconds.clone(),
            cores_in_use_percent: spent.cores_in_use_percent,
        }
    }

    pub(crate) fn line(&self, name: &str) -> String {
        let cpu = self
            .cpu_seconds
            .iter()
            .map(|(name, seconds)| format!("{name} {seconds:.1}"));
        format!(
            "{name:<10} {:.1} s, {:.0} records/s, {:.0} calls/s; cores in use {}; cpu: {}",
            self.seconds,
            self.records_per_second,
            self.calls_per_second,
            said(self.cores_in_use_percent, " %"),
            cpu.collect::<Vec<_>>().join(", ")
        )
    }
}

impl Memory {
    fn line(&self) -> String {
        format!(
            "memory     agent {} ({} with {} orders); control plane {} ({})",
            said(self.agent_mb, " MB"),
            said(self.agent_mb_in_small_run, " MB"),
            self.orders_in_small_run,
            said(self.control_plane_mb, " MB"),
            said(self.control_plane_mb_in_small_run, " MB"),
        )
    }
}

/// What was built, since only one kind of build says anything.
pub(crate) fn build() -> &'static str {
    if cfg!(debug_assertions) {
        "not optimised: figures say nothing"
    } else {
        "release"
    }
}

/// Prints a page, or what is in it as JSON.
pub(crate) fn print(
    report: &impl Serialize,
    page: impl FnOnce() -> String,
    json: bool,
) -> anyhow::Result<()> {
    let text = if json {
        serde_json::to_string_pretty(report)?
    } else {
        page()
    };
    writeln!(io::stdout(), "{text}").context("cannot write to stdout")
}

pub(crate) fn said(figure: Option<f64>, unit: &str) -> String {
    figure.map_or_else(
        || "not told by this system".to_owned(),
        |figure| format!("{figure:.0}{unit}"),
    )
}

fn by_kind(tape: &[Recorded]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for call in tape {
        let path = call.target.split('?').next().unwrap_or_default();
        let parts = path
            .split('/')
            .map(|part| match part.contains(|c: char| c.is_ascii_digit()) {
                true => "{id}",
                false => part,
            });
        let path = parts.collect::<Vec<_>>().join("/");
        *kinds.entry(format!("{} {path}", call.method)).or_default() += 1;
    }
    kinds
}

/// What Skarv's time was spent on, as far as the figures tell.
pub(crate) fn bound_by(spent: &Spent, (target, calls): (&str, usize)) -> String {
    let paced = 100.0 * calls as f64 / spent.seconds / f64::from(FASTEST);
    let pace = format!("calls to the {target} at {paced:.0} % of the pace that is allowed");
    let Some(busy) = spent.cores_in_use_percent else {
        return pace;
    };
    let all = meter::cores() as f64 * spent.seconds;
    let percent = |cpu: f64| 100.0 * cpu / all;
    let mut shares: Vec<_> = spent.cpu_seconds.iter().collect();
    shares.sort_by(|a, b| b.1.total_cmp(a.1));
    let shares: Vec<_> = shares
        .iter()
        .map(|(name, cpu)| format!("{name} {:.0} %", percent(**cpu)))
        .collect();
    let others = spent.cpu_seconds.get(OTHERS).copied().map_or(0.0, percent);
    let bound = if paced > PACED_PERCENT {
        "the pace"
    } else if others > DISTURBED_PERCENT {
        "not to be told, since others used the machine: measure again when it is quiet"
    } else if busy > BUSY_PERCENT {
        "the processors"
    } else {
        "waiting for one another"
    };
    format!(
        "{bound}; processors {busy:.0} % in use ({}); {pace}",
        shares.join(", ")
    )
}
