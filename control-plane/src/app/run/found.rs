//! What a run found, by its kind. What is only passed on is kept in the form in which it is told; `grpc` reads it.

use skarv_domain::error::{Error, Result};
use skarv_store::StoredResult;

use super::CheckReport;

/// What a run found.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// A test of a connection.
    Check(CheckReport),
    /// What a connection has to choose from.
    Discovery(Vec<u8>),
    /// What is missing before a flow is switched on.
    Preflight(Vec<u8>),
    /// What a stream would write.
    DryRun(Vec<u8>),
    /// A comparison of both systems.
    Reconciliation(Vec<u8>),
}

impl Found {
    /// The form in which it is kept.
    pub(crate) fn stored(&self) -> Result<StoredResult> {
        let (kind, bytes) = match self {
            Self::Check(report) => ("check", serde_json::to_vec(report).map_err(Error::internal)?),
            Self::Discovery(told) => ("discovery", told.clone()),
            Self::Preflight(told) => ("preflight", told.clone()),
            Self::DryRun(told) => ("dry_run", told.clone()),
            Self::Reconciliation(told) => ("reconciliation", told.clone()),
        };
        Ok(StoredResult {
            kind: kind.to_owned(),
            bytes,
        })
    }

    /// What was kept. A kind that only a newer version knows is not told.
    pub(super) fn read(stored: StoredResult) -> Result<Option<Self>> {
        let StoredResult { kind, bytes } = stored;
        Ok(match kind.as_str() {
            "check" => Some(Self::Check(
                serde_json::from_slice(&bytes).map_err(Error::internal)?,
            )),
            "discovery" => Some(Self::Discovery(bytes)),
            "preflight" => Some(Self::Preflight(bytes)),
            "dry_run" => Some(Self::DryRun(bytes)),
            "reconciliation" => Some(Self::Reconciliation(bytes)),
            _ => None,
        })
    }
}
