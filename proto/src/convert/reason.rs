//! Reasons: code, class and parameters. Sentences are added by the control plane for those who read them.

use skarv_canonical::{Class, Reason};

use crate::v1 as pb;

/// The wire form of a reason, without sentences.
pub fn encode_reason(reason: &Reason) -> pb::Reason {
    pb::Reason {
        code: reason.code.clone(),
        class: encode_class(reason.class).into(),
        params: reason
            .params
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect(),
        fix_code: reason.fix.clone(),
        ..pb::Reason::default()
    }
}

/// A reason from its wire form. A class that this version does not know counts as transient: it is tried again.
pub fn decode_reason(reason: pb::Reason) -> Reason {
    Reason {
        class: decode_class(reason.class()),
        code: reason.code,
        params: reason.params.into_iter().collect(),
        fix: reason.fix_code,
    }
}

fn encode_class(class: Class) -> pb::ReasonClass {
    match class {
        Class::Transient => pb::ReasonClass::Transient,
        Class::RateLimited => pb::ReasonClass::RateLimited,
        Class::Credentials => pb::ReasonClass::Credentials,
        Class::Configuration => pb::ReasonClass::Configuration,
        Class::Data => pb::ReasonClass::Data,
        Class::UnknownOutcome => pb::ReasonClass::UnknownOutcome,
    }
}

fn decode_class(class: pb::ReasonClass) -> Class {
    match class {
        pb::ReasonClass::Unspecified | pb::ReasonClass::Transient => Class::Transient,
        pb::ReasonClass::RateLimited => Class::RateLimited,
        pb::ReasonClass::Credentials => Class::Credentials,
        pb::ReasonClass::Configuration => Class::Configuration,
        pb::ReasonClass::Data => Class::Data,
        pb::ReasonClass::UnknownOutcome => Class::UnknownOutcome,
    }
}
