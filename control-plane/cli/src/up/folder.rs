//! The folder of `skarv up`: the database, the master key that seals what is secret in it, and a lock.
//!
//! A key is made for a database that does not exist yet and never beside one that does: what another key has sealed could not
//! be opened again. The lock is the kernel's, so it ends with the process, however that ends.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{SecretBox, zeroize::Zeroizing};
use skarv_control_plane::config::new_master_key;
use skarv_store::Location;

/// A folder that this process alone works in.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// Seals what is secret in the database.
    pub(super) master_key: SecretBox<[u8; 32]>,
    /// Whether this start made the key.
    pub(super) new_key: bool,
    // held until the process ends
    _lock: File,
}

impl Folder {
    /// Takes the folder; it and the key are made when they do not exist.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot make the folder {shown}"))?;
        let path = path
            .canonicalize()
            .with_context(|| format!("cannot find the folder {shown}"))?;
        let lock = lock(&path)?;
        let key = path.join("master.key");
        let new_key = !exists(&key)?;
        if new_key {
            make_key(&path, &key)?;
        }
        Ok(Self {
            master_key: read_key(&key)?,
            path,
            new_key,
            _lock: lock,
        })
    }

    /// Where the database is.
    pub(super) fn database(&self) -> Location {
        Location::Path(self.path.join("skarv.db"))
    }

    /// What people must know of a key that was made just now.
    pub(super) fn about_the_key(&self) -> String {
        format!(
            "A master key was made: {}\nIt seals the credentials that you give Skarv. Without it they are lost, whatever else is kept. Copy \
             it to a safe place, apart from the backups of the database.\n",
            self.path.join("master.key").display()
        )
    }
}

fn exists(path: &Path) -> anyhow::Result<bool> {
    path.try_exists()
        .with_context(|| format!("cannot tell whether {} exists", path.display()))
}

fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "{} is in use: another `skarv up` runs there. Stop that one first, or choose another folder with --data",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

fn make_key(folder: &Path, key: &Path) -> anyhow::Result<()> {
    if exists(&folder.join("skarv.db"))? {
        bail!(
            "the database in {} is there but its master key {} is not. The credentials in it cannot be opened without that key: put \
             the key back from your backup. To start over with nothing, choose another folder with --data",
            folder.display(),
            key.display()
        );
    }
    // under another name until it is whole: half a key must not be found at the next start
    let draft = folder.join("master.key.new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", draft.display()));
        }
        _ => {}
    }
    new_master_key(&draft)?;
    let placed = fs::rename(&draft, key).and_then(|()| File::open(folder)?.sync_all());
    placed.with_context(|| format!("cannot keep the master key {}", key.display()))
}

fn read_key(path: &Path) -> anyhow::Result<SecretBox<[u8; 32]>> {
    let shown = path.display();
    let text = Zeroizing::new(fs::read(path).with_context(|| format!("cannot read the master key {shown}"))?);
    let bytes = BASE64_STANDARD.decode(text.trim_ascii()).map(Zeroizing::new);
    let bytes = bytes
        .with_context(|| format!("the master key {shown} is not base64: put it back from your backup"))?;
    let key = <[u8; 32]>::try_from(bytes.as_slice()).with_context(|| {
        format!(
            "the master key {shown} must be 32 bytes in base64; it has {}",
            bytes.len()
        )
    })?;
    Ok(SecretBox::new(Box::new(key)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folder_and_key_are_for_their_owner_alone_and_the_key_stays_the_same() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        let first = Folder::open(&path).unwrap();
        assert!(first.new_key);
        assert_eq!((mode(&path), mode(&path.join("master.key"))), (0o700, 0o600));
        let key = *first.master_key.expose_secret();
        drop(first);
        let second = Folder::open(&path).unwrap();
        assert!(!second.new_key);
        assert_eq!(*second.master_key.expose_secret(), key);
    }

    #[test]
    fn a_folder_in_use_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let _first = Folder::open(place.path()).unwrap();
        let problem = Folder::open(place.path()).unwrap_err().to_string();
        assert!(problem.contains("in use"), "{problem}");
    }

    #[test]
    fn a_database_without_its_key_is_refused_and_no_key_is_made() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("skarv.db"), "x").unwrap();
        let problem = Folder::open(place.path()).unwrap_err().to_string();
        assert!(problem.contains("put the key back"), "{problem}");
        assert!(!place.path().join("master.key").exists());
    }

    #[test]
    fn half_a_key_is_no_key() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("master.key"), "c2hvcnQ=").unwrap();
        let problem = Folder::open(place.path()).unwrap_err().to_string();
        assert!(problem.contains("32 bytes"), "{problem}");
    }
}
