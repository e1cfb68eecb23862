//! What is missing before a flow is switched on, as the person who switches it on reads it.

use skarv_proto::v1 as pb;

use super::words::sentences;
use crate::config::Lang;

/// The whole telling: what blocks first, then what to know.
pub(crate) fn preflight(told: &pb::Preflight, lang: Lang) -> String {
    let mut lines = vec![verdict(told, lang).to_owned()];
    lines.extend(told.findings.iter().map(|finding| of_one(finding, lang)));
    lines.join("\n\n")
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

fn of_one(finding: &pb::PreflightFinding, lang: Lang) -> String {
    let mark = match (finding.severity(), lang) {
        (pb::FindingSeverity::Warning, Lang::Sv) => "bra att veta",
        (pb::FindingSeverity::Warning, Lang::En) => "good to know",
        (_, Lang::Sv) => "saknas",
        (_, Lang::En) => "missing",
    };
    let place = [finding.connection.as_str(), finding.stream.as_str()];
    let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
    let reason = finding.reason.clone().unwrap_or_default();
    format!("{mark}  {}\n  {}", place.join(" · "), sentences(&reason, lang))
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
                finding(pb::FindingSeverity::Warning, "", "There is a cash register."),
            ],
        };
        insta::assert_snapshot!(preflight(&told, Lang::En), @"
        The flow is not ready. This would stop it, or park what it carries:

        missing  tenants/a/connections/books · orders
          Account 3001 is missing. Add it.

        good to know  tenants/a/connections/books
          There is a cash register. Add it.
        ");
    }

    #[test]
    fn a_flow_that_lacks_nothing_is_ready() {
        assert!(preflight(&pb::Preflight::default(), Lang::Sv).contains("inget saknas"));
    }
}
