//! What a connection has to choose from: kept as its agent told it, within bounds, and told with the time it was read.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use prost::Message;
use skarv_proto::{convert::settings::encode_time, v1 as pb};

use super::bounded::cut;

/// Lists that are kept, values of each, and facts of a value.
const MOST_LISTS: usize = 50;
const MOST_VALUES: usize = 2_000;
const MOST_FACTS: usize = 20;
/// Characters of one text.
const LONGEST: usize = 300;

/// The form in which a discovery is kept, bounded whatever the agent says.
pub(super) fn kept(mut told: pb::Discovery) -> Vec<u8> {
    told.discover_time = None;
    told.lists.truncate(MOST_LISTS);
    for list in &mut told.lists {
        cut(&mut list.name, LONGEST);
        list.values.truncate(MOST_VALUES);
        list.values.iter_mut().for_each(bound);
    }
    told.encode_to_vec()
}

fn bound(value: &mut pb::DiscoveredValue) {
    cut(&mut value.id, LONGEST);
    cut(&mut value.title, LONGEST);
    let mut facts: Vec<_> = std::mem::take(&mut value.facts).into_iter().collect();
    facts.sort();
    facts.truncate(MOST_FACTS);
    for (name, fact) in &mut facts {
        cut(name, LONGEST);
        cut(fact, LONGEST);
    }
    value.facts = facts.into_iter().collect::<HashMap<_, _>>();
}

/// A kept discovery. One that a newer version kept in another form is not told.
pub(super) fn encode_discovery(kept: &[u8], at: Option<DateTime<Utc>>) -> Option<pb::Discovery> {
    let told = pb::Discovery::decode(kept)
        .inspect_err(|error| tracing::error!(%error, "a kept discovery cannot be read"))
        .ok()?;
    Some(pb::Discovery {
        discover_time: at.map(encode_time),
        ..told
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_an_agent_says_what_is_kept_is_bounded() {
        let fact = |n: usize| (format!("fact {n}"), "x".repeat(LONGEST + 9));
        let value = pb::DiscoveredValue {
            id: "7".to_owned(),
            title: "å".repeat(LONGEST + 1),
            facts: (0..MOST_FACTS + 5).map(fact).collect(),
        };
        let list = pb::DiscoveredList {
            name: "order_states".to_owned(),
            values: vec![value; MOST_VALUES + 1],
        };
        let told = pb::Discovery {
            lists: [vec![list], vec![pb::DiscoveredList::default(); MOST_LISTS]].concat(),
            ..pb::Discovery::default()
        };
        let back = encode_discovery(&kept(told), None).unwrap();
        assert_eq!(
            (back.lists.len(), back.lists[0].values.len()),
            (MOST_LISTS, MOST_VALUES)
        );
        let value = &back.lists[0].values[0];
        assert_eq!(
            (value.title.chars().count(), value.facts.len()),
            (LONGEST, MOST_FACTS)
        );
        assert!(value.facts.values().all(|fact| fact.len() == LONGEST));
    }
}
