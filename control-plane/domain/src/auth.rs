//! Who calls, what they may see, and what is written down about what they change.
//!
//! A scope is the only way to start a query. Which call needs which role is the policy table's business, not this file's.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    id::{AgentId, PartnerId, PoolId, PrincipalId, TenantId},
};

/// What a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Operator's staff: everything.
    Admin,
    /// Operator's staff: tenants and packages.
    Sales,
    /// Operator's staff: sees everything, sends orders again.
    Support,
    /// An agency: its own tenants.
    Partner,
    /// A user at a tenant.
    Merchant,
    /// A worker process.
    Agent,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Admin,
        Self::Sales,
        Self::Support,
        Self::Partner,
        Self::Merchant,
        Self::Agent,
    ];

    /// The stable name, as stored and in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Sales => "sales",
            Self::Support => "support",
            Self::Partner => "partner",
            Self::Merchant => "merchant",
            Self::Agent => "agent",
        }
    }

    /// The role of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// What a query may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One tenant.
    Tenant(TenantId),
    /// The tenants of one partner.
    Partner(PartnerId),
    /// Every tenant, for the operator's staff.
    Staff,
    /// Every tenant, for work of our own; says what for.
    System(&'static str),
}

/// Who calls. Made from a token, once, by the layer at the edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthContext {
    /// The caller.
    pub principal: PrincipalId,
    /// What they are.
    pub role: Role,
    /// The tenant of a merchant.
    pub tenant: Option<TenantId>,
    /// The partner of a partner.
    pub partner: Option<PartnerId>,
    /// The seat of an agent.
    pub agent: Option<AgentSeat>,
}

/// An agent and the pool it works for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentSeat {
    /// The agent.
    pub agent: AgentId,
    /// Its pool.
    pub pool: PoolId,
}

impl AuthContext {
    /// What the caller's queries may see. Agents see nothing but their runs, so they have none.
    pub fn scope(&self) -> Result<Scope> {
        let scope = match self.role {
            Role::Admin | Role::Sales | Role::Support => Some(Scope::Staff),
            Role::Partner => self.partner.map(Scope::Partner),
            Role::Merchant => self.tenant.map(Scope::Tenant),
            Role::Agent => None,
        };
        scope.ok_or_else(|| Error::PermissionDenied {
            reason: "NO_SCOPE",
            problem: format!("the role `{}` sees no tenants", self.role.as_str()),
        })
    }

    /// The caller, for the audit log of this method.
    pub fn actor(&self, method: impl Into<String>) -> Actor {
        Actor {
            who: format!("{}:{}", self.role.as_str(), self.principal),
            method: method.into(),
            request: None,
            validate_only: false,
        }
    }
}

/// On whose behalf something changes. Every change that concerns people writes an audit row that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The caller, such as `partner:018f…`.
    pub who: String,
    /// The method that was called, such as `skarv.v1.FlowService/CreateFlow`.
    pub method: String,
    /// The caller's own mark of the request, stored with the change so that a repeat is seen.
    pub request: Option<RequestMark>,
    /// Check everything, then change nothing.
    pub validate_only: bool,
}

impl Actor {
    /// Skarv itself; says what for.
    pub fn system(method: impl Into<String>) -> Self {
        Self {
            who: "system".to_owned(),
            method: method.into(),
            request: None,
            validate_only: false,
        }
    }

    /// The same, with the caller's mark of the request.
    #[must_use]
    pub fn with_request(mut self, request: RequestMark) -> Self {
        self.request = Some(request);
        self
    }

    /// The same, checking only.
    #[must_use]
    pub fn validate_only(mut self, yes: bool) -> Self {
        self.validate_only = yes;
        self
    }
}

/// The caller's mark of a request: the same mark with the same content is the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestMark {
    /// The caller.
    pub principal: PrincipalId,
    /// The caller's id of the request.
    pub request: Uuid,
    /// The method that was called.
    pub method: String,
    /// SHA-256 over the request without its id.
    pub body_hash: [u8; 32],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::from_micros;

    fn caller(role: Role) -> AuthContext {
        let principal = PrincipalId::new(from_micros(1_770_000_000_000_000));
        AuthContext {
            principal,
            role,
            tenant: None,
            partner: None,
            agent: None,
        }
    }

    #[test]
    fn only_staff_see_every_tenant() {
        for role in Role::ALL {
            let staff = matches!(role, Role::Admin | Role::Sales | Role::Support);
            assert_eq!(caller(role).scope() == Ok(Scope::Staff), staff, "{role:?}");
        }
    }

    #[test]
    fn a_partner_without_a_partner_id_sees_nothing() {
        assert!(caller(Role::Partner).scope().is_err());
    }
}
