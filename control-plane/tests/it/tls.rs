//! The port with TLS: who speaks it is let in, who does not is told, and nobody can block the way.

use std::{fs, path::Path, sync::Arc};

use clap::Parser;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use skarv_agent::{Agent, AgentConfig, Registry, check::check, config::Arguments};
use skarv_control_plane::{Config, ControlPlane, config::TlsFiles};
use skarv_domain::SystemClock;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tonic::transport::{Certificate, Channel, ClientTlsConfig};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{health::get, world::quick};

/// One who signs certificates.
struct Ca {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Ca {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for this machine, and its key.
    fn sign(&self, folder: &Path) -> TlsFiles {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = TlsFiles {
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        };
        fs::write(&files.certificate, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }
}

struct Secured {
    plane: ControlPlane,
    ca: Ca,
    folder: TempDir,
}

impl Secured {
    async fn start() -> Self {
        // tests of one process share the provider
        rustls::crypto::aws_lc_rs::default_provider()
            .install_default()
            .ok();
        let (ca, folder) = (Ca::new(), tempfile::tempdir().unwrap());
        let config = Config {
            tls: Some(ca.sign(folder.path())),
            ..quick()
        };
        let plane = skarv_control_plane::start(config, Arc::new(SystemClock))
            .await
            .unwrap();
        Self { plane, ca, folder }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.plane.addr().port())
    }

    async fn channel(&self) -> Channel {
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.ca.pem));
        let endpoint = Channel::from_shared(self.url()).unwrap().tls_config(tls).unwrap();
        endpoint.connect().await.unwrap()
    }

    async fn agent(&self, url: String, ca: &str) -> anyhow::Result<Agent> {
        let config = AgentConfig {
            control_plane_ca: Some(ca.to_owned()),
            ..AgentConfig::new(url, self.plane.enrolment_token().await.unwrap())
        };
        skarv_agent::start(config, Registry::standard()).await
    }
}

#[tokio::test]
async fn an_agent_registers_over_tls() {
    let secured = Secured::start().await;
    let agent = secured.agent(secured.url(), &secured.ca.pem).await.unwrap();
    assert!(agent.drain().await);
    assert!(secured.plane.url().starts_with("https://"));
}

#[tokio::test]
async fn an_agent_with_another_ca_is_told_that_the_certificate_is_why() {
    let secured = Secured::start().await;
    let refused = secured.agent(secured.url(), &Ca::new().pem).await.unwrap_err();
    let told = format!("{refused:#}");
    for word in ["certificate is not accepted", "--control-plane-ca-file"] {
        assert!(told.contains(word), "{told}");
    }
}

#[tokio::test]
async fn an_agent_that_speaks_plainly_is_told_to_write_https() {
    let secured = Secured::start().await;
    let plain = format!("http://{}", secured.plane.addr());
    let refused = secured.agent(plain, &secured.ca.pem).await.unwrap_err();
    assert!(format!("{refused:#}").contains("write https://"), "{refused:#}");
}

#[tokio::test]
async fn a_browser_that_speaks_plainly_is_told_to_write_https() {
    let secured = Secured::start().await;
    let answer = get(secured.plane.addr(), "/").await;
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.contains("write https://"),
        "{answer}"
    );
}

#[tokio::test]
async fn clients_that_break_off_or_never_begin_keep_nobody_out() {
    let secured = Secured::start().await;
    let mut silent = Vec::new();
    for _ in 0..32 {
        let mut broken = TcpStream::connect(secured.plane.addr()).await.unwrap();
        broken.write_all(b"\x16\x03\x01\x00\x02no").await.unwrap();
        silent.push(TcpStream::connect(secured.plane.addr()).await.unwrap());
    }
    let mut health = HealthClient::new(secured.channel().await);
    health.check(HealthCheckRequest::default()).await.unwrap();
    drop(silent);
}

#[tokio::test]
async fn an_agents_check_finds_its_way_over_tls_and_names_what_is_in_it() {
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }
    let secured = Secured::start().await;
    let file = |name: &str, text: &str| {
        let path = secured.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (token, ca) = (file("token", "t"), file("ca.pem", &secured.ca.pem));
    let other = file("other.pem", &Ca::new().pem);
    let report = async |ca: &str| {
        let url = secured.url();
        let line = [
            "it",
            "--control-plane",
            &url,
            "--pool-token-file",
            &token,
            "--control-plane-ca-file",
            ca,
        ];
        check(Line::parse_from(line).arguments).await
    };
    let good = report(&ca).await;
    assert!(
        good.is_ok() && good.to_string().contains("answers and is well"),
        "{good}"
    );
    let bad = report(&other).await;
    assert!(
        !bad.is_ok() && bad.to_string().contains("certificate is not accepted"),
        "{bad}"
    );
}
