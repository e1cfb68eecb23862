//! Ed25519 keys that sign tokens, each known by its `kid`.
//!
//! One algorithm is accepted and nothing in a token chooses it. Keys live sealed in the store; this is what is in memory.

use std::collections::HashMap;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation, decode, decode_header, encode,
};
use secrecy::zeroize::Zeroizing;
use serde::{Serialize, de::DeserializeOwned};

/// A key could not be made or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The random source or the key format failed.
    #[error("a signing key cannot be made or read")]
    Unusable,
    /// Signing failed.
    #[error("a token cannot be signed: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// Keys that verify, and the newest of them, which signs.
pub(crate) struct KeyRing {
    newest: String,
    signer: EncodingKey,
    verifiers: HashMap<String, DecodingKey>,
}

/// A new key in PKCS#8, to be sealed.
pub(crate) fn generate() -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new())
        .map_err(|_| KeyError::Unusable)?;
    Ok(Zeroizing::new(document.as_ref().to_vec()))
}

impl KeyRing {
    /// A ring of one key.
    pub(crate) fn new(kid: &str, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let verifiers = HashMap::from([(kid.to_owned(), verifier(pkcs8)?)]);
        Ok(Self {
            newest: kid.to_owned(),
            signer: EncodingKey::from_ed_der(pkcs8),
            verifiers,
        })
    }

    /// Adds an older key, which only verifies.
    pub(crate) fn also_verify(&mut self, kid: &str, pkcs8: &[u8]) -> Result<(), KeyError> {
        self.verifiers.insert(kid.to_owned(), verifier(pkcs8)?);
        Ok(())
    }

    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        let header = Header {
            kid: Some(self.newest.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        Ok(encode(&header, claims, &self.signer)?)
    }

    /// The claims of a token that one of the keys signed. Issuer, audience and times are the caller's to check.
    pub(super) fn verify<C: DeserializeOwned>(&self, token: &str) -> Option<C> {
        let kid = decode_header(token).ok()?.kid?;
        let key = self.verifiers.get(&kid)?;
        let TokenData { claims, .. } = decode(token, key, &signature_only()).ok()?;
        Some(claims)
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

fn verifier(pkcs8: &[u8]) -> Result<DecodingKey, KeyError> {
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Unusable)?;
    Ok(DecodingKey::from_ed_der(pair.public_key().as_ref()))
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing")
            .field("newest", &self.newest)
            .finish_non_exhaustive()
    }
}
