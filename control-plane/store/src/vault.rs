//! Sealing what is secret: AES-256-GCM-SIV under the master key, bound to the place it is stored in.
//!
//! What was sealed for one tenant, id and version opens nowhere else. The sealed form carries the id of its key, so that
//! keys can change; the key itself never leaves memory.

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
    fn id(&self) -> String {
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

/// Seals and opens.
pub(crate) struct Vault {
    key_id: String,
    key: LessSafeKey,
}

/// What is stored of a secret.
pub(crate) struct Sealed {
    pub(crate) key_id: String,
    pub(crate) bytes: Vec<u8>,
}

impl Vault {
    pub(crate) fn new(master: &MasterKey) -> Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, master.0.as_slice())
            .map_err(|_| Error::internal("the master key is of no use"))?;
        Ok(Self {
            key_id: master.id(),
            key: LessSafeKey::new(key),
        })
    }

    /// Seals bytes for a place.
    pub(crate) fn seal(&self, place: &str, plain: &[u8]) -> Result<Sealed> {
        let failed = |_| Error::internal(format!("cannot seal {place}"));
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(failed)?;
        let mut text = plain.to_vec();
        let aad = Aad::from(place.as_bytes());
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
            .map_err(failed)?;
        let bytes = nonce.iter().copied().chain(text).collect();
        Ok(Sealed {
            key_id: self.key_id.clone(),
            bytes,
        })
    }

    /// Opens what was sealed for a place.
    pub(crate) fn open(&self, place: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>> {
        if sealed.key_id != self.key_id {
            return Err(Error::internal(format!(
                "{place} is sealed with the master key {}",
                sealed.key_id
            )));
        }
        let failed = |_| {
            Error::internal(format!(
                "{place} does not open: it was changed or belongs elsewhere"
            ))
        };
        let (nonce, text) = sealed
            .bytes
            .split_at_checked(NONCE_LEN)
            .ok_or(())
            .map_err(failed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| failed(()))?;
        let mut text = Zeroizing::new(text.to_vec());
        let aad = Aad::from(place.as_bytes());
        let length = self
            .key
            .open_in_place(nonce, aad, &mut text)
            .map_err(|_| failed(()))?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(&MasterKey::new([byte; 32])).unwrap()
    }

    #[test]
    fn a_secret_opens_in_its_place_only() {
        let sealed = vault(1).seal("secret/a/1", b"hemligt").unwrap();
        assert_eq!(&**vault(1).open("secret/a/1", &sealed).unwrap(), b"hemligt");
        assert!(vault(1).open("secret/a/2", &sealed).is_err());
        assert!(vault(2).open("secret/a/1", &sealed).is_err());
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
