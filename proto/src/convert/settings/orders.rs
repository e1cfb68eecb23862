//! How orders become invoices, put together from its parts.

use skarv_canonical::{
    country::UnknownCountry,
    spec::{OrderSettings, bas_accounts},
};

use super::{
    account::{decode_account_rule, encode_account_rule},
    customer::{decode_customers, decode_test_buyer, encode_customers},
    decode_time, encode_time,
    gift_card::{decode_gift_card, encode_gift_card},
    payment::{decode_accounts, decode_rules, encode_accounts, encode_rules},
    trigger::{Triggers, decode_triggers, encode_triggers},
};
use crate::{convert::Malformed, v1 as pb};

/// The wire form of order settings.
pub fn encode_order_settings(settings: &OrderSettings) -> pb::OrderSettings {
    // destructured without `..` so that a new setting cannot be forgotten here
    let OrderSettings {
        start_at,
        triggers,
        payment_rules,
        test_buyers,
        home_country,
        payment_terms_days,
        accounts,
        customers,
        gift_cards,
        payments,
        takes_stock,
    } = settings;
    let Triggers { ids, names, meanings } = encode_triggers(triggers);
    pb::OrderSettings {
        start_at: Some(encode_time(*start_at)),
        trigger_state_ids: ids,
        home_country: home_country.to_string(),
        payment_terms_days: *payment_terms_days,
        account_rules: accounts.iter().map(encode_account_rule).collect(),
        trigger_state_names: names,
        trigger_meanings: meanings,
        payment_rules: Some(encode_rules(payment_rules)),
        test_buyers: test_buyers.clone(),
        customer_settings: Some(encode_customers(customers)),
        gift_card_vouchers: gift_cards.iter().map(encode_gift_card).collect(),
        payment_accounts: Some(encode_accounts(payments)),
        takes_stock: *takes_stock,
    }
}

/// Order settings from their wire form. What is not given is what a Swedish shop starts with.
pub fn decode_order_settings(settings: pb::OrderSettings) -> Result<OrderSettings, Malformed> {
    let start_at = settings
        .start_at
        .and_then(decode_time)
        .ok_or_else(|| Malformed::new("start_at", "is required: orders before it are never sent"))?;
    let triggers = decode_triggers(Triggers {
        ids: settings.trigger_state_ids,
        names: settings.trigger_state_names,
        meanings: settings.trigger_meanings,
    })?;
    if settings.payment_terms_days > 365 {
        return Err(Malformed::new("payment_terms_days", "must be 0 to 365"));
    }
    let unknown = |e: UnknownCountry| Malformed::new("home_country", e.to_string());
    Ok(OrderSettings {
        start_at,
        triggers,
        payment_rules: decode_rules(settings.payment_rules.unwrap_or_default())?,
        test_buyers: each("test_buyers", settings.test_buyers, decode_test_buyer)?,
        home_country: settings.home_country.parse().map_err(unknown)?,
        payment_terms_days: settings.payment_terms_days,
        accounts: Some(each(
            "account_rules",
            settings.account_rules,
            decode_account_rule,
        )?)
        .filter(|rules| !rules.is_empty())
        .unwrap_or_else(bas_accounts),
        customers: decode_customers(settings.customer_settings.unwrap_or_default())?,
        gift_cards: each(
            "gift_card_vouchers",
            settings.gift_card_vouchers,
            decode_gift_card,
        )?,
        payments: decode_accounts(settings.payment_accounts.unwrap_or_default())?,
        takes_stock: settings.takes_stock,
    })
}

/// Each of a list, told its place.
pub(super) fn each<T, U>(
    field: &str,
    list: Vec<T>,
    decode: impl Fn(T, &str) -> Result<U, Malformed>,
) -> Result<Vec<U>, Malformed> {
    list.into_iter()
        .enumerate()
        .map(|(i, one)| decode(one, &format!("{field}[{i}]")))
        .collect()
}
