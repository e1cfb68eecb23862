//! A keyed hash for what callers hold or we remember of them: page tokens cannot be made up, and what a request said
//! (secrets included) cannot be guessed from its remembered hash.

use aws_lc_rs::hmac;

/// The key. Made from the installation's own, so it is the same after a restart, in every replica and under a new master
/// key.
#[derive(Clone, Debug)]
pub(crate) struct Mac(hmac::Key);

impl Mac {
    /// The key for one purpose that the installation's own gives.
    pub(crate) fn derive(own: &[u8], purpose: &str) -> Self {
        let own = hmac::Key::new(hmac::HMAC_SHA256, own);
        Self(hmac::Key::new(
            hmac::HMAC_SHA256,
            hmac::sign(&own, purpose.as_bytes()).as_ref(),
        ))
    }

    /// The hash of these parts. Their borders count.
    pub(crate) fn of(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_between_parts_count() {
        let mac = Mac::derive(b"own", "test");
        assert_ne!(mac.of(&[b"ab", b"c"]), mac.of(&[b"a", b"bc"]));
        assert_eq!(mac.of(&[b"ab", b"c"]), mac.of(&[b"ab", b"c"]));
    }

    #[test]
    fn another_purpose_is_another_key() {
        assert_ne!(
            Mac::derive(b"own", "pages").of(&[b"x"]),
            Mac::derive(b"own", "requests").of(&[b"x"])
        );
    }
}
