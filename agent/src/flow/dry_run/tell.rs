//! From what a record would be settled as to what is told of it. What is told is bounded, whatever the records hold.

use std::collections::HashMap;

use skarv_canonical::{
    shown::{self, Change},
    write::Entity,
};
use skarv_connector::{Foreseen, Preview};

use super::{Action, DryRecord, DryRun, DryWrite, MOST_RECORDS};
use crate::flow::{
    control::{Outcome, Settled},
    end::{How, Step},
    put::Key,
};

/// The most changes of one write that are told. How many more there are is the last.
const MOST_CHANGES: usize = 100;

/// Characters of a text that are told.
const LONGEST: usize = 300;

/// Bytes of all changes together, and of all else: both fit into one message to the control plane, which takes 4 MiB.
const ROOM_FOR_CHANGES: usize = 2_000_000;
const ROOM_FOR_RECORDS: usize = 1_000_000;

/// What frames a record, a write or a change on its way.
const FRAME: usize = 32;

/// What is told so far, and the room that is left.
pub(super) struct Telling {
    told: DryRun,
    for_changes: usize,
    for_records: usize,
}

impl Default for Telling {
    fn default() -> Self {
        Self {
            told: DryRun::default(),
            for_changes: ROOM_FOR_CHANGES,
            for_records: ROOM_FOR_RECORDS,
        }
    }
}

impl Telling {
    /// Tells of a record, with what its writes would do.
    pub(super) fn take(&mut self, outcome: Outcome, previews: &HashMap<Key, Preview>) {
        let undone = match outcome.result {
            Settled::Parked | Settled::Unknown => Action::Park,
            Settled::Written | Settled::Adopted | Settled::Unchanged | Settled::Dropped => Action::Skip,
        };
        let writes: Vec<DryWrite> = outcome
            .steps
            .into_iter()
            .map(|step| write(step, undone, previews))
            .collect();
        let mut record = DryRecord {
            action: action(outcome.result, &writes),
            source_key: outcome.source_key,
            reference: outcome.reference,
            result: outcome.result,
            reason: outcome.reason,
            writes,
        };
        let size = size(&record);
        if self.told.records.len() >= MOST_RECORDS || size > self.for_records {
            self.told.has_more = true;
            return;
        }
        self.for_records -= size;
        for write in &mut record.writes {
            write.changes = self.cut(std::mem::take(&mut write.changes));
        }
        self.told.records.push(record);
    }

    pub(super) fn told(self) -> DryRun {
        self.told
    }

    /// As many changes as there is room for.
    fn cut(&mut self, changes: Vec<Change>) -> Vec<Change> {
        let all = changes.len();
        let mut told = Vec::new();
        for change in changes.into_iter().take(MOST_CHANGES) {
            let change = Change {
                path: clipped(change.path),
                before: clipped(change.before),
                after: clipped(change.after),
            };
            let size = FRAME + change.path.len() + change.before.len() + change.after.len();
            if size > self.for_changes {
                break;
            }
            self.for_changes -= size;
            told.push(change);
        }
        let left_out = all - told.len();
        if left_out > 0 {
            told.push(Change {
                path: "…".to_owned(),
                before: String::new(),
                after: format!("+{left_out}"),
            });
        }
        told
    }
}

fn clipped(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// What a record takes without its changes; the note of those left out included.
fn size(record: &DryRecord) -> usize {
    let write = |write: &DryWrite| 2 * FRAME + write.our_key.len() + write.foreign_id.len();
    let reason = record.reason.as_ref().map_or(0, |reason| {
        let params = reason
            .params
            .iter()
            .map(|(name, value)| FRAME + name.len() + value.len());
        FRAME + reason.code.len() + reason.fix.len() + params.sum::<usize>()
    });
    let writes: usize = record.writes.iter().map(write).sum();
    FRAME + record.source_key.len() + record.reference.len() + writes + reason
}

/// What would become of a write. `undone` is what becomes of one that would not stand.
fn write(step: Step, undone: Action, previews: &HashMap<Key, Preview>) -> DryWrite {
    let key = (step.entity.clone(), step.our_key.clone());
    let preview = previews.get(&key);
    let stands = preview.is_some_and(|preview| preview.end == Foreseen::Stands);
    let action = match step.how {
        None => undone,
        Some(How::Unchanged) => Action::Unchanged,
        Some(How::Left) => Action::Adopt,
        Some(How::Found) if preview.is_none() || stands => Action::Adopt,
        Some(How::Found) => Action::Update,
        Some(How::Made) if stands => Action::Unchanged,
        Some(How::Made) if preview.is_some_and(|preview| preview.end == Foreseen::Changed) => Action::Update,
        Some(How::Made) => Action::Create,
    };
    let changes = match action {
        Action::Create | Action::Update => preview.map(|preview| preview.changes.clone()).unwrap_or_default(),
        Action::Adopt | Action::Unchanged | Action::Skip | Action::Park => Vec::new(),
    };
    DryWrite {
        changes: if names_a_buyer(&step.entity) {
            shown::masked_changes(changes)
        } else {
            changes
        },
        entity: step.entity,
        our_key: step.our_key,
        action,
        foreign_id: step.foreign_id,
    }
}

fn names_a_buyer(entity: &Entity) -> bool {
    match entity {
        Entity::Customer | Entity::Invoice | Entity::Payment | Entity::Credit => true,
        Entity::Article | Entity::Price | Entity::Stock | Entity::Status => false,
    }
}

/// What would become of a record. One that would be written is called by the most that one of its writes does, its buyer's
/// card apart, as long as there is anything else.
fn action(result: Settled, writes: &[DryWrite]) -> Action {
    let does = |wanted: Action| {
        let mut own = writes.iter().filter(|write| write.entity != Entity::Customer);
        own.any(|write| write.action == wanted)
    };
    match result {
        Settled::Dropped => Action::Skip,
        Settled::Parked | Settled::Unknown => Action::Park,
        Settled::Written | Settled::Adopted if does(Action::Create) => Action::Create,
        Settled::Written | Settled::Adopted if does(Action::Update) => Action::Update,
        Settled::Written | Settled::Adopted if does(Action::Adopt) => Action::Adopt,
        Settled::Written | Settled::Adopted | Settled::Unchanged => Action::Unchanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(n: usize) -> Outcome {
        Outcome {
            source_key: n.to_string(),
            reference: format!("ORDER{n}"),
            amount: None,
            result: Settled::Written,
            writes: Vec::new(),
            reason: None,
            retry: None,
            excerpt: String::new(),
            steps: vec![Step {
                entity: Entity::Article,
                our_key: n.to_string(),
                foreign_id: String::new(),
                how: Some(How::Made),
            }],
        }
    }

    /// What is told of records whose writes would change so many fields, each to so long a text.
    fn told(records: usize, fields: usize, length: usize) -> DryRun {
        let mut telling = Telling::default();
        let change = |field: usize| Change {
            path: format!("rows[{field}].text"),
            before: String::new(),
            after: "å".repeat(length),
        };
        for n in 0..records {
            let preview = Preview::of(Foreseen::Made, (0..fields).map(change).collect());
            let previews = HashMap::from([((Entity::Article, n.to_string()), preview)]);
            telling.take(outcome(n), &previews);
        }
        telling.told()
    }

    #[test]
    fn of_many_changes_the_first_are_told_and_the_last_says_how_many_more_there_are() {
        let told = told(1, 130, 900);
        let changes = &told.records[0].writes[0].changes;
        assert_eq!(changes.len(), 101);
        assert_eq!(changes[0].after.chars().count(), LONGEST + 1);
        assert_eq!(
            (changes[100].path.as_str(), changes[100].after.as_str()),
            ("…", "+30")
        );
    }

    #[test]
    fn a_thousand_records_fit_into_one_message_whatever_they_hold() {
        let told = told(1_200, 90, 250);
        assert_eq!((told.records.len(), told.has_more), (MOST_RECORDS, true));
        let changes = told.records.iter().flat_map(|record| &record.writes[0].changes);
        let size = |change: &Change| FRAME + change.path.len() + change.after.len();
        let all: usize = changes.map(size).sum();
        assert!(all < ROOM_FOR_CHANGES + MOST_RECORDS * 2 * FRAME, "{all} bytes");
        let last = &told.records[999].writes[0].changes;
        assert_eq!(last[0].after, "+90", "what does not fit is counted");
    }

    #[test]
    fn an_order_that_is_paid_later_is_called_made_by_its_payment() {
        let step = |entity, how| Step {
            entity,
            our_key: "k".to_owned(),
            foreign_id: "f".to_owned(),
            how: Some(how),
        };
        let mut telling = Telling::default();
        let steps = vec![
            step(Entity::Customer, How::Made),
            step(Entity::Invoice, How::Unchanged),
            step(Entity::Payment, How::Made),
        ];
        telling.take(Outcome { steps, ..outcome(1) }, &HashMap::new());
        let told = telling.told();
        let writes: Vec<Action> = told.records[0].writes.iter().map(|write| write.action).collect();
        assert_eq!(writes, [Action::Create, Action::Unchanged, Action::Create]);
        assert_eq!(told.records[0].action, Action::Create);
    }

    #[test]
    fn a_value_that_stands_already_is_called_unchanged() {
        let mut telling = Telling::default();
        let preview = Preview::of(Foreseen::Stands, Vec::new());
        let previews = HashMap::from([((Entity::Article, "1".to_owned()), preview)]);
        telling.take(outcome(1), &previews);
        assert_eq!(telling.told().records[0].action, Action::Unchanged);
    }
}
