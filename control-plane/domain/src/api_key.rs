//! Keys that programs sign in with: whose they are, who may see them, and what they are good for at an instant.
//!
//! The key itself is its owner's alone; nothing here could tell it. Making one and comparing one is the edge's business.

use std::{fmt, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    auth::{AuthContext, Role},
    clock::after,
    error::{Error, Result},
    id::{ApiKeyId, PartnerId, PrincipalId, Slug},
};

/// How long a key that is replaced goes on working unless its owner says otherwise.
const OVERLAP: Duration = Duration::from_secs(24 * 3_600);
/// The longest that it may go on.
const LONGEST_OVERLAP: Duration = Duration::from_secs(30 * 24 * 3_600);
/// How exactly the last use is noted: a busy program does not make a write of every exchange.
const USE_GRAIN: TimeDelta = TimeDelta::minutes(1);

/// A key that a caller trades for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Who signs in with it.
    pub principal: PrincipalId,
    /// Whose it is, by name.
    pub owner: KeyOwner,
    /// What it is found by: the part of the key that is no secret.
    pub prefix: String,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used last, give or take a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The prefix of the key that was made in its place.
    pub replaced_by: Option<String>,
}

/// Whose a key is, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyOwner {
    /// A partner: whichever of its programs uses the key.
    Partner(Slug),
    /// One person.
    Principal(PrincipalId),
}

impl fmt::Display for KeyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(partner) => write!(f, "partners/{partner}"),
            Self::Principal(principal) => write!(f, "principals/{principal}"),
        }
    }
}

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It opens.
    Active,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl ApiKey {
    /// What it is good for at this instant.
    pub fn state(&self, now: DateTime<Utc>) -> KeyState {
        if self.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            KeyState::Expired
        } else {
            KeyState::Active
        }
    }

    /// Whether a use at this instant is worth noting.
    pub fn use_is_news(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_none_or(|last| now - last >= USE_GRAIN)
    }

    /// When this key and the one in its place end, if it is replaced now. The new one lasts as long as this one was made to.
    pub fn handover(&self, now: DateTime<Utc>, overlap: Duration) -> Result<Handover> {
        let name = format!("apiKeys/{}", self.prefix);
        let refused =
            |reason, problem: &str| Err(Error::precondition(reason, &name, format!("{name} {problem}")));
        match (self.state(now), &self.replaced_by) {
            (KeyState::Revoked, _) => refused("API_KEY_REVOKED", "was taken back: make a new key instead"),
            (KeyState::Expired, _) => refused("API_KEY_EXPIRED", "has ended: make a new key instead"),
            (KeyState::Active, Some(by)) => refused(
                "API_KEY_REPLACED",
                &format!("was replaced by apiKeys/{by}: replace that one, or make a new key"),
            ),
            (KeyState::Active, None) => {
                let end = after(now, overlap);
                Ok(Handover {
                    old_ends: self.expires_at.map_or(end, |own| own.min(end)),
                    new_ends: self
                        .expires_at
                        .map(|own| after(now, (own - self.created_at).to_std().unwrap_or_default())),
                })
            }
        }
    }
}

/// When the keys on both sides of a replacement end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The end of the old one.
    pub old_ends: DateTime<Utc>,
    /// The end of the new one, if it ends by itself.
    pub new_ends: Option<DateTime<Utc>>,
}

/// How long a replaced key goes on working, from what its owner asked for.
pub fn overlap(asked: Option<Duration>) -> Result<Duration> {
    match asked {
        None => Ok(OVERLAP),
        Some(asked) if asked <= LONGEST_OVERLAP => Ok(asked),
        Some(_) => Err(Error::invalid("overlap", "must be at most 30 days")),
    }
}

/// A key's name in the form that is stored.
pub fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.chars().count() > 200 {
        return Err(Error::invalid("display_name", "must be at most 200 characters"));
    }
    Ok(name.to_owned())
}

/// The end of a key that is to be made now.
pub fn checked_end(end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    if end.is_some_and(|end| end <= now) {
        return Err(Error::invalid(
            "expire_time",
            "must lie ahead; leave it out for a key that does not end by itself",
        ));
    }
    Ok(end)
}

/// Whose keys a caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScope {
    /// Their own.
    Own(PrincipalId),
    /// Their own, and whatever is their partner's.
    Partner(PrincipalId, PartnerId),
    /// Their own, and every partner's.
    Admin(PrincipalId),
}

impl KeyScope {
    /// What this caller may see.
    pub fn of(caller: &AuthContext) -> Self {
        match (caller.role, caller.partner) {
            (Role::Admin, _) => Self::Admin(caller.principal),
            (Role::Partner, Some(partner)) => Self::Partner(caller.principal, partner),
            (Role::Partner | Role::Sales | Role::Support | Role::Merchant | Role::Agent, _) => {
                Self::Own(caller.principal)
            }
        }
    }

    /// Whether a key of this principal, who may belong to a partner, is in it.
    pub fn sees(self, principal: PrincipalId, partner: Option<PartnerId>) -> bool {
        match self {
            Self::Own(own) => principal == own,
            Self::Partner(own, mine) => principal == own || partner == Some(mine),
            Self::Admin(own) => principal == own || partner.is_some(),
        }
    }
}

#[cfg(test)]
mod tests;
