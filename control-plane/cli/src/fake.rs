//! `skarv fake …`: one simulator by itself, for trying a connection by hand.

use anyhow::Context;
use chrono::{DateTime, Utc};
use skarv_hogia_smart::fake as hogia;
use skarv_prestashop::fake as prestashop;

/// The key that the simulated shop accepts.
pub const SHOP_KEY: &str = "SKARVDEMOSHOPKEY0123456789ABCDEF";

/// Which simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum System {
    /// A PrestaShop with Swedish orders.
    Prestashop,
    /// A Hogia Smart by the assumed contract HSC-1.
    HogiaSmart,
}

/// Starts a simulated shop with this many orders up to `now`.
pub async fn shop(orders: u32, now: DateTime<Utc>, port: u16) -> anyhow::Result<prestashop::Shop> {
    let config = prestashop::Config {
        seed: prestashop::Seed { orders, seed: 1, now },
        api_key: SHOP_KEY.to_owned(),
        version: prestashop::Version::V8_2_1,
        port,
        allow_any_host: true,
    };
    prestashop::start(config)
        .await
        .with_context(|| format!("starting the simulated PrestaShop on port {port}"))
}

/// Starts a simulated accounting system.
pub async fn erp(port: u16) -> anyhow::Result<hogia::Erp> {
    let config = hogia::Config {
        port,
        ..hogia::Config::example()
    };
    hogia::start(config)
        .await
        .with_context(|| format!("starting the simulated Hogia Smart on port {port}"))
}
