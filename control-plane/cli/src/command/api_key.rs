//! `skarv keys`. A new key is printed once and never kept by Skarv.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use skarv_proto::{convert::settings::encode_time, v1 as pb};

use super::{flow::date, session::Session};
use crate::{
    failure::Exit,
    names, secret,
    show::{Named, Once},
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the keys of one owner, newest first
    List(Owner),
    /// Make a key
    Create(Create),
    /// Make a key in the place of another, which goes on working for a while
    Rotate(Rotate),
    /// Take a key back at once
    Revoke {
        /// The key's name: what stands between "skarv_key_" and the next "_"
        key: String,
    },
}

#[derive(Args)]
pub(super) struct Owner {
    /// The partner whose keys they are [default: your own]
    #[arg(long)]
    partner: Option<String>,
}

impl Owner {
    fn name(&self) -> String {
        let partner = self.partner.as_ref();
        partner.map_or_else(
            || "principals/me".to_owned(),
            |given| names::within("partners", given),
        )
    }
}

#[derive(Args)]
pub(super) struct Create {
    #[command(flatten)]
    owner: Owner,
    /// What people call the key, such as "nightly script"
    #[arg(long)]
    display_name: String,
    /// When it ends, as a date or an RFC 3339 time [default: it does not]
    #[arg(long, value_parser = date)]
    expires: Option<DateTime<Utc>>,
    #[command(flatten)]
    out: secret::Into,
}

#[derive(Args)]
pub(super) struct Rotate {
    /// The key's name: what stands between "skarv_key_" and the next "_"
    key: String,
    /// Hours that the old key goes on working; 0 ends it at once
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(i64).range(0..=720))]
    overlap_hours: i64,
    #[command(flatten)]
    out: secret::Into,
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        match self {
            Self::List(owner) => list(session, owner.name()).await,
            Self::Create(create) => create.run(session).await,
            Self::Rotate(rotate) => rotate.run(session).await,
            Self::Revoke { key } => revoke(session, &key).await,
        }?;
        Ok(Exit::Done)
    }
}

async fn list(session: &Session, parent: String) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::ListApiKeysRequest { parent };
    let answer = api
        .call(request, async |r| api.keys().list_api_keys(r).await)
        .await?;
    session.view.list("api_keys", &answer.api_keys)
}

impl Create {
    async fn run(self, session: &Session) -> anyhow::Result<()> {
        let (api, file) = (&session.api, self.out.open()?);
        let request = pb::CreateApiKeyRequest {
            parent: self.owner.name(),
            display_name: self.display_name,
            expire_time: self.expires.map(encode_time),
            ..pb::CreateApiKeyRequest::default()
        };
        let answer = api
            .call(request, async |r| api.keys().create_api_key(r).await)
            .await?;
        let made = answer.api_key.clone().unwrap_or_default().name;
        let note = format!("{made} is made. This is the only time it is shown.");
        once(session, &answer, &answer.secret, &note, file)
    }
}

impl Rotate {
    async fn run(self, session: &Session) -> anyhow::Result<()> {
        let (api, file) = (&session.api, self.out.open()?);
        let request = pb::RotateApiKeyRequest {
            name: names::within("apiKeys", &self.key),
            overlap: Some(prost_types::Duration {
                seconds: self.overlap_hours * 3600,
                nanos: 0,
            }),
            ..pb::RotateApiKeyRequest::default()
        };
        let answer = api
            .call(request, async |r| api.keys().rotate_api_key(r).await)
            .await?;
        let made = answer.api_key.clone().unwrap_or_default().name;
        let old = answer.replaced.clone().unwrap_or_default().name;
        let note = format!(
            "{made} takes over from {old}, which works for {} more hours. This is the only time it is shown.",
            self.overlap_hours
        );
        once(session, &answer, &answer.secret, &note, file)
    }
}

fn once<M: Named>(
    session: &Session,
    answer: &M,
    secret: &str,
    note: &str,
    file: Option<secret::NewFile>,
) -> anyhow::Result<()> {
    let once = Once {
        answer: session.view.json().write(answer)?,
        field: "secret",
        secret,
        note,
    };
    session.view.once(&once, file)
}

async fn revoke(session: &Session, key: &str) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::RevokeApiKeyRequest {
        name: names::within("apiKeys", key),
    };
    let answer = api
        .call(request, async |r| api.keys().revoke_api_key(r).await)
        .await?;
    session.view.one(&answer.api_key.unwrap_or_default())
}
