//! What several records of a page have in common: a card that two orders name, an invoice that an order and its refund
//! need. It is one write, so one record says what is to stand there: the newest order's, before any refund's.

use std::collections::{HashMap, HashSet};

use skarv_canonical::write::{Entity, Write};

use super::{
    control::Verdict,
    put::{Key, key},
    transform::{Item, Plan},
};

/// Gives every record the one form of what it shares with others.
pub(super) fn unify(items: &mut [Item]) {
    let said: HashMap<Key, Write> = speakers(items)
        .into_iter()
        .map(|(key, (_, write))| (key, write.clone()))
        .collect();
    for item in items {
        let Plan::Write(writes) = &mut item.plan else {
            continue;
        };
        for write in writes {
            if let Some(said) = said.get(&key(write)).filter(|said| *said != write) {
                *write = said.clone();
            }
        }
    }
}

/// Cards that are brought up to date: those of orders whose invoice does not stand yet. An order that is read again, or
/// given back, says nothing new about its buyer.
pub(super) fn upkeep(items: &[Item], verdicts: &HashMap<Key, Verdict>) -> HashSet<Key> {
    let is_new = |index: usize| {
        let invoice = writes(&items[index])
            .iter()
            .find(|write| write.entity() == Entity::Invoice);
        let verdict = invoice.and_then(|write| verdicts.get(&key(write)));
        verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Unchanged { .. } | Verdict::Linked { .. }))
    };
    speakers(items)
        .into_iter()
        .filter(|((entity, _), (index, _))| *entity == Entity::Customer && is_new(*index))
        .map(|(key, _)| key)
        .collect()
}

/// By write, the record whose word counts, and its word.
fn speakers(items: &[Item]) -> HashMap<Key, (usize, &Write)> {
    let mut speakers = HashMap::new();
    let is_refund =
        |(_, item): &(usize, &Item)| writes(item).iter().any(|write| write.entity() == Entity::Credit);
    let (refunds, orders): (Vec<_>, Vec<_>) = items.iter().enumerate().partition(is_refund);
    // the last to be put in counts
    for (index, item) in refunds.into_iter().chain(orders) {
        for write in writes(item) {
            speakers.insert(key(write), (index, write));
        }
    }
    speakers
}

fn writes(item: &Item) -> &[Write] {
    match &item.plan {
        Plan::Write(writes) => writes,
        Plan::Drop(_) | Plan::Park(..) | Plan::Look(_) => &[],
    }
}
