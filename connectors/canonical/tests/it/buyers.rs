//! Whose card an invoice goes to: the buyer's own, known by who the buyer is, or one for many.

use skarv_canonical::{
    Reason,
    customer::{CustomerCard, CustomerKind, Identity},
    eligibility::{NotEligible, decide},
    invoice::Invoice,
    mapping,
    order::Order,
    spec::{CardUpkeep, Collective, CollectiveFor, CustomerNumbers, OrderSettings},
    write::{Document, Effect, Entity, Write},
};

use crate::world::{SHOP, line, order, settings};

/// A private person's order of one thing.
fn private() -> Order {
    order(vec![line("A", 1, "125.00", 25)], Vec::new(), Vec::new(), "125.00")
}

/// The same shop customer, buying for a company.
fn for_company(org_number: &str) -> Order {
    let mut order = private();
    order.customer.kind = CustomerKind::Company;
    order.customer.company = "Garnboden AB".to_owned();
    order.customer.org_number = org_number.to_owned();
    order
}

fn unidentified() -> Order {
    let mut order = private();
    order.customer.email = String::new();
    order
}

fn with(change: impl FnOnce(&mut OrderSettings)) -> OrderSettings {
    let mut settings = settings();
    change(&mut settings);
    settings
}

fn shared(buyers: CollectiveFor) -> OrderSettings {
    with(|settings| {
        settings.customers.collective = Some(Collective {
            number: "9000".to_owned(),
            buyers,
        });
    })
}

fn sent(order: &Order, settings: &OrderSettings) -> Result<Vec<Write>, Reason> {
    mapping::order(order, SHOP, settings)
}

fn card_of(writes: &[Write]) -> Option<(&str, &CustomerCard)> {
    writes.iter().find_map(|write| match &write.document {
        Document::Customer(card) => Some((write.our_key.as_str(), &**card)),
        _ => None,
    })
}

fn invoice_of(writes: &[Write]) -> &Invoice {
    let invoice = writes.iter().find_map(|write| match &write.document {
        Document::Invoice(invoice) => Some(invoice),
        _ => None,
    });
    invoice.unwrap()
}

/// The key of the card that an order's invoice goes to, which is the card's number too.
fn key(order: &Order) -> String {
    let writes = sent(order, &settings()).unwrap();
    let (key, card) = card_of(&writes).unwrap();
    assert_eq!(card.number.as_deref(), Some(key));
    assert_eq!(invoice_of(&writes).customer_number, key);
    key.to_owned()
}

#[test]
fn a_person_is_known_by_the_shops_customer_and_a_company_by_its_number() {
    assert_eq!(key(&private()), "k3x9qa-K7");
    assert_eq!(key(&for_company("556036-0793")), "k3x9qa-O5560360793");
    assert_eq!(key(&for_company("")), "k3x9qa-F7");
}

#[test]
fn a_sole_traders_personal_number_is_in_no_key() {
    assert_eq!(key(&for_company("811228-9874")), "k3x9qa-F7");
}

#[test]
fn a02_a_buyer_without_email_and_number_goes_to_the_chosen_card_or_to_a_person() {
    let by_erp = |settings: &mut OrderSettings| settings.customers.numbers = CustomerNumbers::Erp;
    let refused = sent(&unidentified(), &with(by_erp)).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.params["customer"].as_str()),
        ("customer_unidentified", "Åsa Öberg")
    );
    let writes = sent(&unidentified(), &shared(CollectiveFor::Unidentified)).unwrap();
    assert_eq!(card_of(&writes), None);
    let invoice = invoice_of(&writes);
    assert_eq!(
        (invoice.customer_number.as_str(), invoice.buyer.collective),
        ("9000", true)
    );
    assert_eq!(invoice.buyer.name, "Åsa Öberg");
}

#[test]
fn a02_a_shop_customer_without_email_and_number_keeps_one_card_over_all_orders() {
    let mut again = unidentified();
    again.key = "43".to_owned();
    assert_eq!(key(&unidentified()), key(&again));
}

#[test]
fn a03_a_private_order_of_a_companys_buyer_never_goes_to_the_companys_card() {
    let keys = [key(&private()), key(&for_company(""))];
    assert_ne!(keys[0], keys[1]);
    let by_shop = with(|settings| settings.customers.numbers = CustomerNumbers::Shop(Some("10".to_owned())));
    let number = |order: &Order| {
        let writes = sent(order, &by_shop).unwrap();
        card_of(&writes).unwrap().1.number.clone().unwrap()
    };
    assert_eq!(
        [number(&private()), number(&for_company("556036-0793"))],
        ["107", "107F"]
    );
}

#[test]
fn a03_a_companys_number_comes_before_its_email_and_persons_are_known_by_email_alone() {
    let identities = |order: &Order| {
        let writes = sent(order, &settings()).unwrap();
        card_of(&writes).unwrap().1.identities()
    };
    let email = Identity::Email("asa@example.se".to_owned());
    let mut shouting = private();
    shouting.customer.email = " Asa@Example.SE ".to_owned();
    shouting.customer.org_number = "811228-9874".to_owned();
    assert_eq!(identities(&shouting), vec![email.clone()]);
    assert_eq!(
        identities(&for_company("16556036-0793")),
        vec![Identity::OrgNumber("556036-0793".to_owned()), email]
    );
}

#[test]
fn one_company_is_one_card_whoever_orders_for_it() {
    let mut colleague = for_company("5560360793");
    colleague.customer.key = "8".to_owned();
    assert_eq!(key(&colleague), key(&for_company("556036-0793")));
}

#[test]
fn a07_an_accounting_system_that_numbers_its_cards_is_given_none() {
    let by_erp = with(|settings| settings.customers.numbers = CustomerNumbers::Erp);
    let writes = sent(&private(), &by_erp).unwrap();
    let (key, card) = card_of(&writes).unwrap();
    assert_eq!((key, card.number.as_deref()), ("k3x9qa-K7", None));
    assert_eq!(invoice_of(&writes).customer_number, "");
}

#[test]
fn another_choice_of_cards_says_nothing_about_invoices_that_stand() {
    let fingerprint = |settings: &OrderSettings| {
        let writes = sent(&private(), settings).unwrap();
        let invoice = writes.iter().find(|write| write.entity() == Entity::Invoice);
        invoice.unwrap().fingerprint()
    };
    let numbered = |numbers| with(|settings| settings.customers.numbers = numbers);
    let before = fingerprint(&settings());
    for since in [
        numbered(CustomerNumbers::Erp),
        numbered(CustomerNumbers::Shop(Some("W".to_owned()))),
        shared(CollectiveFor::Private),
    ] {
        assert_eq!(fingerprint(&since), before, "{:?}", since.customers);
    }
}

#[test]
fn a08_a_private_persons_numbers_are_not_looked_at() {
    let mut order = private();
    order.customer.org_number = "nej tack".to_owned();
    let writes = sent(&order, &settings()).unwrap();
    assert_eq!(card_of(&writes).unwrap().1.customer.org_number, "");
    assert_eq!(
        sent(&for_company("556036-0794"), &settings()).unwrap_err().code,
        "org_number_invalid"
    );
}

#[test]
fn a_collective_card_for_private_buyers_leaves_companies_their_own() {
    let settings = shared(CollectiveFor::Private);
    assert_eq!(card_of(&sent(&private(), &settings).unwrap()), None);
    let company = sent(&for_company("556036-0793"), &settings).unwrap();
    assert_eq!(card_of(&company).unwrap().0, "k3x9qa-O5560360793");
    let known = sent(&private(), &shared(CollectiveFor::Unidentified)).unwrap();
    assert_eq!(card_of(&known).unwrap().0, "k3x9qa-K7");
}

#[test]
fn a04_an_order_leaves_a_standing_card_alone_unless_it_is_to_bring_it_up_to_date() {
    let effect = |settings: &OrderSettings| sent(&private(), settings).unwrap()[0].effect;
    assert_eq!(effect(&settings()), Effect::Create);
    assert_eq!(
        effect(&with(|settings| settings.customers.cards = CardUpkeep::Update)),
        Effect::Update
    );
    let mut moved = private();
    moved.delivery.line1 = "Sommarvägen 9".to_owned();
    let writes = sent(&moved, &settings()).unwrap();
    assert_eq!(card_of(&writes).unwrap().1.billing.line1, "Storgatan 1");
    assert_eq!(invoice_of(&writes).buyer.delivery.line1, "Sommarvägen 9");
}

#[test]
fn orders_of_test_buyers_are_not_sent() {
    let told = |buyer: &str| decide(&private(), &with(|s| s.test_buyers = vec![buyer.to_owned()]));
    assert_eq!(told("ASA@example.se"), Err(NotEligible::TestOrder));
    assert_eq!(told("@example.se"), Err(NotEligible::TestOrder));
    assert_eq!(told("@ample.se"), Ok(()));
    assert_eq!(told("example.se"), Ok(()));
    assert_eq!(told(""), Ok(()));
}
