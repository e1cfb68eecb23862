//! Everything that a descriptor declares, tried: what it reads, what it writes, and how it takes it when the system is in trouble.
//!
//! Each promise has a system of its own. The first that is broken ends the suite, with the promise's name.

mod reading;
mod trouble;
mod writing;

use anyhow::{Context, Result, bail, ensure};
use skarv_canonical::{descriptor::Descriptor, spec::StreamKind};
use skarv_connector::Flight;

use crate::{
    bench::{Bench, Half, Workshop},
    tap::Tap,
};

/// A bench on a tapped line.
struct Trial {
    bench: Box<dyn Bench>,
    tap: Tap,
}

impl Trial {
    async fn of(bench: Box<dyn Bench>) -> Result<Self> {
        let tap = Tap::on(&bench.upstream()).await?;
        Ok(Self { bench, tap })
    }

    /// Whatever is done meanwhile must change nothing and ask for nothing but to be told.
    async fn writes_nothing<T>(&self, does: impl Future<Output = Result<T>>) -> Result<T> {
        let before = self.bench.books().await?;
        self.tap.forget();
        let done = does.await?;
        let wrote = self.tap.calls().into_iter().find(|call| call.writes());
        if let Some(call) = wrote {
            bail!("it wrote: {} {}", call.method, call.path);
        }
        ensure!(
            before == self.bench.books().await?,
            "the system's own books changed"
        );
        Ok(done)
    }
}

/// Tries everything that a descriptor declares.
pub async fn passes(descriptor: &Descriptor, workshop: &dyn Workshop) -> Result<()> {
    for reads in &descriptor.reads {
        let stream = reads.stream;
        if workshop.bench(stream, Half::Reads).await?.is_some() {
            let open = async || trial(workshop, stream, Half::Reads).await;
            reading::passes(descriptor, &open)
                .await
                .with_context(|| format!("reading {stream:?}"))?;
        }
    }
    for stream in STREAMS {
        let written = stream
            .written_as()
            .filter(|entity| descriptor.write_of(entity).is_some());
        if written.is_some() && workshop.bench(stream, Half::Writes).await?.is_some() {
            let open = async || trial(workshop, stream, Half::Writes).await;
            writing::passes(descriptor, &open)
                .await
                .with_context(|| format!("writing {stream:?}"))?;
        }
    }
    Ok(())
}

const STREAMS: [StreamKind; 6] = [
    StreamKind::Orders,
    StreamKind::OrderStatus,
    StreamKind::Products,
    StreamKind::Prices,
    StreamKind::PriceLists,
    StreamKind::Stock,
];

async fn trial(workshop: &dyn Workshop, stream: StreamKind, half: Half) -> Result<Trial> {
    let bench = workshop.bench(stream, half).await?;
    Trial::of(bench.context("a bench is there every time or never")?).await
}

/// A test of the connection, a look at what there is and a pre-flight answer, and write nothing.
async fn asks_without_writing(trial: &Trial) -> Result<()> {
    let bench = &trial.bench;
    let (connector, access) = (bench.connector(), bench.access(&trial.tap.url()));
    let report = trial.writes_nothing(async { Ok(connector.check(&access).await?) });
    let report = report.await.context("testing the connection")?;
    ensure!(
        report.ok(),
        "the connection is well and is told not to be: {report:?}"
    );
    let found = trial.writes_nothing(async {
        match connector.discover(&access).await {
            // what it does not declare it need not do
            Err(error) if error.reason.code == "not_supported" => Ok(()),
            found => Ok(found.map(drop)?),
        }
    });
    found.await.context("looking at what there is")?;
    let streams = [bench.stream()];
    let flight = Flight {
        streams: &streams,
        shop_is_master: true,
        now: bench.now(),
    };
    let findings = trial.writes_nothing(async { Ok(connector.preflight(&access, flight).await?) });
    findings.await.context("a pre-flight").map(drop)
}
