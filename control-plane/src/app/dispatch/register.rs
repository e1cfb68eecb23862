//! An agent makes itself known with its pool's token, and gets one of its own.
//!
//! A connector whose descriptor is not the catalog's gets no work: what it would do is not what was sold.

use std::time::Duration;

use secrecy::SecretString;
use skarv_canonical::{Fingerprint, Reason};
use skarv_domain::{
    agent_pool::NewAgent,
    auth::{AgentSeat, AuthContext, Role},
    error::{Error, Result},
    id::{AgentId, PrincipalId},
};

use crate::{
    app::{App, Settings},
    auth::opaque::{self, Kind},
};

/// Slots that one agent may offer.
const MOST_SLOTS: u32 = 1_000;

/// What an agent says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Register {
    pub(crate) display_name: String,
    pub(crate) version: String,
    pub(crate) slots: u32,
    pub(crate) offers: Vec<Offer>,
    /// The id it had before.
    pub(crate) agent: Option<AgentId>,
}

/// A connector that an agent has.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) connector: String,
    pub(crate) descriptor: Option<Fingerprint>,
}

/// A welcomed agent.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) agent: AgentId,
    pub(crate) token: SecretString,
    pub(crate) token_lasts: Duration,
    pub(crate) lease: Duration,
    pub(crate) renew: Duration,
    /// Connectors that get no work, and why.
    pub(crate) rejected: Vec<(String, Reason)>,
}

impl App {
    /// Makes an agent known, or known anew under the id it had.
    pub(crate) async fn agent_register(
        &self,
        token: &SecretString,
        register: Register,
    ) -> Result<Registered> {
        let prefix = opaque::prefix(Kind::PoolToken, token).ok_or_else(refused)?;
        let enrolment = self
            .store
            .enrolment_token_find(prefix)
            .await?
            .ok_or_else(refused)?;
        let now = self.clock.now();
        let ended = enrolment.expires_at.is_some_and(|at| at <= now);
        if ended || !opaque::proves(token, &enrolment.hash) {
            return Err(refused());
        }
        if register.slots == 0 || register.slots > MOST_SLOTS {
            return Err(Error::invalid("slots", format!("must be 1 to {MOST_SLOTS}")));
        }
        let (accepted, rejected) = self.sift(register.offers);
        let agent = self
            .store
            .agent_register(NewAgent {
                id: register.agent,
                pool: enrolment.pool,
                display_name: register.display_name,
                version: register.version,
                slots: register.slots,
                connectors: accepted,
            })
            .await?;
        let caller = AuthContext {
            principal: PrincipalId::from_uuid(agent.id.as_uuid()),
            role: Role::Agent,
            tenant: None,
            partner: None,
            agent: Some(AgentSeat {
                agent: agent.id,
                pool: agent.pool,
            }),
        };
        let token = self
            .tokens
            .issue(&caller, self.settings.agent_token, now)
            .map_err(Error::internal)?;
        let Settings {
            lease,
            renew,
            agent_token: token_lasts,
            ..
        } = self.settings;
        Ok(Registered {
            agent: agent.id,
            token,
            token_lasts,
            lease,
            renew,
            rejected,
        })
    }

    fn sift(&self, offers: Vec<Offer>) -> (Vec<String>, Vec<(String, Reason)>) {
        let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
        for offer in offers {
            let known = self.catalog.get(&offer.connector);
            match known {
                Some(known) if Some(known.hash()) == offer.descriptor => accepted.push(offer.connector),
                known => rejected.push(rejection(offer.connector, known.is_some())),
            }
        }
        (accepted, rejected)
    }
}

fn rejection(connector: String, known: bool) -> (String, Reason) {
    let code = if known {
        "descriptor_differs"
    } else {
        "connector_unknown"
    };
    let reason = Reason::configuration(code)
        .with("connector", &connector)
        .fix("update_agent");
    (connector, reason)
}

fn refused() -> Error {
    Error::Unauthenticated {
        reason: "ENROLMENT_TOKEN_INVALID",
        problem:
            "the enrolment token is not one of ours or has ended: make a new one with CreateEnrolmentToken"
                .to_owned(),
    }
}
