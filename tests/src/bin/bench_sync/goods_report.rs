//! What a bench of an initial sync has found: figures with their definitions, as a page for people or as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use skarv::demo::articles::Articles;
use skarv_canonical::descriptor::Side as System;

use crate::{
    contest::Contest,
    goods::{Bare, Ran},
    meter,
    report::{bound_by, build, print, said},
    stream::Stream,
};

const DEFINITIONS: &str = "\
seconds    Skarv: from asking for the initial sync until its run has ended. The bare client: from its first call to its last
           answer.
bare       the same calls to fresh systems of the same seed, pages one after the other and each read while the one before it is
           written, as many side by side as Skarv makes: items a few at a time, each looked for and then made; bodies of many one
           after the other, each after the looks before it. Through the same HTTP client; nothing is mapped, remembered or checked.
           Skarv's connections are set to the fastest pace there is; the bare client keeps to it once, and to none once.
least      the fewest calls that a client can make which knows nothing beforehand, asks for as much as an answer holds and
           sends as much as a body holds: a look and a create for each article; one body for 50 prices and one write for each
           campaign; one body for 100 quantities, looked at before the books are read and again before they are set.
cpu        user and system time of each process in seconds; `fakes` is both simulators, `others` is what else the machine did.
memory     the highest resident memory of the process, from its start.";

#[derive(Serialize)]
pub(crate) struct Report {
    definitions: &'static str,
    stream: &'static str,
    build: &'static str,
    cores: usize,
    load_before: String,
    answer_ms: u64,
    products_in_shop: usize,
    combinations_in_shop: usize,
    articles_shared: usize,
    records: Records,
    calls: BTreeMap<String, Calls>,
    calls_made: usize,
    calls_least: usize,
    #[serde(flatten)]
    contest: Contest,
    bound_by: String,
    memory: Memory,
    books: Articles,
    problems: Vec<String>,
}

/// By what became of them.
#[derive(Serialize)]
struct Records {
    read: u64,
    written: u64,
    unchanged: u64,
    parked: u64,
    retries: u64,
}

/// Of one kind.
#[derive(Default, Serialize)]
struct Calls {
    made: usize,
    least: usize,
}

#[derive(Serialize)]
struct Memory {
    agent_mb: Option<f64>,
    control_plane_mb: Option<f64>,
    articles_in_small_run: usize,
    agent_mb_in_small_run: Option<f64>,
    control_plane_mb_in_small_run: Option<f64>,
}

impl Report {
    pub(crate) fn new(
        stream: Stream,
        load_before: String,
        answer_ms: u64,
        small: &Ran,
        ran: &Ran,
        bare: [Bare; 2],
    ) -> Self {
        let [paced, unpaced] = bare;
        let calls = calls(stream, ran);
        let calls_made = calls.values().map(|calls| calls.made).sum();
        let problems = [
            ("small run: ", &small.books),
            ("", &ran.books),
            ("bare: ", &paced.books),
            ("bare without pace: ", &unpaced.books),
        ];
        let problems = problems.into_iter().flat_map(|(run, books)| {
            let problems = differences(books);
            problems.into_iter().map(move |problem| format!("{run}{problem}"))
        });
        let target = match stream.source() {
            System::Erp => "shop",
            _ => "accounting system",
        };
        Self {
            definitions: DEFINITIONS,
            stream: stream.name(),
            build: build(),
            cores: meter::cores(),
            load_before,
            answer_ms,
            products_in_shop: ran.facts.products,
            combinations_in_shop: ran.facts.combinations,
            articles_shared: ran.facts.shared,
            records: Records {
                read: ran.totals.read,
                written: ran.totals.written + ran.totals.adopted,
                unchanged: ran.totals.unchanged,
                parked: ran.totals.parked,
                retries: ran.totals.retries,
            },
            calls_made,
            calls_least: calls.values().map(|calls| calls.least).sum(),
            calls,
            contest: Contest::of(
                ran.totals.read as usize,
                &ran.spent,
                calls_made,
                (&paced.spent, &paced.done),
                (&unpaced.spent, &unpaced.done),
            ),
            bound_by: bound_by(&ran.spent, (target, ran.calls_to_target)),
            memory: Memory {
                agent_mb: ran.peaks.agent,
                control_plane_mb: ran.peaks.control_plane,
                articles_in_small_run: small.facts.shared,
                agent_mb_in_small_run: small.peaks.agent,
                control_plane_mb_in_small_run: small.peaks.control_plane,
            },
            problems: problems.collect(),
            books: ran.books.clone(),
        }
    }

    /// Whether every article is in the other system as it should be.
    pub(crate) fn books_match(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn print(&self, json: bool) -> anyhow::Result<()> {
        print(self, || self.page(), json)
    }

    fn page(&self) -> String {
        let mut lines = self.head();
        lines.extend(self.calls.iter().map(|(kind, calls)| {
            let Calls { made, least } = calls;
            format!("  {made:>9} {least:>9}  {kind}")
        }));
        lines.extend(self.contest.lines());
        lines.push(format!("bound by   {}", self.bound_by));
        lines.push(self.memory.line());
        lines.extend(self.contest.otherwise());
        lines.push(match self.books_match() {
            true => "books      match".to_owned(),
            false => format!("books      DO NOT MATCH: {}", self.problems.join("; ")),
        });
        lines.join("\n")
    }

    fn head(&self) -> Vec<String> {
        let Records {
            read,
            written,
            unchanged,
            parked,
            retries,
        } = self.records;
        vec![
            self.definitions.to_owned(),
            String::new(),
            format!(
                "machine    {} cores, load before {}, build: {}",
                self.cores, self.load_before, self.build
            ),
            format!("answers    after {} ms", self.answer_ms),
            format!(
                "{:<10} {} products and {} combinations in the shop, {} articles in both systems",
                self.stream, self.products_in_shop, self.combinations_in_shop, self.articles_shared
            ),
            format!(
                "records    {read} read, {written} written, {unchanged} unchanged, {parked} parked, {retries} tried again"
            ),
            format!(
                "calls      {} made, {} at the least: {:.2} times the least",
                self.calls_made,
                self.calls_least,
                self.calls_made as f64 / self.calls_least.max(1) as f64
            ),
            format!("  {:>9} {:>9}", "made", "least"),
        ]
    }
}

impl Memory {
    fn line(&self) -> String {
        format!(
            "memory     agent {} ({} with {} articles); control plane {} ({})",
            said(self.agent_mb, " MB"),
            said(self.agent_mb_in_small_run, " MB"),
            self.articles_in_small_run,
            said(self.control_plane_mb, " MB"),
            said(self.control_plane_mb_in_small_run, " MB"),
        )
    }
}

/// Calls made and the least possible, by kind.
fn calls(stream: Stream, ran: &Ran) -> BTreeMap<String, Calls> {
    let mut calls: BTreeMap<String, Calls> = BTreeMap::new();
    for (kind, made) in &ran.made {
        calls.entry(kind.clone()).or_default().made = *made;
    }
    for (kind, least) in stream.least(&ran.facts, &ran.made) {
        calls.entry(kind).or_default().least = least;
    }
    calls
}

/// What the books do not agree in.
pub(crate) fn differences(books: &Articles) -> Vec<String> {
    let counts = [
        (books.articles_missing, "are missing"),
        (books.names_differ, "are called otherwise"),
        (books.active_differ, "are sold in one system only"),
        (books.eans_differ, "have another EAN"),
        (books.prices_differ, "have another price"),
        (books.campaigns_differ, "have another campaign"),
        (books.stock_differs, "have another quantity"),
    ];
    let differ = counts.into_iter().filter(|(count, _)| *count > 0);
    let mut differ: Vec<_> = differ
        .map(|(count, what)| format!("{count} articles {what}"))
        .collect();
    if books.articles_shared == 0 {
        differ.push("the systems share no article".to_owned());
    }
    differ
}
