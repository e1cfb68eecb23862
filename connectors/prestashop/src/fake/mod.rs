//! A PrestaShop in this process: a believable Swedish shop behind the webservice, as strict as the real one.
//!
//! It shares no code with the connector: it computes its totals by itself and keeps its own ledger, so that agreement
//! between the two means something. The same [`Seed`] gives the same books. Reading is served as XML, as 8.2.1 or 1.7.8.11 does;
//! writing is refused but for an order's course (`order_desk.rs`), and for the catalogue of a shop that is opened with one. `admin.rs` is the way in for tests and the demo.
//!
//! It misbehaves by the switches of `/__admin/faults` (0 is off; `next_…` is so many times from now on, `…_every` each n-th time):
//! - weather (`faults.rs`): `http_500`, `http_429` with `retry_after_s`, `lost` and `lost_answer_every`, `slow_every` with
//!   `slow_ms`, of writes that are kept `next_lost_write` and `next_dead_write` (PHP dies before it answers), and `deny`, a list of what the key has lost its right to: `orders`, or one method of it, `PATCH products`;
//! - lies (`lies.rs`), in lists of the resource `lies_about` (`orders`): `duplicate_rows`, `reverse_rows`, `empty_list`,
//!   `same_page` (the first page, whatever is asked), `shift_rows` (an order that was not on the page changes after it) and
//!   `notices` (500, with the data and PHP's notices); lists that hold the order `poison_order` die;
//! - clocks: the shop's is wrong by `clock_offset_s`, `without_clock` sends no time at all, `time_zone` is another setting;
//! - bad answers, byte by byte: every name of `skarv_http::hostile::Hostile`, with `hostile_status` and `external_entity_url`.

mod admin;
mod answer;
mod books;
mod canary;
mod catalogue;
mod clock;
mod edits;
mod errors;
mod faults;
mod ledger;
mod lies;
mod order_desk;
mod query;
mod refunds;
mod rounding;
mod rows;
mod seed;
mod server;
mod state;
mod tape;
mod vouchers;
mod webservice;
mod wire;

use std::{net::SocketAddr, sync::Arc};

use tokio::{net::TcpListener, task::JoinHandle};

pub use canary::CANARIES;
pub use seed::Seed;

use state::State;

/// The release whose habits are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V8_2_1,
    V1_7_8_11,
}

impl Version {
    fn number(self) -> &'static str {
        match self {
            Self::V8_2_1 => "8.2.1",
            Self::V1_7_8_11 => "1.7.8.11",
        }
    }
}

/// What shop to open, and how.
#[derive(Clone)]
pub struct Config {
    pub seed: Seed,
    pub api_key: String,
    pub version: Version,
    /// 0 takes any free port.
    pub port: u16,
    /// A real shop sends a request for another host name to its front page.
    pub allow_any_host: bool,
}

/// An open shop. It closes when dropped.
pub struct Shop {
    address: SocketAddr,
    api_key: String,
    server: JoinHandle<()>,
}

/// Fills the books and opens the shop on 127.0.0.1.
pub async fn start(config: Config) -> std::io::Result<Shop> {
    start_with_products(config, 0).await
}

/// A shop that also serves so many products, with combinations, stock, prices and pictures, and lets them be written.
///
/// The first 32 are those that its orders are about.
pub async fn start_with_products(config: Config, products: u32) -> std::io::Result<Shop> {
    let listener = TcpListener::bind(("127.0.0.1", config.port)).await?;
    let address = listener.local_addr()?;
    let api_key = config.api_key.clone();
    let state = Arc::new(State::new(config, products, address.to_string()));
    let server = tokio::spawn(server::serve(listener, state));
    Ok(Shop {
        address,
        api_key,
        server,
    })
}

impl Shop {
    /// Where the webservice lives, without `/api`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn admin_url(&self) -> String {
        format!("http://{}/__admin", self.address)
    }

    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Closes the port and every connection before it returns.
    pub async fn shutdown(mut self) {
        self.server.abort();
        // the only error there can be is the cancellation just asked for
        if let Err(error) = (&mut self.server).await {
            tracing::trace!(%error, "fake shop closed");
        }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.server.abort();
    }
}
