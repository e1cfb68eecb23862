//! What goes wrong with customers in real integrations, by the number of its case.
//!
//! Cases that are settled before a card is made (how numbers are written, who shares a card) are tried in `canonical`.

use serde_json::{Value, json};
use skarv_canonical::customer::{CustomerCard, CustomerKind};
use skarv_canonical::invoice::Invoice;
use skarv_connector::{Delivery, Error};

use crate::system::{System, card, customer_write, invoice, invoice_write};

/// The buyer's card, where one that stands may be theirs.
fn person() -> CustomerCard {
    CustomerCard {
        match_existing: true,
        ..card()
    }
}

fn company(org_number: &str) -> CustomerCard {
    let mut card = person();
    card.number = Some("k3x9qa-O5566778899".to_owned());
    card.customer.kind = CustomerKind::Company;
    card.customer.company = "Järn & Såg i Åmål AB".to_owned();
    card.customer.org_number = org_number.to_owned();
    card
}

fn unidentified() -> CustomerCard {
    let mut card = person();
    card.customer.email = String::new();
    card
}

/// A card as a person adds it, with what this one is to have.
fn by_hand(fields: &Value) -> Value {
    let mut card = json!({
        "contactTypes": [2], "countryCode": "SE",
        "customer": { "eInvoiceReceiverEmail": "asa@example.com" },
    });
    let card_fields = card.as_object_mut().expect("fields");
    card_fields.extend(fields.as_object().expect("fields").clone());
    card
}

fn person_by_hand() -> Value {
    by_hand(&json!({ "givenName": "Åsa", "surName": "Öberg-Ängström" }))
}

fn company_by_hand(org_number: &str) -> Value {
    by_hand(&json!({ "companyName": "Järn & Såg", "identificationNumber": org_number }))
}

fn said(outcome: Result<Option<String>, Error>) -> String {
    let error = outcome.expect_err("refused");
    assert_eq!(error.delivery, Delivery::NotDelivered);
    error.reason.to_string()
}

#[tokio::test]
async fn a02_a_buyer_without_address_and_number_gets_no_card_that_could_not_be_found_again() {
    let system = System::start().await;
    let nobody = CustomerCard {
        number: None,
        ..unidentified()
    };
    let refusal = system.refusal(&customer_write(nobody)).await;
    assert_eq!(refusal, "customer_unidentified customer=Åsa Öberg-Ängström");
    assert_eq!(system.cards().await, Vec::<Value>::new());
    // with a number of ours the second order finds the first one's card
    system.put(&customer_write(unidentified())).await.expect("a card");
    assert_eq!(
        system.matched(unidentified()).await.expect("a look").as_deref(),
        Some("k3x9qa-K7")
    );
    assert_eq!(system.cards().await.len(), 1);
}

#[tokio::test]
async fn a02_collective_invoices_go_to_one_card_and_make_no_other() {
    let system = System::start().await;
    let shared = system
        .card_by_hand(by_hand(
            &json!({ "number": "900", "companyName": "Butikskunder" }),
        ))
        .await;
    for reference in ["k3x9qa-1", "k3x9qa-2"] {
        let invoice = Invoice {
            customer_number: shared.clone(),
            ..invoice(reference)
        };
        system.put(&invoice_write(invoice)).await.expect("an invoice");
    }
    let booked = system.booked().await;
    assert!(booked.iter().all(|invoice| invoice["customer_number"] == "900"));
    assert_eq!((booked.len(), system.cards().await.len()), (2, 1));
}

#[tokio::test]
async fn a03_a_company_and_a_person_with_one_address_have_a_card_each() {
    let system = System::start().await;
    let firm = system.card_by_hand(company_by_hand("556677-8899")).await;
    assert_eq!(system.matched(person()).await.expect("a look"), None);
    let private = system.card_by_hand(person_by_hand()).await;
    assert_eq!(system.matched(person()).await.expect("a look"), Some(private));
    assert_eq!(
        system.matched(company("556677-8899")).await.expect("a look"),
        Some(firm)
    );
}

#[tokio::test]
async fn a03_an_organisation_number_beats_an_address() {
    let system = System::start().await;
    let mut elsewhere = company_by_hand("556677-8899");
    elsewhere["customer"]["eInvoiceReceiverEmail"] = json!("annan@example.com");
    let firm = system.card_by_hand(elsewhere).await;
    let other = system.card_by_hand(company_by_hand("556000-0167")).await;
    assert_eq!(
        system.matched(company("556677-8899")).await.expect("a look"),
        Some(firm)
    );
    // the address alone never leads to a company with another number
    assert_eq!(
        system.matched(company("556036-0793")).await.expect("a look"),
        None
    );
    assert_eq!(system.matched(company("")).await.expect("a look"), Some(other));
}

#[tokio::test]
async fn a03_two_cards_that_can_be_the_buyers_are_named_and_none_is_chosen() {
    let system = System::start().await;
    for _ in 0..2 {
        system.card_by_hand(person_by_hand()).await;
    }
    assert_eq!(
        said(system.matched(person()).await),
        "customer_ambiguous cards=501 Åsa Öberg-Ängström, 502 Åsa Öberg-Ängström customer=Åsa Öberg-Ängström"
    );
    system.admin_post("contacts/501/deactivate", &json!({})).await;
    assert_eq!(
        system.matched(person()).await.expect("a look").as_deref(),
        Some("502")
    );
}

#[tokio::test]
async fn a03_an_inactive_card_is_said_and_no_second_one_is_made() {
    let system = System::start().await;
    system.card_by_hand(company_by_hand("5566778899")).await;
    system.admin_post("contacts/501/deactivate", &json!({})).await;
    assert_eq!(
        said(system.matched(company("556677-8899")).await),
        "customer_inactive number=501"
    );
    let mut ours = person_by_hand();
    ours["number"] = json!("k3x9qa-K7");
    system.card_by_hand(ours).await;
    system
        .admin_post("contacts/k3x9qa-K7/deactivate", &json!({}))
        .await;
    assert_eq!(
        said(system.matched(person()).await),
        "customer_inactive number=k3x9qa-K7"
    );
}

#[tokio::test]
async fn a03_a_number_that_is_anothers_is_said_with_both_names() {
    let system = System::start().await;
    let mut firm = company_by_hand("556677-8899");
    firm["number"] = json!("k3x9qa-K7");
    system.card_by_hand(firm).await;
    let expected = "customer_number_taken customer=Åsa Öberg-Ängström holder=Järn & Såg number=k3x9qa-K7";
    assert_eq!(said(system.matched(person()).await), expected);
    // nobody asked first: the system's refusal leads to the same
    let error = system.put(&customer_write(card())).await.expect_err("taken");
    assert_eq!(
        (error.reason.to_string().as_str(), error.delivery),
        (expected, Delivery::NotDelivered)
    );
    let mut other = company("556000-0167");
    other.number = person().number;
    assert_eq!(
        said(system.matched(other).await),
        "customer_number_taken customer=Järn & Såg i Åmål AB holder=Järn & Såg number=k3x9qa-K7"
    );
}

#[tokio::test]
async fn a04_an_order_touches_a_card_that_stands_only_where_it_is_to_be_kept_up() {
    let system = System::start().await;
    let mut old = person_by_hand();
    old["addresses"] = json!([
        { "addressType": 2, "street": "Gamla vägen 1", "zipCode": "111 11", "city": "Ystad" },
        { "addressType": 3, "street": "Lagret 2", "city": "Kumla" },
    ]);
    old["customer"]["paymentTerms"] = json!(10);
    old["customer"]["invoiceReference"] = json!("Kalle");
    let number = system.card_by_hand(old).await;
    let before = system.cards().await;
    let matched = system.matched(person()).await.expect("a look").expect("a card");
    system
        .put_after(
            &invoice_write(invoice("k3x9qa-1")),
            std::slice::from_ref(&matched),
        )
        .await
        .expect("an invoice");
    assert_eq!(system.booked().await[0]["customer_number"], json!(number));
    assert_eq!(
        system.cards().await,
        before,
        "an order is no reason to write to a card"
    );

    system
        .put_over(&customer_write(person()), &matched)
        .await
        .expect("an update");
    let after = system.cards().await;
    let (address, delivery) = (&after[0]["addresses"][0], &after[0]["addresses"][1]);
    assert_eq!([&address["street"], &address["city"]], ["Älvvägen 3", "Örebro"]);
    assert_eq!(delivery["street"], "Lagret 2");
    assert_eq!(after[0]["customer"], before[0]["customer"]);
    assert_eq!(after[0]["version"], 2);
}

#[tokio::test]
async fn a05_an_empty_address_line_empties_what_stood_there() {
    let system = System::start().await;
    let mut old = person_by_hand();
    old["addresses"] = json!([{ "addressType": 2, "street": "Älvvägen 3", "streetExtraLine": "c/o Ek" }]);
    let number = system.card_by_hand(old).await;
    system
        .put_over(&customer_write(person()), &number)
        .await
        .expect("an update");
    let cards = system.cards().await;
    let address = &cards[0]["addresses"][0];
    assert_eq!(
        [&address["street"], &address["streetExtraLine"]],
        ["Älvvägen 3", ""]
    );
}

#[tokio::test]
async fn a06_whatever_terms_a_card_has_the_invoice_is_the_orders() {
    let system = System::start().await;
    let mut peculiar = person_by_hand();
    peculiar["customer"] = json!({
        "eInvoiceReceiverEmail": "asa@example.com", "paymentTerms": 90, "isRutRot": true,
        "isReverseCharge": true, "selectedCurrencyCode": "EUR", "invoiceReference": "Kalle",
    });
    system.card_by_hand(peculiar).await;
    let matched = system.matched(person()).await.expect("a look").expect("a card");
    let receipt = system
        .put_after(&invoice_write(invoice("k3x9qa-1")), &[matched])
        .await
        .expect("an invoice");
    let booked = &system.booked().await[0];
    assert_eq!(
        [&booked["gross"], &booked["currency"], &booked["vat"][0]["amount"]],
        ["99.00", "SEK", "19.80"]
    );
    assert_eq!(receipt.mismatch, None);
}

#[tokio::test]
async fn a06_a_sum_that_the_card_would_change_is_said() {
    let system = System::warm().await;
    // no field of a contact does this by contract; whatever does, the invoice is read back
    system.faults(json!({ "skew_every": 1 })).await;
    let receipt = system
        .put(&invoice_write(invoice("k3x9qa-1")))
        .await
        .expect("an invoice");
    assert_eq!(
        receipt.mismatch.expect("another sum").to_string(),
        "erp_total_differs ours=99.00 theirs=99.01"
    );
}

#[tokio::test]
async fn a07_a_number_that_the_books_gave_another_buyer_leads_to_nobodys_card() {
    let system = System::start().await;
    // the shop's customer 7, and the seventh card of the books
    let numbered = |card: CustomerCard| CustomerCard {
        number: Some("7".to_owned()),
        ..card
    };
    let anothers = by_hand(&json!({
        "number": "7", "givenName": "Bo", "surName": "Ek", "customer": { "eInvoiceReceiverEmail": "bo@example.com" },
    }));
    system.card_by_hand(anothers).await;
    let expected = "customer_number_taken customer=Åsa Öberg-Ängström holder=Bo Ek number=7";
    assert_eq!(said(system.matched(numbered(person())).await), expected);
    // where no card is looked for, the system's refusal leads to the same
    let error = system
        .put(&customer_write(numbered(card())))
        .await
        .expect_err("taken");
    assert_eq!(
        (error.reason.to_string().as_str(), error.delivery),
        (expected, Delivery::NotDelivered)
    );
}

#[tokio::test]
async fn a07_a_number_and_a_name_or_an_address_are_the_buyers_card() {
    for fields in [
        json!({ "number": "7", "givenName": "ÅSA", "surName": "Öberg-Ängström", "customer": {} }),
        json!({ "number": "7", "givenName": "Åsa", "surName": "Ek" }),
    ] {
        let system = System::start().await;
        system.card_by_hand(by_hand(&fields)).await;
        let mut buyer = person();
        buyer.number = Some("7".to_owned());
        assert_eq!(
            system.matched(buyer).await.expect("a look").as_deref(),
            Some("7"),
            "{fields}"
        );
    }
}

#[tokio::test]
async fn a07_a_number_that_was_deleted_is_said_and_no_other_is_tried() {
    let system = System::start().await;
    system.put(&customer_write(person())).await.expect("a card");
    system.admin_post("contacts/k3x9qa-K7/delete", &json!({})).await;
    assert_eq!(system.matched(person()).await.expect("a look"), None);
    let error = system.put(&customer_write(person())).await.expect_err("taken");
    assert_eq!(
        error.reason.to_string(),
        "customer_number_taken customer=Åsa Öberg-Ängström number=k3x9qa-K7"
    );
    assert_eq!(error.reason.fix, "choose_customer_numbers");
    // nothing of ours can stand there, so it is for a person at once
    assert_eq!(error.delivery, Delivery::NotDelivered);
    assert_eq!(system.cards().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a07_where_the_system_numbers_cards_a_deleted_one_is_followed_by_the_next() {
    let system = System::start().await;
    let unnumbered = || CustomerCard {
        number: None,
        ..person()
    };
    let first = system.put(&customer_write(unnumbered())).await.expect("a card");
    system.admin_post("contacts/501/delete", &json!({})).await;
    assert_eq!(system.matched(unnumbered()).await.expect("a look"), None);
    let second = system.put(&customer_write(unnumbered())).await.expect("a card");
    assert_eq!([first.foreign_id, second.foreign_id], ["501", "502"]);
}

#[tokio::test]
async fn a08_a_company_is_found_however_its_number_is_written_in_the_books() {
    for written in ["556677-8899", "5566778899"] {
        let system = System::start().await;
        let mut firm = company_by_hand(written);
        firm["customer"]["eInvoiceReceiverEmail"] = Value::Null;
        let number = system.card_by_hand(firm).await;
        let matched = system.matched(company("556677-8899")).await;
        assert_eq!(matched.expect("a look"), Some(number), "{written}");
    }
}

#[tokio::test]
async fn a09_a_swedish_vat_number_lands_on_the_card_in_the_form_that_is_sent() {
    let system = System::start().await;
    let mut firm = company("556677-8899");
    firm.customer.vat_number = "SE556677889901".to_owned();
    system.put(&customer_write(firm)).await.expect("a card");
    let cards = system.cards().await;
    assert_eq!(
        [&cards[0]["vatNumber"], &cards[0]["identificationNumber"]],
        ["SE556677889901", "556677-8899"]
    );
}

#[tokio::test]
async fn no_card_is_looked_for_where_nobody_wants_it() {
    let system = System::start().await;
    system.card_by_hand(person_by_hand()).await;
    assert_eq!(system.matched(card()).await.expect("no look"), None);
    assert_eq!(system.calls("GET /contacts").await, 0);
}
