//! Partners: making, reading and listing agencies.

use serde_json::json;
use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
    partner::{NewPartner, Partner},
};

use super::{
    App,
    name::{PartnerName, named},
    page::{PageRequest, Paged, Pages},
    request::{Once, Options, once},
};
use crate::auth::policy;

const CREATE: &str = "skarv.v1.PartnerService/CreatePartner";
const GET: &str = "skarv.v1.PartnerService/GetPartner";
const LIST: &str = "skarv.v1.PartnerService/ListPartners";

/// A partner to be made.
#[derive(Clone, Debug)]
pub(crate) struct CreatePartner {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) options: Options,
}

impl App {
    /// Makes a partner.
    pub(crate) async fn partner_create(
        &self,
        auth: &AuthContext,
        create: CreatePartner,
    ) -> Result<Once<Partner>> {
        policy::permit(auth, CREATE)?;
        let content = json!([create.id, create.display_name]);
        let actor = self.actor(auth, CREATE, &create.options, &content)?;
        let slug = create
            .id
            .parse()
            .map_err(|invalid| Error::invalid("partner_id", invalid))?;
        let scope = auth.scope()?;
        let name = PartnerName { partner: slug };
        let new = NewPartner {
            slug: name.partner.clone(),
            name: create.display_name,
        };
        let make = self.store.partner_create(&actor, new);
        let read = self.store.partner_get(&scope, &name.partner);
        once(&self.store, &actor, make, read).await
    }

    /// Reads a partner.
    pub(crate) async fn partner_get(&self, auth: &AuthContext, name: &PartnerName) -> Result<Partner> {
        policy::permit(auth, GET)?;
        self.partner(auth, name).await
    }

    /// Lists the partners that the caller may see, by id.
    pub(crate) async fn partner_list(
        &self,
        auth: &AuthContext,
        page: &PageRequest,
    ) -> Result<Paged<Partner>> {
        policy::permit(auth, LIST)?;
        let pages = Pages::of(&self.page_mac, &[LIST]);
        let listed = self
            .store
            .partner_list(&auth.scope()?, &pages.open(page)?)
            .await?;
        Ok(pages.close(listed))
    }

    /// The partner that a name leads to, if the caller may see it.
    pub(super) async fn partner(&self, auth: &AuthContext, name: &PartnerName) -> Result<Partner> {
        self.store
            .partner_get(&auth.scope()?, &name.partner)
            .await
            .map_err(|error| named(error, name))
    }
}
