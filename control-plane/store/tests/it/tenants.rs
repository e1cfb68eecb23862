//! Tenants, partners and what each may see; connections and flows of a tenant.

use skarv_canonical::{Class, Reason};
use skarv_domain::{
    Error,
    auth::Scope,
    connection::ConnectionState,
    flow::FlowState,
    paging::Page,
    run::{RunKind, RunSubject},
    tenant::NewTenant,
};
use skarv_store::NewRun;

use crate::world::*;

fn is_not_found<T: std::fmt::Debug>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound { .. }))
}

/// A world, and the scopes of two strangers in it.
async fn with_strangers() -> (World, [Scope; 2]) {
    let world = World::new().await;
    let (other, ..) = settle(&world.store, "annan").await;
    let partner = world
        .store
        .partner_create(&actor(), new_partner("byran"))
        .await
        .unwrap();
    (world, [Scope::Tenant(other.id), Scope::Partner(partner.id)])
}

#[tokio::test]
async fn another_tenants_rows_are_not_found() {
    let (world, strangers) = with_strangers().await;
    world.park(&["1"], None).await;
    let run = world.request().await.id;
    let (store, tenant) = (&world.store, world.tenant.id);
    for scope in &strangers {
        assert!(is_not_found(&store.tenant_get(scope, &world.tenant.slug).await));
        assert!(is_not_found(&store.tenant_by_id(scope, tenant).await));
        assert!(is_not_found(
            &store.connection_get(scope, tenant, &slug("shop")).await
        ));
        assert!(is_not_found(&store.connection_by_id(scope, world.shop.id).await));
        assert!(is_not_found(
            &store.flow_get(scope, tenant, &slug("orders")).await
        ));
        assert!(is_not_found(&store.stream_by_id(scope, world.stream).await));
        assert!(is_not_found(&store.run_get(scope, run).await));
        assert!(is_not_found(&store.record_get(scope, world.stream, "1").await));
        assert!(is_not_found(&store.record_story(scope, world.stream, "1").await));
        assert_eq!(store.run_result(scope, run).await.unwrap(), None);
    }
}

#[tokio::test]
async fn another_tenants_rows_are_not_changed() {
    let (world, strangers) = with_strangers().await;
    world.park(&["1"], None).await;
    let run = world.request().await.id;
    let (store, by, stream) = (&world.store, &actor(), world.stream);
    for scope in &strangers {
        let check = NewRun {
            kind: RunKind::Check,
            subject: RunSubject::Connection(world.shop.id),
        };
        let keys = vec!["1".to_owned()];
        assert!(is_not_found(
            &store
                .connection_set_secrets(scope, by, world.shop.id, secrets("x"))
                .await
        ));
        assert!(is_not_found(&store.flow_activate(scope, by, world.flow.id).await));
        assert!(is_not_found(&store.flow_pause(scope, by, world.flow.id).await));
        assert!(is_not_found(&store.stream_request(scope, by, stream).await));
        assert!(is_not_found(&store.stream_unblock(scope, by, stream).await));
        assert!(is_not_found(
            &store.stream_set_verify(scope, by, stream, true).await
        ));
        assert!(is_not_found(&store.run_cancel(scope, by, run).await));
        assert!(is_not_found(&store.run_enqueue(scope, by, check).await));
        assert!(is_not_found(&store.record_replay(scope, by, stream, keys).await));
        assert!(is_not_found(
            &store.tenant_allow_until(scope, by, world.tenant.id, None).await
        ));
    }
}

#[tokio::test]
async fn another_tenants_rows_are_in_no_list() {
    let (world, strangers) = with_strangers().await;
    world.park(&["1"], None).await;
    let (store, tenant, page) = (&world.store, world.tenant.id, &Page::first(10));
    for scope in &strangers {
        assert_eq!(
            store.connection_list(scope, tenant, page).await.unwrap().items,
            []
        );
        assert_eq!(store.flow_list(scope, tenant, page).await.unwrap().items, []);
        assert_eq!(store.run_list(scope, tenant, page).await.unwrap().items, []);
        assert_eq!(
            store
                .record_list(scope, world.stream, None, page)
                .await
                .unwrap()
                .items,
            []
        );
        assert_eq!(
            store.audit_list(scope, Some(tenant), page).await.unwrap().items,
            []
        );
        assert_eq!(store.stream_list(scope, world.flow.id).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_flow_over_another_tenants_connections_is_not_made() {
    let world = World::new().await;
    let (other, ..) = settle(&world.store, "annan").await;
    let stolen = new_flow(&other, &world.shop, &world.erp);
    assert!(is_not_found(
        &world.store.flow_create(&STAFF, &actor(), stolen).await
    ));
}

#[tokio::test]
async fn a_partner_sees_its_own_tenants_and_makes_only_such() {
    let world = World::new().await;
    let partner = world
        .store
        .partner_create(&actor(), new_partner("byran"))
        .await
        .unwrap();
    let scope = Scope::Partner(partner.id);
    let new = NewTenant {
        slug: slug("kund"),
        partner: None,
        name: "Kund".to_owned(),
        org_number: String::new(),
        pool: None,
    };
    let made = world.store.tenant_create(&scope, &actor(), new).await.unwrap();
    assert_eq!(made.partner, Some(partner.id));
    let listed = world.store.tenant_list(&scope, &Page::first(10)).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&made));
    let shop = connect(&world.store, &made, "shop", "prestashop").await;
    assert_eq!(world.store.connection_by_id(&scope, shop.id).await.unwrap(), shop);
    assert_eq!(
        world.store.partner_get(&scope, &slug("byran")).await.unwrap(),
        partner
    );
}

#[tokio::test]
async fn tenants_are_listed_by_name_page_by_page() {
    let world = World::new().await;
    for name in ["cykel", "apotek", "delikatess"] {
        settle(&world.store, name).await;
    }
    let mut page = Page::first(3);
    let first = world.store.tenant_list(&STAFF, &page).await.unwrap();
    page.after = first.next;
    let second = world.store.tenant_list(&STAFF, &page).await.unwrap();
    let names: Vec<_> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|tenant| tenant.name.as_str())
        .collect();
    assert_eq!(names, ["apotek", "bagarn", "cykel", "delikatess"]);
    assert_eq!(second.next, None);
    page.after = Some("nonsense".to_owned());
    assert!(matches!(
        world.store.tenant_list(&STAFF, &page).await,
        Err(Error::InvalidArgument { .. })
    ));
}

#[tokio::test]
async fn a_name_that_is_taken_is_said_to_be() {
    let world = World::new().await;
    let again = NewTenant {
        slug: slug("bagarn"),
        partner: None,
        name: "Another".to_owned(),
        org_number: String::new(),
        pool: None,
    };
    let taken = world.store.tenant_create(&STAFF, &actor(), again).await;
    assert_eq!(taken, Err(Error::already_exists("tenant", "bagarn")));
    let twice = new_flow(&world.tenant, &world.shop, &world.erp);
    let taken = world.store.flow_create(&STAFF, &actor(), twice).await;
    assert_eq!(taken, Err(Error::already_exists("flow", "orders")));
}

#[tokio::test]
async fn a_flow_over_an_untested_shop_is_not_switched_on() {
    let world = World::resting(config(skarv_store::Location::Temporary)).await;
    let refused = world.store.flow_activate(&STAFF, &actor(), world.flow.id).await;
    assert!(matches!(
        refused,
        Err(Error::FailedPrecondition {
            reason: "CONNECTION_NOT_TESTED",
            ..
        })
    ));
    world.activate().await;
    let flow = world
        .store
        .flow_get(&STAFF, world.tenant.id, &slug("orders"))
        .await
        .unwrap();
    assert_eq!((flow.state, flow.etag), (FlowState::Active, 2));
}

#[tokio::test]
async fn the_same_shop_keeps_its_reference_and_another_gets_another() {
    let world = World::new().await;
    let reference = |connection: skarv_domain::connection::Connection| connection.shop_ref.unwrap();
    let first = reference(world.store.connection_by_id(&STAFF, world.shop.id).await.unwrap());
    let again = connect(&world.store, &world.tenant, "shop-again", "prestashop").await;
    world.check(world.agent, again.id, "shop.example/1", None).await;
    assert_eq!(
        reference(world.store.connection_by_id(&STAFF, again.id).await.unwrap()),
        first
    );
    let other = connect(&world.store, &world.tenant, "shop-b", "prestashop").await;
    world.check(world.agent, other.id, "shop.example/2", None).await;
    assert_ne!(
        reference(world.store.connection_by_id(&STAFF, other.id).await.unwrap()),
        first
    );
}

#[tokio::test]
async fn a46_another_shop_behind_a_known_connection_blocks_it_and_changes_no_reference() {
    let world = World::new().await;
    let before = world.store.connection_by_id(&STAFF, world.shop.id).await.unwrap();
    world
        .check(world.agent, world.shop.id, "shop.example/reinstalled", None)
        .await;
    let after = world.store.connection_by_id(&STAFF, world.shop.id).await.unwrap();
    assert_eq!(after.shop_ref, before.shop_ref);
    assert_eq!(after.state, ConnectionState::Blocked);
    assert_eq!(after.block_reason.unwrap().code, "shop_changed");
}

#[tokio::test]
async fn a_test_that_finds_something_wrong_blocks_the_connection_until_it_passes() {
    let world = World::new().await;
    let problem = Reason::new(Class::Credentials, "sign_in_refused");
    world
        .check(world.agent, world.erp.id, "", Some(problem.clone()))
        .await;
    let blocked = world.store.connection_by_id(&STAFF, world.erp.id).await.unwrap();
    assert_eq!(
        (blocked.state, blocked.block_reason),
        (ConnectionState::Blocked, Some(problem))
    );
    world.check(world.agent, world.erp.id, "", None).await;
    let fine = world.store.connection_by_id(&STAFF, world.erp.id).await.unwrap();
    assert_eq!((fine.state, fine.block_reason), (ConnectionState::Ok, None));
    assert!(fine.etag > blocked.etag);
}
