//! Secrets that a shop gives away without being asked are nowhere afterwards: not in a record, not in a log.

use std::{
    io,
    sync::{Arc, Mutex},
};

use skarv_connector::Connector;
use skarv_prestashop::{
    PrestaShop,
    fake::{CANARIES, Version},
};
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    connection::{KEY, access, at, read_all, settings, source},
    counter::{NOW, shop},
    fixtures::folder,
    webservice::Webservice,
};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_records_nor_logs_hold_a_secret_of_the_shop() {
    let log = Log::default();
    // for the whole process: what other tests log meanwhile must be as clean
    tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .init();
    // the fake sends what is asked for, the folder everything there is
    let fake = shop(50, Version::V8_2_1).await;
    let static_shop = Webservice::of_folder(folder()).await;
    let mut seen = String::new();
    for base_url in [fake.base_url(), static_shop.base_url.clone()] {
        let source = source(&base_url, KEY, settings("2026-01-01T00:00:00Z")).await;
        let records = read_all(source.as_ref(), 100, NOW).await;
        assert!(records.len() > 15);
        let again = source.fetch(&["1".to_owned()], at(NOW)).await;
        let report = PrestaShop.check(&access(&base_url, KEY)).await;
        let orders: Vec<_> = records
            .iter()
            .filter_map(|record| record.content.as_ref().ok())
            .collect();
        let stored = serde_json::to_string(&orders).expect("json");
        seen.push_str(&format!(
            "{records:?} {again:?} {report:?} {:?} {stored}",
            access(&base_url, KEY)
        ));
    }
    let log = String::from_utf8(log.0.lock().expect("the log").clone()).expect("text");
    assert!(log.contains("http call"), "the log was not kept");
    let key_in_header = "VEVTVE5ZQ0tFTA";
    for secret in CANARIES.into_iter().chain([KEY, key_in_header]) {
        assert!(!seen.contains(secret), "{secret} is in a record");
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
