//! What tax a product bears: the shop has groups of rules, one rule for each country, and a rule points to a tax.
//!
//! Only the rule of the seller's own country counts here. A group with several rates there, one for each part of the country or
//! one on top of the other, has no rate that could be told; neither has a group without a rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use skarv_canonical::{Country, vat::VatRate};
use skarv_connector::Error;

use crate::{
    api::{Api, Query},
    batch::{self, Batch},
    row::{Row, TaxRuleRow},
    shop::{COUNTRIES, TAXES},
    xml::Node,
};

/// Where the rules of groups are read.
pub(crate) const RULES: &str = TaxRuleRow::RESOURCE.path;

/// Products of this group are sold without tax.
const NO_GROUP: u64 = 0;

/// The rate of each group in one country.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rates(HashMap<u64, VatRate>);

impl Rates {
    /// As they are now: a rule may point to another tax tomorrow.
    pub(crate) async fn read(api: &Api, country: Country) -> Result<Self, Error> {
        match id_of(api, country).await? {
            Some(country) => Self::in_country(api, &country).await,
            None => Ok(Self::default()),
        }
    }

    /// The same, of a country by the shop's own id.
    pub(crate) async fn in_country(api: &Api, country: &str) -> Result<Self, Error> {
        let rules: Batch<TaxRuleRow> = Batch::read(api, BTreeSet::from([country.to_owned()])).await?;
        let rules = rules.all(country).map_err(|rule| Error::new(rule.reason()))?;
        let taxes = taxes(api, rules).await?;
        Ok(Self::of(rules, &taxes))
    }

    fn of(rules: &[TaxRuleRow], taxes: &HashMap<u64, VatRate>) -> Self {
        let mut by_group: BTreeMap<u64, BTreeSet<Option<VatRate>>> = BTreeMap::new();
        for rule in rules {
            let rate = taxes.get(&rule.tax).copied().filter(|_| rule.whole_country);
            by_group.entry(rule.group).or_default().insert(rate);
        }
        let single = |(group, rates): (u64, BTreeSet<Option<VatRate>>)| {
            let mut rates = rates.into_iter();
            match (rates.next().flatten(), rates.next()) {
                (Some(rate), None) => Some((group, rate)),
                _ => None,
            }
        };
        Self(by_group.into_iter().filter_map(single).collect())
    }

    pub(crate) fn of_group(&self, group: u64) -> Option<VatRate> {
        match group {
            NO_GROUP => Some(VatRate::ZERO),
            _ => self.0.get(&group).copied(),
        }
    }
}

async fn id_of(api: &Api, country: Country) -> Result<Option<String>, Error> {
    const LETTERS: &str = "iso_code";
    let named = Query::of(COUNTRIES).any(LETTERS, &[country.code().to_owned()]);
    let rows = api.list(named).await?.rows;
    let found = rows.iter().find(|row| row.text(LETTERS) == country.code());
    Ok(found.map(|row| row.text("id").to_owned()))
}

async fn taxes(api: &Api, rules: &[TaxRuleRow]) -> Result<HashMap<u64, VatRate>, Error> {
    let ids: BTreeSet<String> = rules.iter().map(|rule| rule.tax.to_string()).collect();
    let nodes = batch::nodes(api, TAXES, "id", ids.into_iter().collect()).await?;
    let rate = |row: &Node| Some((row.text("id").parse().ok()?, row.text("rate").parse().ok()?));
    Ok(nodes.rows.iter().filter_map(rate).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(group: u64, tax: u64, whole_country: bool) -> TaxRuleRow {
        TaxRuleRow {
            group,
            tax,
            whole_country,
        }
    }

    #[test]
    fn a_group_has_a_rate_where_its_country_has_one_and_no_more() {
        let taxes = HashMap::from([(1, 25.into()), (2, 12.into()), (3, 25.into())]);
        let rules = [
            rule(1, 1, true),
            rule(2, 1, true),
            rule(2, 2, true),
            rule(3, 1, false),
            rule(4, 9, true),
            rule(5, 1, true),
            rule(5, 3, true),
        ];
        let rates = Rates::of(&rules, &taxes);
        let known = |group| rates.of_group(group).map(|rate| rate.to_string());
        assert_eq!(known(1).as_deref(), Some("25"));
        assert_eq!(known(2), None, "two rates");
        assert_eq!(known(3), None, "a part of the country");
        assert_eq!(known(4), None, "a tax that is gone");
        assert_eq!(known(5).as_deref(), Some("25"), "two taxes of one rate");
        assert_eq!(known(6), None, "no rule");
        assert_eq!(known(NO_GROUP).as_deref(), Some("0"));
    }
}
