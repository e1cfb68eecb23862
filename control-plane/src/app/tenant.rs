//! Tenants: making, reading and listing merchant companies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
    paging::Listed,
    tenant::{NewTenant, Tenant},
};

use super::{
    App,
    name::{PartnerName, TenantName, named},
    page::{PageRequest, Paged, Pages},
    request::{Once, Options, once},
};
use crate::auth::policy;

const CREATE: &str = "skarv.v1.TenantService/CreateTenant";
const GET: &str = "skarv.v1.TenantService/GetTenant";
const LIST: &str = "skarv.v1.TenantService/ListTenants";

/// A tenant to be made.
#[derive(Clone, Debug)]
pub(crate) struct CreateTenant {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) org_number: String,
    /// The partner that is to look after it.
    pub(crate) partner: Option<PartnerName>,
    pub(crate) options: Options,
}

/// A tenant as the caller sees it.
#[derive(Clone, Debug)]
pub(crate) struct TenantView {
    pub(crate) tenant: Tenant,
    /// The partner that looks after it, if the caller may know.
    pub(crate) partner: Option<PartnerName>,
}

impl App {
    /// Makes a tenant. A partner's tenants are its own.
    pub(crate) async fn tenant_create(
        &self,
        auth: &AuthContext,
        create: CreateTenant,
    ) -> Result<Once<TenantView>> {
        policy::permit(auth, CREATE)?;
        let content = json!([
            create.id,
            create.display_name,
            create.org_number,
            create.partner.as_ref().map(ToString::to_string)
        ]);
        let actor = self.actor(auth, CREATE, &create.options, &content)?;
        let slug = create
            .id
            .parse()
            .map_err(|invalid| Error::invalid("tenant_id", invalid))?;
        let scope = auth.scope()?;
        let name = TenantName { tenant: slug };
        let partner = match &create.partner {
            Some(partner) => Some(self.partner(auth, partner).await?.id),
            None => auth.partner,
        };
        let new = NewTenant {
            slug: name.tenant.clone(),
            partner,
            name: create.display_name,
            org_number: create.org_number,
            pool: None,
        };
        let make = async {
            let made = self.store.tenant_create(&scope, &actor, new).await?;
            self.tenant_view(auth, made).await
        };
        let read = async {
            let made = self.store.tenant_get(&scope, &name.tenant).await?;
            self.tenant_view(auth, made).await
        };
        once(&self.store, &actor, make, read).await
    }

    /// Reads a tenant.
    pub(crate) async fn tenant_get(&self, auth: &AuthContext, name: &TenantName) -> Result<TenantView> {
        policy::permit(auth, GET)?;
        let tenant = self.tenant(auth, name).await?;
        self.tenant_view(auth, tenant).await
    }

    /// Lists the caller's tenants, by name.
    pub(crate) async fn tenant_list(
        &self,
        auth: &AuthContext,
        page: &PageRequest,
    ) -> Result<Paged<TenantView>> {
        policy::permit(auth, LIST)?;
        let pages = Pages::of(&self.page_mac, &[LIST]);
        let Listed { items, next } = self.store.tenant_list(&auth.scope()?, &pages.open(page)?).await?;
        let items = self.tenant_views(auth, items).await?;
        Ok(pages.close(Listed { items, next }))
    }

    async fn tenant_view(&self, auth: &AuthContext, tenant: Tenant) -> Result<TenantView> {
        let views = self.tenant_views(auth, vec![tenant]).await?;
        views
            .into_iter()
            .next()
            .ok_or_else(|| Error::internal("a tenant without a view"))
    }

    async fn tenant_views(&self, auth: &AuthContext, tenants: Vec<Tenant>) -> Result<Vec<TenantView>> {
        let ids: BTreeSet<_> = tenants.iter().filter_map(|tenant| tenant.partner).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let partners = self.store.partner_some(&auth.scope()?, &ids).await?;
        let known: BTreeMap<_, _> = partners
            .into_iter()
            .map(|partner| (partner.id, partner.slug))
            .collect();
        let view = |tenant: Tenant| {
            let slug = tenant.partner.and_then(|id| known.get(&id));
            let partner = slug.cloned().map(|partner| PartnerName { partner });
            TenantView { tenant, partner }
        };
        Ok(tenants.into_iter().map(view).collect())
    }

    /// The tenant that a name leads to, if the caller may see it.
    pub(super) async fn tenant(&self, auth: &AuthContext, name: &TenantName) -> Result<Tenant> {
        self.store
            .tenant_get(&auth.scope()?, &name.tenant)
            .await
            .map_err(|error| named(error, name))
    }
}
