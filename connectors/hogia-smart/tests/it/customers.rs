//! Customer cards land with their names and are known by their numbers, ours or the system's.

use serde_json::json;
use skarv_canonical::Class;
use skarv_canonical::customer::{CustomerCard, CustomerKind};
use skarv_canonical::invoice::Invoice;
use skarv_connector::Delivery;

use crate::system::{System, card, customer_write, invoice, invoice_write};

#[tokio::test]
async fn a_person_and_a_company_land_with_their_names_as_written() {
    let system = System::start().await;
    let mut company = card();
    company.number = Some("k3x9qa-K8".to_owned());
    company.customer.kind = CustomerKind::Company;
    company.customer.company = "Järn & Såg i Åmål AB".to_owned();
    company.customer.org_number = "556677-8899".to_owned();
    company.customer.vat_number = "SE556677889901".to_owned();
    let person = system.put(&customer_write(card())).await.expect("a card");
    let company = system.put(&customer_write(company)).await.expect("a card");
    let ledger = system.ledger().await;
    assert_eq!(
        ledger["contacts"],
        json!([
            { "id": ledger["contacts"][0]["id"], "number": person.foreign_id, "name": "Åsa Öberg-Ängström" },
            { "id": ledger["contacts"][1]["id"], "number": company.foreign_id, "name": "Järn & Såg i Åmål AB" },
        ])
    );
    assert_eq!(
        [person.foreign_id, company.foreign_id],
        ["k3x9qa-K7", "k3x9qa-K8"]
    );
}

#[tokio::test]
async fn a_person_who_gave_one_name_lands_under_that_name() {
    let system = System::start().await;
    let mut single = card();
    single.customer.given_name = String::new();
    system.put(&customer_write(single)).await.expect("a card");
    assert_eq!(system.ledger().await["contacts"][0]["name"], "Öberg-Ängström");
}

#[tokio::test]
async fn a_customer_is_found_once_it_is_there_and_not_before() {
    let system = System::start().await;
    let write = customer_write(card());
    assert_eq!(system.find(&write).await.expect("a look"), None);
    let put = system.put(&write).await.expect("a card");
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!((found.foreign_id, found.mismatch), (put.foreign_id, None));
    let mut other = card();
    other.number = Some("k3x9qa-K".to_owned());
    assert_eq!(system.find(&customer_write(other)).await.expect("a look"), None);
}

#[tokio::test]
async fn a_taken_number_is_said_and_a_look_up_finds_the_card() {
    let system = System::start().await;
    let write = customer_write(card());
    let first = system.put(&write).await.expect("a card");
    let error = system.put(&write).await.expect_err("taken");
    assert_eq!(
        error.reason.to_string(),
        "customer_number_taken customer=Åsa Öberg-Ängström number=k3x9qa-K7"
    );
    assert_eq!((error.class(), error.delivery), (Class::Data, Delivery::Answered));
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!(found.foreign_id, first.foreign_id);
    assert_eq!(system.ledger().await["writes"], 1);
}

#[tokio::test]
async fn a_card_that_the_system_numbers_is_known_by_that_number_and_found_by_its_buyer() {
    let system = System::start().await;
    let write = customer_write(unnumbered());
    assert_eq!(system.find(&write).await.expect("a look"), None);
    let put = system.put(&write).await.expect("a card");
    assert_eq!(put.foreign_id, "501");
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!(found.foreign_id, "501");
    let invoice = invoice_write(Invoice {
        customer_number: String::new(),
        ..invoice("k3x9qa-1")
    });
    system
        .put_after(&invoice, &[put.foreign_id])
        .await
        .expect("an invoice");
    assert_eq!(system.booked().await[0]["customer_number"], "501");
}

#[tokio::test]
async fn a_lost_answer_about_a_card_that_the_system_numbers_is_settled_by_its_buyer() {
    let system = System::start().await;
    system.faults(json!({ "lost_answer_next": 1 })).await;
    let write = customer_write(unnumbered());
    let error = system.put(&write).await.expect_err("lost");
    assert_eq!(error.delivery, Delivery::InFlight);
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!(found.foreign_id, "501");
}

#[tokio::test]
async fn a_receipt_with_another_buyers_number_is_never_taken_for_ours() {
    let system = System::start().await;
    system.put(&customer_write(card())).await.expect("a card");
    system.faults(json!({ "next_other_id": 1 })).await;
    let mut other = unnumbered();
    other.customer.email = "någon@example.com".to_owned();
    let write = customer_write(other);
    let error = system.put(&write).await.expect_err("not ours");
    assert_eq!(
        (error.reason.code.as_str(), error.delivery),
        ("bad_answer", Delivery::Answered)
    );
    let found = system.find(&write).await.expect("a look").expect("found");
    assert_eq!(found.foreign_id, "501");
}

fn unnumbered() -> CustomerCard {
    CustomerCard {
        number: None,
        ..card()
    }
}

#[tokio::test]
async fn what_the_system_finds_wrong_with_a_card_is_said_in_its_words() {
    let system = System::start().await;
    let mut wrong = card();
    wrong.customer.kind = CustomerKind::Company;
    wrong.customer.vat_number = "9".repeat(30);
    let error = system.put(&customer_write(wrong)).await.expect_err("refused");
    assert_eq!(error.reason.code, "erp_refused");
    assert_eq!(error.reason.params["field"], "vatNumber");
    assert_eq!(error.reason.fix, "correct_in_shop");
    assert!(error.detail.contains("30 tecken"), "{}", error.detail);
    assert_eq!(error.delivery, Delivery::NotDelivered);
    let mut foreign = card();
    foreign.currency = "GBP".parse().expect("a currency");
    assert_eq!(
        system.refusal(&customer_write(foreign)).await,
        "currency_unknown currency=GBP"
    );
}
