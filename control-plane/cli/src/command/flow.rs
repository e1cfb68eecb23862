//! `skarv flows`.

mod dry_run;
mod preflight;
mod reconcile;
mod revision;
mod settings;
mod update;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use skarv_proto::v1 as pb;

use self::{
    dry_run::DryRun,
    preflight::Preflight,
    reconcile::Reconcile,
    revision::{Revert, Revisions},
    settings::Settings,
    update::Update,
};
use super::{page::Limit, session::Session};
use crate::{
    failure::{Exit, Usage},
    names::InTenant,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List a tenant's flows
    List {
        #[command(flatten)]
        place: InTenant,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one flow
    Show(Named),
    /// Make a flow, switched off
    Create(Create),
    /// Change the settings that a file or arguments name, and show the difference; the others stay. Streams come and go with
    /// their settings
    Update(Update),
    /// Compare the orders of a period with the books; exit code 1 when something differs
    Reconcile(Reconcile),
    /// Say what is missing before a flow is switched on; exit code 1 when something is
    Preflight(Preflight),
    /// Show field by field what the streams would write, and write nothing
    DryRun(DryRun),
    /// List what a flow was at each change, and who changed what
    Revisions(Revisions),
    /// Make a flow what it was, and show the difference
    Revert(Revert),
    /// Switch a flow on: its streams are scheduled from now
    Activate(Named),
    /// Switch a flow off: what was started is settled, nothing is lost
    Pause(Named),
}

#[derive(Args)]
pub(super) struct Named {
    /// The flow
    flow: String,
    #[command(flatten)]
    place: InTenant,
}

impl Named {
    fn name(&self) -> Result<String, Usage> {
        self.place.name("flows", &self.flow)
    }
}

#[derive(Args)]
pub(super) struct Create {
    /// The id within the tenant
    id: String,
    #[command(flatten)]
    place: InTenant,
    /// Which system owns what
    #[arg(long, value_enum)]
    template: Template,
    /// The shop's connection
    #[arg(long)]
    shop: String,
    /// The accounting system's connection
    #[arg(long)]
    erp: String,
    #[command(flatten)]
    settings: Settings,
}

/// Which system owns what in a flow.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Template {
    /// The shop owns the products
    ShopMaster,
    /// The accounting system owns products, prices and stock
    ErpMaster,
    /// The shop owns products, the accounting system prices and stock
    Combined,
}

impl From<Template> for pb::Template {
    fn from(template: Template) -> Self {
        match template {
            Template::ShopMaster => Self::ShopMaster,
            Template::ErpMaster => Self::ErpMaster,
            Template::Combined => Self::Combined,
        }
    }
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let api = &session.api;
        let flow = match self {
            Self::List { place, limit } => {
                list(session, place.parent()?, &limit).await?;
                return Ok(Exit::Done);
            }
            Self::Update(update) => return update.run(session).await,
            Self::Reconcile(reconcile) => return reconcile.run(session).await,
            Self::Preflight(preflight) => return preflight.run(session).await,
            Self::DryRun(dry_run) => return dry_run.run(session).await,
            Self::Revisions(revisions) => return revisions.run(session).await,
            Self::Revert(revert) => return revert.run(session).await,
            Self::Create(create) => create.run(session).await?,
            Self::Show(named) => {
                let request = pb::GetFlowRequest { name: named.name()? };
                api.call(request, async |r| api.flows().get_flow(r).await)
                    .await?
                    .flow
            }
            Self::Activate(named) => {
                let request = pb::ActivateFlowRequest { name: named.name()? };
                api.call(request, async |r| api.flows().activate_flow(r).await)
                    .await?
                    .flow
            }
            Self::Pause(named) => {
                let request = pb::PauseFlowRequest { name: named.name()? };
                api.call(request, async |r| api.flows().pause_flow(r).await)
                    .await?
                    .flow
            }
        };
        session.view.one(&flow.unwrap_or_default())?;
        Ok(Exit::Done)
    }
}

async fn list(session: &Session, parent: String, limit: &Limit) -> anyhow::Result<()> {
    let api = &session.api;
    let fetch = async |page_size, page_token| {
        let request = pb::ListFlowsRequest {
            parent: parent.clone(),
            page_size,
            page_token,
        };
        let page = api
            .call(request, async |r| api.flows().list_flows(r).await)
            .await?;
        Ok((page.flows, page.next_page_token))
    };
    session.view.list("flows", &limit.all(fetch).await?)
}

impl Create {
    async fn run(self, session: &Session) -> anyhow::Result<Option<pb::Flow>> {
        let api = &session.api;
        let request = pb::CreateFlowRequest {
            parent: self.place.parent()?,
            flow_id: self.id,
            flow: Some(pb::Flow {
                template: pb::Template::from(self.template).into(),
                shop_connection: self.place.name("connections", &self.shop)?,
                erp_connection: self.place.name("connections", &self.erp)?,
                ..self.settings.read(session.view.json())?
            }),
            ..pb::CreateFlowRequest::default()
        };
        let answer = api
            .call(request, async |r| api.flows().create_flow(r).await)
            .await?;
        Ok(answer.flow)
    }
}

/// A day, from its first moment in UTC, or an instant.
pub(super) fn date(text: &str) -> Result<DateTime<Utc>, String> {
    let day = text
        .parse::<NaiveDate>()
        .map(|day| day.and_time(NaiveTime::MIN).and_utc());
    day.or_else(|_| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()))
        .map_err(|_| {
            "write a date such as 2026-11-01, or a time such as 2026-11-01T00:00:00+01:00".to_owned()
        })
}
