//! From the ends of a page's writes to what is settled, what is not, and whether the stream may go on.

use std::time::Duration;

use skarv_canonical::{Class, Cursor, Reason, write::Write};

use super::{
    attempt::{End, How},
    control::{Checkpoint, ControlError, Outcome, Settled, SettledWrite},
    put::{Key, Written},
    transform::{Item, Plan},
};

/// So many records in a row with the same configuration reason stop the stream.
const IN_A_ROW: usize = 3;

/// How long a record that alone fails in the target rests before it is tried by itself again.
const REST: Duration = Duration::from_secs(15 * 60);

/// Records in a row with the same configuration reason, across pages.
#[derive(Debug, Default)]
pub(super) struct Streak {
    code: String,
    length: usize,
}

/// What came of a page.
#[derive(Debug, Default)]
pub(super) struct PageEnd {
    /// What is settled.
    pub(super) outcomes: Vec<Outcome>,
    /// What some record waits for, if one does.
    pub(super) unsettled: Option<Unsettled>,
    /// Why the stream must stop until a person has acted, if it must.
    pub(super) blocked: Option<Reason>,
    /// What the control plane said, if it said stop.
    pub(super) stop: Option<ControlError>,
}

/// A record that is neither done nor parked.
#[derive(Debug)]
pub(super) struct Unsettled {
    /// The trouble, if there was any. Without, it only waits for another run's grant to end.
    pub(super) trouble: Option<Reason>,
    /// When to go on.
    pub(super) wait: Option<Duration>,
}

impl PageEnd {
    /// What to tell the control plane. The cursor goes along only when every record before it is settled.
    pub(super) fn checkpoint(&self, cursor: Option<Cursor>, released: Vec<Key>) -> Checkpoint {
        let settled = self.unsettled.is_none() && self.blocked.is_none() && self.stop.is_none();
        Checkpoint {
            cursor: cursor.filter(|_| settled),
            outcomes: self.outcomes.clone(),
            released,
        }
    }
}

/// What became of one record.
enum Fate {
    Settled(Settled, Option<Reason>, Option<Duration>),
    Unsettled(Unsettled),
    Blocking(Reason),
    Stopped(ControlError),
}

/// Decides what of a page is settled. Records count in the source's own order.
///
/// `reachable` says that the target took other writes of the page, so a record that keeps failing fails alone.
pub(super) fn page_end(
    items: Vec<Item>,
    mut written: Vec<Written>,
    streak: &mut Streak,
    reachable: bool,
) -> PageEnd {
    written.sort_by_key(|w| w.index);
    let mut written = written.into_iter().peekable();
    let mut end = PageEnd::default();
    for (index, item) in items.into_iter().enumerate() {
        let ends = written
            .next_if(|w| w.index == index)
            .map(|w| w.ends)
            .unwrap_or_default();
        let fate = fate(&item.plan, &ends, reachable);
        if let Some(reason) = streak.after(&fate) {
            end.blocked.get_or_insert(reason);
        }
        end.take(item, &ends, fate);
    }
    end
}

impl PageEnd {
    fn take(&mut self, item: Item, ends: &[(Write, End)], fate: Fate) {
        let (result, reason, retry) = match fate {
            Fate::Settled(result, reason, retry) => (result, reason, retry),
            Fate::Unsettled(more) => {
                self.unsettled = Some(match self.unsettled.take() {
                    // the longest wait, so that the next slice finds everything ready
                    Some(first) => Unsettled {
                        trouble: first.trouble.or(more.trouble),
                        wait: first.wait.max(more.wait),
                    },
                    None => more,
                });
                return;
            }
            Fate::Blocking(reason) => {
                self.blocked.get_or_insert(reason);
                return;
            }
            Fate::Stopped(stop) => {
                self.stop = Some(stop);
                return;
            }
        };
        // once the stream stops, a record with that very reason is not settled: it goes when the cause is mended
        if result == Settled::Parked
            && self.blocked.as_ref().map(|b| &b.code) == reason.as_ref().map(|r| &r.code)
        {
            return;
        }
        self.outcomes.push(Outcome {
            source_key: item.source_key,
            reference: item.reference,
            amount: item.amount,
            result,
            writes: ends
                .iter()
                .filter_map(|(write, end)| settled_write(write, end))
                .collect(),
            reason,
            retry,
            excerpt: item.excerpt,
        });
    }
}

fn fate(plan: &Plan, ends: &[(Write, End)], reachable: bool) -> Fate {
    match plan {
        Plan::Drop(reason) => Fate::Settled(Settled::Dropped, Some(reason.clone()), None),
        Plan::Park(reason) => Fate::Settled(Settled::Parked, Some(reason.clone()), None),
        Plan::Write(_) => written(ends, reachable),
    }
}

/// The fate of a record by the ends of its writes: the last one decides.
fn written(ends: &[(Write, End)], reachable: bool) -> Fate {
    let Some((_, last)) = ends.last() else {
        return Fate::Stopped(ControlError::Lost);
    };
    match last {
        End::Stands { how, .. } => match mismatch(ends) {
            Some(reason) => Fate::Settled(Settled::Parked, Some(reason), None),
            None => Fate::Settled(stands(*how), None, None),
        },
        End::Refused(reason) if reason.class == Class::Credentials => Fate::Blocking(reason.clone()),
        End::Refused(reason) => Fate::Settled(Settled::Parked, Some(reason.clone()), None),
        End::Changed { foreign_id } => {
            let reason = Reason::data("changed_after_invoicing")
                .with("invoice", foreign_id)
                .fix("credit_and_reinvoice");
            Fate::Settled(Settled::Parked, Some(reason), None)
        }
        End::Unknown(reason) => Fate::Settled(Settled::Unknown, Some(reason.clone()), None),
        End::Later {
            trouble: Some(reason),
            wait: None,
            ..
        } => used_up(reason, reachable),
        End::Later { trouble, wait, .. } => Fate::Unsettled(Unsettled {
            trouble: trouble.clone(),
            wait: *wait,
        }),
        End::Stop(stop) => Fate::Stopped(*stop),
    }
}

/// Trying is used up. A record that fails while others do not steps aside, and the stream goes on; an intent in
/// doubt stays, so whoever tries it next looks it up first.
fn used_up(reason: &Reason, reachable: bool) -> Fate {
    match reason.class {
        Class::Credentials => Fate::Blocking(reason.clone()),
        Class::Configuration | Class::Data => Fate::Settled(Settled::Parked, Some(reason.clone()), None),
        _ if reachable => Fate::Settled(Settled::Parked, Some(reason.clone()), Some(REST)),
        _ => Fate::Unsettled(Unsettled {
            trouble: Some(reason.clone()),
            wait: None,
        }),
    }
}

fn stands(how: How) -> Settled {
    match how {
        How::Made => Settled::Written,
        How::Found => Settled::Adopted,
        How::Unchanged => Settled::Unchanged,
    }
}

fn mismatch(ends: &[(Write, End)]) -> Option<Reason> {
    ends.iter().find_map(|(_, end)| match end {
        End::Stands { mismatch, .. } => mismatch.clone(),
        _ => None,
    })
}

fn settled_write(write: &Write, end: &End) -> Option<SettledWrite> {
    let (foreign_id, unknown, adopted) = match end {
        // what was unchanged is known to the control plane already
        End::Stands { foreign_id, how, .. } if *how != How::Unchanged => {
            (foreign_id.clone(), false, *how == How::Found)
        }
        End::Unknown(_) => (String::new(), true, false),
        End::Stands { .. } | End::Refused(_) | End::Changed { .. } | End::Later { .. } | End::Stop(_) => {
            return None;
        }
    };
    let (entity, our_key, fingerprint) = (write.entity(), write.our_key.clone(), write.fingerprint());
    Some(SettledWrite {
        entity,
        our_key,
        foreign_id,
        fingerprint,
        unknown,
        adopted,
    })
}

impl Streak {
    /// Counts a record in; returns the reason when the stream must stop.
    fn after(&mut self, fate: &Fate) -> Option<Reason> {
        let reason = match fate {
            Fate::Settled(Settled::Parked, Some(reason), _) if reason.class == Class::Configuration => reason,
            // what was not sent says nothing about the settings
            Fate::Settled(Settled::Dropped, ..) => return None,
            _ => {
                *self = Self::default();
                return None;
            }
        };
        if self.code == reason.code {
            self.length += 1;
        } else {
            *self = Self {
                code: reason.code.clone(),
                length: 1,
            };
        }
        (self.length >= IN_A_ROW).then(|| reason.clone())
    }
}
