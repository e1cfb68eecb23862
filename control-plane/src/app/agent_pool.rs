//! Pools of agents: who is there, and the tokens that agents enrol with.

use secrecy::SecretString;
use skarv_domain::{
    agent_pool::Agent,
    auth::AuthContext,
    error::{Error, Result},
};

use super::{
    App,
    name::{AgentName, PoolName, named},
};
use crate::auth::{
    opaque::{self, Kind, Minted},
    policy,
};

const LIST: &str = "skarv.v1.AgentPoolService/ListAgents";
const CREATE_TOKEN: &str = "skarv.v1.AgentPoolService/CreateEnrolmentToken";

/// An agent as staff see it.
#[derive(Clone, Debug)]
pub(crate) struct AgentView {
    pub(crate) name: AgentName,
    pub(crate) agent: Agent,
}

impl App {
    /// Lists agents, by pool and name.
    pub(crate) async fn agent_list(
        &self,
        auth: &AuthContext,
        parent: Option<&PoolName>,
    ) -> Result<Vec<AgentView>> {
        policy::permit(auth, LIST)?;
        let pools = match parent {
            Some(name) => vec![
                self.store
                    .pool_get(&name.pool)
                    .await
                    .map_err(|error| named(error, name))?,
            ],
            None => self.store.pool_list().await?,
        };
        let mut agents = Vec::new();
        for pool in pools {
            let of_pool = self.store.agent_list(Some(pool.id)).await?;
            agents.extend(of_pool.into_iter().map(|agent| AgentView {
                name: AgentName {
                    pool: pool.slug.clone(),
                    agent: agent.id,
                },
                agent,
            }));
        }
        Ok(agents)
    }

    /// Makes a token that agents of a pool enrol with. The pool is made when it does not exist.
    pub(crate) async fn enrolment_token_create(
        &self,
        auth: &AuthContext,
        name: &PoolName,
    ) -> Result<SecretString> {
        policy::permit(auth, CREATE_TOKEN)?;
        let actor = auth.actor(CREATE_TOKEN);
        let pool = self.store.pool_ensure(&actor, &name.pool).await?;
        let Minted { text, prefix, hash } = opaque::mint(Kind::PoolToken).map_err(Error::internal)?;
        self.store
            .enrolment_token_create(&actor, pool.id, &prefix, hash, None)
            .await?;
        Ok(text)
    }
}
