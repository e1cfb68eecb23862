//! The places on disk that a control plane writes to: can it, and does what is there belong to it?

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    process,
};

use skarv_store::{Inspection, Store};

use super::Report;

const DATABASE: &str = "database";
const ADMIN_KEY: &str = "admin key file";

/// Whether the database can be opened with these master keys, or made.
pub(super) async fn database(report: &mut Report, path: &Path, keys: &[String]) {
    if let Err(problem) = writable(&folder(path)) {
        report.problem(DATABASE, problem);
        if !path.exists() {
            return;
        }
    }
    let place = path.display();
    if !path.exists() {
        return report.ok(DATABASE, format!("{place} will be made"));
    }
    if let Err(error) = OpenOptions::new().append(true).open(path) {
        return report.problem(
            DATABASE,
            format!("cannot write to {place}: {error}; give it to the user that runs the control plane"),
        );
    }
    match Store::inspect(path).await {
        Ok(found) => sealed(report, path, &found, keys),
        Err(error) => report.problem(DATABASE, format!("cannot open {place}: {error}")),
    }
}

fn sealed(report: &mut Report, path: &Path, found: &Inspection, keys: &[String]) {
    let place = path.display();
    let unknown: Vec<&str> = found
        .master_key_ids
        .iter()
        .filter(|id| !keys.contains(id))
        .map(String::as_str)
        .collect();
    match (unknown.as_slice(), found.steps_behind) {
        // what is wrong with the key file has been said
        (_, _) if keys.is_empty() => {}
        ([], 0) => report.ok(DATABASE, format!("{place} is up to date, and the master key opens it")),
        ([], behind) => report.ok(
            DATABASE,
            format!("{place} will be brought up to date in {behind} step(s): copy it first, there is no way back"),
        ),
        (unknown, _) => report.problem(
            DATABASE,
            format!(
                "{place} is sealed with the master key {}, which is not given (given: {}): give the file with that key, or, \
                 to change keys, see `rotate-master-key`",
                unknown.join(", "),
                keys.join(", ")
            ),
        ),
    }
}

/// Whether the first admin's key can be written, when there is one to write.
pub(super) fn admin_key_file(report: &mut Report, file: &Path, database: Option<&Path>) {
    let place = file.display();
    if database.is_some_and(Path::exists) {
        return report.ok(
            ADMIN_KEY,
            format!("{place} is for the first start, which has been"),
        );
    }
    if file.exists() {
        return report.problem(
            ADMIN_KEY,
            format!("{place} exists and is never written over: move it away, or name another file"),
        );
    }
    match writable(&folder(file)) {
        Ok(()) => report.ok(ADMIN_KEY, format!("{place} will be made at the first start")),
        Err(problem) => report.problem(ADMIN_KEY, problem),
    }
}

fn folder(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new(".")).to_owned()
}

/// Tries it out, since rights do not tell everything: a file system can be read-only, or full.
fn writable(folder: &Path) -> Result<(), String> {
    let place = folder.display();
    if !folder.is_dir() {
        return Err(format!(
            "the folder {place} does not exist: make it, for the user that runs the control plane"
        ));
    }
    let trial = folder.join(format!(".skarv-check-{}", process::id()));
    let made = make(&trial);
    made.map_err(|error| {
        format!(
            "cannot write in the folder {place}: {error}; give it to the user that runs the control plane"
        )
    })
}

fn make(trial: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(trial)?;
    fs::remove_file(trial)
}
