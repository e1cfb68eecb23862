//! `skarv partners`.

use clap::Subcommand;
use skarv_proto::v1 as pb;

use super::{page::Limit, session::Session};
use crate::{failure::Exit, names};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the partners that the key sees
    List(Limit),
    /// Show one partner
    Show {
        /// The partner
        partner: String,
    },
    /// Make a partner; give it an API key next
    Create {
        /// The id: lower-case letters, digits and hyphens
        id: String,
        /// What people call the agency
        #[arg(long)]
        display_name: String,
    },
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        match self {
            Self::List(limit) => list(session, &limit).await,
            Self::Show { partner } => show(session, &partner).await,
            Self::Create { id, display_name } => create(session, id, display_name).await,
        }?;
        Ok(Exit::Done)
    }
}

async fn list(session: &Session, limit: &Limit) -> anyhow::Result<()> {
    let api = &session.api;
    let fetch = async |page_size, page_token| {
        let request = pb::ListPartnersRequest {
            page_size,
            page_token,
        };
        let page = api
            .call(request, async |r| api.partners().list_partners(r).await)
            .await?;
        Ok((page.partners, page.next_page_token))
    };
    session.view.list("partners", &limit.all(fetch).await?)
}

async fn show(session: &Session, partner: &str) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::GetPartnerRequest {
        name: names::within("partners", partner),
    };
    let answer = api
        .call(request, async |r| api.partners().get_partner(r).await)
        .await?;
    session.view.one(&answer.partner.unwrap_or_default())
}

async fn create(session: &Session, partner_id: String, display_name: String) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::CreatePartnerRequest {
        partner_id,
        partner: Some(pb::Partner {
            display_name,
            ..pb::Partner::default()
        }),
        ..pb::CreatePartnerRequest::default()
    };
    let answer = api
        .call(request, async |r| api.partners().create_partner(r).await)
        .await?;
    session.view.one(&answer.partner.unwrap_or_default())
}
