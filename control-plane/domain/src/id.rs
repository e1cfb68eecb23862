//! Ids. Those that we make are UUIDs of version 7, one type per noun so that they cannot be mixed up; those that callers
//! choose are slugs, so that a script that is run twice names the same thing.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

/// The text is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id: expected a UUID such as 018f2c3e-9f1a-7c3e-8a52-3b1f0d6a9e77")]
pub struct InvalidId(String);

fn uuid_at(now: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(
        NoContext,
        seconds,
        now.timestamp_subsec_nanos(),
    ))
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id. Ids made later sort after it.
            pub fn new(now: DateTime<Utc>) -> Self {
                Self(uuid_at(now))
            }

            /// The id with this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID, for storage.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.parse().map(Self).map_err(|_| InvalidId(text.to_owned()))
            }
        }
    )*};
}

typed_id! {
    /// A partner: an agency that manages tenants.
    PartnerId
    /// A tenant: a merchant company that subscribes.
    TenantId
    /// One tenant's way into one foreign system.
    ConnectionId
    /// A flow.
    FlowId
    /// A stream: one entity in one direction inside a flow.
    StreamId
    /// A run: one piece of work for an agent.
    RunId
    /// An agent: a worker process.
    AgentId
    /// A pool: a named group of agents.
    PoolId
    /// Whoever calls: a person, a script or an agent.
    PrincipalId
    /// An API key of a principal.
    ApiKeyId
    /// A token that agents enrol with.
    EnrolmentTokenId
}

/// The text is no slug. It is not repeated: it may be a secret in the wrong place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 2 to 63 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen"
)]
pub struct InvalidSlug;

/// An id that the caller chose: `[a-z][a-z0-9-]{0,61}[a-z0-9]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = InvalidSlug;

    fn try_from(text: String) -> Result<Self, InvalidSlug> {
        let inner = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let bytes = text.as_bytes();
        let fits = (2..=63).contains(&bytes.len())
            && bytes[0].is_ascii_lowercase()
            && bytes[bytes.len() - 1] != b'-'
            && bytes.iter().copied().all(inner);
        if fits { Ok(Self(text)) } else { Err(InvalidSlug) }
    }
}

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        Self::try_from(text.to_owned())
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_short_lower_case_words_with_hyphens() {
        for good in ["ab", "a1", "bagarn-i-skara", &"a".repeat(63)] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "1a",
            "-a",
            "a-",
            "Ab",
            "a_b",
            "å-ä",
            "a b",
            &"a".repeat(64),
        ] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_later_id_sorts_after_an_earlier_one() {
        let at = |ms: i64| DateTime::from_timestamp_millis(1_770_000_000_000 + ms).unwrap();
        let ids: Vec<_> = (0..50).map(|ms| RunId::new(at(ms))).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[7].to_string().parse::<RunId>().unwrap(), ids[7]);
    }
}
