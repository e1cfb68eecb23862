//! `check`: everything that is wrong with an agent's configuration on this machine, and on the way to its control plane, each
//! with where and what to do. It registers nowhere.

use std::{io, net::TcpListener, time::Duration};

use rustls::pki_types::{CertificateDer, pem::PemObject};
use skarv_process::{Report, secret_file};
use tokio::{net, time::timeout};

use crate::{
    config::{Arguments, Settings, place},
    control_plane::probe,
};

const CONNECT: Duration = Duration::from_secs(5);

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
    of_pool_token(&mut report, &settings);
    of_ca(&mut report, &settings);
    of_health(&mut report, &settings);
    of_control_plane(&mut report, settings.clone()).await;
    for warning in warnings(&settings) {
        report.warning("safety", warning);
    }
    report
}

/// What works and is not safe. Said at every start too.
pub fn warnings(settings: &Settings) -> Vec<String> {
    let file = settings.pool_token_file.iter();
    let mut warnings: Vec<String> = file
        .filter(|file| secret_file::is_open_to_others(file))
        .map(|file| secret_file::open_to_others(file))
        .collect();
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

fn is_near(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn tell(report: &mut Report, what: &'static str, found: Result<String, String>) {
    match found {
        Ok(says) => report.ok(what, says),
        Err(says) => report.problem(what, says),
    }
}

fn of_settings(report: &mut Report, settings: &Settings) {
    let wrong = settings.wrong();
    if wrong.is_empty() {
        let slots = settings.slots.unwrap_or_default();
        report.ok(
            "settings",
            format!("they can be read; room for {slots} runs at a time"),
        );
    }
    for wrong in wrong {
        report.problem("settings", wrong);
    }
}

fn of_pool_token(report: &mut Report, settings: &Settings) {
    let Some(file) = &settings.pool_token_file else {
        return;
    };
    let found = settings.token().map(|_| format!("{} has one", file.display()));
    tell(report, "pool token", found.map_err(|error| format!("{error:#}")));
}

fn of_ca(report: &mut Report, settings: &Settings) {
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
    tell(report, "control plane's CA", found);
}

fn of_health(report: &mut Report, settings: &Settings) {
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
    tell(report, "health", found);
}

async fn of_control_plane(report: &mut Report, settings: Settings) {
    let address = settings.control_plane.clone().unwrap_or_default();
    let Some((_, host, port)) = place(&address) else {
        return;
    };
    let reached = reach(&host, port).await;
    let is_reached = reached.is_ok();
    tell(report, "network", reached);
    // without a token there is nothing to make a client with; that has been said
    if let (true, Ok(config)) = (is_reached, settings.into_config()) {
        let answer = probe(&config)
            .await
            .map(|()| format!("{address} answers and is well"));
        tell(
            report,
            "control plane",
            answer.map_err(|error| format!("{address}: {error:#}")),
        );
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
