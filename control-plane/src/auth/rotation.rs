//! How one signing key takes over from another without a token ever being refused.
//!
//! Every process re-reads the keys at each turn of upkeep. So a new key waits two such turns before it signs, and the older
//! ones go on verifying until the longest token that they can have signed has ended, leeway included.

use std::time::Duration;

use secrecy::SecretSlice;
use skarv_domain::{
    auth::Actor,
    clock::after,
    error::{Error, Result},
};
use skarv_store::{NewSigningKey, SigningKey, Store};
use uuid::Uuid;

use super::{
    keys::{self, KeyRing},
    token::LEEWAY,
};

/// The lengths of a rotation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    lead: Duration,
    overlap: Duration,
    age: Duration,
}

impl Rotation {
    /// A rotation where keys are re-read this often, no token is longer than this, and a key of this age is replaced.
    pub(crate) fn new(upkeep: Duration, longest_token: Duration, age: Duration) -> Self {
        let lead = 2 * upkeep;
        Self {
            lead,
            // a process that reads a turn late still signs with the older key a while longer
            overlap: longest_token + LEEWAY + lead,
            age,
        }
    }

    /// Lets a new key take over, whatever the age of the one that signs.
    pub(crate) async fn begin(&self, store: &Store, actor: &Actor) -> Result<SigningKey> {
        store.signing_key_rotate(actor, self.new_key()?, None).await
    }

    /// The keys as they are now, after a first one was made or an old one was replaced.
    pub(crate) async fn turn(&self, store: &Store) -> Result<KeyRing> {
        let newest = store.signing_key_list().await?.into_iter().next();
        let due = newest.is_none_or(|newest| after(newest.created_at, self.age) <= store.now());
        if due {
            let actor = Actor::system("signing keys change with age");
            store
                .signing_key_rotate(&actor, self.new_key()?, Some(self.age))
                .await?;
        }
        read(store).await
    }

    fn new_key(&self) -> Result<NewSigningKey> {
        let secret = keys::generate().map_err(Error::internal)?;
        Ok(NewSigningKey {
            kid: Uuid::new_v4().simple().to_string(),
            secret: SecretSlice::from(secret.to_vec()),
            lead: self.lead,
            overlap: self.overlap,
        })
    }
}

/// The keys as they are now.
pub(crate) async fn read(store: &Store) -> Result<KeyRing> {
    KeyRing::of(&store.signing_key_list().await?).map_err(Error::internal)
}
