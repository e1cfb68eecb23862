//! The story of an order across both systems, oldest first, with what happened and what to do.

use skarv_proto::v1 as pb;

use super::{
    table,
    words::{amount, fix, message, moment, word},
};
use crate::config::Lang;

/// The fact that tells of the record itself, in words of its own.
const EXCERPT: &str = "excerpt";

/// What became of a record on its way from one system to the other.
pub(crate) fn story(story: &pb::GetStoryResponse, flow: &pb::Flow, lang: Lang) -> String {
    let record = story.record.clone().unwrap_or_default();
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let head = table::facts([
        fact("record", record.name.clone()),
        fact("reference", record.reference.clone()),
        fact("amount", amount(record.amount.as_ref())),
        fact("from", flow.shop_connection.clone()),
        fact("to", flow.erp_connection.clone()),
        fact("is now", word(record.state().as_str_name(), "RECORD_STATE")),
    ]);
    let events = story.events.iter().map(|event| tell(event, lang));
    let mut lines = vec![head, String::new()];
    lines.extend(events);
    lines.join("\n")
}

fn tell(event: &pb::RecordEvent, lang: Lang) -> String {
    let at = moment(event.time.as_ref());
    let indent = " ".repeat(at.len());
    let mut line = format!("{at}  {}", happened(&event.what, lang));
    let named = event.facts.iter().filter(|(name, _)| *name != EXCERPT);
    let mut facts: Vec<_> = named.map(|(name, value)| format!("{name} {value}")).collect();
    facts.sort();
    facts.extend(event.facts.get(EXCERPT).cloned());
    if !facts.is_empty() {
        line.push_str(&format!(": {}", facts.join(", ")));
    }
    if let Some(reason) = &event.reason {
        line.push_str(&format!("\n{indent}  {}", message(reason, lang)));
        let fix = fix(reason, lang);
        if !fix.is_empty() {
            line.push_str(&format!("\n{indent}  {fix}"));
        }
    }
    line
}

/// What happened, in a word or two; a word that this release does not know is told as it is.
fn happened(what: &str, lang: Lang) -> &str {
    let words = match what {
        "written" => ("skriven", "written"),
        "adopted" => ("fanns redan där och togs över", "found there and taken over"),
        "unchanged" => ("oförändrad", "unchanged"),
        "dropped" => ("skickas inte", "not to be sent"),
        "parked" => ("väntar på åtgärd", "parked"),
        "unknown" => ("utgången är okänd", "outcome unknown"),
        "replayed" => ("skickas igen", "sent again"),
        "ignored" => ("lagd åt sidan", "set aside"),
        "resolved" => ("avgjord av en person", "settled by a person"),
        "doubled" => ("kan finnas två gånger", "may stand there twice"),
        other => return other,
    };
    match lang {
        Lang::Sv => words.0,
        Lang::En => words.1,
    }
}
