//! From the ends of a page's writes to what is settled, what is not, and whether the stream may go on.

use std::time::Duration;

use skarv_canonical::{
    Class, Cursor, Reason,
    write::{Document, Entity, Write},
};

use super::{
    attempt::NOTHING_TO_DO,
    control::{Checkpoint, ControlError, OrderDemand, Outcome, Settled, SettledWrite},
    demand,
    end::{End, How, Step},
    put::{Key, Written},
    streak::{self, Streak, is_of_settings},
    transform::{Item, Plan},
};

/// How long a record that alone fails in the target rests before it is tried by itself again.
const REST: Duration = Duration::from_secs(15 * 60);

/// What came of a page.
#[derive(Debug, Default)]
pub(super) struct PageEnd {
    /// What is settled.
    pub(super) outcomes: Vec<Outcome>,
    /// What its orders wait for, settled or not.
    demand: Vec<OrderDemand>,
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
            demand: self.demand.clone(),
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
    let mut settled = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let ends = written
            .next_if(|w| w.index == index)
            .map(|w| w.ends)
            .unwrap_or_default();
        let fate = fate(&item.plan, &ends, reachable);
        streak.after(counts(&fate, &item.plan));
        settled.push((item, ends, fate));
    }
    // judged by the whole page: one that got through later shows that the trouble is not everybody's
    end.blocked = streak.stops().cloned();
    for (item, ends, fate) in settled {
        end.demand.extend(demand::told(&item, &ends));
        end.take(item, &ends, fate);
    }
    end
}

/// How a record counts for the stream's trouble.
fn counts<'a>(fate: &'a Fate, plan: &Plan) -> streak::Step<'a> {
    match fate {
        Fate::Settled(Settled::Parked, Some(reason), _) if is_of_settings(reason) => streak::Step::Trouble {
            reason,
            by_itself: matches!(plan, Plan::Park(..)),
        },
        // what was not sent says nothing about the settings
        Fate::Settled(Settled::Dropped, ..) => streak::Step::Silent,
        Fate::Settled(result, ..) => streak::Step::Breaks {
            through: matches!(result, Settled::Written | Settled::Adopted | Settled::Unchanged),
        },
        Fate::Unsettled(_) | Fate::Blocking(_) | Fate::Stopped(_) => streak::Step::Breaks { through: false },
    }
}

impl PageEnd {
    fn stops_for(&self, reason: &Reason) -> bool {
        let blocked = self.blocked.as_ref();
        blocked.is_some_and(|blocked| blocked.code == reason.code && blocked.class == reason.class)
    }

    fn take(&mut self, item: Item, ends: &[(Write, End)], fate: Fate) {
        let (result, reason, retry) = match fate {
            Fate::Settled(Settled::Written | Settled::Adopted | Settled::Unchanged, ..)
                if item.afterwards.is_some() =>
            {
                (Settled::Parked, item.afterwards.clone(), None)
            }
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
        // once the stream stops, a record with that very trouble is not settled: it goes when the cause is mended
        if result == Settled::Parked && reason.as_ref().is_some_and(|reason| self.stops_for(reason)) {
            return;
        }
        let writes = ends
            .iter()
            .filter_map(|(write, end)| settled_write(&item, write, end))
            .collect();
        let steps = ends.iter().map(|(write, end)| Step::of(write, end)).collect();
        self.outcomes.push(Outcome {
            source_key: item.source_key,
            reference: item.reference,
            amount: item.amount,
            result,
            writes,
            reason,
            retry,
            excerpt: item.excerpt,
            steps,
        });
    }
}

fn fate(plan: &Plan, ends: &[(Write, End)], reachable: bool) -> Fate {
    match plan {
        Plan::Drop(reason) => Fate::Settled(Settled::Dropped, Some(reason.clone()), None),
        Plan::Park(reason, retry) => Fate::Settled(Settled::Parked, Some(reason.clone()), *retry),
        Plan::Write(_) | Plan::Look(_) => written(ends, reachable),
    }
}

/// The fate of a record by the ends of its writes: the last one decides.
fn written(ends: &[(Write, End)], reachable: bool) -> Fate {
    let Some((write, last)) = ends.last() else {
        return Fate::Stopped(ControlError::Lost);
    };
    match last {
        End::Stands {
            mismatch: Some(reason),
            ..
        } => Fate::Settled(Settled::Parked, Some(reason.clone()), None),
        End::Stands { .. } => Fate::Settled(stands(ends), remarks(ends), None),
        End::Refused(reason) if NOTHING_TO_DO.contains(&reason.code.as_str()) => {
            Fate::Settled(left_undone(ends), Some(reason.clone()), None)
        }
        End::Refused(reason) if reason.class == Class::Credentials => Fate::Blocking(reason.clone()),
        End::Refused(reason) => Fate::Settled(Settled::Parked, Some(reason.clone()), None),
        End::Changed { foreign_id } => Fate::Settled(Settled::Parked, Some(changed(write, foreign_id)), None),
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

/// How a record ends whose last write is not to be: as what came before it, if that is new.
fn left_undone(ends: &[(Write, End)]) -> Settled {
    match stands(ends) {
        before @ (Settled::Written | Settled::Adopted) => before,
        Settled::Unchanged | Settled::Dropped | Settled::Parked | Settled::Unknown => Settled::Dropped,
    }
}

/// What was put right so that the target could take it: the first of it, and all of it where there is more.
fn remarks(ends: &[(Write, End)]) -> Option<Reason> {
    let of_one = |(_, end): &(Write, End)| match end {
        End::Stands { remarks, .. } => remarks.clone(),
        _ => Vec::new(),
    };
    let all: Vec<Reason> = ends.iter().flat_map(of_one).collect();
    let first = all.first()?.clone();
    if all.len() == 1 {
        return Some(first);
    }
    let also: Vec<String> = all.iter().map(Reason::to_string).collect();
    Some(first.with("also", also.join("; ")))
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

/// Why what stands differs from what the shop says now. Nothing is rewritten.
fn changed(write: &Write, foreign_id: &str) -> Reason {
    match &write.document {
        Document::Payment(payment) => Reason::data("payment_changed")
            .with("amount", payment.amount)
            .with("currency", payment.currency)
            .fix("check_payment_in_erp"),
        Document::Credit(_) => Reason::data("refund_changed")
            .with("credit", foreign_id)
            .fix("check_credit_in_erp"),
        _ => Reason::data("changed_after_invoicing")
            .with("invoice", foreign_id)
            .fix("credit_and_reinvoice"),
    }
}

/// How a record came to stand: by its own document, or by what was added to one that stood already.
fn stands(ends: &[(Write, End)]) -> Settled {
    let is_refund = ends.iter().any(|(write, _)| write.entity() == Entity::Credit);
    let is_own = |write: &Write| match write.entity() {
        Entity::Customer => false,
        Entity::Invoice => !is_refund,
        Entity::Payment
        | Entity::Credit
        | Entity::Article
        | Entity::Price
        | Entity::Stock
        | Entity::Status => true,
    };
    let changes = ends
        .iter()
        .filter(|(write, _)| is_own(write))
        .find_map(|(_, end)| match end {
            End::Stands { how: How::Made, .. } => Some(Settled::Written),
            End::Stands { how: How::Found, .. } => Some(Settled::Adopted),
            _ => None,
        });
    changes.unwrap_or(Settled::Unchanged)
}

fn settled_write(item: &Item, write: &Write, end: &End) -> Option<SettledWrite> {
    let (foreign_id, unknown, adopted) = match end {
        // what was unchanged is known to the control plane already
        End::Stands { foreign_id, how, .. } if *how != How::Unchanged => {
            (foreign_id.clone(), false, matches!(how, How::Found | How::Left))
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
        stands_for: stands_for(item, write),
    })
}

/// The record that a document is. A card is known by its own number, a payment belongs to what it pays.
fn stands_for(item: &Item, write: &Write) -> Option<String> {
    match write.entity() {
        Entity::Invoice => Some(item.order_key.clone()),
        Entity::Credit | Entity::Article => Some(item.source_key.clone()),
        Entity::Customer | Entity::Payment | Entity::Price | Entity::Stock | Entity::Status => None,
    }
}
