//! A server with a certificate that the host does not know is spoken to once its maker is trusted, and not before.

use std::{fs, sync::Arc};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use secrecy::ExposeSecret;
use skarv_control_plane::config::{Config, TlsFiles};
use skarv_domain::SystemClock;

use crate::world::skarv;

#[tokio::test]
async fn a_certificate_of_ones_own_needs_the_ca_file() {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .ok();
    let folder = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    fs::write(&files.certificate, cert.pem()).unwrap();
    fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    let ca = files.certificate.to_str().unwrap().to_owned();
    let config = Config {
        tls: Some(files),
        ..Config::temporary()
    };
    let control_plane = skarv_control_plane::start(config, Arc::new(SystemClock))
        .await
        .unwrap();
    let url = format!("https://localhost:{}", control_plane.addr().port());
    let key = control_plane.bootstrap_key.clone().unwrap();
    let environment = [
        ("SKARV_SERVER", url.as_str()),
        ("SKARV_API_KEY", key.expose_secret()),
    ];
    let who = skarv(&environment, &["whoami", "--ca-file", &ca, "--output", "json"])
        .await
        .json();
    assert_eq!(who["role"], "admin");
    let refused = skarv(&environment, &["whoami"]).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains(&url) && refused.stderr.contains("ertificate"),
        "{refused:?}"
    );
}
