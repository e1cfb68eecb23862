//! What a system has to choose from, one table a list, and which fields travel between two systems.

use std::collections::BTreeSet;

use skarv_proto::v1 as pb;

use super::{table, words::time};

/// Every list under its name.
pub(crate) fn discovery(found: &pb::Discovery) -> String {
    let mut parts = vec![format!("read {}", time(found.discover_time.as_ref()))];
    parts.extend(found.lists.iter().map(list));
    parts.join("\n\n")
}

fn list(list: &pb::DiscoveredList) -> String {
    let facts: BTreeSet<&str> = list
        .values
        .iter()
        .flat_map(|value| value.facts.keys())
        .map(String::as_str)
        .collect();
    let mut rows = table::plain(["id", "title"].into_iter().chain(facts.iter().copied()).collect());
    for value in &list.values {
        let of = |fact: &&str| value.facts.get(*fact).cloned().unwrap_or_default();
        let head = [value.id.clone(), value.title.clone()].into_iter();
        rows.add_row(head.chain(facts.iter().map(of)));
    }
    format!("{}\n{}", list.name.replace('_', " "), table::text(&rows))
}

/// The data register: one row a field.
pub(crate) fn register(register: &pb::GetDataRegisterResponse) -> String {
    let mut rows = table::plain(vec![
        "stream", "from", "field", "in Skarv", "to", "field", "personal",
    ]);
    for field in &register.fields {
        rows.add_row([
            field.stream.as_str(),
            &field.source,
            &field.source_field,
            &field.field,
            &field.target,
            &field.target_field,
            if field.personal { "yes" } else { "" },
        ]);
    }
    table::text(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_column_for_each_fact() {
        let value = |id: &str, title: &str, paid: Option<&str>| pb::DiscoveredValue {
            id: id.to_owned(),
            title: title.to_owned(),
            facts: paid
                .map(|yes| ("paid".to_owned(), yes.to_owned()))
                .into_iter()
                .collect(),
        };
        let found = pb::Discovery {
            lists: vec![pb::DiscoveredList {
                name: "order_states".to_owned(),
                values: vec![value("2", "Betald", Some("true")), value("12", "Egen", None)],
            }],
            discover_time: None,
        };
        insta::assert_snapshot!(discovery(&found), @"
        read 

        order states
        id  title   paid
        2   Betald  true
        12  Egen
        ");
    }
}
