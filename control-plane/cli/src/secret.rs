//! Secrets on their way in and out: from files and stdin, to files of mode 0600.
//!
//! The file for a new secret is made before the server is asked: a secret that is shown once must not be lost because
//! there is nowhere to put it.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;

use crate::failure::Usage;

/// Where a connection's secrets come from.
#[derive(Args, Debug)]
pub(crate) struct Given {
    /// A secret from a file, such as api_key=shop.key
    #[arg(long, value_name = "NAME=FILE", value_parser = pair)]
    secret_file: Vec<(String, String)>,
    /// A secret from stdin, by its name
    #[arg(long, value_name = "NAME")]
    secret_stdin: Option<String>,
}

impl Given {
    /// The secrets by name.
    pub(crate) fn read(&self) -> anyhow::Result<HashMap<String, String>> {
        let mut secrets = HashMap::new();
        for (name, file) in &self.secret_file {
            let text = fs::read_to_string(file)
                .with_context(|| format!("cannot read the secret `{name}` in {file}"))?;
            put(&mut secrets, name, &text)?;
        }
        if let Some(name) = &self.secret_stdin {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .with_context(|| format!("cannot read the secret `{name}` from stdin"))?;
            put(&mut secrets, name, &text)?;
        }
        Ok(secrets)
    }
}

fn put(secrets: &mut HashMap<String, String>, name: &str, text: &str) -> anyhow::Result<()> {
    // editors and `echo` end a file with a line break; no secret does
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Usage::new(format!("the secret `{name}` is empty")).into());
    }
    if secrets.insert(name.to_owned(), text.to_owned()).is_some() {
        return Err(Usage::new(format!("the secret `{name}` is given twice")).into());
    }
    Ok(())
}

/// `name=value`, for clap.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    if name.is_empty() {
        return Err("the name is missing: write NAME=VALUE".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Where a new secret goes instead of stdout.
#[derive(Args, Debug)]
pub(crate) struct Into {
    /// Write the secret to this new file, mode 0600, instead of printing it
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl Into {
    /// Makes the file, if there is to be one.
    pub(crate) fn open(&self) -> anyhow::Result<Option<NewFile>> {
        self.secret_file.as_deref().map(NewFile::make).transpose()
    }
}

/// A file that nobody else can read, and that goes away when no secret comes to it.
#[derive(Debug)]
pub(crate) struct NewFile {
    path: PathBuf,
    file: File,
    kept: bool,
}

impl NewFile {
    /// Makes it; one that exists is never written over.
    pub(crate) fn make(path: &Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        match file {
            Ok(file) => Ok(Self {
                path: path.to_owned(),
                file,
                kept: false,
            }),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                bail!(
                    "{} exists, and no secret is written over: name a new file",
                    path.display()
                )
            }
            Err(error) => Err(error).with_context(|| format!("cannot make {}", path.display())),
        }
    }

    /// Writes the secret, down to the disk.
    pub(crate) fn keep(mut self, secret: &str) -> anyhow::Result<()> {
        let written = writeln!(self.file, "{secret}").and_then(|()| self.file.sync_all());
        written.with_context(|| format!("cannot write {}", self.path.display()))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.kept {
            // an empty file left behind does no harm
            fs::remove_file(&self.path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_file_is_for_its_owner_alone_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        NewFile::make(&path).unwrap().keep("hush").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "hush\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(NewFile::make(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "hush\n");
    }

    #[test]
    fn a_secret_file_that_got_no_secret_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        drop(NewFile::make(&path).unwrap());
        assert!(!path.exists());
    }

    #[test]
    fn a_secret_loses_the_line_break_at_its_end_and_nothing_else() {
        let mut secrets = HashMap::new();
        put(&mut secrets, "api_key", " a b \r\n").unwrap();
        assert_eq!(secrets["api_key"], " a b ");
        assert!(put(&mut secrets, "api_key", "c").is_err());
        assert!(put(&mut secrets, "other", "\n").is_err());
    }
}
