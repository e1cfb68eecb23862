//! What products and prices would stumble over: tax groups, the category of new products, languages, the currency, and what
//! buyers are shown.

use skarv_canonical::{
    Reason,
    article::ArticleField,
    spec::{ProductSettings, StreamKind},
    vat::VatRate,
};
use skarv_connector::{Error, Finding};

use super::Look;
use crate::{
    check,
    discovery::{GROUPS, TAX_GROUPS, active, living, sees_net, title},
    product::{
        missing_category,
        rates::{RULES, Rates},
        shelf::default_currency,
        wrong_groups,
    },
    shop::{COUNTRIES, CURRENCIES, LANGUAGES, ShopSettings, TAXES},
    xml::Node,
};

const NO_GROUP: &str = "0";

const PRODUCTS: Option<StreamKind> = Some(StreamKind::Products);

impl Look<'_> {
    /// A text in a language that the shop does not have is read as none, and written nowhere.
    pub(super) async fn language(&self, settings: &ProductSettings) -> Result<Option<Finding>, Error> {
        if !self.may_read(&[LANGUAGES.path]) {
            return Ok(None);
        }
        let spoken = living(self.api, LANGUAGES).await?;
        let wanted = settings.language.to_lowercase();
        let is_spoken = spoken
            .iter()
            .any(|row| row.text("iso_code").to_lowercase() == wanted);
        let reason = || {
            Reason::configuration("language_not_in_shop")
                .with("language", &settings.language)
                .fix("add_language_in_shop")
        };
        Ok((!is_spoken).then(|| Finding::blocking(PRODUCTS, reason())))
    }

    /// Groups of another rate, and groups of the right one that are out of use: products put in those bear no tax.
    pub(super) async fn tax_groups(&self, settings: &ProductSettings) -> Result<Vec<Finding>, Error> {
        if !settings.fields.contains(&ArticleField::Vat)
            || !self.may_read(&[RULES, TAXES.path, COUNTRIES.path])
        {
            return Ok(Vec::new());
        }
        let rates = Rates::read(self.api, settings.home_country).await?;
        let mut reasons: Vec<Reason> = wrong_groups(settings, &rates).collect();
        if self.may_read(&[TAX_GROUPS.path]) {
            let rows = living(self.api, TAX_GROUPS).await?;
            let wrong = |group: &str| reasons.iter().any(|reason| reason.params["group"] == group);
            let unused: Vec<Reason> = unused_groups(settings, &rows, wrong).collect();
            reasons.extend(unused);
        }
        let findings = reasons.into_iter();
        Ok(findings
            .map(|reason| Finding::blocking(PRODUCTS, reason))
            .collect())
    }

    pub(super) async fn category(&self, settings: &ProductSettings) -> Result<Option<Finding>, Error> {
        if !self.may_read(&["categories"]) {
            return Ok(None);
        }
        let missing = missing_category(self.api, settings).await?;
        Ok(missing.map(|reason| Finding::blocking(PRODUCTS, reason)))
    }

    /// Prices in the shop are in its default currency, which a clerk may have deleted.
    pub(super) async fn currency(
        &self,
        stream: StreamKind,
        shop: &ShopSettings,
    ) -> Result<Option<Finding>, Error> {
        if !self.may_read(&[CURRENCIES.path]) {
            return Ok(None);
        }
        let refused = default_currency(self.api, shop).await.err();
        let reason = refused.map(check::refusal).transpose()?;
        Ok(reason.map(|reason| Finding::blocking(Some(stream), reason)))
    }

    /// Prices are right all the same, and look wrong to buyers who expect them with tax.
    pub(super) async fn shown_prices(&self, shop: &ShopSettings) -> Result<Vec<Finding>, Error> {
        if !self.may_read(&[GROUPS.path]) {
            return Ok(Vec::new());
        }
        let groups = living(self.api, GROUPS).await?;
        let is_usual = |row: &&Node| {
            let id = row.text("id").parse();
            id.is_ok_and(|id| shop.buyer_groups.contains(&id))
        };
        let finding = |row: &Node| {
            let reason = Reason::configuration("prices_shown_without_tax")
                .with("group", title(row, shop))
                .fix("check_price_display");
            Finding::warning(Some(StreamKind::Prices), reason)
        };
        let groups = groups.iter().filter(is_usual).filter(|row| sees_net(row));
        Ok(groups.map(finding).collect())
    }
}

fn unused_groups<'a>(
    settings: &'a ProductSettings,
    living: &'a [Node],
    said: impl Fn(&str) -> bool + 'a,
) -> impl Iterator<Item = Reason> + 'a {
    let in_use = |group: &str| {
        let row = living.iter().find(|row| row.text("id") == group);
        row.is_some_and(active)
    };
    let unused = move |(_, group): &(&VatRate, &String)| {
        // products of no group at all are sold without tax
        *group != NO_GROUP && !in_use(group) && !said(group)
    };
    settings.tax_groups.iter().filter(unused).map(|(rate, group)| {
        Reason::configuration("tax_group_inactive")
            .with("group", group)
            .with("rate", rate)
            .fix("choose_tax_group")
    })
}
