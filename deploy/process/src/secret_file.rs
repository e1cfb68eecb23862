//! Files that hold secrets: made for their owner alone, never over another file.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Makes a file that only its owner can read, and has it on disk when this returns. One that exists is left alone.
pub fn make(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = writeln!(file, "{text}").and_then(|()| file.sync_all());
    if written.is_err() {
        // half a secret is worse than none; the first error is the one to tell
        fs::remove_file(path).ok();
    }
    written
}

/// Whether others than its owner may read a file.
pub fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// What to do about a file that others may read.
pub fn open_to_others(path: &Path) -> String {
    let path = path.display();
    format!("{path} can be read by others than its owner: chmod 600 {path}")
}
