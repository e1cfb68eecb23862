//! `skarv whoami` and `skarv signing-keys`.

use clap::Subcommand;
use skarv_proto::v1 as pb;

use super::session::Session;
use crate::failure::Exit;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Let a new key take over; tokens of older keys open until they end by themselves
    Rotate,
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let (Self::Rotate, api) = (self, &session.api);
        let request = pb::RotateSigningKeyRequest {};
        let answer = api
            .call(request, async |r| api.auth().rotate_signing_key(r).await)
            .await?;
        session.view.one(&answer)?;
        Ok(Exit::Done)
    }
}

pub(super) async fn whoami(session: &Session) -> anyhow::Result<Exit> {
    let api = &session.api;
    let answer = api
        .call(pb::WhoAmIRequest {}, async |r| api.auth().who_am_i(r).await)
        .await?;
    session.view.one(&answer)?;
    Ok(Exit::Done)
}
