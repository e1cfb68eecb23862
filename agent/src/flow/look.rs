//! Refunds of orders that are not sent: whether an invoice stands that they take back. It is looked at and never made.
//!
//! One question a page, which stores nothing and grants nothing. What may stand is looked up, as before any write.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use skarv_canonical::{
    Fingerprint, Reason,
    write::{Entity, Write},
};

use super::{
    attempt::Attempt,
    control::{ControlError, Prepared, Question, Verdict},
    end::End,
    engine::Run,
    put::asked,
    transform::{Item, Look, Plan, Sold},
};

/// When to see again whether an order with a refund has been invoiced meanwhile.
const AWAITED: Duration = Duration::from_secs(6 * 60 * 60);

/// Settles what is to happen with the refunds of a page that depend on an invoice.
pub(super) async fn at_invoices(run: &Run, items: &mut [Item]) -> Result<(), ControlError> {
    // two refunds of one order ask once
    let looks: BTreeMap<&str, &Look> = items
        .iter()
        .filter_map(|item| match &item.plan {
            Plan::Look(look) => Some((look.our_key.as_str(), look.as_ref())),
            _ => None,
        })
        .collect();
    if looks.is_empty() {
        return Ok(());
    }
    let questions = looks.values().map(|look| question(run, look)).collect();
    let prepared = run.control.peek(questions).await?;
    let looking: Vec<BoxFuture<'_, (String, Option<End>)>> = looks
        .values()
        .zip(&prepared.verdicts)
        .map(|(look, verdict)| seen(run, look, verdict, &prepared).boxed())
        .collect();
    let seen: HashMap<String, Option<End>> = stream::iter(looking)
        .buffer_unordered(run.parallel.max(1))
        .collect()
        .await;
    for item in items {
        decide(item, &seen);
    }
    Ok(())
}

fn question(run: &Run, look: &Look) -> Question {
    // what stands under the key of an invoice that cannot be made is another one
    let nothing = |_: &Reason| Fingerprint::of(&());
    let fingerprint = look.sale.as_ref().map(|sold| sold.invoice.fingerprint());
    asked(
        run,
        (Entity::Invoice, look.our_key.clone()),
        fingerprint.unwrap_or_else(nothing),
    )
}

/// What was seen of an invoice, by its key. Without an end, there is none.
async fn seen(run: &Run, look: &Look, verdict: &Verdict, prepared: &Prepared) -> (String, Option<End>) {
    let end = match (&look.sale, verdict) {
        (Ok(sold), _) => {
            Attempt::new(run, &sold.invoice, &[])
                .look(verdict, prepared)
                .await
        }
        (Err(_), Verdict::New(_)) => None,
        (Err(reason), _) => Some(End::Refused(reason.clone())),
    };
    (look.our_key.clone(), end)
}

fn decide(item: &mut Item, seen: &HashMap<String, Option<End>>) {
    match std::mem::replace(&mut item.plan, Plan::Write(Vec::new())) {
        Plan::Look(look) => {
            let end = seen.get(&look.our_key).cloned().flatten();
            (item.plan, item.seen) = with(*look, end);
        }
        plan => item.plan = plan,
    }
}

/// The plan of a refund, and what was seen of its order's invoice.
fn with(look: Look, seen: Option<End>) -> (Plan, Vec<(Write, End)>) {
    match (seen, look.sale) {
        (None, _) if look.awaited => {
            let reason = Reason::data("order_not_invoiced_yet");
            (Plan::Park(reason, Some(AWAITED)), Vec::new())
        }
        (None, _) => (Plan::Drop(Reason::data("order_not_invoiced")), Vec::new()),
        (Some(_), Err(reason)) => (Plan::park(reason), Vec::new()),
        (Some(end), Ok(sold)) => beside(sold, end),
    }
}

/// What follows an invoice that stands; without one, how the look ended says what becomes of the refund.
fn beside(sold: Sold, end: End) -> (Plan, Vec<(Write, End)>) {
    let writes = match end.stands_well() {
        Some(_) => sold.given_back,
        None => Ok(Vec::new()),
    };
    (
        writes.map_or_else(Plan::park, Plan::Write),
        vec![(sold.invoice, end)],
    )
}
