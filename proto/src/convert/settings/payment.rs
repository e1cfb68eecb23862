//! Whether an order is sent by how it is paid, and where payments are booked.

use std::collections::BTreeMap;

use skarv_canonical::{
    payment_rule::{PaymentRule, PaymentRules},
    spec::PaymentSettings,
};

use super::account::account_number;
use crate::{convert::Malformed, v1 as pb};

/// As many payment modules as a shop may have.
const MODULES: usize = 100;

/// What stands for no account, where another is set for every other module.
const NOT_REGISTERED: u32 = 0;

pub(super) fn encode_rules(rules: &PaymentRules) -> pb::PaymentRules {
    let PaymentRules { modules, otherwise } = rules;
    pb::PaymentRules {
        modules: modules
            .iter()
            .map(|(module, rule)| (module.clone(), encode_rule(*rule).into()))
            .collect(),
        otherwise: encode_rule(*otherwise).into(),
    }
}

pub(super) fn decode_rules(rules: pb::PaymentRules) -> Result<PaymentRules, Malformed> {
    let otherwise = decode_rule(rules.otherwise, || "payment_rules.otherwise".to_owned())?;
    let modules = by_module("payment_rules.modules", rules.modules, decode_rule)?;
    Ok(PaymentRules { modules, otherwise })
}

pub(super) fn encode_accounts(payments: &PaymentSettings) -> pb::PaymentAccounts {
    let PaymentSettings {
        modules,
        otherwise,
        gift_cards,
    } = payments;
    pb::PaymentAccounts {
        modules: modules
            .iter()
            .map(|(module, account)| (module.clone(), account.unwrap_or(NOT_REGISTERED)))
            .collect(),
        otherwise: *otherwise,
        gift_cards: Some(*gift_cards),
    }
}

pub(super) fn decode_accounts(accounts: pb::PaymentAccounts) -> Result<PaymentSettings, Malformed> {
    let one = |account, name: &str| account_number(account, || format!("payment_accounts.{name}"));
    let usual = PaymentSettings::default().gift_cards;
    Ok(PaymentSettings {
        modules: by_module("payment_accounts.modules", accounts.modules, registered_at)?,
        otherwise: accounts
            .otherwise
            .map(|account| one(account, "otherwise"))
            .transpose()?,
        gift_cards: accounts
            .gift_cards
            .map_or(Ok(usual), |account| one(account, "gift_cards"))?,
    })
}

/// The account of one module, if its payments are registered.
fn registered_at(account: u32, field: impl FnOnce() -> String) -> Result<Option<u32>, Malformed> {
    match account {
        NOT_REGISTERED => Ok(None),
        account => account_number(account, field).map(Some),
    }
}

/// What belongs to each payment module, by its technical name.
fn by_module<T, U>(
    field: &str,
    modules: BTreeMap<String, T>,
    decode: impl Fn(T, Box<dyn FnOnce() -> String>) -> Result<U, Malformed>,
) -> Result<BTreeMap<String, U>, Malformed> {
    if modules.len() > MODULES {
        return Err(Malformed::new(
            field,
            format!("must name at most {MODULES} payment modules"),
        ));
    }
    let one = |(module, value): (String, T)| {
        if module.trim().is_empty() {
            return Err(Malformed::new(
                field,
                "must name each payment module by its technical name",
            ));
        }
        let at = format!("{field}[{module}]");
        Ok((module, decode(value, Box::new(|| at))?))
    };
    modules.into_iter().map(one).collect()
}

fn encode_rule(rule: PaymentRule) -> pb::PaymentRule {
    match rule {
        PaymentRule::Always => pb::PaymentRule::Always,
        PaymentRule::WhenPaid => pb::PaymentRule::WhenPaid,
        PaymentRule::Never => pb::PaymentRule::Never,
    }
}

fn decode_rule(rule: i32, field: impl FnOnce() -> String) -> Result<PaymentRule, Malformed> {
    match pb::PaymentRule::try_from(rule) {
        Ok(pb::PaymentRule::Unspecified | pb::PaymentRule::Always) => Ok(PaymentRule::Always),
        Ok(pb::PaymentRule::WhenPaid) => Ok(PaymentRule::WhenPaid),
        Ok(pb::PaymentRule::Never) => Ok(PaymentRule::Never),
        Err(_) => Err(Malformed::new(field(), "must be ALWAYS, WHEN_PAID or NEVER")),
    }
}
