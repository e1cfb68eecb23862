//! `AgentPoolService`: groups of agents, and the tokens they enrol with.

use secrecy::ExposeSecret;
use skarv_domain::error::Result;
use skarv_proto::{
    convert::settings::encode_time,
    v1::{self as pb, agent_pool_service_server::AgentPoolService},
};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};
use crate::app::{agent_pool::AgentView, name::PoolName};

#[tonic::async_trait]
impl AgentPoolService for Grpc {
    async fn list_agents(
        &self,
        request: Request<pb::ListAgentsRequest>,
    ) -> Result<Response<pb::ListAgentsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = match request.parent.as_str() {
                    "" => None,
                    parent => Some(PoolName::parse("parent", parent)?),
                };
                let agents = self.app.agent_list(call.auth()?, parent.as_ref()).await?;
                Ok(pb::ListAgentsResponse {
                    agents: agents.iter().map(encode_agent).collect(),
                })
            }
            .await,
        )
    }

    async fn create_enrolment_token(
        &self,
        request: Request<pb::CreateEnrolmentTokenRequest>,
    ) -> Result<Response<pb::CreateEnrolmentTokenResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let pool = PoolName::parse("parent", &request.parent)?;
                let token = self.app.enrolment_token_create(call.auth()?, &pool).await?;
                Ok(pb::CreateEnrolmentTokenResponse {
                    enrolment_token: token.expose_secret().to_owned(),
                })
            }
            .await,
        )
    }
}

fn encode_agent(view: &AgentView) -> pb::Agent {
    let AgentView { name, agent } = view;
    pb::Agent {
        name: name.to_string(),
        display_name: agent.display_name.clone(),
        version: agent.version.clone(),
        slots: agent.slots,
        last_seen_time: Some(encode_time(agent.seen_at)),
    }
}
