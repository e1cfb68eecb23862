//! The two prices of an item: what it costs, and what it costs during a campaign. Both are without VAT, in one currency;
//! a campaign lasts from its first day to its last, both included, and stays on the card when it is over.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::chart;
use super::errors::{Code, Flaw, Problems};
use super::request::decimal;
use super::rules::is_price;

#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Price {
    /// Left out: it has no price, which is not zero.
    regular: Option<Number>,
    campaign: Option<Number>,
    pub(super) campaign_from: Option<NaiveDate>,
    pub(super) campaign_to: Option<NaiveDate>,
    #[serde(default = "kronor")]
    pub(super) currency_code: String,
}

fn kronor() -> String {
    "SEK".to_owned()
}

impl Default for Price {
    fn default() -> Self {
        Self {
            regular: None,
            campaign: None,
            campaign_from: None,
            campaign_to: None,
            currency_code: kronor(),
        }
    }
}

impl Price {
    pub(super) fn regular(&self) -> Option<Decimal> {
        self.regular.as_ref().and_then(decimal)
    }

    pub(super) fn campaign(&self) -> Option<Decimal> {
        self.campaign.as_ref().and_then(decimal)
    }

    /// What one costs on this day.
    pub(super) fn on(&self, day: NaiveDate) -> Option<Decimal> {
        let begun = self.campaign_from.is_none_or(|from| from <= day);
        let over = self.campaign_to.is_some_and(|to| to < day);
        let campaign = self.campaign().filter(|_| begun && !over);
        campaign.or_else(|| self.regular())
    }

    pub(super) fn problems(&self, problems: &mut Problems) {
        problem("price.regular", self.regular.as_ref(), problems);
        problem("price.campaign", self.campaign.as_ref(), problems);
    }

    pub(super) fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let code = &self.currency_code;
        if !chart::currency_known(code) {
            let said = format!("valutan '{code}' finns inte");
            flaws.push(Flaw::new(Code::CurrencyUnknown, "price.currencyCode", said));
        }
        flaws.extend(
            self.campaign_flaw()
                .map(|said| Flaw::new(Code::CampaignWrong, "price.campaign", said)),
        );
        flaws
    }

    fn campaign_flaw(&self) -> Option<&'static str> {
        let has_days = self.campaign_from.is_some() || self.campaign_to.is_some();
        let days = self.campaign_from.zip(self.campaign_to);
        if self.campaign.is_none() {
            return has_days.then_some("kampanjdagar utan kampanjpris");
        }
        if self.regular.is_none() {
            return Some("ett kampanjpris kräver ett ordinarie pris");
        }
        days.is_some_and(|(from, to)| to < from)
            .then_some("kampanjen slutar före sin första dag")
    }
}

/// What is wrong with the form of a price.
pub(super) fn problem(field: &str, price: Option<&Number>, problems: &mut Problems) {
    let Some(price) = price else { return };
    if decimal(price).is_none_or(|price| price.is_sign_negative() || !is_price(price)) {
        let said = "högst 6 decimaler, inte under noll och under 1000000000";
        problems.insert(field.to_owned(), vec![said.to_owned()]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn price(card: serde_json::Value) -> Price {
        serde_json::from_value(card).expect("a price")
    }

    fn on(price: &Price, day: &str) -> Option<Decimal> {
        price.on(day.parse().expect("a day"))
    }

    #[test]
    fn a_campaign_counts_on_its_first_day_and_its_last_and_on_no_other() {
        let price = price(json!({
            "regular": 100, "campaign": 80, "campaignFrom": "2026-11-20", "campaignTo": "2026-11-22",
        }));
        let days = ["2026-11-19", "2026-11-20", "2026-11-22", "2026-11-23"].map(|day| on(&price, day));
        let [regular, campaign] = [100, 80].map(|kronor| Some(Decimal::from(kronor)));
        assert_eq!(days, [regular, campaign, campaign, regular]);
    }

    #[test]
    fn a_campaign_without_days_always_counts() {
        let price = price(json!({ "regular": 100, "campaign": 0 }));
        assert_eq!(on(&price, "2026-11-20"), Some(Decimal::ZERO));
    }
}
