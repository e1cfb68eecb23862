//! Reasons on their way to people: code and parameters with sentences in both languages, and who acts.

use skarv_canonical::Reason;
use skarv_proto::{convert::reason, v1 as pb};

use super::Grpc;
use crate::messages::{Category, WhoActs};

impl Grpc {
    /// A reason with its sentences.
    pub(super) fn encode_reason(&self, reason: &Reason) -> pb::Reason {
        let told = self.messages.explain(reason);
        pb::Reason {
            message_sv: told.message_sv,
            message_en: told.message_en,
            fix_sv: told.fix_sv,
            fix_en: told.fix_en,
            who_acts: encode_who(told.who).into(),
            category: encode_category(told.category).into(),
            ..reason::encode_reason(reason)
        }
    }
}

fn encode_category(category: Category) -> pb::ReasonCategory {
    match category {
        Category::Connection => pb::ReasonCategory::Connection,
        Category::Credentials => pb::ReasonCategory::Credentials,
        Category::Data => pb::ReasonCategory::Data,
        Category::Duplicate => pb::ReasonCategory::Duplicate,
        Category::RateLimit => pb::ReasonCategory::RateLimit,
        Category::Configuration => pb::ReasonCategory::Configuration,
        Category::Ours => pb::ReasonCategory::Ours,
    }
}

fn encode_who(who: WhoActs) -> pb::WhoActs {
    match who {
        WhoActs::Merchant => pb::WhoActs::Merchant,
        WhoActs::Partner => pb::WhoActs::Partner,
        WhoActs::Operator => pb::WhoActs::Operator,
        WhoActs::Vendor => pb::WhoActs::Vendor,
        WhoActs::Nobody => pb::WhoActs::Nobody,
    }
}
