//! `skarv flows revisions` and `skarv flows revert`: what a flow was, who changed it, and the way back.

use clap::Args;
use skarv_proto::v1 as pb;

use super::{Named, update};
use crate::{
    command::{page::Limit, session::Session},
    failure::Exit,
    show,
};

#[derive(Args)]
pub(in crate::command) struct Revisions {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    limit: Limit,
}

impl Revisions {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let (api, parent) = (&session.api, self.named.name()?);
        let fetch = async |page_size, page_token| {
            let request = pb::ListFlowRevisionsRequest {
                parent: parent.clone(),
                page_size,
                page_token,
            };
            let page = api.call(request, async |r| api.flows().list_flow_revisions(r).await);
            let page = page.await?;
            Ok((page.revisions, page.next_page_token))
        };
        let revisions = self.limit.all(fetch).await?;
        if session.view.is_json() {
            session.view.list("revisions", &revisions)?;
        } else {
            show::say(&show::revisions(&revisions, session.view.lang()))?;
        }
        Ok(Exit::Done)
    }
}

#[derive(Args)]
pub(in crate::command) struct Revert {
    #[command(flatten)]
    named: Named,
    /// The revision to go back to
    #[arg(long, value_name = "NUMBER")]
    to: u64,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Revert {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let (api, name) = (&session.api, self.named.name()?);
        let request = pb::GetFlowRequest { name: name.clone() };
        let before = api.call(request, async |r| api.flows().get_flow(r).await).await?;
        let before = before.flow.unwrap_or_default();
        let request = pb::RevertFlowRequest {
            name,
            revision: self.to,
            etag: before.etag.clone(),
            validate_only: self.dry_run,
            ..pb::RevertFlowRequest::default()
        };
        let after = api.call(request, async |r| api.flows().revert_flow(r).await);
        let after = after.await?.flow.unwrap_or_default();
        update::show(&session.view, &before, &after, self.dry_run)?;
        Ok(Exit::Done)
    }
}
