//! What a dry run foresees, on its way. It is bounded where it is foreseen.

use skarv_canonical::shown::Change;
use skarv_proto::{convert::reason::encode_reason, v1};

use crate::flow::{Action, DryRecord, DryRun, DryWrite};

pub(super) fn encode_dry_run(dry_run: &DryRun) -> v1::DryRun {
    v1::DryRun {
        records: dry_run.records.iter().map(encode_record).collect(),
        has_more: dry_run.has_more,
    }
}

fn encode_record(record: &DryRecord) -> v1::DryRunRecord {
    v1::DryRunRecord {
        source_key: record.source_key.clone(),
        reference: record.reference.clone(),
        action: encode_action(record.action).into(),
        writes: record.writes.iter().map(encode_write).collect(),
        reason: record.reason.as_ref().map(encode_reason),
    }
}

fn encode_write(write: &DryWrite) -> v1::DryRunWrite {
    v1::DryRunWrite {
        entity: write.entity.to_string(),
        our_key: write.our_key.clone(),
        action: encode_action(write.action).into(),
        foreign_id: write.foreign_id.clone(),
        changes: write.changes.iter().map(encode_change).collect(),
    }
}

fn encode_change(change: &Change) -> v1::FieldChange {
    v1::FieldChange {
        path: change.path.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
    }
}

fn encode_action(action: Action) -> v1::DryRunAction {
    match action {
        Action::Create => v1::DryRunAction::Create,
        Action::Update => v1::DryRunAction::Update,
        Action::Adopt => v1::DryRunAction::Adopt,
        Action::Unchanged => v1::DryRunAction::Unchanged,
        Action::Skip => v1::DryRunAction::Skip,
        Action::Park => v1::DryRunAction::Park,
    }
}
