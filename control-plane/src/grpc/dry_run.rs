//! What a stream would write: kept as its agent told it, within bounds, and told to people with their sentences.

use prost::Message;
use skarv_proto::{convert::reason::decode_reason, v1 as pb};

use super::{
    Grpc,
    bounded::{cut, fit},
};

/// Records that are kept, writes of each, and changes of a write.
const MOST_RECORDS: usize = 1_000;
const MOST_WRITES: usize = 50;
const MOST_CHANGES: usize = 500;
/// Characters of one text.
const LONGEST: usize = 2_000;
/// Bytes of all records. With the sentences of each, an answer stays below what gRPC clients take by default.
const LARGEST: usize = 3_000_000;

/// The form in which a dry run is kept, bounded whatever the agent says.
pub(super) fn kept(mut told: pb::DryRun) -> Vec<u8> {
    let more = told.records.len() > MOST_RECORDS;
    told.records.truncate(MOST_RECORDS);
    told.records.iter_mut().for_each(bound);
    let all = fit(&mut told.records, LARGEST, Message::encoded_len);
    told.has_more |= more || !all;
    told.encode_to_vec()
}

fn bound(record: &mut pb::DryRunRecord) {
    cut(&mut record.source_key, LONGEST);
    cut(&mut record.reference, LONGEST);
    record.writes.truncate(MOST_WRITES);
    for write in &mut record.writes {
        write.changes.truncate(MOST_CHANGES);
        let texts = [&mut write.entity, &mut write.our_key, &mut write.foreign_id];
        let changed = write
            .changes
            .iter_mut()
            .flat_map(|change| [&mut change.path, &mut change.before, &mut change.after]);
        texts
            .into_iter()
            .chain(changed)
            .for_each(|text| cut(text, LONGEST));
    }
}

impl Grpc {
    /// A kept dry run, with its sentences. One that a newer version kept in another form is not told.
    pub(super) fn encode_dry_run(&self, kept: &[u8]) -> Option<pb::DryRun> {
        let mut told = pb::DryRun::decode(kept)
            .inspect_err(|error| tracing::error!(%error, "a kept dry run cannot be read"))
            .ok()?;
        for record in &mut told.records {
            let reason = record.reason.take().map(decode_reason);
            record.reason = reason.map(|reason| self.encode_reason(&reason));
        }
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: usize, changes: usize) -> pb::DryRunRecord {
        let change = pb::FieldChange {
            path: "rows[0].text".to_owned(),
            before: String::new(),
            after: "x".repeat(text),
        };
        pb::DryRunRecord {
            writes: vec![pb::DryRunWrite {
                changes: vec![change; changes],
                ..pb::DryRunWrite::default()
            }],
            ..pb::DryRunRecord::default()
        }
    }

    fn back(records: Vec<pb::DryRunRecord>) -> (pb::DryRun, usize) {
        let bytes = kept(pb::DryRun {
            records,
            has_more: false,
        });
        (pb::DryRun::decode(bytes.as_slice()).unwrap(), bytes.len())
    }

    #[test]
    fn what_fits_is_kept_as_it_was_told() {
        let records = vec![record(20, 3); 7];
        let (told, _) = back(records.clone());
        assert_eq!((told.records, told.has_more), (records, false));
    }

    #[test]
    fn more_than_is_kept_is_said_to_be_more() {
        let (told, _) = back(vec![record(1, 1); MOST_RECORDS + 1]);
        assert_eq!((told.records.len(), told.has_more), (MOST_RECORDS, true));
    }

    #[test]
    fn however_large_its_records_are_the_whole_stays_small() {
        let (told, size) = back(vec![record(LONGEST * 3, MOST_CHANGES * 2); 9]);
        assert!(told.has_more && !told.records.is_empty());
        assert!(size <= LARGEST + 16 * told.records.len(), "{size}");
        let changes = &told.records[0].writes[0].changes;
        assert_eq!((changes.len(), changes[0].after.len()), (MOST_CHANGES, LONGEST));
    }
}
