//! Carries one lease, by its kind: opens its connections and hands them to the data path, or asks them (`ask`).
//!
//! Secrets and clients live in here for the length of the run. Whatever goes wrong becomes how the run ended.

mod ask;

use std::{sync::Arc, time::Duration};

use skarv_canonical::{
    Class, Reason,
    descriptor::Descriptor,
    spec::{StreamKind, StreamSpec},
};
use skarv_connector::{Access, Connector, Error};
use skarv_http::WallClock;
use tokio::time::Instant;

use crate::{
    control_plane::{Client, ConnectionPacer, RunControl},
    flow::{Doubts, Observer, Run, SliceEnd, Work, foresee, run_slice},
    holding::Holding,
    lease::{Connection, DryRunAsk, Ending, Found, Kind, Lease, Slice},
    reconcile::{self, Reconcile},
    registry::Registry,
};

/// Records a page: few enough that a page is soon settled, many enough that its related rows are read together.
const PAGE: usize = 50;

/// Full bodies a page, of what goes in bodies of many: its records hold next to nothing.
const BODIES: usize = 5;

/// The most records that are written side by side, whatever a connector says of itself.
const PARALLEL: u32 = 16;

/// How long a dry run may look: what it has seen by then is told.
const DRY_RUN: Duration = Duration::from_secs(5 * 60);

/// What every run of this agent shares.
pub(crate) struct Carrier {
    pub(crate) client: Arc<Client>,
    pub(crate) registry: Registry,
    pub(crate) http: skarv_http::Client,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) wall: Arc<dyn WallClock>,
}

impl Carrier {
    /// Carries a lease to its end. A run whose lease is lost ends at once, whatever is under way.
    pub(crate) async fn carry(&self, lease: Lease, holding: &Arc<Holding>) -> Ending {
        // boxed: a run's state is large, and most of it belongs to one kind
        let carrying = Box::pin(async {
            match &lease.kind {
                Kind::Sync | Kind::Backfill | Kind::Replay => self.slice(lease, holding).await.into(),
                Kind::Reconcile => self.reconcile(lease, holding).await,
                Kind::Check => self.check(lease, holding).await,
                Kind::Discover => self.discover(lease, holding).await,
                Kind::Preflight => self.preflight(lease, holding).await,
                Kind::DryRun(ask) => {
                    let ask = *ask;
                    self.dry_run(lease, ask, holding).await
                }
                Kind::Other(kind) => failed(not_supported(kind)).into(),
            }
        });
        tokio::select! {
            biased;
            () = holding.lost() => SliceEnd::Lost.into(),
            ending = carrying => ending,
        }
    }

    async fn slice(&self, lease: Lease, holding: &Arc<Holding>) -> SliceEnd {
        let control = Arc::new(RunControl::new(Arc::clone(&self.client), Arc::clone(holding)));
        let run = match self.open(lease, holding, &control).await {
            Ok(run) => run,
            Err(error) => return unusable(&error),
        };
        match (run_slice(&run).await, control.fault()) {
            // the run was stopped because the control plane cannot make sense of it: that must not look like silence
            (SliceEnd::Lost, Some(reason)) => failed(reason),
            (end, _) => end,
        }
    }

    /// Opens both ends of a stream.
    async fn open(
        &self,
        mut lease: Lease,
        holding: &Arc<Holding>,
        control: &Arc<RunControl>,
    ) -> Result<Run, Error> {
        let ends_at = Instant::now() + lease.slice.length;
        let ends = self.ends(&mut lease, holding).await?;
        let work = match lease.kind {
            Kind::Replay => Work::Replay(lease.keys),
            Kind::Backfill | Kind::DryRun(DryRunAsk { everything: true, .. }) => Work::Everything,
            _ => Work::Stream,
        };
        let descriptor = ends.writer.descriptor();
        let body = body(&descriptor, ends.spec.kind());
        let source = ends.reader.source(&ends.source, &ends.spec).await?;
        let sink = ends.writer.sink(&ends.target, &ends.spec).await?;
        Ok(Run {
            work,
            spec: (*ends.spec).clone(),
            shop_ref: ends.shop_ref,
            cursor: lease.cursor,
            source,
            sink,
            parallel: descriptor.max_parallel.clamp(1, PARALLEL) as usize,
            target: descriptor,
            control: Arc::clone(control) as Arc<_>,
            signal: holding.signal(),
            doubts: Doubts::default(),
            progress: Arc::clone(&holding.progress),
            observer: Arc::clone(&self.observer),
            wall: Arc::clone(&self.wall),
            page_size: page_size(body),
            ends_at,
            // opening both ends costs as much, however little is carried; the time of a slice stays what it is
            max_records: lease.slice.records.saturating_mul(body),
        })
    }

    /// What both ends of a stream are opened with.
    async fn ends(&self, lease: &mut Lease, holding: &Arc<Holding>) -> Result<Ends, Error> {
        let (Some(hash), Some(source), Some(target)) = (lease.spec, lease.source.take(), lease.target.take())
        else {
            return Err(Error::new(incomplete()));
        };
        let spec = self.client.spec(hash).await.map_err(Error::new)?;
        let shop_ref = if source.shop_ref.is_empty() {
            target.shop_ref.clone()
        } else {
            source.shop_ref.clone()
        };
        if shop_ref.is_empty() {
            // without it the references of two shops could meet in one accounting system
            return Err(Error::configuration("shop_not_tested").fix("test_connection"));
        }
        let (reader, writer) = (self.connector(&source)?, self.connector(&target)?);
        Ok(Ends {
            spec,
            shop_ref,
            source: self.access(reader.as_ref(), source, holding),
            reader,
            target: self.access(writer.as_ref(), target, holding),
            writer,
        })
    }

    async fn reconcile(&self, lease: Lease, holding: &Arc<Holding>) -> Ending {
        match self.open_to_compare(lease, holding).await {
            Ok(comparison) => comparison.run().await,
            Err(error) => reconcile::failed(error).into(),
        }
    }

    /// Opens both ends of a stream for reading.
    async fn open_to_compare(&self, mut lease: Lease, holding: &Arc<Holding>) -> Result<Reconcile, Error> {
        let ends = self.ends(&mut lease, holding).await?;
        let settings = ends.spec.orders().ok_or_else(|| Error::new(incomplete()))?;
        Ok(Reconcile {
            period: lease.period.ok_or_else(|| Error::new(incomplete()))?,
            source: ends.reader.source(&ends.source, &ends.spec).await?,
            ledger: ends.writer.ledger(&ends.target, &ends.spec).await?,
            shop_ref: ends.shop_ref,
            settings: settings.clone(),
            signal: holding.signal(),
            progress: Arc::clone(&holding.progress),
            wall: Arc::clone(&self.wall),
        })
    }

    /// What is foreseen holds as long as nothing changes, so it is not cut into slices.
    async fn dry_run(&self, mut lease: Lease, ask: DryRunAsk, holding: &Arc<Holding>) -> Ending {
        lease.slice = Slice {
            length: DRY_RUN,
            records: ask.records,
        };
        lease.cursor = lease.cursor.filter(|_| !ask.everything);
        let control = Arc::new(RunControl::new(Arc::clone(&self.client), Arc::clone(holding)));
        let run = match self.open(lease, holding, &control).await {
            Ok(run) => run,
            Err(error) => return failed_with(error).into(),
        };
        let run = Run {
            max_records: ask.records,
            ..run
        };
        let (end, foreseen) = foresee(run).await;
        match control.fault() {
            Some(reason) if end == SliceEnd::Lost => failed(reason).into(),
            _ => Ending {
                end,
                found: foreseen.map(Found::DryRun),
            },
        }
    }

    fn connector(&self, connection: &Connection) -> Result<Arc<dyn Connector>, Error> {
        let missing = || Error::transient("connector_missing").with("connector", &connection.connector);
        self.registry
            .get(&connection.connector)
            .cloned()
            .ok_or_else(missing)
    }

    fn access(&self, connector: &dyn Connector, connection: Connection, holding: &Arc<Holding>) -> Access {
        let chunk = connector.descriptor().requests_per_second;
        let pacer = ConnectionPacer::new(Arc::clone(&self.client), Arc::clone(holding), &connection, chunk);
        Access {
            connection: connection.reference,
            shop_ref: connection.shop_ref,
            settings: connection.settings,
            secrets: connection.secrets,
            http: self.http.with_pacer(Arc::new(pacer)),
        }
    }
}

/// What both ends of a stream are opened with.
struct Ends {
    spec: Arc<StreamSpec>,
    shop_ref: String,
    reader: Arc<dyn Connector>,
    source: Access,
    writer: Arc<dyn Connector>,
    target: Access,
}

/// How many records go to the target in one body.
fn body(target: &Descriptor, kind: StreamKind) -> usize {
    let written = kind.written_as().and_then(|entity| target.write_of(&entity));
    written.map_or(1, |writes| writes.batch.max(1) as usize)
}

fn page_size(body: usize) -> usize {
    match body {
        1 => PAGE,
        many => PAGE.max(many * BODIES),
    }
}

/// A connection that cannot be opened or tested. With credentials or settings that are wrong, a person has to act first.
fn unusable(error: &Error) -> SliceEnd {
    tracing::info!(%error, "a connection cannot be used");
    let block = matches!(error.class(), Class::Credentials | Class::Configuration);
    SliceEnd::Failed {
        reason: error.reason.clone(),
        retry: error.retry_after,
        block,
    }
}

/// What cannot be opened to be looked at stops nothing.
fn failed_with(error: Error) -> SliceEnd {
    tracing::info!(%error, "a connection cannot be looked at");
    SliceEnd::Failed {
        reason: error.reason,
        retry: error.retry_after,
        block: false,
    }
}

fn failed(reason: Reason) -> SliceEnd {
    SliceEnd::Failed {
        reason,
        retry: None,
        block: false,
    }
}

fn not_supported(kind: &str) -> Reason {
    Reason::configuration("kind_not_supported").with("kind", kind)
}

/// A lease without what its kind needs: a newer control plane may mean something else by it.
fn incomplete() -> Reason {
    Reason::new(Class::Transient, "lease_incomplete")
}
