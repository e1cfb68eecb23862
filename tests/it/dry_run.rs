//! A dry run through the whole system: it tells what the run that follows does, record by record, and writes nothing.

mod changes;

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use skarv::demo::{goods::Flow, setup::SetUp};
use skarv_proto::v1 as pb;
use skarv_tests::{AgentThread, Opening, Platform, Times, goods::stream};

use changes::Clerks;

/// A line that the books refuse for what they know of the article alone shows when it is sent: the order is booked without it.
const JUDGED_BY_THE_BOOKS: &str = "stock_not_taken";

/// Records by their keys.
type Became = BTreeMap<String, (pb::RecordState, String)>;

/// A flow that is on, with every stream off: each is switched on when its turn comes.
struct Story {
    platform: Platform,
    set_up: SetUp,
    clerks: Clerks,
    actions: BTreeMap<(String, pb::DryRunAction), usize>,
}

impl Story {
    async fn of(flow: Flow, seed: u64) -> anyhow::Result<(Self, AgentThread)> {
        let opening = Opening {
            orders: 45,
            products: 24,
            till: false,
            seed,
        };
        let platform = Platform::open(opening, Times::default()).await?;
        let clerks = Clerks::of(seed);
        clerks.stock_up(&platform, flow).await?;
        let agent = platform.agent().await?;
        let set_up = platform.draw_up(Some(flow)).await?;
        if flow != Flow::ShopMaster {
            clerks.tell_statuses(&platform, &set_up).await?;
        }
        platform.activate_without_streams(&set_up).await?;
        let story = Self {
            platform,
            set_up,
            clerks,
            actions: BTreeMap::new(),
        };
        Ok((story, agent))
    }

    /// Each stream of the flow in the order in which a set-up loads them.
    async fn kinds(&self) -> anyhow::Result<Vec<String>> {
        let streams = self.platform.streams(&self.set_up).await?;
        let of = |name: &str| name.rsplit('/').next().unwrap().to_owned();
        let mut kinds: Vec<String> = streams.iter().map(|stream| of(&stream.name)).collect();
        let turn = ["orders", "order-status", "products", "prices", "stock"];
        kinds.sort_by_key(|kind| turn.iter().position(|known| known == kind));
        Ok(kinds)
    }

    /// One stream's next run, foreseen and then carried; it is off before and afterwards.
    async fn changes(&mut self, kind: &str) -> anyhow::Result<()> {
        let at = stream(&self.set_up, kind);
        let foreseen = self.foreseen(&at, pb::DryRunExtent::Changes).await?;
        let tapes = self.platform.tapes().await?;
        let before = self.platform.carried(&at).await?;
        self.platform.carry_what_is_due(&at).await?;
        let writes = tapes.calls().await?.1;
        self.platform.switch(&at.stream, pb::StreamState::Off).await?;
        self.is_what_came(&at, &foreseen, &before, &writes).await
    }

    /// Everything of one stream, foreseen and then loaded.
    async fn everything(&mut self, kind: &str) -> anyhow::Result<()> {
        let at = stream(&self.set_up, kind);
        self.platform.carry_what_is_due(&at).await?;
        let foreseen = self.foreseen(&at, pb::DryRunExtent::Everything).await?;
        let tapes = self.platform.tapes().await?;
        let before = self.platform.carried(&at).await?;
        self.platform.load(&at).await?;
        let writes = tapes.calls().await?.1;
        self.platform.switch(&at.stream, pb::StreamState::Off).await?;
        self.is_what_came(&at, &foreseen, &before, &writes).await
    }

    /// A dry run, once it has been seen that it has only read.
    async fn foreseen(&self, at: &SetUp, extent: pb::DryRunExtent) -> anyhow::Result<pb::Run> {
        let (books, tapes) = (self.platform.all_books().await?, self.platform.tapes().await?);
        let records = self.platform.records(at).await?;
        let run = self.platform.dry_run(at, extent).await?;
        let (calls, writes) = tapes.calls().await?;
        ensure!(calls > 0, "{}: nobody was asked anything", at.stream);
        assert_eq!(writes, [""; 0], "{}", at.stream);
        assert!(
            self.platform.all_books().await? == books,
            "{}: a book is another",
            at.stream
        );
        assert_eq!(self.platform.records(at).await?, records);
        Ok(run)
    }

    /// Holds what was foreseen against what became of each record, and against the counts of the run.
    async fn is_what_came(
        &mut self,
        at: &SetUp,
        foreseen: &pb::Run,
        before: &pb::RunTotals,
        writes: &[String],
    ) -> anyhow::Result<()> {
        let told = foreseen.dry_run.as_ref().context("it told nothing")?;
        assert!(!told.has_more, "{}: not everything was looked at", at.stream);
        let totals = pb::RunTotals {
            retries: 0,
            ..foreseen.totals.unwrap_or_default()
        };
        let came = less(&self.platform.carried(at).await?, before);
        let became = became(self.platform.records(at).await?);
        for record in &told.records {
            let is = became.get(&record.source_key);
            is_as_told(at, record, is)?;
        }
        assert_eq!(totals, came, "{}", at.stream);
        let foreseen = told.records.iter().flat_map(|record| &record.writes);
        let foreseen = foreseen.filter(|write| changes_something(write.action())).count();
        ensure!(
            (foreseen == 0) == writes.is_empty(),
            "{}: {foreseen} writes were foreseen, and sent were {writes:?}",
            at.stream
        );
        let kind = at.stream.rsplit('/').next().unwrap().to_owned();
        for record in &told.records {
            *self.actions.entry((kind.clone(), record.action())).or_default() += 1;
        }
        Ok(())
    }
}

/// Whether a record is what was told of it: what stands stays called what it was made as.
fn is_as_told(
    at: &SetUp,
    record: &pb::DryRunRecord,
    is: Option<&(pb::RecordState, String)>,
) -> anyhow::Result<()> {
    use pb::{DryRunAction as Told, RecordState as Is};
    let (state, reason) = is.with_context(|| format!("{}: no record of {}", at.stream, shown(record)))?;
    let fits: &[Is] = match record.action() {
        Told::Create | Told::Update => &[Is::Written, Is::Adopted],
        Told::Adopt => &[Is::Adopted],
        Told::Unchanged => &[Is::Unchanged, Is::Written, Is::Adopted],
        Told::Skip => &[Is::Dropped],
        Told::Park => &[Is::Parked],
        Told::Unspecified => &[],
    };
    ensure!(
        fits.contains(state),
        "{}: {} became {state:?} {reason}",
        at.stream,
        shown(record)
    );
    let told = record.reason.as_ref().map_or("", |reason| reason.code.as_str());
    let stood = record.action() == Told::Unchanged && told.is_empty();
    let judged = told.is_empty() && reason == JUDGED_BY_THE_BOOKS;
    ensure!(
        told == reason || stood || judged,
        "{}: {} was told with {told:?} and has {reason:?}",
        at.stream,
        shown(record)
    );
    Ok(())
}

fn shown(record: &pb::DryRunRecord) -> String {
    let writes = record.writes.iter().map(|write| (&write.entity, write.action()));
    let writes: Vec<_> = writes.collect();
    format!("{} {:?} {writes:?}", record.source_key, record.action())
}

fn became(records: Vec<pb::Record>) -> Became {
    let of = |record: pb::Record| {
        let key = record.name.rsplit('/').next().unwrap_or_default().to_owned();
        let state = record.state();
        (key, (state, record.reason.unwrap_or_default().code))
    };
    records.into_iter().map(of).collect()
}

fn changes_something(action: pb::DryRunAction) -> bool {
    match action {
        pb::DryRunAction::Create | pb::DryRunAction::Update => true,
        pb::DryRunAction::Adopt
        | pb::DryRunAction::Unchanged
        | pb::DryRunAction::Skip
        | pb::DryRunAction::Park
        | pb::DryRunAction::Unspecified => false,
    }
}

fn less(now: &pb::RunTotals, before: &pb::RunTotals) -> pb::RunTotals {
    pb::RunTotals {
        read: now.read - before.read,
        written: now.written - before.written,
        adopted: now.adopted - before.adopted,
        unchanged: now.unchanged - before.unchanged,
        dropped: now.dropped - before.dropped,
        parked: now.parked - before.parked,
        unknown: now.unknown - before.unknown,
        retries: 0,
    }
}

/// The whole story of one generated tenant: first runs, loads, then two rounds of what clerks do in both systems.
async fn goes_as_foreseen(flow: Flow, seed: u64) -> anyhow::Result<Story> {
    let (mut story, agent) = Story::of(flow, seed).await?;
    let kinds = story.kinds().await?;
    for kind in &kinds {
        story.changes(kind).await?;
    }
    for kind in kinds.iter().filter(|kind| !kind.starts_with("order")) {
        story.everything(kind).await?;
    }
    for round in 1..=2 {
        let Story {
            clerks,
            platform,
            set_up,
            ..
        } = &mut story;
        clerks.work(platform, set_up, flow, round).await?;
        for kind in &kinds {
            story.changes(kind).await?;
        }
    }
    agent.drain().await?;
    Ok(story)
}

#[tokio::test]
async fn dry_run_equals_the_run() -> anyhow::Result<()> {
    let story = async |flow, seed| {
        let story = Box::pin(goes_as_foreseen(flow, seed)).await;
        story.with_context(|| format!("{flow:?} of seed {seed}"))
    };
    let (shop, books, first, second) = tokio::try_join!(
        story(Flow::ShopMaster, 0),
        story(Flow::ErpMaster, 1),
        story(Flow::Combined, 2),
        story(Flow::Combined, 3),
    )?;
    let mut seen = BTreeMap::new();
    for story in [shop, books, first, second] {
        for (action, count) in story.actions {
            *seen.entry(action).or_insert(0) += count;
        }
    }
    shows_something(&seen);
    Ok(())
}

/// Generated stories that hold nothing of a kind would show nothing of it.
fn shows_something(seen: &BTreeMap<(String, pb::DryRunAction), usize>) {
    use pb::DryRunAction::{Adopt, Create, Park, Skip, Unchanged, Update};
    for (kind, actions) in [
        ("orders", &[Create, Unchanged, Skip, Park][..]),
        ("order-status", &[Create, Adopt, Unchanged, Skip, Park]),
        ("products", &[Create, Update, Unchanged]),
        ("prices", &[Update, Unchanged, Skip]),
        ("stock", &[Update, Unchanged]),
    ] {
        for action in actions {
            let count = seen.get(&(kind.to_owned(), *action)).copied().unwrap_or_default();
            assert!(count > 3, "{count} of {kind} {action:?}: {seen:?}");
        }
    }
}
