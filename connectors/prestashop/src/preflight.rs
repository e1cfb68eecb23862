//! What is missing in the shop before a flow is switched on: all of it, in one go, and nothing is changed by looking.
//!
//! `preflight/rights.rs` holds the key against what the streams ask of the shop, `preflight/states.rs` looks at states and at what
//! they do to money, `preflight/articles.rs` at what products and prices need. What the key may not read is said once, as a
//! missing right, and is not looked at.

mod articles;
mod rights;
mod states;

use skarv_canonical::{
    Reason,
    spec::{ProductSettings, StreamKind, StreamSettings},
};
use skarv_connector::{Error, Finding, Flight};

use crate::{
    api::{Api, Rights},
    check,
    discovery::{SHOPS, active, living},
    shop::{self, CONFIGURATIONS, STATES, ShopSettings},
    state::StateBook,
};

/// A look at a shop by one key.
struct Look<'a> {
    api: &'a Api,
    rights: Rights,
}

/// Everything that is missing or doubtful.
pub(crate) async fn preflight(api: &Api, flight: Flight<'_>) -> Result<Vec<Finding>, Error> {
    let rights = match api.rights().await {
        Ok(rights) => rights,
        Err(error) => return Ok(vec![Finding::blocking(None, check::refusal(error)?)]),
    };
    let mut findings = rights::missing(&rights, flight);
    let old = check::version(&rights.version);
    findings.extend(old.map(|reason| Finding::blocking(None, reason)));
    let look = Look { api, rights };
    findings.extend(look.shops().await?);
    if !look.may_read(&[CONFIGURATIONS.path]) {
        return Ok(findings);
    }
    let (shop, zone) = ShopSettings::look(api).await?;
    findings.extend(zone.map(|reason| Finding::blocking(None, reason)));
    findings.extend(look.states(flight, &shop).await?);
    for stream in flight.streams {
        match &stream.settings {
            StreamSettings::Products(settings) => {
                findings.extend(look.products(settings, flight.shop_is_master, &shop).await?);
            }
            StreamSettings::Prices(_) => {
                findings.extend(look.currency(StreamKind::Prices, &shop).await?);
                findings.extend(look.shown_prices(&shop).await?);
            }
            StreamSettings::Orders(_) | StreamSettings::Stock(_) | StreamSettings::OrderStatus(_) => {}
        }
    }
    Ok(findings)
}

impl Look<'_> {
    fn may_read(&self, resources: &[&str]) -> bool {
        resources.iter().all(|resource| self.rights.may_read(resource))
    }

    /// A flow is for one shop, and which one is decided by the address alone.
    async fn shops(&self) -> Result<Option<Finding>, Error> {
        if !self.may_read(&[SHOPS.path]) {
            return Ok(None);
        }
        let shops = living(self.api, SHOPS).await?;
        let open = shops.iter().filter(|row| active(row)).count();
        let reason = || {
            Reason::configuration("several_shops")
                .with("shops", open)
                .fix("choose_address_of_shop")
        };
        Ok((open > 1).then(|| Finding::warning(None, reason())))
    }

    async fn states(&self, flight: Flight<'_>, shop: &ShopSettings) -> Result<Vec<Finding>, Error> {
        if !self.may_read(&[STATES.path]) {
            return Ok(Vec::new());
        }
        let book = StateBook::of(shop.clone(), shop::states(self.api).await?);
        let mut findings = Vec::new();
        for stream in flight.streams {
            match &stream.settings {
                StreamSettings::Orders(settings) => findings.extend(states::triggers(settings, &book)),
                StreamSettings::OrderStatus(spec) => {
                    findings.extend(states::rules(spec, &book));
                    findings.extend(self.captures(spec, &book).await?);
                }
                StreamSettings::Products(_) | StreamSettings::Prices(_) | StreamSettings::Stock(_) => {}
            }
        }
        Ok(findings)
    }

    async fn products(
        &self,
        settings: &ProductSettings,
        shop_is_master: bool,
        shop: &ShopSettings,
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        findings.extend(self.language(settings).await?);
        findings.extend(self.currency(StreamKind::Products, shop).await?);
        if !shop_is_master {
            findings.extend(self.tax_groups(settings).await?);
            findings.extend(self.category(settings).await?);
        }
        Ok(findings)
    }
}
