//! `skarv fake …`: one simulator by itself, for trying a connection by hand.
//!
//! It says all that a connection needs, then stays up until it is told to stop. `demo` starts the same two simulators.

use anyhow::Context;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use skarv_hogia_smart::fake as hogia;
use skarv_prestashop::fake as prestashop;

use skarv_process::Stop;

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

/// Starts a simulated shop with this many orders up to `now`, and a catalogue of this many products.
pub async fn shop(
    orders: u32,
    products: u32,
    now: DateTime<Utc>,
    port: u16,
) -> anyhow::Result<prestashop::Shop> {
    let config = prestashop::Config {
        seed: prestashop::Seed { orders, seed: 1, now },
        api_key: SHOP_KEY.to_owned(),
        version: prestashop::Version::V8_2_1,
        port,
        allow_any_host: true,
    };
    prestashop::start_with_products(config, products)
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

/// Runs one simulator until the process is told to stop. `say` gets what a client needs, once it answers.
pub(crate) async fn serve(
    system: System,
    port: u16,
    (orders, products): (u32, u32),
    now: DateTime<Utc>,
    say: impl FnOnce(&str, &[(&str, String)]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    match system {
        System::Prestashop => {
            let shop = shop(orders, products, now, port).await?;
            say("PrestaShop (simulated)", &shop_facts(&shop))?;
            stop.asked().await;
            shop.shutdown().await;
        }
        System::HogiaSmart => {
            let erp = erp(port).await?;
            say(
                "Hogia Smart (simulated, assumed contract HSC-1)",
                &erp_facts(&erp),
            )?;
            stop.asked().await;
            erp.shutdown().await;
        }
    }
    Ok(())
}

fn shop_facts(shop: &prestashop::Shop) -> [(&'static str, String); 3] {
    [
        ("base_url", shop.base_url()),
        ("api_key", shop.api_key().to_owned()),
        ("admin_url", shop.admin_url()),
    ]
}

fn erp_facts(erp: &hogia::Erp) -> [(&'static str, String); 6] {
    let config = erp.config();
    [
        ("base_url", erp.base_url()),
        ("token_url", erp.token_url()),
        ("organization_id", config.organization_id.to_string()),
        ("client_id", config.client_id.clone()),
        ("client_secret", config.client_secret.expose_secret().to_owned()),
        ("admin_url", erp.admin_url()),
    ]
}
