//! `skarv connections`. Secrets come from files and stdin, never from arguments.

mod discover;

use std::collections::HashMap;

use clap::{Args, Subcommand};
use skarv_proto::v1 as pb;

use self::discover::Discover;
use super::{page::Limit, session::Session, wait};
use crate::{
    failure::{Exit, Usage},
    names::InTenant,
    secret, show,
};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List a tenant's connections
    List {
        #[command(flatten)]
        place: InTenant,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one connection, without its secrets
    Show(Named),
    /// Make a connection; test it next
    Create(Create),
    /// Replace all secrets of a connection
    SetCredentials {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        secrets: secret::Given,
    },
    /// Let an agent try the connection; fails when something does not work
    Test(Named),
    /// Show what the system has to choose from in settings: states, carriers, accounts and the like
    Discover(Discover),
}

#[derive(Args)]
pub(super) struct Named {
    /// The connection
    connection: String,
    #[command(flatten)]
    place: InTenant,
}

impl Named {
    fn name(&self) -> Result<String, Usage> {
        self.place.name("connections", &self.connection)
    }
}

#[derive(Args)]
pub(super) struct Create {
    /// The id within the tenant
    id: String,
    #[command(flatten)]
    place: InTenant,
    /// The connector, such as prestashop
    #[arg(long)]
    connector: String,
    /// A setting, such as base_url=https://shop.example.se
    #[arg(long, value_name = "NAME=VALUE", value_parser = secret::pair)]
    set: Vec<(String, String)>,
    #[command(flatten)]
    secrets: secret::Given,
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        match self {
            Self::List { place, limit } => list(session, place.parent()?, &limit).await?,
            Self::Show(named) => show(session, named.name()?).await?,
            Self::Create(create) => create.run(session).await?,
            Self::SetCredentials { named, secrets } => {
                set_credentials(session, named.name()?, secrets.read()?).await?;
            }
            Self::Test(named) => return test(session, named.name()?).await,
            Self::Discover(discover) => return discover.run(session).await,
        }
        Ok(Exit::Done)
    }
}

async fn list(session: &Session, parent: String, limit: &Limit) -> anyhow::Result<()> {
    let api = &session.api;
    let fetch = async |page_size, page_token| {
        let request = pb::ListConnectionsRequest {
            parent: parent.clone(),
            page_size,
            page_token,
        };
        let page = api.call(request, async |r| api.connections().list_connections(r).await);
        let page = page.await?;
        Ok((page.connections, page.next_page_token))
    };
    session.view.list("connections", &limit.all(fetch).await?)
}

async fn show(session: &Session, name: String) -> anyhow::Result<()> {
    let api = &session.api;
    let request = pb::GetConnectionRequest { name };
    let answer = api.call(request, async |r| api.connections().get_connection(r).await);
    session.view.one(&answer.await?.connection.unwrap_or_default())
}

impl Create {
    async fn run(self, session: &Session) -> anyhow::Result<()> {
        let api = &session.api;
        let request = pb::CreateConnectionRequest {
            parent: self.place.parent()?,
            connection_id: self.id,
            connection: Some(pb::Connection {
                connector: self.connector,
                settings: once_each(self.set)?,
                ..pb::Connection::default()
            }),
            secrets: self.secrets.read()?,
            ..pb::CreateConnectionRequest::default()
        };
        let answer = api.call(request, async |r| api.connections().create_connection(r).await);
        session.view.one(&answer.await?.connection.unwrap_or_default())
    }
}

fn once_each(pairs: Vec<(String, String)>) -> Result<HashMap<String, String>, Usage> {
    let mut settings = HashMap::new();
    for (name, value) in pairs {
        if settings.contains_key(&name) {
            return Err(Usage::new(format!("the setting `{name}` is given twice")));
        }
        settings.insert(name, value);
    }
    Ok(settings)
}

async fn set_credentials(
    session: &Session,
    name: String,
    secrets: HashMap<String, String>,
) -> anyhow::Result<()> {
    if secrets.is_empty() {
        return Err(Usage::new("which secrets? Name them with --secret-file or --secret-stdin").into());
    }
    let api = &session.api;
    let request = pb::SetCredentialsRequest { name, secrets };
    let answer = api.call(request, async |r| api.connections().set_credentials(r).await);
    session.view.one(&answer.await?.connection.unwrap_or_default())
}

async fn test(session: &Session, name: String) -> anyhow::Result<Exit> {
    let api = &session.api;
    let request = pb::TestConnectionRequest { name };
    let started = api.call(request, async |r| api.connections().test_connection(r).await);
    let run = started.await?.run.unwrap_or_default();
    let (run, exit) = wait::until_ended(session, run, wait::TEST).await?;
    session.view.told(&run, |lang| show::check(&run, lang))?;
    let items = run.check.iter().flat_map(|check| &check.items);
    let broken = items.filter(|item| item.problem.is_some()).count() > 0;
    Ok(match exit {
        Exit::Done if broken => Exit::Failed,
        exit => exit,
    })
}
