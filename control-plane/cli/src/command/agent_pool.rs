//! `skarv agents` and `skarv pools`.

use clap::{Args, Subcommand};
use skarv_proto::v1 as pb;

use super::session::Session;
use crate::{failure::Exit, names, secret, show::Once};

#[derive(Subcommand)]
pub(super) enum Agents {
    /// List agents, by pool and name
    List {
        /// Only those of this pool
        #[arg(long)]
        pool: Option<String>,
    },
}

#[derive(Subcommand)]
pub(super) enum Pools {
    /// Make a token that agents of the pool enrol with; the pool is made when it does not exist
    Token(Token),
}

#[derive(Args)]
pub(super) struct Token {
    /// The pool, such as default
    pool: String,
    #[command(flatten)]
    out: secret::Into,
}

impl Agents {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let (Self::List { pool }, api) = (self, &session.api);
        let pool = pool.map(|given| names::within("pools", &given));
        let request = pb::ListAgentsRequest {
            parent: pool.unwrap_or_default(),
        };
        let answer = api
            .call(request, async |r| api.pools().list_agents(r).await)
            .await?;
        session.view.list("agents", &answer.agents)?;
        Ok(Exit::Done)
    }
}

impl Pools {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let Self::Token(token) = self;
        let (api, file) = (&session.api, token.out.open()?);
        let parent = names::within("pools", &token.pool);
        let note = format!("A token for agents of {parent}. This is the only time it is shown.");
        let request = pb::CreateEnrolmentTokenRequest { parent };
        let answer = api.call(request, async |r| api.pools().create_enrolment_token(r).await);
        let answer = answer.await?;
        let once = Once {
            answer: session.view.json().write(&answer)?,
            field: "enrolment_token",
            secret: &answer.enrolment_token,
            note: &note,
        };
        session.view.once(&once, file)?;
        Ok(Exit::Done)
    }
}
