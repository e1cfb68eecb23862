//! Contacts: unique numbers, versions and pages.

use serde_json::json;

use super::client::{Client, contact, small};

#[tokio::test]
async fn a_contact_is_found_by_its_exact_number_with_its_swedish_letters() {
    let client = Client::start().await;
    client.add_customer("K-10").await;
    client.add_customer("K-1").await;
    let found = client.get("contacts?number=K-1").await.body;
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert_eq!(found[0]["surName"], "Öberg");
    assert_eq!(found[0]["addresses"][0]["city"], "Örebro");
}

#[tokio::test]
async fn a_new_contact_has_version_one_and_is_shown_by_id() {
    let client = Client::start().await;
    let added = client.add_customer("K-1").await;
    assert_eq!(
        (&added.body["number"], &added.body["version"]),
        (&json!("K-1"), &json!(1))
    );
    let shown = client
        .get(&format!("contacts/{}", added.id("contactId")))
        .await
        .body;
    assert_eq!(shown["rowVersion"], added.body["rowVersion"]);
    assert_eq!(shown["number"], "K-1");
}

#[tokio::test]
async fn a_taken_number_is_a_conflict() {
    let client = Client::with_customer().await;
    let again = client.post("contacts", &contact("K-1")).await;
    assert_eq!((again.status, again.codes()), (409, vec![1_001_003]));
    assert_eq!(
        client.ledger().await["contacts"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_contact_without_a_number_gets_the_next_free_one() {
    let client = Client::start().await;
    client.add_customer("502").await;
    let mut posted = contact("");
    let mut given = Vec::new();
    for _ in 0..2 {
        given.push(client.post("contacts", &posted).await.body["number"].clone());
        posted.as_object_mut().expect("a card").remove("number");
    }
    assert_eq!(given, ["501", "503"]);
}

#[tokio::test]
async fn a_deleted_contact_is_gone_and_its_number_stays_taken() {
    let client = Client::with_customer().await;
    assert_eq!(client.admin_post("contacts/K-1/delete", &json!({})).await, 204);
    assert_eq!(client.get("contacts?number=K-1").await.body, json!([]));
    let again = client.post("contacts", &contact("K-1")).await;
    assert_eq!((again.status, again.codes()), (409, vec![1_001_003]));
    let invoice = client.post("customerinvoices", &small("a")).await;
    assert_eq!(invoice.codes(), [1_002_001]);
    assert_eq!(client.admin_post("contacts/K-1/delete", &json!({})).await, 404);
}

#[tokio::test]
async fn contacts_are_found_by_exact_number_and_by_address_in_any_case_and_filters_meet() {
    let client = Client::start().await;
    for (number, org_number, email) in [
        ("K-1", "556677-8899", "asa@example.com"),
        ("K-2", "5566778899", "ASA@example.com"),
        ("K-3", "556677-8899", "bo@example.com"),
    ] {
        let mut posted = contact(number);
        posted["identificationNumber"] = json!(org_number);
        posted["customer"]["eInvoiceReceiverEmail"] = json!(email);
        assert_eq!(client.post("contacts", &posted).await.status, 201);
    }
    for (filter, found) in [
        ("identificationNumber=556677-8899", vec!["K-1", "K-3"]),
        ("email=Asa@example.com", vec!["K-1", "K-2"]),
        (
            "email=asa@example.com&identificationNumber=5566778899",
            vec!["K-2"],
        ),
        ("email=asa@example.co", vec![]),
    ] {
        let listed = client.get(&format!("contacts?{filter}")).await.body;
        let listed = listed.as_array().expect("a list").iter();
        let numbers: Vec<_> = listed.map(|contact| contact["number"].clone()).collect();
        assert_eq!(numbers, found, "{filter}");
    }
}

#[tokio::test]
async fn a_contact_that_is_added_by_hand_is_no_accepted_write() {
    let client = Client::start().await;
    assert_eq!(client.admin_post("contacts", &contact("K-1")).await, 201);
    assert_eq!(client.admin_post("contacts", &contact("K-1")).await, 409);
    assert_eq!(
        client.admin_post("contacts/K-1/deactivate", &json!({})).await,
        204
    );
    let shown = client.admin_get("contacts").await;
    assert_eq!(shown[0]["customer"]["isActive"], false);
    assert_eq!(client.ledger().await["writes"], 0);
    assert_eq!(
        client.post("customerinvoices", &small("a")).await.codes(),
        [1_002_002]
    );
}

#[tokio::test]
async fn a_line_that_an_update_leaves_out_keeps_what_stood_there_and_a_blank_empties_it() {
    let client = Client::start().await;
    let id = client.add_customer("K-1").await.id("contactId");
    let mut card = contact("K-1");
    card["addresses"] = json!([{ "addressType": 2, "street": "", "city": "Malmö" }]);
    assert_eq!(
        client
            .put(&format!("contacts/{id}?version=1"), &card)
            .await
            .status,
        200
    );
    let shown = client.get(&format!("contacts/{id}")).await.body;
    let address = &shown["addresses"][0];
    assert_eq!(
        [&address["street"], &address["zipCode"], &address["city"]],
        ["", "123 45", "Malmö"]
    );
}

#[tokio::test]
async fn every_missing_field_is_named_at_once() {
    let client = Client::start().await;
    let answer = client.post("contacts", &json!({})).await;
    assert_eq!((answer.status, answer.codes()), (400, vec![1_001_001; 3]));
    let named: Vec<_> = (0..3)
        .map(|at| answer.body[at]["reference"].as_str().expect("a field"))
        .collect();
    assert_eq!(named, ["countryCode", "contactTypes", "companyName"]);
}

#[tokio::test]
async fn a_list_of_flaws_has_the_fields_that_public_clients_read() {
    let client = Client::start().await;
    let answer = client.post("contacts", &json!({})).await;
    let flaw = answer.body[0].as_object().expect("a flaw");
    let fields: Vec<_> = flaw.keys().collect();
    assert_eq!(
        fields,
        [
            "errorCode",
            "errorScopeId",
            "message",
            "reference",
            "sequentialId",
            "sourceHint"
        ]
    );
}

#[tokio::test]
async fn lengths_are_counted_in_characters() {
    let client = Client::start().await;
    let mut posted = contact("K-1");
    posted["surName"] = json!("Å".repeat(50));
    assert_eq!(client.post("contacts", &posted).await.status, 201);
    posted["number"] = json!("K-2");
    posted["surName"] = json!("Å".repeat(51));
    assert_eq!(client.post("contacts", &posted).await.codes(), [1_001_002]);
}

#[tokio::test]
async fn unknown_country_currency_and_address_type_are_flaws() {
    let client = Client::start().await;
    let mut posted = contact("K-1");
    posted["countryCode"] = json!("Sverige");
    posted["customer"]["selectedCurrencyCode"] = json!("XXX");
    posted["addresses"][0]["addressType"] = json!(9);
    let answer = client.post("contacts", &posted).await;
    assert_eq!(
        (answer.status, answer.codes()),
        (400, vec![1_001_005, 1_001_009, 1_001_008])
    );
}

#[tokio::test]
async fn a_misspelt_field_is_a_problem() {
    let client = Client::start().await;
    let mut posted = contact("K-1");
    posted["surname"] = json!("Öberg");
    let answer = client.post("contacts", &posted).await;
    assert_eq!((answer.status, answer.fields()), (400, vec!["$"]));
}

#[tokio::test]
async fn an_update_from_the_current_version_gives_the_next_one() {
    let client = Client::start().await;
    let id = client.add_customer("K-1").await.id("contactId");
    let mut card = contact("K-1");
    card["companyName"] = json!("Öbergs Åkeri AB");
    card["addresses"] = json!([]);
    let updated = client.put(&format!("contacts/{id}?version=1"), &card).await;
    assert_eq!((updated.status, &updated.body["version"]), (200, &json!(2)));
    let shown = client.get(&format!("contacts/{id}")).await.body;
    assert_eq!(shown["companyName"], "Öbergs Åkeri AB");
    assert_eq!(
        shown["addresses"][0]["city"], "Örebro",
        "no addresses sent keeps the old ones"
    );
}

#[tokio::test]
async fn an_update_from_an_old_version_is_a_conflict() {
    let client = Client::start().await;
    let id = client.add_customer("K-1").await.id("contactId");
    let update = format!("contacts/{id}?version=1");
    assert_eq!(client.put(&update, &contact("K-1")).await.status, 200);
    let late = client.put(&update, &contact("K-1")).await;
    assert_eq!((late.status, late.codes()), (409, vec![1_001_006]));
}

#[tokio::test]
async fn an_update_that_names_no_version_is_a_problem() {
    let client = Client::start().await;
    let id = client.add_customer("K-1").await.id("contactId");
    assert_eq!(
        client
            .put(&format!("contacts/{id}"), &contact("K-1"))
            .await
            .fields(),
        ["version"]
    );
}

#[tokio::test]
async fn a_contact_keeps_its_number() {
    let client = Client::start().await;
    let id = client.add_customer("K-1").await.id("contactId");
    let answer = client
        .put(&format!("contacts/{id}?version=1"), &contact("K-2"))
        .await;
    assert_eq!((answer.status, answer.codes()), (400, vec![1_001_007]));
}

#[tokio::test]
async fn an_address_is_added_and_the_contact_gets_a_new_version() {
    let client = Client::start().await;
    let id = client.add_customer("K-1").await.id("contactId");
    let address = json!({ "addressType": 3, "street": "Ängsgatan 1", "city": "Malmö" });
    let added = client.post(&format!("contacts/{id}/addresses"), &address).await;
    assert_eq!((added.status, &added.body["version"]), (201, &json!(2)));
    let shown = client.get(&format!("contacts/{id}")).await.body;
    assert_eq!(shown["addresses"][1]["addressId"], added.body["addressId"]);
    assert_eq!(shown["addresses"][1]["city"], "Malmö");
}

#[tokio::test]
async fn an_unknown_contact_does_not_exist() {
    let client = Client::start().await;
    let answer = client.get(&format!("contacts/{}", uuid::Uuid::nil())).await;
    assert_eq!((answer.status, answer.text()), (404, "kontakten finns inte"));
    assert_eq!(client.get("contacts/K-1").await.fields(), ["contactId"]);
}

#[tokio::test]
async fn lists_come_in_pages_that_end() {
    let client = Client::start().await;
    for number in ["K-1", "K-2", "K-3"] {
        client.add_customer(number).await;
    }
    let sizes = [("page=1", 2), ("page=2", 1), ("page=3", 0)];
    for (page, size) in sizes {
        let listed = client.get(&format!("contacts?{page}&PageSize=2")).await.body;
        assert_eq!(listed.as_array().map(Vec::len), Some(size), "{page}");
    }
}

#[tokio::test]
async fn a_page_holds_five_hundred_at_most() {
    let client = Client::start().await;
    assert_eq!(client.get("contacts?pageSize=500").await.status, 200);
    assert_eq!(client.get("contacts?pageSize=501").await.fields(), ["pageSize"]);
    assert_eq!(client.get("contacts?page=0").await.fields(), ["page"]);
}
