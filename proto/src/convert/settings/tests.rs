//! Settings keep their meaning, and their hash, on the wire; what is wrong is named by its place.

use std::collections::BTreeMap;

use proptest::{collection, option, prelude::*, sample::subsequence};
use skarv_canonical::{
    gift_card::GiftCardVoucher,
    payment_rule::{PaymentRule, PaymentRules},
    spec::{
        CardUpkeep, Collective, CollectiveFor, CustomerNumbers, CustomerSettings, OrderSettings,
        PaymentSettings,
    },
    trigger::{StateFlag, TriggerState},
};

use super::*;

fn settings() -> OrderSettings {
    OrderSettings::swedish(
        DateTime::from_timestamp(1_770_000_000, 5_000).unwrap(),
        ["2", "11"].map(|id| TriggerState::Id(id.to_owned())).to_vec(),
    )
}

fn wire() -> pb::OrderSettings {
    encode_order_settings(&settings())
}

fn field_of(wire: pb::OrderSettings) -> String {
    decode_order_settings(wire).unwrap_err().field
}

fn triggers() -> impl Strategy<Value = Vec<TriggerState>> {
    use StateFlag::{Delivered, Invoiced, Logable, Paid, Shipped};
    let ids = subsequence(vec!["2", "11", "71"], 1..=3);
    let names = subsequence(vec!["Betald", "Skickad"], 0..=2);
    let flags = subsequence(vec![Paid, Shipped, Delivered, Invoiced, Logable], 0..=5);
    (ids, names, flags).prop_map(|(ids, names, flags)| {
        let ids = ids.into_iter().map(|id| TriggerState::Id(id.to_owned()));
        let names = names.into_iter().map(|name| TriggerState::Name(name.to_owned()));
        ids.chain(names)
            .chain(flags.into_iter().map(TriggerState::Flag))
            .collect()
    })
}

fn rules() -> impl Strategy<Value = PaymentRules> {
    let rule = || {
        prop_oneof![
            Just(PaymentRule::Always),
            Just(PaymentRule::WhenPaid),
            Just(PaymentRule::Never)
        ]
    };
    (collection::btree_map("[a-z_]{1,12}", rule(), 0..4), rule())
        .prop_map(|(modules, otherwise)| PaymentRules { modules, otherwise })
}

fn customers() -> impl Strategy<Value = CustomerSettings> {
    let numbers = prop_oneof![
        option::of("[A-Za-z0-9-]{0,8}").prop_map(CustomerNumbers::Shop),
        Just(CustomerNumbers::Erp)
    ];
    let buyers = prop_oneof![Just(CollectiveFor::Unidentified), Just(CollectiveFor::Private)];
    let collective =
        option::of(("[0-9]{1,20}", buyers).prop_map(|(number, buyers)| Collective { number, buyers }));
    let cards = prop_oneof![Just(CardUpkeep::Keep), Just(CardUpkeep::Update)];
    (numbers, collective, cards, any::<bool>()).prop_map(|(numbers, collective, cards, match_existing)| {
        CustomerSettings {
            numbers,
            collective,
            cards,
            match_existing,
        }
    })
}

fn payments() -> impl Strategy<Value = PaymentSettings> {
    let account = || 1000_u32..=9999;
    let modules = collection::btree_map("[a-z_]{1,12}", option::of(account()), 0..4);
    (modules, option::of(account()), account()).prop_map(|(modules, otherwise, gift_cards)| PaymentSettings {
        modules,
        otherwise,
        gift_cards,
    })
}

fn gift_cards() -> impl Strategy<Value = Vec<GiftCardVoucher>> {
    let voucher = prop_oneof![
        "[A-Z]{1,8}".prop_map(GiftCardVoucher::Named),
        "[A-Z]{1,8}".prop_map(GiftCardVoucher::StartsWith)
    ];
    collection::vec(voucher, 0..3)
}

proptest! {
    #[test]
    fn a_stream_spec_survives_the_wire_with_its_hash(
        triggers in triggers(),
        payment_rules in rules(),
        customers in customers(),
        payments in payments(),
        gift_cards in gift_cards(),
        test_buyers in subsequence(vec!["@example.com".to_owned(), "prov@example.se".to_owned()], 0..=2),
        payment_terms_days in 0_u32..=365,
        takes_stock in any::<bool>(),
    ) {
        let orders = OrderSettings {
            triggers,
            payment_rules,
            test_buyers,
            payment_terms_days,
            customers,
            gift_cards,
            payments,
            takes_stock,
            ..settings()
        };
        let spec = StreamSpec { settings: StreamSettings::Orders(orders) };
        let back = decode_stream_spec(encode_stream_spec(&spec)).unwrap();
        prop_assert_eq!(&back, &spec);
        prop_assert_eq!(back.hash(), spec.hash());
    }
}

#[test]
fn what_is_not_given_is_what_a_swedish_shop_starts_with() {
    let bare = pb::OrderSettings {
        start_at: wire().start_at,
        trigger_state_ids: wire().trigger_state_ids,
        home_country: "SE".to_owned(),
        payment_terms_days: 30,
        ..pb::OrderSettings::default()
    };
    assert_eq!(decode_order_settings(bare).unwrap(), settings());
}

#[test]
fn one_way_of_naming_a_state_is_enough() {
    let mut named = wire();
    named.trigger_state_ids.clear();
    named.trigger_meanings = vec![pb::TriggerMeaning::Paid.into()];
    assert_eq!(
        decode_order_settings(named.clone()).unwrap().triggers,
        [TriggerState::Flag(StateFlag::Paid)]
    );
    named.trigger_meanings.clear();
    assert_eq!(field_of(named), "trigger_state_ids");
}

#[test]
fn a_wrong_account_is_named_by_its_place() {
    let mut wrong = wire();
    wrong.account_rules[2].account = 31;
    assert_eq!(field_of(wrong), "account_rules[2].account");

    let accounts = |accounts| pb::OrderSettings {
        payment_accounts: Some(accounts),
        ..wire()
    };
    let modules = BTreeMap::from([("klarna".to_owned(), 158)]);
    let of_modules = pb::PaymentAccounts {
        modules,
        ..pb::PaymentAccounts::default()
    };
    assert_eq!(field_of(accounts(of_modules)), "payment_accounts.modules[klarna]");
    let otherwise = pb::PaymentAccounts {
        otherwise: Some(10_000),
        ..pb::PaymentAccounts::default()
    };
    assert_eq!(field_of(accounts(otherwise)), "payment_accounts.otherwise");
}

#[test]
fn a_wrong_customer_setting_is_named_by_its_place() {
    let field = |customers| {
        field_of(pb::OrderSettings {
            customer_settings: Some(customers),
            ..wire()
        })
    };
    let prefix = |numbers: pb::CustomerNumbers, prefix: &str| pb::CustomerSettings {
        numbers: numbers.into(),
        number_prefix: Some(prefix.to_owned()),
        ..pb::CustomerSettings::default()
    };
    for wrong in ["ninechars", "å", "a b"] {
        let asked = prefix(pb::CustomerNumbers::Shop, wrong);
        assert_eq!(field(asked), "customer_settings.number_prefix", "{wrong}");
    }
    let of_books = prefix(pb::CustomerNumbers::Erp, "A");
    assert_eq!(field(of_books), "customer_settings.number_prefix");
    let collective = |number: &str, buyers: pb::CollectiveBuyers| pb::CustomerSettings {
        collective: Some(pb::CollectiveCard {
            number: number.to_owned(),
            buyers: buyers.into(),
        }),
        ..pb::CustomerSettings::default()
    };
    assert_eq!(
        field(collective(" ", pb::CollectiveBuyers::Private)),
        "customer_settings.collective.number"
    );
    assert_eq!(
        field(collective("9000", pb::CollectiveBuyers::Unspecified)),
        "customer_settings.collective.buyers"
    );
}

#[test]
fn a_gift_card_of_every_name_is_refused() {
    for which in [
        None,
        Some(pb::gift_card_voucher::Which::StartsWith(" ".to_owned())),
    ] {
        let mut wrong = wire();
        wrong.gift_card_vouchers = vec![pb::GiftCardVoucher { which }];
        assert_eq!(field_of(wrong), "gift_card_vouchers[0]");
    }
}

#[test]
fn a_test_buyer_is_an_address_or_a_domain() {
    for (buyer, fits) in [
        ("@example.com", true),
        ("a@example.com", true),
        ("@", false),
        ("example.com", false),
        ("a b@example.com", false),
    ] {
        let mut asked = wire();
        asked.test_buyers = vec![buyer.to_owned()];
        assert_eq!(decode_order_settings(asked).is_ok(), fits, "{buyer}");
    }
}

#[test]
fn a_value_of_a_later_version_is_refused_by_name() {
    let mut later = wire();
    later.trigger_meanings = vec![99];
    assert_eq!(field_of(later), "trigger_meanings[0]");
    let mut later = wire();
    later.payment_rules = Some(pb::PaymentRules {
        modules: BTreeMap::from([("ps_wirepayment".to_owned(), 99)]),
        otherwise: 0,
    });
    assert_eq!(field_of(later), "payment_rules.modules[ps_wirepayment]");
}
