//! Agencies: who makes them, who sees them, and whose tenants are theirs.

use skarv_domain::auth::Role;
use skarv_proto::v1 as pb;
use tonic::{Code, Status};

use crate::{
    setup::tenant,
    world::{Caller, World, field, reason},
};

const ID: &str = "0b5d7a74-c5e0-4f4c-9f1a-3b1f0d6a9e77";

fn partner(id: &str) -> pb::CreatePartnerRequest {
    pb::CreatePartnerRequest {
        partner_id: id.to_owned(),
        partner: Some(pb::Partner {
            display_name: format!("{id} AB"),
            ..pb::Partner::default()
        }),
        ..pb::CreatePartnerRequest::default()
    }
}

async fn create(caller: &Caller, request: pb::CreatePartnerRequest) -> Result<pb::Partner, Status> {
    let answer = caller.partners().create_partner(request).await?.into_inner();
    Ok(answer.partner.unwrap())
}

async fn get(caller: &Caller, name: &str) -> Result<pb::Partner, Status> {
    let name = name.to_owned();
    let answer = caller
        .partners()
        .get_partner(pb::GetPartnerRequest { name })
        .await?;
    Ok(answer.into_inner().partner.unwrap())
}

async fn list(caller: &Caller, page_size: i32, page_token: String) -> pb::ListPartnersResponse {
    let request = pb::ListPartnersRequest {
        page_size,
        page_token,
    };
    caller
        .partners()
        .list_partners(request)
        .await
        .unwrap()
        .into_inner()
}

/// A tenant that is to be this partner's.
async fn tenant_of(caller: &Caller, id: &str, partner: &str) -> Result<pb::Tenant, Status> {
    let mut request = tenant(id);
    request.tenant.as_mut().unwrap().partner = partner.to_owned();
    let answer = caller.tenants().create_tenant(request).await?.into_inner();
    Ok(answer.tenant.unwrap())
}

async fn read(caller: &Caller, name: &str) -> pb::Tenant {
    let name = name.to_owned();
    let answer = caller.tenants().get_tenant(pb::GetTenantRequest { name }).await;
    answer.unwrap().into_inner().tenant.unwrap()
}

#[tokio::test]
async fn admins_and_sales_make_partners_and_nobody_else_does() {
    let world = World::start().await;
    let (admin, sales) = (world.admin().await, world.person(Role::Sales, None).await);
    let made = create(&admin, partner("webbyran")).await.unwrap();
    assert_eq!(
        (made.name.as_str(), made.display_name.as_str()),
        ("partners/webbyran", "webbyran AB")
    );
    assert!(made.create_time.is_some());
    assert_eq!(get(&admin, "partners/webbyran").await.unwrap(), made);
    create(&sales, partner("kodarna")).await.unwrap();
    let others = [
        world.person(Role::Support, None).await,
        world.partner("mera").await,
    ];
    for other in others {
        let refused = create(&other, partner("egen")).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::PermissionDenied, "ROLE_NOT_ALLOWED")
        );
    }
}

#[tokio::test]
async fn a_partner_sees_itself_and_no_other() {
    let world = World::start().await;
    let (mine, _) = (world.partner("webbyran").await, world.partner("kodarna").await);
    let own = get(&mine, "partners/webbyran").await.unwrap();
    for hidden in ["partners/kodarna", "partners/nobody"] {
        assert_eq!(get(&mine, hidden).await.unwrap_err().code(), Code::NotFound);
    }
    assert_eq!(list(&mine, 0, String::new()).await.partners, [own]);
    let support = world.person(Role::Support, None).await;
    assert_eq!(list(&support, 0, String::new()).await.partners.len(), 2);
}

#[tokio::test]
async fn partners_are_listed_by_id_page_by_page() {
    let world = World::start().await;
    let admin = world.admin().await;
    for id in ["cc", "aa", "bb"] {
        create(&admin, partner(id)).await.unwrap();
    }
    let first = list(&admin, 2, String::new()).await;
    let second = list(&admin, 500, first.next_page_token).await;
    let names: Vec<_> = first
        .partners
        .iter()
        .chain(&second.partners)
        .map(|partner| partner.name.as_str())
        .collect();
    assert_eq!(names, ["partners/aa", "partners/bb", "partners/cc"]);
    assert_eq!(second.next_page_token, "");
}

#[tokio::test]
async fn a_repeat_makes_no_second_partner_and_a_check_makes_none() {
    let world = World::start().await;
    let admin = world.admin().await;
    let check = pb::CreatePartnerRequest {
        validate_only: true,
        request_id: ID.to_owned(),
        ..partner("webbyran")
    };
    create(&admin, check).await.unwrap();
    assert_eq!(
        get(&admin, "partners/webbyran").await.unwrap_err().code(),
        Code::NotFound
    );
    let marked = pb::CreatePartnerRequest {
        request_id: ID.to_owned(),
        ..partner("webbyran")
    };
    let first = create(&admin, marked.clone()).await.unwrap();
    assert_eq!(create(&admin, marked).await.unwrap(), first);
    let taken = create(&admin, partner("webbyran")).await.unwrap_err();
    assert_eq!(taken.code(), Code::AlreadyExists);
    let mut nameless = partner("kodarna");
    nameless.partner.as_mut().unwrap().display_name = " ".to_owned();
    let refused = create(&admin, nameless).await.unwrap_err();
    assert_eq!(field(&refused), "partner.display_name");
}

#[tokio::test]
async fn staff_choose_whose_a_tenant_is() {
    let world = World::start().await;
    let (admin, mine) = (world.admin().await, world.partner("webbyran").await);
    let made = tenant_of(&admin, "bagarn", "partners/webbyran").await.unwrap();
    assert_eq!(made.partner, "partners/webbyran");
    assert_eq!(read(&mine, "tenants/bagarn").await, made);
    let own = tenant_of(&admin, "kvarnen", "").await.unwrap();
    assert_eq!(own.partner, "");
    let unknown = tenant_of(&admin, "smedjan", "partners/nobody").await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let malformed = tenant_of(&admin, "smedjan", "webbyran").await.unwrap_err();
    assert_eq!(field(&malformed), "tenant.partner");
}

#[tokio::test]
async fn what_a_partner_makes_is_its_own_and_never_anothers() {
    let world = World::start().await;
    let (mine, other) = (world.partner("webbyran").await, world.partner("kodarna").await);
    for (id, sent) in [("bagarn", ""), ("kvarnen", "partners/webbyran")] {
        assert_eq!(
            tenant_of(&mine, id, sent).await.unwrap().partner,
            "partners/webbyran"
        );
    }
    let foisted = tenant_of(&mine, "smedjan", "partners/kodarna").await.unwrap_err();
    assert_eq!(foisted.code(), Code::NotFound);
    let tenants = |caller: Caller| async move {
        let request = pb::ListTenantsRequest::default();
        let listed = caller.tenants().list_tenants(request).await.unwrap();
        listed.into_inner().tenants
    };
    let listed = tenants(mine).await;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|tenant| tenant.partner == "partners/webbyran"));
    assert_eq!(tenants(other).await, []);
}

#[tokio::test]
async fn a_merchant_is_not_told_whose_tenant_it_is() {
    let world = World::start().await;
    let mine = world.partner("webbyran").await;
    tenant_of(&mine, "bagarn", "").await.unwrap();
    let scope = skarv_domain::auth::Scope::Staff;
    let bagarn = world
        .plane
        .store()
        .tenant_get(&scope, &"bagarn".parse().unwrap())
        .await
        .unwrap();
    let merchant = world.merchant(bagarn.id).await;
    assert_eq!(read(&merchant, "tenants/bagarn").await.partner, "");
}
