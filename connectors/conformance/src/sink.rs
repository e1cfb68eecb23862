//! What a sink promises: what was put is found by our key, what was not is not, and two keys never share a document.
//!
//! A record is given as its writes in their order, with keys that the system has not seen.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use skarv_canonical::write::Write;
use skarv_connector::{Found, Put, Receipt, Sink};
use skarv_http::SendWindow;

/// How often to look while the system's search catches up.
const LOOKS: u32 = 10;

/// How writes are carried out.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// A send window for the next write.
    pub window: &'a (dyn Fn() -> SendWindow + Sync),
    /// How long a new document may stay invisible to a search, as the descriptor says.
    pub visible_after: Duration,
}

impl Delivery<'_> {
    async fn put(&self, sink: &dyn Sink, write: &Write, earlier: &[String]) -> Result<Receipt> {
        let put = Put {
            write,
            existing: None,
            earlier,
            window: Some((self.window)()),
        };
        let receipt = sink
            .put(put)
            .await
            .with_context(|| format!("putting {}", name(write)))?;
        ensure!(
            receipt.mismatch.is_none(),
            "{} was accepted as something else: {:?}",
            name(write),
            receipt.mismatch
        );
        Ok(receipt)
    }

    /// Puts every write of a record and answers the ids it got.
    async fn put_all(&self, sink: &dyn Sink, record: &[Write]) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for write in record {
            let receipt = self.put(sink, write, &ids).await?;
            ids.push(receipt.foreign_id);
        }
        Ok(ids)
    }

    async fn find(&self, sink: &dyn Sink, write: &Write) -> Result<Found> {
        for _ in 0..=LOOKS {
            if let Some(found) = look(sink, write).await? {
                return Ok(found);
            }
            tokio::time::sleep(self.visible_after / LOOKS).await;
        }
        bail!("{} was put and is not found", name(write))
    }
}

/// A search for a key that was never put finds nothing.
pub async fn find_before_put_finds_nothing(sink: &dyn Sink, record: &[Write]) -> Result<()> {
    for write in record {
        let found = look(sink, write).await?;
        ensure!(
            found.is_none(),
            "{} was never put and is found: {found:?}",
            name(write)
        );
    }
    Ok(())
}

/// What was put is found by our key, as the document it was put as.
pub async fn put_then_find_finds_it(sink: &dyn Sink, record: &[Write], delivery: Delivery<'_>) -> Result<()> {
    let ids = delivery.put_all(sink, record).await?;
    for (write, id) in record.iter().zip(&ids) {
        let found = delivery.find(sink, write).await?;
        ensure!(
            found.foreign_id == *id,
            "{} was put as {id} and is found as {}",
            name(write),
            found.foreign_id
        );
        ensure!(
            found.mismatch.is_none(),
            "{} is found changed: {:?}",
            name(write),
            found.mismatch
        );
    }
    Ok(())
}

/// Two records are two sets of documents, and each key finds its own.
pub async fn two_keys_two_documents(
    sink: &dyn Sink,
    records: [&[Write]; 2],
    delivery: Delivery<'_>,
) -> Result<()> {
    let [first, second] = records;
    let firsts = delivery.put_all(sink, first).await?;
    let seconds = delivery.put_all(sink, second).await?;
    for ((write, id), (other, other_id)) in first.iter().zip(&firsts).zip(second.iter().zip(&seconds)) {
        ensure!(
            write.our_key != other.our_key,
            "the records must have keys of their own: {}",
            name(write)
        );
        ensure!(
            id != other_id,
            "{} and {} are both {id}",
            name(write),
            name(other)
        );
        for (write, id) in [(write, id), (other, other_id)] {
            let found = delivery.find(sink, write).await?;
            ensure!(
                found.foreign_id == *id,
                "{} is {id} and finds {}",
                name(write),
                found.foreign_id
            );
        }
    }
    Ok(())
}

async fn look(sink: &dyn Sink, write: &Write) -> Result<Option<Found>> {
    sink.find(write)
        .await
        .with_context(|| format!("looking for {}", name(write)))
}

fn name(write: &Write) -> String {
    format!("{} {}", write.entity(), write.our_key)
}
