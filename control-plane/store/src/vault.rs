//! Sealing what is secret: AES-256-GCM-SIV under the master key, bound to the place it is stored in.
//!
//! What was sealed for one tenant, id and version opens nowhere else. The sealed form carries the id of its key, so that
//! keys can change: the current one seals, and previous ones still open. A key itself never leaves memory.

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, rand,
};
use skarv_domain::{Error, Result};
use zeroize::{Zeroize, Zeroizing};

/// The key that secrets are sealed with. Does not print.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// A key of these bytes.
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let key = Self(Zeroizing::new(bytes));
        bytes.zeroize();
        key
    }

    /// Tells keys apart without telling the key.
    pub fn id(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.0.as_slice());
        hash.as_ref()
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// Seals with the current key, and opens with it or a previous one.
pub(crate) struct Vault {
    current: Key,
    previous: Vec<Key>,
}

struct Key {
    id: String,
    key: LessSafeKey,
}

/// What is stored of a secret.
pub(crate) struct Sealed {
    pub(crate) key_id: String,
    pub(crate) bytes: Vec<u8>,
}

impl Vault {
    pub(crate) fn new(current: &MasterKey, previous: &[MasterKey]) -> Result<Self> {
        Ok(Self {
            current: Key::new(current)?,
            previous: previous.iter().map(Key::new).collect::<Result<_>>()?,
        })
    }

    /// The id of the key that seals.
    pub(crate) fn key_id(&self) -> &str {
        &self.current.id
    }

    /// Whether what was sealed under this key can be opened at all.
    pub(crate) fn knows(&self, key_id: &str) -> bool {
        self.key(key_id).is_some()
    }

    /// Seals bytes for a place.
    pub(crate) fn seal(&self, place: &str, plain: &[u8]) -> Result<Sealed> {
        let failed = |_| Error::internal(format!("cannot seal {place}"));
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(failed)?;
        let mut text = plain.to_vec();
        let aad = Aad::from(place.as_bytes());
        let key = &self.current.key;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
            .map_err(failed)?;
        let bytes = nonce.iter().copied().chain(text).collect();
        Ok(Sealed {
            key_id: self.current.id.clone(),
            bytes,
        })
    }

    /// Opens what was sealed for a place.
    pub(crate) fn open(&self, place: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>> {
        let key_id = &sealed.key_id;
        let key = self.key(key_id).ok_or_else(|| {
            Error::internal(format!(
                "{place} is sealed with the master key {key_id}, which is not given"
            ))
        })?;
        key.open(place, &sealed.bytes).ok_or_else(|| {
            Error::internal(format!(
                "{place} does not open: it was changed or belongs elsewhere"
            ))
        })
    }

    /// The same under the current key, with nothing in between that outlives the call.
    pub(crate) fn reseal(&self, place: &str, sealed: &Sealed) -> Result<Sealed> {
        self.seal(place, &self.open(place, sealed)?)
    }

    fn key(&self, id: &str) -> Option<&Key> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|key| key.id == id)
    }
}

impl Key {
    fn new(master: &MasterKey) -> Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, master.0.as_slice())
            .map_err(|_| Error::internal("the master key is of no use"))?;
        Ok(Self {
            id: master.id(),
            key: LessSafeKey::new(key),
        })
    }

    fn open(&self, place: &str, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .key
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut text)
            .ok()?
            .len();
        text.truncate(length);
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(&MasterKey::new([byte; 32]), &[]).unwrap()
    }

    #[test]
    fn a_secret_opens_in_its_place_only() {
        let sealed = vault(1).seal("secret/a/1", b"hemligt").unwrap();
        assert_eq!(&**vault(1).open("secret/a/1", &sealed).unwrap(), b"hemligt");
        assert!(vault(1).open("secret/a/2", &sealed).is_err());
        assert!(vault(2).open("secret/a/1", &sealed).is_err());
    }

    #[test]
    fn what_a_previous_key_sealed_opens_and_is_sealed_anew_under_the_current_one() {
        let old = vault(1).seal("secret/a/1", b"hemligt").unwrap();
        let both = Vault::new(&MasterKey::new([2; 32]), &[MasterKey::new([1; 32])]).unwrap();
        assert_eq!(&**both.open("secret/a/1", &old).unwrap(), b"hemligt");
        let new = both.reseal("secret/a/1", &old).unwrap();
        assert_eq!(&**vault(2).open("secret/a/1", &new).unwrap(), b"hemligt");
    }

    #[test]
    fn a_changed_byte_is_seen() {
        let mut sealed = vault(1).seal("secret/a/1", b"hemligt").unwrap();
        sealed.bytes[NONCE_LEN] ^= 1;
        assert!(vault(1).open("secret/a/1", &sealed).is_err());
    }

    #[test]
    fn the_master_key_does_not_print() {
        let text = format!("{:?}", MasterKey::new(*b"0123456789abcdef0123456789abcdef"));
        assert!(!text.contains("0123456789abcdef"));
    }
}
