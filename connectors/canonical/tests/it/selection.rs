//! Which orders are sent: by the shop's states as a person names them, and by how the order is paid.

use skarv_canonical::{
    payment_rule::{PaymentRule, PaymentRules, Withheld},
    trigger::{ShopState, StateFlag, TriggerState, resolve},
};

use crate::world::{d, line, order};

fn states() -> Vec<ShopState> {
    let state = |id: &str, names: &[&str], flags: &[StateFlag]| ShopState {
        id: id.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        flags: flags.to_vec(),
    };
    use StateFlag::{Delivered, Invoiced, Logable, Paid, Shipped};
    vec![
        state("1", &["Väntar på betalning"], &[]),
        state(
            "2",
            &["Betalning accepterad", "Payment accepted"],
            &[Paid, Logable, Invoiced],
        ),
        state("4", &["Skickad", "Shipped"], &[Paid, Logable, Invoiced, Shipped]),
        state("17", &["Skickad"], &[Delivered]),
    ]
}

#[test]
fn a_state_is_meant_by_its_id_its_name_or_what_it_means() {
    let meant = |trigger| resolve(&[trigger], &states()).unwrap();
    assert_eq!(meant(TriggerState::Id("4".to_owned())), ["4"]);
    assert_eq!(meant(TriggerState::Name(" payment ACCEPTED".to_owned())), ["2"]);
    assert_eq!(meant(TriggerState::Name("Skickad".to_owned())), ["4", "17"]);
    assert_eq!(meant(TriggerState::Flag(StateFlag::Paid)), ["2", "4"]);
}

#[test]
fn a_state_that_is_meant_twice_counts_once() {
    let wanted = [
        TriggerState::Flag(StateFlag::Shipped),
        TriggerState::Id("4".to_owned()),
    ];
    assert_eq!(resolve(&wanted, &states()).unwrap(), ["4"]);
}

#[test]
fn triggers_that_the_shop_has_no_state_for_are_named() {
    let mut states = states();
    states.pop();
    let wanted = [
        TriggerState::Id("2".to_owned()),
        TriggerState::Id("99".to_owned()),
        TriggerState::Name("Klar".to_owned()),
        TriggerState::Flag(StateFlag::Delivered),
    ];
    let reason = resolve(&wanted, &states).unwrap_err();
    assert_eq!(
        (reason.code.as_str(), reason.params["states"].as_str()),
        ("trigger_state_unknown", "id 99, Klar, delivered")
    );
}

#[test]
fn a_trigger_is_written_by_what_it_names() {
    let written = r#"[{"id":"2"},{"name":"Skickad"},{"flag":"logable"}]"#;
    let triggers: Vec<TriggerState> = serde_json::from_str(written).unwrap();
    assert_eq!(triggers[2], TriggerState::Flag(StateFlag::Logable));
    assert_eq!(serde_json::to_string(&triggers).unwrap(), written);
}

fn decided(rule: PaymentRule, paid: &str) -> Result<(), &'static str> {
    let mut order = order(vec![line("A", 1, "125.00", 25)], Vec::new(), Vec::new(), "125.00");
    order.payment.paid = d(paid);
    let rules = PaymentRules {
        modules: [("card".to_owned(), rule)].into(),
        otherwise: PaymentRule::Always,
    };
    rules.decide(&order).map_err(Withheld::code)
}

#[test]
fn the_rule_of_its_payment_module_decides_over_an_order() {
    assert_eq!(decided(PaymentRule::Always, "0.00"), Ok(()));
    assert_eq!(decided(PaymentRule::WhenPaid, "125.00"), Ok(()));
    assert_eq!(decided(PaymentRule::WhenPaid, "124.99"), Err("not_paid"));
    assert_eq!(
        decided(PaymentRule::Never, "125.00"),
        Err("payment_method_not_sent")
    );
}

#[test]
fn a_module_without_a_rule_follows_the_rule_of_the_others() {
    let order = order(vec![line("A", 1, "125.00", 25)], Vec::new(), Vec::new(), "125.00");
    assert_eq!(PaymentRules::default().decide(&order), Ok(()));
    let rules = PaymentRules {
        modules: [("cash".to_owned(), PaymentRule::Always)].into(),
        otherwise: PaymentRule::Never,
    };
    assert_eq!(rules.decide(&order), Err(Withheld::MethodNotSent));
}
