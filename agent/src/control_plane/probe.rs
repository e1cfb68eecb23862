//! One question to the control plane over a connection of its own, for whoever checks the way to it. Signs in to nothing.

use std::time::Duration;

use anyhow::{anyhow, bail};
use tokio::time::timeout;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{
    client::endpoint,
    error::{CallError, distrust, story},
};
use crate::config::AgentConfig;

const ANSWER: Duration = Duration::from_secs(10);

/// Whether the control plane says that it is well. An error says what does not work on the way to it.
pub(crate) async fn probe(config: &AgentConfig) -> anyhow::Result<()> {
    match timeout(ANSWER, ask(config)).await {
        Ok(answer) => answer,
        Err(_elapsed) => bail!("no answer within {} s", ANSWER.as_secs()),
    }
}

async fn ask(config: &AgentConfig) -> anyhow::Result<()> {
    let connecting = endpoint(config)?.connect().await;
    let channel = connecting.map_err(|error| anyhow!(distrust(&error).unwrap_or_else(|| story(&error))))?;
    let answer = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await;
    match answer
        .map_err(|status| CallError::from(&status))?
        .into_inner()
        .status()
    {
        ServingStatus::Serving => Ok(()),
        other => bail!("it answers and says {other:?}: look at its log"),
    }
}
