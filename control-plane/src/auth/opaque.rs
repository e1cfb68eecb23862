//! Long-lived secrets that are shown once: API keys and pool tokens, `skarv_<kind>_<prefix>_<secret>`.
//!
//! The prefix finds the row, the SHA-256 of the whole text proves it, compared in constant time. The text itself is never
//! stored. A secret of 32 random bytes needs no slow hash.

use aws_lc_rs::{constant_time, digest, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

const SECRET_BYTES: usize = 32;
const PREFIX_BYTES: usize = 6;

/// What a secret is for. Part of its text, so that one cannot stand in for the other and leaks are recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of a person's or a partner's program.
    ApiKey,
    /// Of a pool: what agents enrol with.
    PoolToken,
}

impl Kind {
    fn lead(self) -> &'static str {
        match self {
            Self::ApiKey => "skarv_key_",
            Self::PoolToken => "skarv_pool_",
        }
    }
}

/// A new secret, and what is stored of it.
pub(crate) struct Minted {
    /// To be shown once.
    pub(crate) text: SecretString,
    /// Finds the row.
    pub(crate) prefix: String,
    /// Proves the text.
    pub(crate) hash: [u8; 32],
}

/// The random source of the system failed.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers")]
pub(crate) struct NoRandomness;

/// Makes a secret.
pub(crate) fn mint(kind: Kind) -> Result<Minted, NoRandomness> {
    let (mut prefix, mut secret) = ([0; PREFIX_BYTES], [0; SECRET_BYTES]);
    rand::fill(&mut prefix).map_err(|_| NoRandomness)?;
    rand::fill(&mut secret).map_err(|_| NoRandomness)?;
    let prefix: String = prefix.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = SecretString::from(format!(
        "{}{prefix}_{}",
        kind.lead(),
        BASE64_URL_SAFE_NO_PAD.encode(secret)
    ));
    let hash = hash(&text);
    Ok(Minted { text, prefix, hash })
}

/// The prefix of a secret of this kind; `None` when the text is no such thing.
pub(crate) fn prefix(kind: Kind, text: &SecretString) -> Option<&str> {
    let (prefix, secret) = text.expose_secret().strip_prefix(kind.lead())?.split_once('_')?;
    (prefix.len() == 2 * PREFIX_BYTES && !secret.is_empty()).then_some(prefix)
}

/// Whether the text is the one that was stored.
pub(crate) fn proves(text: &SecretString, stored: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(&hash(text), stored).is_ok()
}

fn hash(text: &SecretString) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, text.expose_secret().as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_secret_is_found_by_its_prefix_and_proved_by_its_hash() {
        let minted = mint(Kind::ApiKey).unwrap();
        assert_eq!(prefix(Kind::ApiKey, &minted.text), Some(minted.prefix.as_str()));
        assert!(proves(&minted.text, &minted.hash));
        assert!(!proves(&mint(Kind::ApiKey).unwrap().text, &minted.hash));
    }

    #[test]
    fn a_pool_token_is_no_api_key() {
        let minted = mint(Kind::PoolToken).unwrap();
        assert_eq!(prefix(Kind::ApiKey, &minted.text), None);
    }

    #[test]
    fn a_text_without_a_secret_has_no_prefix() {
        assert_eq!(
            prefix(Kind::ApiKey, &SecretString::from("skarv_key_0123456789ab_")),
            None
        );
        assert_eq!(prefix(Kind::ApiKey, &SecretString::from("skarv_key_")), None);
    }
}
