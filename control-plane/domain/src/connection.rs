//! One tenant's credentials and settings for one foreign system, and what a test of it brings.

use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skarv_canonical::Reason;

use crate::id::{ConnectionId, Slug, TenantId};

/// How a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Never tested.
    Draft,
    /// Tested and in order.
    Ok,
    /// Stopped until a person has acted.
    Blocked,
    /// Needs to be connected anew.
    NeedsReconnect,
}

impl ConnectionState {
    const ALL: [Self; 4] = [Self::Draft, Self::Ok, Self::Blocked, Self::NeedsReconnect];

    /// The stable name, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Ok => "ok",
            Self::Blocked => "blocked",
            Self::NeedsReconnect => "needs_reconnect",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// A connection, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The id that was chosen for it, within the tenant.
    pub slug: Slug,
    /// The connector, such as `prestashop`.
    pub connector: String,
    /// Settings by name.
    pub settings: BTreeMap<String, String>,
    /// How it is.
    pub state: ConnectionState,
    /// Why it is blocked.
    pub block_reason: Option<Reason>,
    /// The shop's immutable reference. `None` until first tested, and always for accounting systems.
    pub shop_ref: Option<ShopRef>,
    /// What the foreign system calls itself; empty until tested.
    pub title: String,
    /// Version of the foreign system; empty until tested.
    pub system_version: String,
    /// Version of its secrets.
    pub secret_version: u64,
    /// Grows with every change.
    pub etag: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// How hard a foreign system may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The least time between two requests.
    pub interval: Duration,
    /// Runs that may use it at a time.
    pub max_active: u32,
}

/// What a test of a connection found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The first thing that was wrong; `None` when all is well.
    pub problem: Option<Reason>,
    /// Host and installation of the shop, the same for the same shop for ever; empty for accounting systems.
    pub host_key: String,
    /// What the foreign system calls itself.
    pub title: String,
    /// Version of the foreign system.
    pub system_version: String,
}

/// A shop's six-character reference: the stem of every reference on invoices, `{ref}-{order id}`. Never changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShopRef(String);

/// The text is no shop reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shop reference is six lower-case letters and digits; got `{0}`")]
pub struct InvalidShopRef(String);

impl ShopRef {
    const ALPHABET: &'static [u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

    /// The reference that these random bytes make. Two may be alike: the store keeps them apart.
    pub fn from_random(random: [u8; 16]) -> Self {
        let mut rest = u128::from_le_bytes(random);
        let mut next = || {
            let index = (rest % 36) as usize;
            rest /= 36;
            char::from(Self::ALPHABET[index])
        };
        Self((0..6).map(|_| next()).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ShopRef {
    type Err = InvalidShopRef;

    fn from_str(text: &str) -> Result<Self, InvalidShopRef> {
        let fits = text.len() == 6 && text.bytes().all(|b| Self::ALPHABET.contains(&b));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidShopRef(text.to_owned()))
        }
    }
}

impl fmt::Display for ShopRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_random_number_makes_a_reference_that_reads_back() {
        for random in [[0; 16], [255; 16], *b"skarv and splice"] {
            let made = ShopRef::from_random(random);
            assert_eq!(made.as_str().parse::<ShopRef>().unwrap(), made);
        }
        assert!("abc12".parse::<ShopRef>().is_err());
        assert!("ABC123".parse::<ShopRef>().is_err());
    }
}
