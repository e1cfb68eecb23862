//! Work for agents: an agent makes itself known, takes runs, asks before it writes, tells what has happened, and ends.
//!
//! What an agent may do with a run is decided by its lease, in the store's own transaction; here is who asks, and what
//! never touches a run. Every call may be repeated.

mod connection;
mod finish;
pub(crate) mod lease;
mod page;
mod register;

pub(crate) use connection::Connecting;
pub(crate) use finish::{Finish, Finished};
pub(crate) use lease::{LeaseAsk, Leases};
pub(crate) use register::{Offer, Register, Registered};

use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
    id::AgentId,
};
use skarv_store::{HeldRun, RenewAnswer};

use super::App;
use crate::auth::policy;

const RENEW: &str = "skarv.agent.v1.DispatchService/RenewLeases";
const DEREGISTER: &str = "skarv.agent.v1.DispatchService/Deregister";

/// The agent that calls, once the policy allows the call. An agent speaks only for itself.
fn seat(auth: &AuthContext, method: &str, agent_id: &str) -> Result<AgentId> {
    policy::permit(auth, method)?;
    let refused = |reason, problem: &str| Error::PermissionDenied {
        reason,
        problem: problem.to_owned(),
    };
    let seat = auth
        .agent
        .ok_or_else(|| refused("NO_AGENT", "the token speaks of no agent: register again"))?;
    let named = agent_id.is_empty() || agent_id.parse() == Ok(seat.agent);
    if named {
        Ok(seat.agent)
    } else {
        Err(refused(
            "OTHER_AGENT",
            "the token is another agent's: send your own",
        ))
    }
}

impl App {
    /// Keeps leases; tells what was lost, cancelled or paused.
    pub(crate) async fn leases_renew(
        &self,
        auth: &AuthContext,
        agent_id: &str,
        last_poll_seq: u64,
        held: Vec<HeldRun>,
    ) -> Result<RenewAnswer> {
        let agent = seat(auth, RENEW, agent_id)?;
        self.store.run_renew(agent, last_poll_seq, held).await
    }

    /// Says goodbye to an agent; whatever it still holds goes back to the queue.
    pub(crate) async fn agent_deregister(&self, auth: &AuthContext, agent_id: &str) -> Result<()> {
        let agent = seat(auth, DEREGISTER, agent_id)?;
        self.store.agent_deregister(agent).await
    }
}
