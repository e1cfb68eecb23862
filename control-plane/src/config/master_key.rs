//! The file with the master key: 32 bytes in base64.

use std::{fs, path::Path};

use anyhow::{Context, anyhow, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretBox, zeroize::Zeroizing};
use skarv_store::MasterKey;

use skarv_process::secret_file;

/// Reads a master key.
pub(crate) fn read(path: &Path) -> anyhow::Result<SecretBox<[u8; 32]>> {
    let place = path.display();
    let text = fs::read(path).map(Zeroizing::new).with_context(|| {
        format!("cannot read the master key {place} (a first one is made with `new-master-key`)")
    })?;
    let key = BASE64_STANDARD
        .decode(text.trim_ascii())
        .map(Zeroizing::new)
        .map_err(|_| anyhow!("the master key {place} is not base64: make one with `new-master-key`"))?;
    ensure!(
        key.len() == 32,
        "the master key {place} must be 32 bytes in base64, it has {}: make one with `new-master-key`",
        key.len()
    );
    let mut bytes = Box::new([0; 32]);
    bytes.copy_from_slice(&key);
    Ok(SecretBox::new(bytes))
}

/// Makes a new master key, in a file for its owner alone. Returns the id that tells it from others.
pub fn make(path: &Path) -> anyhow::Result<String> {
    let mut key = SecretBox::new(Box::new([0; 32]));
    aws_lc_rs::rand::fill(secrecy::ExposeSecretMut::expose_secret_mut(&mut key))
        .map_err(|_| anyhow!("the system gives no random numbers"))?;
    let text = Zeroizing::new(BASE64_STANDARD.encode(key.expose_secret()));
    secret_file::make(path, &text).with_context(|| {
        format!(
            "cannot make {}; a file that exists is never written over",
            path.display()
        )
    })?;
    Ok(id(&key))
}

/// Tells a key from others without telling the key.
pub(crate) fn id(key: &SecretBox<[u8; 32]>) -> String {
    MasterKey::new(*key.expose_secret()).id()
}
