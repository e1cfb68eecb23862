//! What is missing in the books before a flow is switched on: all of it, and nothing is changed.
//!
//! Sign-in and the modules are looked at first, and what they refuse is not asked again. What would keep orders from being
//! booked is found in `obstacles`, which looks once more when the first record is sent. What only documents of the last days
//! show is in `recent`.

mod recent;

use std::collections::BTreeSet;

use chrono::Days;
use serde::de::IgnoredAny;
use skarv_canonical::invoice::RowKind;
use skarv_canonical::spec::{AccountRule, OrderSettings, StreamKind, StreamSpec};
use skarv_canonical::vat::{VatRate, VatScheme};
use skarv_canonical::{Class, Country, Reason};
use skarv_connector::{Error, Finding, Flight};

use crate::account::Chart;
use crate::api::Api;
use crate::{item, obstacles};

/// A year that ends sooner must have another behind it.
const YEAR_AHEAD: Days = Days::new(30);
/// The rates that Swedish shops sell at.
const SWEDISH_RATES: [u32; 3] = [25, 12, 6];

const ACCOUNTING: [&str; 2] = ["vatsettings", "currencies"];
const BALANCES: &str = "stockbalances";
const INVOICING: [&str; 2] = ["contacts", "customerinvoices"];

pub(crate) async fn findings(api: &Api, flight: Flight<'_>) -> Result<Vec<Finding>, Error> {
    let mut look = Look {
        api,
        flight,
        chart: Chart::default(),
        found: Vec::new(),
    };
    let signed_in = api.sign_in().await;
    if look.refused(None, signed_in)?.is_some() {
        look.everything().await?;
    }
    look.found.sort_by_key(|finding| finding.severity);
    Ok(look.found)
}

/// One look at the books.
struct Look<'a> {
    api: &'a Api,
    flight: Flight<'a>,
    chart: Chart,
    found: Vec<Finding>,
}

impl Look<'_> {
    async fn everything(&mut self) -> Result<(), Error> {
        let accounting = self.may_read(None, &ACCOUNTING).await?;
        let invoicing = self.may_read(None, &INVOICING).await?;
        self.articles().await?;
        let orders = self.flight.streams.iter().find_map(StreamSpec::orders);
        if let Some(settings) = orders {
            self.rates(settings);
            if accounting {
                self.books(settings).await?;
            }
            if invoicing {
                let card = obstacles::collective(self.api, settings).await;
                self.blocking(StreamKind::Orders, card)?;
            }
            let items = obstacles::stock(self.api, settings).await;
            self.blocking(StreamKind::Orders, items)?;
        }
        if invoicing {
            self.recent(orders).await?;
        }
        Ok(())
    }

    /// Years, accounts and the currency.
    async fn books(&mut self, settings: &OrderSettings) -> Result<(), Error> {
        let found = obstacles::books(self.api, &self.chart, settings, self.flight.now).await;
        self.blocking(StreamKind::Orders, found)?;
        self.next_year().await
    }

    /// A year that ends soon with none behind it.
    async fn next_year(&mut self) -> Result<(), Error> {
        let today = self.flight.now.date_naive();
        // that there is none today is said already
        let Some(this) = settled(self.chart.open_year(self.api, today).await)?.ok() else {
            return Ok(());
        };
        let is_near = today.checked_add_days(YEAR_AHEAD) > Some(this.last_day());
        let Some(next) = this.last_day().succ_opt().filter(|_| is_near) else {
            return Ok(());
        };
        if settled(self.chart.open_year(self.api, next).await)?.is_err() {
            let reason = Reason::configuration("next_financial_year_missing").with("date", next);
            self.warn(Some(StreamKind::Orders), reason.fix("add_next_financial_year"));
        }
        Ok(())
    }

    /// Rates of the home country that no rule books. Other countries' rates are not known here.
    fn rates(&mut self, settings: &OrderSettings) {
        if settings.home_country != Country::SE {
            return;
        }
        for rate in SWEDISH_RATES.map(VatRate::from) {
            if !settings.accounts.iter().any(|rule| sells_at_home(rule, rate)) {
                let reason = Reason::configuration("rate_without_account").with("rate", rate);
                self.warn(Some(StreamKind::Orders), reason.fix("add_account_for_rate"));
            }
        }
    }

    /// What the streams of articles read or write.
    async fn articles(&mut self) -> Result<(), Error> {
        let kinds: BTreeSet<StreamKind> = self.flight.streams.iter().map(StreamSpec::kind).collect();
        for kind in kinds {
            let resource = match kind {
                StreamKind::Products | StreamKind::Prices => item::ITEMS,
                StreamKind::Stock => BALANCES,
                StreamKind::Orders | StreamKind::OrderStatus | StreamKind::PriceLists => continue,
            };
            self.may_read(Some(kind), &[resource]).await?;
        }
        Ok(())
    }

    async fn recent(&mut self, orders: Option<&OrderSettings>) -> Result<(), Error> {
        let asked = recent::Asked {
            till: self.flight.shop_is_master,
            rounding: orders.is_some_and(registers_payments),
        };
        let seen = recent::seen(self.api, self.flight.now.date_naive(), asked).await;
        let Some(seen) = self.refused(None, seen)? else {
            return Ok(());
        };
        if seen.till {
            let reason = Reason::configuration("cash_register_with_shop_master");
            self.warn(None, reason.fix("let_books_be_master"));
        }
        if let Some(rounding) = seen.rounding {
            let reason = Reason::configuration("rounding_with_payments");
            let reason = reason.with("rounding", format!("{rounding:.2}"));
            self.warn(Some(StreamKind::Orders), reason.fix("turn_off_rounding"));
        }
        Ok(())
    }

    /// Whether each of these can be read. What cannot is found.
    async fn may_read(&mut self, stream: Option<StreamKind>, resources: &[&str]) -> Result<bool, Error> {
        let mut all = true;
        for resource in resources {
            let query = [("page", "1"), ("pageSize", "1")];
            let read = self.api.get::<Vec<IgnoredAny>>(&[resource], &query).await;
            all &= self.refused(stream, read)?.is_some();
        }
        Ok(all)
    }

    /// What was read; a refusal is found, and trouble that may pass ends the look.
    fn refused<T>(&mut self, stream: Option<StreamKind>, read: Result<T, Error>) -> Result<Option<T>, Error> {
        match settled(read)? {
            Ok(read) => Ok(Some(read)),
            Err(reason) => {
                self.add(Finding::blocking(stream, reason));
                Ok(None)
            }
        }
    }

    fn blocking(
        &mut self,
        stream: StreamKind,
        found: Result<impl IntoIterator<Item = Reason>, Error>,
    ) -> Result<(), Error> {
        let found = self.refused(Some(stream), found)?;
        for reason in found.into_iter().flatten() {
            self.add(Finding::blocking(Some(stream), reason));
        }
        Ok(())
    }

    fn warn(&mut self, stream: Option<StreamKind>, reason: Reason) {
        self.add(Finding::warning(stream, reason));
    }

    /// What two streams lack is one thing to mend.
    fn add(&mut self, finding: Finding) {
        let said = |known: &Finding| known.reason == finding.reason;
        if !self.found.iter().any(said) {
            self.found.push(finding);
        }
    }
}

/// An answer, or the reason of a refusal. What may be gone in a moment is an error.
fn settled<T>(read: Result<T, Error>) -> Result<Result<T, Reason>, Error> {
    match read {
        Ok(read) => Ok(Ok(read)),
        Err(error) => match error.class() {
            Class::Data | Class::Configuration | Class::Credentials => Ok(Err(error.reason)),
            Class::Transient | Class::RateLimited | Class::UnknownOutcome => Err(error),
        },
    }
}

fn sells_at_home(rule: &AccountRule, rate: VatRate) -> bool {
    rule.row == RowKind::Goods
        && rule.scheme == VatScheme::Domestic
        && rule.country.is_none_or(|country| country == Country::SE)
        && rule.rate.is_none_or(|fits| fits == rate)
}

fn registers_payments(settings: &OrderSettings) -> bool {
    let payments = &settings.payments;
    let modules = payments.modules.values().any(Option::is_some);
    modules || payments.otherwise.is_some() || !settings.gift_cards.is_empty()
}
