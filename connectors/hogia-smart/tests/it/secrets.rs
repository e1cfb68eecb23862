//! With every log level of every library on, neither the client secret nor a token is printed by anything.

use std::io;
use std::sync::{Arc, Mutex};

use axum::routing::post;
use skarv_connector::{Connector, Put};
use skarv_hogia_smart::HogiaSmart;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::stranger::{TOKEN, echoing, stranger};
use crate::system::{MINUTE, System, card, customer_write, invoice, invoice_write, window};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// Takes everything at TRACE for the whole process, other tests' lines included.
    fn install() -> Self {
        let captured = Self::default();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(captured.clone())
            .finish()
            .init();
        captured
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("the capture")).into_owned()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the capture").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_line_and_no_error_shows_a_secret_or_a_token() {
    let captured = Captured::install();
    let system = System::warm().await;
    system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect("an invoice");
    let report = HogiaSmart::default()
        .check(&system.access)
        .await
        .expect("a report");

    let echo = stranger(post(echoing)).await;
    let write = customer_write(card());
    let put = Put {
        write: &write,
        existing: None,
        earlier: &[],
        window: Some(window(MINUTE)),
    };
    let error = echo.sink.put(put).await.expect_err("refused");
    assert!(
        error.detail.contains("authorization"),
        "the server did not repeat it: {}",
        error.detail
    );

    let printed = format!(
        "{:?} {report:?} {error:?} {error} {}",
        system.access,
        captured.text()
    );
    assert!(
        printed.contains("http call") && printed.contains("hyper"),
        "nothing was captured"
    );
    for secret in [system.client_secret(), TOKEN] {
        let leaks: Vec<&str> = printed.lines().filter(|line| line.contains(secret)).collect();
        assert!(leaks.is_empty(), "printed {leaks:#?}");
    }
}
