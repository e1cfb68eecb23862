//! `check`: everything that is wrong with a configuration on this machine, each with where and what to do.
//!
//! It changes nothing that stays: the database is only read, and a file that tries the folder out is removed.

mod places;

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
};

use skarv_process::{Report, secret_file};

use crate::{
    accept::tls,
    config::{Arguments, Settings, master_key},
};

/// Checks what these arguments ask for.
pub async fn check(arguments: Arguments) -> Report {
    let mut report = Report::default();
    let settings = match arguments.load_unchecked() {
        Ok(settings) => settings,
        Err(error) => {
            report.problem("settings", format!("{error:#}"));
            return report;
        }
    };
    of_settings(&mut report, &settings);
    let keys = of_master_keys(&mut report, &settings);
    if let Some(database) = &settings.database {
        places::database(&mut report, database, &keys).await;
    }
    if let Some(file) = &settings.admin_key_file {
        places::admin_key_file(&mut report, file, settings.database.as_deref());
    }
    of_tls(&mut report, &settings);
    if let Some(listen) = settings.listen {
        of_port(&mut report, listen);
    }
    for warning in warnings(&settings) {
        report.warning("safety", warning);
    }
    report
}

/// What works and is not safe. Said at every start too.
pub fn warnings(settings: &Settings) -> Vec<String> {
    let mut warnings: Vec<String> = secret_files(settings)
        .filter(|file| secret_file::is_open_to_others(file))
        .map(|file| secret_file::open_to_others(file))
        .collect();
    let far = settings.listen.filter(|listen| !listen.ip().is_loopback());
    if let Some(listen) = far.filter(|_| settings.tls_certificate.is_none()) {
        warnings.push(format!(
            "{listen} is reached from other machines and has no TLS, so keys and tokens cross the network in the clear: give \
             --tls-certificate and --tls-key, or listen on 127.0.0.1 behind a proxy that ends TLS"
        ));
    }
    warnings
}

fn secret_files(settings: &Settings) -> impl Iterator<Item = &PathBuf> {
    let current = settings.master_key_file.iter();
    let previous = settings.previous_master_key_files().iter();
    current.chain(previous).chain(&settings.tls_key)
}

fn of_settings(report: &mut Report, settings: &Settings) {
    let wrong = settings.wrong();
    if wrong.is_empty() {
        report.ok("settings", "they can be read");
    }
    for wrong in wrong {
        report.problem("settings", wrong);
    }
}

/// The ids of the keys that can be read; the current one is the first.
fn of_master_keys(report: &mut Report, settings: &Settings) -> Vec<String> {
    let files = settings.master_key_file.iter();
    let mut ids = Vec::new();
    for file in files.chain(settings.previous_master_key_files()) {
        match master_key::read(file) {
            Ok(key) => {
                let id = master_key::id(&key);
                report.ok("master key", format!("{} is the key {id}", file.display()));
                ids.push(id);
            }
            Err(error) => report.problem("master key", format!("{error:#}")),
        }
    }
    ids
}

fn of_tls(report: &mut Report, settings: &Settings) {
    let Some(files) = settings.tls() else { return };
    match tls::read(&files) {
        Ok(read) => {
            let place = files.certificate.display();
            let count = read.cert.len();
            report.ok(
                "TLS",
                format!("{place} has {count} certificate(s), and the key fits"),
            );
        }
        Err(error) => report.problem("TLS", format!("{error:#}")),
    }
}

fn of_port(report: &mut Report, listen: SocketAddr) {
    let Err(error) = TcpListener::bind(listen) else {
        return report.ok("port", format!("{listen} is free"));
    };
    let why = match error.kind() {
        ErrorKind::AddrInUse => {
            "another process listens there, perhaps a control plane that runs already: end it or choose another port"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 need CAP_NET_BIND_SERVICE: grant it or choose a higher port"
        }
        ErrorKind::AddrNotAvailable => "this machine has no such address: choose one that `ip address` lists",
        _ => "the system refuses it",
    };
    report.problem("port", format!("cannot listen on {listen}: {why} ({error})"));
}
