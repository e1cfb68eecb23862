//! What people see.

use crate::world::World;

/// Without what differs from day to day: times.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("20") {
        let (before, from) = rest.split_at(at);
        steady.push_str(before);
        let shape = |(c, like): (u8, u8)| {
            if like == b'd' {
                c.is_ascii_digit()
            } else {
                c == like
            }
        };
        let time = from.len() >= 16 && from.bytes().zip(*b"dddd-dd-dd dd:dd").all(shape);
        let taken = if time { 16 } else { 2 };
        steady.push_str(if time { "YYYY-MM-DD HH:MM" } else { &from[..2] });
        rest = &from[taken..];
    }
    steady + rest
}

#[tokio::test]
async fn lists_line_up_under_their_headings() {
    let world = World::without_agent(1).await;
    world.connect().await;
    let tenants = world.skarv(&["tenants", "list"]).await;
    insta::assert_snapshot!(steady(&tenants.stdout), @"
    name            display name      org number  partner  created
    tenants/bagarn  Bagarn i Åmål AB                       YYYY-MM-DD HH:MM
    ");
    let connections = world.skarv(&["connections", "list", "--tenant", "bagarn"]).await;
    insta::assert_snapshot!(steady(&connections.stdout), @"
    name                                 connector    state  shop ref  vendor                        created
    tenants/bagarn/connections/butiken   prestashop   draft            verified with the vendor      YYYY-MM-DD HH:MM
    tenants/bagarn/connections/ekonomin  hogia-smart  draft            not verified with the vendor  YYYY-MM-DD HH:MM
    ");
}

#[tokio::test]
async fn a_connector_says_what_it_needs_and_that_its_vendor_has_not_seen_it() {
    let world = World::without_agent(1).await;
    let shown = world.skarv(&["connectors", "show", "hogia-smart"]).await;
    insta::assert_snapshot!(shown.stdout, @"
    connector                    hogia-smart
    title                        Hogia Smart
    version                      0.1.0
    side                         erp
    vendor                       not verified with the vendor
    setting organization_id      Organization id (GUID) (text, required)
    setting base_url             API address (url, default https://api.hogia.se)
    setting token_url            Sign-in address (url, default https://id.hogia.se/connect/token)
    setting api_version          API version (date) (text, default 2025-06-01)
    setting requests_per_second  At most so many requests a second (number, optional)
    secret client_id             Client id (text, required)
    secret client_secret         Client secret (text, required)
    ");
    let listed = world.json(&["connectors", "list"]).await;
    let smart = listed["connectors"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["connector"] == "hogia-smart");
    assert_eq!(smart.unwrap()["verified"], false);
}
