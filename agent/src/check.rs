//! `check`: everything that is wrong with an agent's configuration on this machine, and on the way to its control plane, each
//! with where and what to do. It registers nowhere.

use std::{fmt, fs, io, net::TcpListener, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::{net, time::timeout};

use crate::{
    config::{Arguments, Settings, place},
    control_plane::probe,
};

const CONNECT: Duration = Duration::from_secs(5);

/// What a check found.
#[derive(Debug, Default)]
pub struct Report(Vec<Finding>);

#[derive(Debug)]
struct Finding {
    level: Level,
    what: &'static str,
    says: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Ok,
    Warning,
    Problem,
}

/// Checks what these arguments ask for.
pub async fn check(arguments: Arguments) -> Report {
    let mut report = Report::default();
    let settings = match arguments.load_unchecked() {
        Ok(settings) => settings,
        Err(error) => {
            report.add(Level::Problem, "settings", format!("{error:#}"));
            return report;
        }
    };
    report.settings(&settings);
    report.pool_token(&settings);
    report.ca(&settings);
    report.health(&settings);
    report.control_plane(settings.clone()).await;
    for warning in warnings(&settings) {
        report.add(Level::Warning, "safety", warning);
    }
    report
}

/// What works and is not safe. Said at every start too.
pub fn warnings(settings: &Settings) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(file) = settings
        .pool_token_file
        .as_deref()
        .filter(|file| is_open_to_others(file))
    {
        let file = file.display();
        warnings.push(format!(
            "{file} can be read by others than its owner: chmod 600 {file}"
        ));
    }
    if settings.allow_private == Some(true) {
        warnings.push(
            "connections may reach private addresses: leave out --allow-private where tenants choose addresses".to_owned(),
        );
    }
    let address = settings.control_plane.as_deref().unwrap_or_default();
    if place(address).is_some_and(|(tls, host, _)| !tls && !is_near(&host)) {
        warnings.push(format!(
            "{address} is not this machine and has no TLS, so tokens and credentials cross the network in the clear: give the \
             control plane TLS and write https://"
        ));
    }
    warnings
}

fn is_open_to_others(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

fn is_near(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Report {
    /// Whether an agent would start and find its control plane.
    pub fn is_ok(&self) -> bool {
        self.0.iter().all(|finding| finding.level != Level::Problem)
    }

    fn add(&mut self, level: Level, what: &'static str, says: impl Into<String>) {
        let says = says.into();
        self.0.push(Finding { level, what, says });
    }

    fn found(&mut self, what: &'static str, found: Result<String, String>) {
        match found {
            Ok(says) => self.add(Level::Ok, what, says),
            Err(says) => self.add(Level::Problem, what, says),
        }
    }

    fn settings(&mut self, settings: &Settings) {
        let wrong = settings.wrong();
        if wrong.is_empty() {
            let slots = settings.slots.unwrap_or_default();
            self.add(
                Level::Ok,
                "settings",
                format!("they can be read; room for {slots} runs at a time"),
            );
        }
        for wrong in wrong {
            self.add(Level::Problem, "settings", wrong);
        }
    }

    fn pool_token(&mut self, settings: &Settings) {
        let Some(file) = &settings.pool_token_file else {
            return;
        };
        let found = settings.token().map(|_| format!("{} has one", file.display()));
        self.found("pool token", found.map_err(|error| format!("{error:#}")));
    }

    fn ca(&mut self, settings: &Settings) {
        let Some(file) = &settings.control_plane_ca_file else {
            return;
        };
        let place = file.display();
        let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let found = match read {
            Ok(certificates) if certificates.is_empty() => {
                Err(format!("there is no certificate in {place}: it must be PEM"))
            }
            Ok(certificates) => Ok(format!("{place} has {} certificate(s)", certificates.len())),
            Err(error) => Err(format!("cannot read the certificates {place}: {error}")),
        };
        self.found("control plane's CA", found);
    }

    fn health(&mut self, settings: &Settings) {
        let Some(listen) = settings.health_listen else {
            return;
        };
        let found = TcpListener::bind(listen)
            .map(|_| format!("{listen} is free"))
            .map_err(|error| {
                let taken = error.kind() == io::ErrorKind::AddrInUse;
                let hint = if taken {
                    ": another process listens there, perhaps an agent that runs already"
                } else {
                    ""
                };
                format!("cannot listen on {listen}{hint} ({error}); choose another address")
            });
        self.found("health", found);
    }

    async fn control_plane(&mut self, settings: Settings) {
        let address = settings.control_plane.clone().unwrap_or_default();
        let Some((_, host, port)) = place(&address) else {
            return;
        };
        let reached = reach(&host, port).await;
        let is_reached = reached.is_ok();
        self.found("network", reached);
        // without a token there is nothing to make a client with; that has been said
        if let (true, Ok(config)) = (is_reached, settings.into_config()) {
            let answer = probe(&config)
                .await
                .map(|()| format!("{address} answers and is well"));
            self.found(
                "control plane",
                answer.map_err(|error| format!("{address}: {error:#}")),
            );
        }
    }
}

/// The way there: the name, then the port.
async fn reach(host: &str, port: u16) -> Result<String, String> {
    let resolved = timeout(CONNECT, net::lookup_host((host, port))).await;
    let addresses: Vec<_> = match resolved {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => {
            return Err(format!(
                "the name {host} leads nowhere ({error}): is it spelled right?"
            ));
        }
        Err(_elapsed) => {
            return Err(format!(
                "the name {host} was not found in time: is the name server reachable?"
            ));
        }
    };
    match timeout(CONNECT, net::TcpStream::connect(addresses.as_slice())).await {
        Ok(Ok(_)) => Ok(format!("{host} port {port} takes connections")),
        Ok(Err(error)) => Err(format!(
            "nothing answers at {host} port {port} ({error}): does the control plane run, and is it that port?"
        )),
        Err(_elapsed) => Err(format!(
            "no answer from {host} port {port}: is a firewall in between?"
        )),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { level, what, says } in &self.0 {
            let level = match level {
                Level::Ok => "ok",
                Level::Warning => "warning",
                Level::Problem => "problem",
            };
            writeln!(f, "{level:<8} {what}: {}", says.trim_end())?;
        }
        Ok(())
    }
}
