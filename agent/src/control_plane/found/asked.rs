//! What connections answered: tests, what there is to choose from, what is missing before a flow is switched on.

use skarv_connector::{
    CheckItem, CheckReport, DiscoveredList, DiscoveredValue, Discovery, Finding, Severity,
};
use skarv_proto::{agent::v1 as pb, convert::reason::encode_reason, v1};

use crate::preflight::Place;

/// The most values of one list that are told.
const MOST_VALUES: usize = 2_000;

/// The most lists that are told.
const MOST_LISTS: usize = 50;

/// Characters of a title or a fact that are told, so that full lists fit into one message.
const LONGEST: usize = 200;

/// The most findings that are told: the blocking come first.
const MOST_FINDINGS: usize = 500;

pub(super) fn encode_check(report: &CheckReport) -> pb::CheckResult {
    let identity = report.identity.clone();
    let (host_key, title) = identity
        .map(|shop| (shop.host_key, shop.title))
        .unwrap_or_default();
    pb::CheckResult {
        items: report.items.iter().map(encode_check_item).collect(),
        host_key,
        title,
        system_version: report.system_version.clone(),
    }
}

fn encode_check_item(item: &CheckItem) -> pb::CheckedItem {
    pb::CheckedItem {
        code: item.code.clone(),
        problem: item.problem.as_ref().map(encode_reason),
    }
}

/// The control plane says when it was read.
pub(super) fn encode_discovery(discovery: &Discovery) -> v1::Discovery {
    let lists = discovery.lists.iter().take(MOST_LISTS);
    v1::Discovery {
        lists: lists.map(encode_list).collect(),
        discover_time: None,
    }
}

fn encode_list(list: &DiscoveredList) -> v1::DiscoveredList {
    let values = list.values.iter().take(MOST_VALUES);
    v1::DiscoveredList {
        name: list.name.clone(),
        values: values.map(encode_value).collect(),
    }
}

fn encode_value(value: &DiscoveredValue) -> v1::DiscoveredValue {
    let facts = value.facts.iter();
    v1::DiscoveredValue {
        id: clipped(&value.id),
        title: clipped(&value.title),
        facts: facts.map(|(name, fact)| (name.clone(), clipped(fact))).collect(),
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

pub(super) fn encode_preflight(findings: &[(Place, Finding)]) -> v1::Preflight {
    let told = findings.iter().take(MOST_FINDINGS);
    v1::Preflight {
        findings: told.map(encode_finding).collect(),
    }
}

fn encode_finding((place, finding): &(Place, Finding)) -> v1::PreflightFinding {
    let severity = match finding.severity {
        Severity::Blocking => v1::FindingSeverity::Blocking,
        Severity::Warning => v1::FindingSeverity::Warning,
    };
    let connection = match place {
        Place::Source => "source",
        Place::Target => "target",
    };
    v1::PreflightFinding {
        severity: severity.into(),
        connection: connection.to_owned(),
        stream: finding.stream.map_or("", |kind| kind.as_str()).to_owned(),
        reason: Some(encode_reason(&finding.reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_thousand_values_of_a_list_are_told_however_many_there_are() {
        let value = |n: usize| DiscoveredValue {
            id: n.to_string(),
            title: "å".repeat(900),
            ..DiscoveredValue::default()
        };
        let list = DiscoveredList {
            name: "order_states".to_owned(),
            values: (0..2_500).map(value).collect(),
        };
        let told = encode_discovery(&Discovery { lists: vec![list] });
        let values = &told.lists[0].values;
        assert_eq!((values.len(), values[0].title.chars().count()), (2_000, 200));
    }
}
