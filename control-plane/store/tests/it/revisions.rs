//! What a flow was at each change: numbered from one, never changed, and kept apart by tenant.

use skarv_domain::{
    Error,
    auth::Scope,
    flow::{Flow, Revision},
    paging::Page,
};

use crate::world::{STAFF, World, actor, change, settle, start};

impl World {
    /// Changes the flow so that its invoices are due in so many days.
    async fn due_in(&self, days: u32) -> Flow {
        let flow = self.store.flow_by_id(&STAFF, self.flow.id).await.unwrap();
        let mut spec = flow.spec.clone();
        spec.orders.payment_terms_days = days;
        let changed = change(&flow, spec);
        self.store.flow_update(&STAFF, &actor(), changed).await.unwrap()
    }

    async fn revisions(&self, page: &Page) -> (Vec<(Revision, Option<Revision>)>, Option<String>) {
        let listed = self
            .store
            .flow_revision_list(&STAFF, self.flow.id, page)
            .await
            .unwrap();
        (listed.items, listed.next)
    }
}

fn numbers(revisions: &[(Revision, Option<Revision>)]) -> Vec<(u64, Option<u64>)> {
    let pair = |(revision, before): &(Revision, Option<Revision>)| {
        (revision.number, before.as_ref().map(|before| before.number))
    };
    revisions.iter().map(pair).collect()
}

#[tokio::test]
async fn changes_are_numbered_from_one_and_switching_a_flow_on_is_none() {
    let world = World::new().await;
    assert_eq!(world.flow.revision, 1);
    let on = world.store.flow_by_id(&STAFF, world.flow.id).await.unwrap();
    assert!(on.etag > world.flow.etag);
    assert_eq!(on.revision, 1);
    assert_eq!(world.due_in(10).await.revision, 2);
    assert_eq!(world.due_in(20).await.revision, 3);
    let (all, next) = world.revisions(&Page::first(10)).await;
    assert_eq!(numbers(&all), [(3, Some(2)), (2, Some(1)), (1, None)]);
    assert_eq!(next, None);
    let (newest, before) = &all[0];
    let terms = |revision: &Revision| revision.spec.orders.payment_terms_days;
    assert_eq!((terms(newest), before.as_ref().map(terms)), (20, Some(10)));
    assert_eq!((newest.author.as_str(), newest.created_at), ("system", start()));
}

#[tokio::test]
async fn the_last_revision_of_a_page_knows_the_one_before_it_on_the_next() {
    let world = World::new().await;
    for days in [10, 11, 12] {
        world.due_in(days).await;
    }
    let (first, next) = world.revisions(&Page::first(2)).await;
    assert_eq!(numbers(&first), [(4, Some(3)), (3, Some(2))]);
    let page = Page { size: 2, after: next };
    let (second, next) = world.revisions(&page).await;
    assert_eq!((numbers(&second), next), (vec![(2, Some(1)), (1, None)], None));
}

#[tokio::test]
async fn a_revision_is_read_by_its_number_and_only_by_who_may_see_the_flow() {
    let world = World::new().await;
    world.due_in(10).await;
    let get = async |scope: &Scope, number| {
        let found = world.store.flow_revision_get(scope, world.flow.id, number).await;
        found.map(|revision| revision.spec.orders.payment_terms_days)
    };
    assert_eq!((get(&STAFF, 1).await, get(&STAFF, 2).await), (Ok(30), Ok(10)));
    assert!(matches!(get(&STAFF, 3).await, Err(Error::NotFound { .. })));
    let (stranger, ..) = settle(&world.store, "kvarnen").await;
    assert!(get(&Scope::Tenant(stranger.id), 1).await.is_err());
}
