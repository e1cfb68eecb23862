//! TLS for the port: certificate and key from PEM files, read anew when they change, so that a renewed certificate needs no
//! restart. Files that cannot be used leave what was read before in place.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use anyhow::{Context, ensure};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;

/// How often the files are looked at, at most.
const LOOK: Duration = Duration::from_secs(30);

/// The way in for TLS connections, for HTTP/2 and HTTP/1.
pub(crate) fn acceptor(files: &TlsFiles) -> anyhow::Result<TlsAcceptor> {
    let renewed = Renewed::new(files)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("no TLS version can be used")?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(renewed));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Reads certificate and key, and sees that they belong together.
pub(crate) fn read(files: &TlsFiles) -> anyhow::Result<CertifiedKey> {
    let (certificate, key) = (files.certificate.display(), files.key.display());
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the certificate {certificate}"))?;
    ensure!(
        !chain.is_empty(),
        "there is no certificate in {certificate}: it must be PEM"
    );
    let private = PrivateKeyDer::from_pem_file(&files.key)
        .with_context(|| format!("cannot read the certificate's key {key}"))?;
    CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider())
        .with_context(|| format!("the certificate {certificate} and the key {key} do not belong together"))
}

#[derive(Debug)]
struct Renewed {
    files: TlsFiles,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    key: Arc<CertifiedKey>,
    changed: Stamp,
    looked: Instant,
}

/// When both files last changed.
type Stamp = [Option<SystemTime>; 2];

impl Renewed {
    fn new(files: &TlsFiles) -> anyhow::Result<Self> {
        let current = Current {
            changed: stamp(files),
            key: Arc::new(read(files)?),
            looked: Instant::now(),
        };
        Ok(Self {
            files: files.clone(),
            current: Mutex::new(current),
        })
    }

    fn key(&self, now: Instant) -> Arc<CertifiedKey> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(current.looked) >= LOOK {
            current.looked = now;
            current.renew(&self.files);
        }
        Arc::clone(&current.key)
    }
}

impl Current {
    fn renew(&mut self, files: &TlsFiles) {
        let changed = stamp(files);
        if changed == self.changed {
            return;
        }
        // files that are half renewed are looked at again at the next look
        match read(files) {
            Ok(key) => {
                (self.key, self.changed) = (Arc::new(key), changed);
                tracing::info!("the certificate was renewed");
            }
            Err(error) => {
                tracing::error!("the certificate changed and cannot be used, the old one is kept: {error:#}")
            }
        }
    }
}

impl ResolvesServerCert for Renewed {
    fn resolve(&self, _client: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.key(Instant::now()))
    }
}

fn stamp(files: &TlsFiles) -> Stamp {
    let changed = |file: &Path| fs::metadata(file).and_then(|found| found.modified()).ok();
    [changed(&files.certificate), changed(&files.key)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(files: &TlsFiles) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(&files.certificate, made.cert.pem()).unwrap();
        fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    }

    fn files(folder: &Path) -> TlsFiles {
        TlsFiles {
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        }
    }

    #[test]
    fn a_renewed_certificate_is_taken_up_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        write(&files);
        let renewed = Renewed::new(&files).unwrap();
        let (start, first) = (Instant::now(), renewed.key(Instant::now()));
        write(&files);
        assert_eq!(
            renewed.key(start).cert,
            first.cert,
            "it is looked at now and then"
        );
        let second = renewed.key(start + 2 * LOOK);
        assert_ne!(second.cert, first.cert);
        fs::write(&files.key, "no key").unwrap();
        assert_eq!(renewed.key(start + 4 * LOOK).cert, second.cert);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        write(&files);
        let certificate = fs::read(&files.certificate).unwrap();
        write(&files);
        fs::write(&files.certificate, certificate).unwrap();
        assert!(format!("{:#}", read(&files).unwrap_err()).contains("do not belong together"));
    }
}
