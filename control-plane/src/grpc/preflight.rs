//! What is missing before a flow is switched on: kept as its agent told it, and told to people with what each finding means,
//! at which connection it was made, the blocking ones first.

use prost::Message;
use skarv_proto::{convert::reason::decode_reason, v1 as pb};

use super::{Grpc, bounded::cut};
use crate::app::run::Ends;

/// Findings that are kept.
const MOST: usize = 500;
/// Characters of a connection's or a stream's name.
const LONGEST: usize = 100;

/// The form in which a pre-flight check is kept, bounded whatever the agent says. What blocks is never left out for what does
/// not.
pub(super) fn kept(mut told: pb::Preflight) -> Vec<u8> {
    told.findings.sort_by_key(blocks_last);
    told.findings.truncate(MOST);
    for finding in &mut told.findings {
        cut(&mut finding.connection, LONGEST);
        cut(&mut finding.stream, LONGEST);
    }
    told.encode_to_vec()
}

fn blocks_last(finding: &pb::PreflightFinding) -> bool {
    finding.severity() != pb::FindingSeverity::Blocking
}

impl Grpc {
    /// A kept pre-flight check, with its sentences and the names of the connections. One that a newer version kept in another
    /// form is not told.
    pub(super) fn encode_preflight(&self, kept: &[u8], ends: Option<&Ends>) -> Option<pb::Preflight> {
        let mut told = pb::Preflight::decode(kept)
            .inspect_err(|error| tracing::error!(%error, "a kept pre-flight check cannot be read"))
            .ok()?;
        for finding in &mut told.findings {
            finding.connection = ends
                .map(|ends| named(ends, &finding.connection))
                .unwrap_or_default();
            let reason = finding.reason.take().map(decode_reason);
            finding.reason = reason.map(|reason| self.encode_reason(&reason));
        }
        Some(told)
    }
}

/// An end of the run by the name of its connection. Any other word names none.
fn named(ends: &Ends, end: &str) -> String {
    match end {
        "source" => ends.source.to_string(),
        "target" => ends.target.to_string(),
        _ => String::new(),
    }
}
