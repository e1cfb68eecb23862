//! What is missing before a flow is switched on, as the person who switches it on reads it.

use skarv_proto::v1 as pb;

use super::words::{fix, last, message, stream};
use crate::config::Lang;

/// Findings at one place that are mended in one way.
struct Together<'a> {
    severity: pb::FindingSeverity,
    connection: &'a str,
    fix: &'a str,
    findings: Vec<&'a pb::PreflightFinding>,
}

/// The whole telling: what blocks first, then what to know. What is mended in one way is told together.
pub(crate) fn preflight(told: &pb::Preflight, lang: Lang) -> String {
    let mut groups: Vec<Together<'_>> = Vec::new();
    for finding in &told.findings {
        let fix = finding.reason.as_ref().map_or("", |reason| fix(reason, lang));
        let (severity, connection) = (finding.severity(), finding.connection.as_str());
        let alike = |group: &&mut Together<'_>| {
            (group.severity, group.connection, group.fix) == (severity, connection, fix)
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.findings.push(finding),
            None => groups.push(Together {
                severity,
                connection,
                fix,
                findings: vec![finding],
            }),
        }
    }
    let head = verdict(told, lang).to_owned();
    let groups = groups.iter().map(|group| of_group(group, lang));
    std::iter::once(head)
        .chain(groups)
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn verdict(told: &pb::Preflight, lang: Lang) -> &'static str {
    let blocks = |finding: &pb::PreflightFinding| finding.severity() == pb::FindingSeverity::Blocking;
    let (sv, en) = match (told.findings.iter().any(blocks), told.findings.is_empty()) {
        (true, _) => (
            "Flödet är inte redo. Det här stoppar det, eller parkerar det som ska skickas:",
            "The flow is not ready. This would stop it, or park what it carries:",
        ),
        (false, false) => (
            "Flödet är redo. Det här är bra att veta:",
            "The flow is ready. This is good to know:",
        ),
        (false, true) => (
            "Flödet är redo: inget saknas.",
            "The flow is ready: nothing is missing.",
        ),
    };
    match lang {
        Lang::Sv => sv,
        Lang::En => en,
    }
}

fn of_group(group: &Together<'_>, lang: Lang) -> String {
    let (mark, mend) = match (group.severity, lang) {
        (pb::FindingSeverity::Warning, Lang::Sv) => ("bra att veta", "Gör så här:"),
        (pb::FindingSeverity::Warning, Lang::En) => ("good to know", "What to do:"),
        (_, Lang::Sv) => ("saknas", "Gör så här:"),
        (_, Lang::En) => ("missing", "What to do:"),
    };
    let mut lines = vec![
        format!("{mark}  {}", last(group.connection))
            .trim_end()
            .to_owned(),
    ];
    lines.extend(group.findings.iter().map(|finding| of_one(finding, lang)));
    if !group.fix.is_empty() {
        lines.push(format!("  {mend} {}", group.fix));
    }
    lines.join("\n")
}

fn of_one(finding: &pb::PreflightFinding, lang: Lang) -> String {
    let reason = finding.reason.clone().unwrap_or_default();
    let text = message(&reason, lang);
    match finding.stream.as_str() {
        "" => format!("  – {text}"),
        kind => format!("  – {}: {text}", stream(kind, lang)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: pb::FindingSeverity, stream: &str, text: &str) -> pb::PreflightFinding {
        pb::PreflightFinding {
            severity: severity.into(),
            connection: "tenants/a/connections/books".to_owned(),
            stream: stream.to_owned(),
            reason: Some(pb::Reason {
                message_en: text.to_owned(),
                fix_en: "Add it.".to_owned(),
                ..pb::Reason::default()
            }),
        }
    }

    #[test]
    fn what_blocks_is_told_with_where_and_what_to_do() {
        let told = pb::Preflight {
            findings: vec![
                finding(
                    pb::FindingSeverity::Blocking,
                    "orders",
                    "Account 3001 is missing.",
                ),
                finding(pb::FindingSeverity::Blocking, "", "There is no open year."),
                finding(pb::FindingSeverity::Warning, "", "There is a cash register."),
            ],
        };
        insta::assert_snapshot!(preflight(&told, Lang::En), @"
        The flow is not ready. This would stop it, or park what it carries:

        missing  books
          – orders: Account 3001 is missing.
          – There is no open year.
          What to do: Add it.

        good to know  books
          – There is a cash register.
          What to do: Add it.
        ");
    }

    #[test]
    fn a_flow_that_lacks_nothing_is_ready() {
        assert!(preflight(&pb::Preflight::default(), Lang::Sv).contains("inget saknas"));
    }
}
