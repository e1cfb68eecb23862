//! Reasons on their way to people: code and parameters with sentences in both languages.

use skarv_canonical::Reason;
use skarv_proto::{convert::reason, v1 as pb};

use super::Grpc;

impl Grpc {
    /// A reason with its sentences.
    pub(super) fn encode_reason(&self, reason: &Reason) -> pb::Reason {
        let told = self.messages.explain(reason);
        pb::Reason {
            message_sv: told.message_sv,
            message_en: told.message_en,
            fix_sv: told.fix_sv,
            fix_en: told.fix_en,
            ..reason::encode_reason(reason)
        }
    }
}
