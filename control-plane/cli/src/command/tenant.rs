//! `skarv tenants`.

use clap::{Args, Subcommand};
use skarv_proto::v1 as pb;

use super::{page::Limit, session::Session};
use crate::{failure::Exit, names};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the tenants that the key sees
    List(Limit),
    /// Show one tenant
    Show {
        /// The tenant
        tenant: String,
    },
    /// Make a tenant
    Create(Create),
}

#[derive(Args)]
pub(super) struct Create {
    /// The id: lower-case letters, digits and hyphens
    id: String,
    /// What people call the company
    #[arg(long)]
    display_name: String,
    /// Its Swedish organisation number
    #[arg(long, default_value = "")]
    org_number: String,
    /// The agency that looks after it
    #[arg(long)]
    partner: Option<String>,
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        match self {
            Self::List(limit) => list(session, &limit).await,
            Self::Show { tenant } => show(session, &tenant).await,
            Self::Create(create) => create.run(session).await,
        }?;
        Ok(Exit::Done)
    }
}

async fn list(session: &Session, limit: &Limit) -> anyhow::Result<()> {
    let api = &session.api;
    let fetch = async |page_size, page_token| {
        let request = pb::ListTenantsRequest {
            page_size,
            page_token,
        };
        let page = api
            .call(request, async |r| api.tenants().list_tenants(r).await)
            .await?;
        Ok((page.tenants, page.next_page_token))
    };
    session.view.list("tenants", &limit.all(fetch).await?)
}

async fn show(session: &Session, tenant: &str) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::GetTenantRequest {
        name: names::tenant(tenant),
    };
    let answer = api
        .call(request, async |r| api.tenants().get_tenant(r).await)
        .await?;
    session.view.one(&answer.tenant.unwrap_or_default())
}

impl Create {
    async fn run(self, session: &Session) -> anyhow::Result<()> {
        let api = &session.api;
        let partner = self.partner.map(|given| names::within("partners", &given));
        let request = pb::CreateTenantRequest {
            tenant_id: self.id,
            tenant: Some(pb::Tenant {
                display_name: self.display_name,
                org_number: self.org_number,
                partner: partner.unwrap_or_default(),
                ..pb::Tenant::default()
            }),
            ..pb::CreateTenantRequest::default()
        };
        let answer = api
            .call(request, async |r| api.tenants().create_tenant(r).await)
            .await?;
        session.view.one(&answer.tenant.unwrap_or_default())
    }
}
