//! `skarv connectors`.

use anyhow::anyhow;
use clap::Subcommand;
use skarv_proto::v1 as pb;

use super::session::Session;
use crate::failure::Exit;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the connectors of this release
    List,
    /// Show one connector with its settings and secrets
    Show {
        /// The connector, such as prestashop
        id: String,
    },
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let connectors = connectors(session).await?;
        match self {
            Self::List => session.view.list("connectors", &connectors)?,
            Self::Show { id } => {
                let known: Vec<_> = connectors.iter().map(|c| c.connector.clone()).collect();
                let connector = connectors.into_iter().find(|c| c.connector == id);
                let none = || {
                    anyhow!(
                        "there is no connector `{id}`: this release has {}",
                        known.join(", ")
                    )
                };
                session.view.one(&connector.ok_or_else(none)?)?;
            }
        }
        Ok(Exit::Done)
    }
}

async fn connectors(session: &Session) -> anyhow::Result<Vec<pb::Connector>> {
    let api = &session.api;
    let request = pb::ListConnectorsRequest {};
    let answer = api
        .call(request, async |r| api.catalog().list_connectors(r).await)
        .await?;
    Ok(answer.connectors)
}
