//! Another master key: a wrong one does not start, a new one goes on where the old one stopped.

use std::{path::Path, sync::Arc};

use skarv_control_plane::{Config, ControlPlane};
use skarv_domain::{Clock, SystemClock, auth::Actor};
use skarv_proto::v1 as pb;
use skarv_store::{Durability, Location, MasterKey, Store, StoreConfig};

use crate::{
    setup::tenant,
    world::{World, quick},
};

const ID: &str = "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77";

fn sealed_with(byte: u8, path: &Path) -> Config {
    let keyed = Config::new(Location::Path(path.to_owned()), [byte; 32]);
    Config {
        database: keyed.database,
        master_key: keyed.master_key,
        ..quick()
    }
}

async fn start(config: Config) -> anyhow::Result<ControlPlane> {
    skarv_control_plane::start(config, Arc::new(SystemClock)).await
}

#[tokio::test]
async fn a_control_plane_with_a_wrong_master_key_does_not_start_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    start(sealed_with(7, &path)).await.unwrap().shutdown().await;
    let told = format!("{:#}", start(sealed_with(8, &path)).await.unwrap_err());
    let (wanted, given) = (MasterKey::new([7; 32]).id(), MasterKey::new([8; 32]).id());
    for word in [
        "cannot open the database",
        wanted.as_str(),
        given.as_str(),
        "previous key",
    ] {
        assert!(told.contains(word), "{told}");
    }
    start(sealed_with(7, &path)).await.unwrap().shutdown().await;
}

#[tokio::test]
async fn under_a_new_master_key_tokens_open_pages_turn_and_repeats_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("skarv.db");
    let world = World::with(sealed_with(7, &path), Arc::new(SystemClock)).await;
    let token = world.exchange(&world.admin_key).await.unwrap();
    let mut tenants = world.caller(&token).tenants();
    let marked = pb::CreateTenantRequest {
        request_id: ID.to_owned(),
        ..tenant("aa")
    };
    let made = tenants.create_tenant(marked.clone()).await.unwrap().into_inner();
    tenants.create_tenant(tenant("bb")).await.unwrap();
    let first = pb::ListTenantsRequest {
        page_size: 1,
        ..pb::ListTenantsRequest::default()
    };
    let page_token = tenants
        .list_tenants(first.clone())
        .await
        .unwrap()
        .into_inner()
        .next_page_token;
    world.plane.shutdown().await;

    let mut both = StoreConfig::new(Location::Path(path.clone()), MasterKey::new([8; 32]));
    both.durability = Durability::Normal;
    both.previous_master_keys = vec![MasterKey::new([7; 32])];
    let clock = Arc::new(SystemClock) as Arc<dyn Clock>;
    let store = Store::open(both, clock).await.unwrap();
    store.reseal(&Actor::system("story")).await.unwrap();
    store.close().await.unwrap();

    let plane = start(sealed_with(8, &path)).await.unwrap();
    assert!(plane.bootstrap_key.is_none());
    let world = World::of(plane, world.admin_key).await;
    let mut tenants = world.caller(&token).tenants();
    assert_eq!(tenants.create_tenant(marked).await.unwrap().into_inner(), made);
    let second = pb::ListTenantsRequest { page_token, ..first };
    let second = tenants.list_tenants(second).await.unwrap().into_inner();
    assert_eq!(second.tenants[0].name, "tenants/bb");
}
