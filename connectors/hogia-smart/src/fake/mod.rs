//! An in-process Hogia Smart, built to the assumed contract HSC-1 (`CONTRACT.md`): what the demo and
//! the conformance suite invoice into. It is strict where a real bookkeeping system is strict, computes
//! every amount from the posted lines by itself and keeps a ledger of what it accepted.
//! It shares no code with the connector: agreement between the two is proved over the wire.
//! One request reads through `gate` → an endpoint file → `state`; what may go wrong on purpose is `faults`.

mod admin;
mod arithmetic;
mod auth;
mod by_hand;
mod chart;
mod clock;
mod contact;
mod contact_book;
mod contact_desk;
mod contacts;
mod draft;
mod errors;
mod faults;
mod gate;
mod invoice;
mod invoices;
mod item;
mod item_book;
mod item_desk;
mod item_line;
mod item_price;
mod item_seed;
mod items;
mod ledger;
mod module;
mod payments;
mod request;
mod requests;
mod rules;
mod settings;
mod socket;
mod state;
mod stock;
mod tape;
mod till;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Router, middleware};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub use auth::TOKEN_CANARY;
pub use clock::Clock;
use socket::{Line, Sockets};
use state::Company;

/// The one company that a fake keeps books for, and who may write in them.
#[derive(Clone)]
pub struct Config {
    pub client_id: String,
    pub client_secret: SecretString,
    pub organization_id: Uuid,
    /// 0 takes any free port.
    pub port: u16,
    /// Decides the financial years, when tokens expire and which invoices are overdue.
    pub now: Clock,
    /// Öresavrundning: invoices in SEK are rounded to whole kronor.
    pub whole_kronor: bool,
    /// Whether there is a till (Kassaregister) whose sales end up in the same books.
    pub till: bool,
    /// So many items of the plan are there from the start.
    pub items: u32,
}

impl Config {
    /// The company of the demo: real time, any port, amounts to the öre.
    pub fn example() -> Self {
        Self {
            client_id: "skarv-demo".to_owned(),
            client_secret: SecretString::from("skarv-demo-secret"),
            organization_id: Uuid::from_u128(0x5ca7_0001_0000_4000_8000_0000_0000_0001),
            port: 0,
            now: Clock::system(),
            whole_kronor: false,
            till: false,
            items: 0,
        }
    }
}

/// A running fake. It stops, and cuts every connection, when it is dropped.
pub struct Erp {
    address: SocketAddr,
    config: Config,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<std::io::Result<()>>>,
}

impl Erp {
    /// The base of the API, without the organisation.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn token_url(&self) -> String {
        format!("http://{}/connect/token", self.address)
    }

    /// Where tests and the demo read the ledger and set faults; no authentication.
    pub fn admin_url(&self) -> String {
        format!("http://{}/__admin", self.address)
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Stops and waits until the port is free again.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        if let Some(server) = self.server.take() {
            // a server that failed is stopped as well
            drop(server.await);
        }
    }
}

impl Drop for Erp {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Starts a fake on 127.0.0.1.
///
/// # Errors
/// When the port is taken.
pub async fn start(config: Config) -> std::io::Result<Erp> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let company = Arc::new(Company::new(config.clone(), stopped.clone()));
    let sockets = Sockets::new(listener, Arc::clone(&company), stopped.clone());
    let service = router(company).into_make_service_with_connect_info::<Line>();
    let server = axum::serve(sockets, service).with_graceful_shutdown(socket::until_stopped(stopped));
    Ok(Erp {
        address,
        config,
        stop,
        server: Some(tokio::spawn(server.into_future())),
    })
}

fn router(company: Arc<Company>) -> Router {
    let gate = middleware::from_fn_with_state(Arc::clone(&company), gate::gate);
    let outside = Router::new()
        .route("/connect/token", post(auth::token))
        .merge(admin::routes())
        .merge(contact_desk::routes())
        .merge(item_desk::routes())
        .merge(till::routes());
    let tape = middleware::from_fn_with_state(Arc::clone(&company), tape::record);
    api().layer(gate).merge(outside).layer(tape).with_state(company)
}

fn api() -> Router<Arc<Company>> {
    Router::new()
        .route("/{org}/contacts", get(contacts::list).post(contacts::create))
        .route("/{org}/contacts/{id}", get(contacts::show).put(contacts::update))
        .route("/{org}/contacts/{id}/addresses", post(contacts::add_address))
        .route(
            "/{org}/customerinvoices",
            get(invoices::list).post(invoices::create),
        )
        .route("/{org}/customerinvoices/{id}", get(invoices::show))
        .route("/{org}/customerinvoices/{id}/payments", post(payments::create))
        .route("/{org}/items", get(items::list).post(items::create))
        .route("/{org}/items/{id}", get(items::show).patch(items::update))
        .route("/{org}/stockbalances", get(stock::list))
        .route("/{org}/financialyears/bydate/{date}", get(settings::year_by_date))
        .route("/{org}/financialyears/{id}/accounts", get(settings::accounts))
        .route("/{org}/vatcodes", get(settings::vat_codes))
        .route("/{org}/vatsettings", get(settings::vat_settings))
        .route("/{org}/currencies", get(settings::currencies))
        .fallback(gate::no_such_resource)
}
