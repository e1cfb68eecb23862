//! Tenants: making, reading and listing merchant companies.

use serde_json::json;
use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
    tenant::{NewTenant, Tenant},
};

use super::{
    App,
    name::{TenantName, named},
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
    pub(crate) options: Options,
}

impl App {
    /// Makes a tenant. A partner's tenants are its own.
    pub(crate) async fn tenant_create(
        &self,
        auth: &AuthContext,
        create: CreateTenant,
    ) -> Result<Once<Tenant>> {
        policy::permit(auth, CREATE)?;
        let content = json!([create.id, create.display_name, create.org_number]);
        let actor = self.actor(auth, CREATE, &create.options, &content)?;
        let slug = create
            .id
            .parse()
            .map_err(|invalid| Error::invalid("tenant_id", invalid))?;
        let scope = auth.scope()?;
        let name = TenantName { tenant: slug };
        let new = NewTenant {
            slug: name.tenant.clone(),
            partner: auth.partner,
            name: create.display_name,
            org_number: create.org_number,
            pool: None,
        };
        let make = self.store.tenant_create(&scope, &actor, new);
        once(
            &self.store,
            &actor,
            make,
            self.store.tenant_get(&scope, &name.tenant),
        )
        .await
    }

    /// Reads a tenant.
    pub(crate) async fn tenant_get(&self, auth: &AuthContext, name: &TenantName) -> Result<Tenant> {
        policy::permit(auth, GET)?;
        self.tenant(auth, name).await
    }

    /// Lists the caller's tenants, by name.
    pub(crate) async fn tenant_list(&self, auth: &AuthContext, page: &PageRequest) -> Result<Paged<Tenant>> {
        policy::permit(auth, LIST)?;
        let pages = Pages::of(&self.page_mac, &[LIST]);
        let listed = self.store.tenant_list(&auth.scope()?, &pages.open(page)?).await?;
        Ok(pages.close(listed))
    }

    /// The tenant that a name leads to, if the caller may see it.
    pub(super) async fn tenant(&self, auth: &AuthContext, name: &TenantName) -> Result<Tenant> {
        self.store
            .tenant_get(&auth.scope()?, &name.tenant)
            .await
            .map_err(|error| named(error, name))
    }
}
