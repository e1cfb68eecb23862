//! Saying what writes are to be. Only a run whose lease lives is granted anything, and what is granted is stored first.

use std::time::Duration;

use skarv_domain::{
    Result,
    lease::{Act, Answer, Claim, answer},
    write::{Asker, Verdict, verdict},
};

use super::{
    PreparePage, PreparedPage, demand, unread,
    writes::{Key, Writes, key},
};
use crate::{
    group::By,
    run::rows::{self, Held},
    turn::Turn,
};

pub(crate) async fn prepare(turn: Turn<'_>, pages: &[&By<PreparePage>]) -> Result<Vec<PreparedPage>> {
    if pages.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = pages.iter().map(|(_, page)| page.run).collect();
    let held = rows::held(turn, &ids).await?;
    let told: Vec<_> = pages
        .iter()
        .map(|(agent, page)| told(turn, *agent, page, held.get(&page.run)))
        .collect();
    let live: Vec<_> = pages
        .iter()
        .zip(&told)
        .filter(|(_, told)| **told == Answer::Ok)
        .filter_map(|((_, page), _)| Some((page, held.get(&page.run)?)))
        .collect();
    let mut writes = Writes::load(
        turn,
        live.iter().flat_map(|(page, held)| keys(page, held)).collect(),
    )
    .await?;
    let sums = demand::sums(turn, &live).await?;
    let unread = unread::of(turn, &live).await?;
    let mut answers = Vec::new();
    for ((_, page), told) in pages.iter().zip(told) {
        answers.push(match (told, held.get(&page.run)) {
            (Answer::Ok, Some(held)) => PreparedPage {
                answer: told,
                verdicts: verdicts(turn, page, held, &mut writes),
                demand: sums.of_page(page, held),
                demand_complete: sums.complete(page, held),
                unread: unread::of_page(page, held, &unread),
            },
            _ => PreparedPage {
                answer: told,
                verdicts: Vec::new(),
                demand: Vec::new(),
                demand_complete: false,
                unread: Vec::new(),
            },
        });
    }
    writes.save(turn).await?;
    Ok(answers)
}

fn told(turn: Turn<'_>, agent: skarv_domain::id::AgentId, page: &PreparePage, held: Option<&Held>) -> Answer {
    let claim = Claim {
        agent,
        epoch: page.epoch,
    };
    held.map_or(Answer::Lost, |held| {
        let told = answer(
            &rows::state_of(&held.run),
            claim,
            Act::Prepare,
            held.around(),
            turn.now,
        );
        // a run that only looks may look, and nothing else
        let writes = !page.peek && !page.writes.is_empty();
        if told == Answer::Ok && writes && !held.carries() {
            Answer::NotAllowed
        } else {
            told
        }
    })
}

/// Where a page's writes stand. A run without a target writes nothing.
fn keys<'p>(page: &'p PreparePage, held: &Held) -> impl Iterator<Item = Key> + use<'p> {
    let target = held.run.target_id;
    page.writes
        .iter()
        .filter_map(move |write| Some(key(target?, &write.entity, &write.our_key)))
}

fn verdicts(turn: Turn<'_>, page: &PreparePage, held: &Held, writes: &mut Writes) -> Vec<(u32, Verdict)> {
    let asker = Asker {
        run: page.run,
        epoch: page.epoch,
        verify: held.stream_verify.unwrap_or(false),
    };
    let peek = page.peek;
    let keys: Vec<_> = keys(page, held).collect();
    let mut verdicts = Vec::new();
    for (write, key) in page.writes.iter().zip(keys) {
        let live = writes.holder_live(&key);
        let ruling = verdict(
            writes.get(&key),
            live,
            asker,
            &write.question,
            turn.now,
            turn.config.timing(),
        );
        if let Some(row) = ruling.keep.filter(|_| !peek) {
            writes.keep(turn, key, &held.run, row);
        }
        verdicts.push((
            write.write_no,
            if peek {
                without_grant(ruling.verdict)
            } else {
                ruling.verdict
            },
        ));
    }
    verdicts
}

/// What was only looked at may not be sent.
fn without_grant(verdict: Verdict) -> Verdict {
    let grant = Duration::ZERO;
    match verdict {
        Verdict::New { .. } => Verdict::New { grant },
        Verdict::Held { .. } => Verdict::Held { grant },
        Verdict::Linked { foreign_id, .. } => Verdict::Linked { foreign_id, grant },
        Verdict::Pending { wait, .. } => Verdict::Pending { wait, grant },
        other @ (Verdict::Unchanged { .. } | Verdict::Busy { .. } | Verdict::Unknown) => other,
    }
}
