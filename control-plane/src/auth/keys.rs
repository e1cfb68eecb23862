//! Ed25519 keys that sign tokens, each known by its `kid`, and which of them signs at an instant.
//!
//! One algorithm is accepted and nothing in a token chooses it. A key is published and verifies from the start, signs from
//! its time on until a newer one does, and is no key any more after its end. Keys live sealed in the store; this is what is
//! in memory.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation, decode, decode_header, encode,
};
use secrecy::{ExposeSecret, zeroize::Zeroizing};
use serde::{Serialize, de::DeserializeOwned};
use skarv_store::SigningKey;

/// A key could not be made or used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The random source or the key format failed.
    #[error("a signing key cannot be made or read")]
    Unusable,
    /// There is no key to sign with.
    #[error("there is no key to sign a token with")]
    Missing,
    /// Signing failed.
    #[error("a token cannot be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// The keys, newest first.
pub(crate) struct KeyRing(Vec<Key>);

struct Key {
    public: PublicKey,
    signs_after: DateTime<Utc>,
    not_after: Option<DateTime<Utc>>,
    signer: EncodingKey,
    verifier: DecodingKey,
}

/// What everyone may know of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// Names it in tokens.
    pub(crate) kid: String,
    /// The key, in base64url without padding.
    pub(crate) x: String,
}

/// A new key in PKCS#8, to be sealed.
pub(crate) fn generate() -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new())
        .map_err(|_| KeyError::Unusable)?;
    Ok(Zeroizing::new(document.as_ref().to_vec()))
}

impl KeyRing {
    /// A ring of these keys, newest first.
    pub(crate) fn of(stored: &[SigningKey]) -> Result<Self, KeyError> {
        stored.iter().map(Key::of).collect::<Result<_, _>>().map(Self)
    }

    /// The keys that tokens can be checked with.
    pub(crate) fn published(&self, now: DateTime<Utc>) -> Vec<PublicKey> {
        self.good(now).map(|key| key.public.clone()).collect()
    }

    pub(super) fn sign(&self, claims: &impl Serialize, now: DateTime<Utc>) -> Result<String, KeyError> {
        // before the first one's time there is only that one
        let key = self
            .good(now)
            .find(|key| key.signs_after <= now)
            .or_else(|| self.0.last())
            .ok_or(KeyError::Missing)?;
        Ok(encode(&header(&key.public.kid), claims, &key.signer)?)
    }

    /// The claims of a token that one of the keys signed. Issuer, audience and times are the caller's to check.
    pub(super) fn verify<C: DeserializeOwned>(&self, token: &str, now: DateTime<Utc>) -> Option<C> {
        // a header that says anything more, or `crit`, asks for something that is not done here
        let said = decode_header(token).ok()?;
        let key = self.good(now).find(|key| header(&key.public.kid) == said)?;
        let TokenData { claims, .. } = decode(token, &key.verifier, &signature_only()).ok()?;
        Some(claims)
    }

    fn good(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Key> {
        self.0
            .iter()
            .filter(move |key| key.not_after.is_none_or(|end| now < end))
    }
}

impl Key {
    fn of(stored: &SigningKey) -> Result<Self, KeyError> {
        let pkcs8 = stored.secret.expose_secret();
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Unusable)?;
        let public = pair.public_key().as_ref();
        Ok(Self {
            public: PublicKey {
                kid: stored.kid.clone(),
                x: BASE64_URL_SAFE_NO_PAD.encode(public),
            },
            signs_after: stored.signs_after,
            not_after: stored.not_after,
            signer: EncodingKey::from_ed_der(pkcs8),
            verifier: DecodingKey::from_ed_der(public),
        })
    }
}

/// The header of every token.
fn header(kid: &str) -> Header {
    Header {
        kid: Some(kid.to_owned()),
        ..Header::new(Algorithm::EdDSA)
    }
}

/// Only the signature is left to the library: its clock is the host's, and ours is passed in.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|key| &key.public.kid))
            .finish()
    }
}
