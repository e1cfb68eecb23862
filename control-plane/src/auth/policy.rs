//! Who may call what: the whole table, one line for each RPC.
//!
//! The layer at the edge asks it by the request's path, and each use case asks it again in its first line. **An RPC without
//! a line is refused.** What a permitted caller then sees is the scope's business: a tenant that is not theirs is not found.

use skarv_domain::{
    auth::{
        AuthContext,
        Role::{self, Admin, Agent, Merchant, Partner, Sales, Support},
    },
    error::Error,
};

/// Who may call an RPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Anyone, without a token.
    Anyone,
    /// Whoever has a pool's enrolment token. The use case checks it.
    Enrolling,
    /// These roles, with a token for their audience.
    Roles(&'static [Role]),
}

const STAFF: Who = Who::Roles(&[Admin, Sales, Support]);
const EVERYONE: Who = Who::Roles(&[Admin, Sales, Support, Partner, Merchant]);
const SET_UP: Who = Who::Roles(&[Admin, Sales, Support, Partner]);
const SELL: Who = Who::Roles(&[Admin, Sales, Partner]);
const AGENTS: Who = Who::Roles(&[Agent]);

/// The table, by full method name.
pub(crate) const TABLE: &[(&str, Who)] = &[
    ("skarv.v1.AuthService/ExchangeApiKey", Who::Anyone),
    ("skarv.v1.AuthService/WhoAmI", EVERYONE),
    ("skarv.v1.AuthService/GetJwks", Who::Anyone),
    ("skarv.v1.AuthService/RotateSigningKey", Who::Roles(&[Admin])),
    ("skarv.v1.ApiKeyService/CreateApiKey", EVERYONE),
    ("skarv.v1.ApiKeyService/ListApiKeys", EVERYONE),
    ("skarv.v1.ApiKeyService/RotateApiKey", EVERYONE),
    ("skarv.v1.ApiKeyService/RevokeApiKey", EVERYONE),
    (
        "skarv.v1.PartnerService/CreatePartner",
        Who::Roles(&[Admin, Sales]),
    ),
    ("skarv.v1.PartnerService/GetPartner", SET_UP),
    ("skarv.v1.PartnerService/ListPartners", SET_UP),
    ("skarv.v1.TenantService/CreateTenant", SELL),
    ("skarv.v1.TenantService/GetTenant", EVERYONE),
    ("skarv.v1.TenantService/ListTenants", EVERYONE),
    ("skarv.v1.CatalogService/ListConnectors", EVERYONE),
    ("skarv.v1.CatalogService/GetDataRegister", EVERYONE),
    ("skarv.v1.ConnectionService/CreateConnection", SET_UP),
    ("skarv.v1.ConnectionService/GetConnection", EVERYONE),
    ("skarv.v1.ConnectionService/ListConnections", EVERYONE),
    ("skarv.v1.ConnectionService/SetCredentials", EVERYONE),
    ("skarv.v1.ConnectionService/TestConnection", EVERYONE),
    ("skarv.v1.ConnectionService/DiscoverConnection", EVERYONE),
    ("skarv.v1.ConnectionService/GetDiscovery", EVERYONE),
    ("skarv.v1.FlowService/CreateFlow", SET_UP),
    ("skarv.v1.FlowService/GetFlow", EVERYONE),
    ("skarv.v1.FlowService/ListFlows", EVERYONE),
    ("skarv.v1.FlowService/UpdateFlow", EVERYONE),
    ("skarv.v1.FlowService/ActivateFlow", SET_UP),
    ("skarv.v1.FlowService/PauseFlow", EVERYONE),
    ("skarv.v1.FlowService/ListStreams", EVERYONE),
    ("skarv.v1.FlowService/UpdateStream", EVERYONE),
    ("skarv.v1.FlowService/RunStream", EVERYONE),
    ("skarv.v1.FlowService/StartInitialSync", SET_UP),
    ("skarv.v1.FlowService/ReconcileFlow", EVERYONE),
    ("skarv.v1.FlowService/PreflightFlow", EVERYONE),
    ("skarv.v1.FlowService/DryRunStream", EVERYONE),
    ("skarv.v1.FlowService/ListFlowRevisions", EVERYONE),
    ("skarv.v1.FlowService/RevertFlow", EVERYONE),
    ("skarv.v1.RunService/GetRun", EVERYONE),
    ("skarv.v1.RunService/ListRuns", EVERYONE),
    ("skarv.v1.RunService/WaitRun", EVERYONE),
    ("skarv.v1.RunService/CancelRun", EVERYONE),
    ("skarv.v1.RecordService/GetRecord", EVERYONE),
    ("skarv.v1.RecordService/ListRecords", EVERYONE),
    ("skarv.v1.RecordService/GetStory", EVERYONE),
    ("skarv.v1.RecordService/PreviewReplay", EVERYONE),
    ("skarv.v1.RecordService/ReplayRecords", EVERYONE),
    ("skarv.v1.RecordService/IgnoreRecords", EVERYONE),
    ("skarv.v1.RecordService/ResolveUnknown", EVERYONE),
    ("skarv.v1.AgentPoolService/ListAgents", STAFF),
    (
        "skarv.v1.AgentPoolService/CreateEnrolmentToken",
        Who::Roles(&[Admin]),
    ),
    ("skarv.agent.v1.DispatchService/Register", Who::Enrolling),
    ("skarv.agent.v1.DispatchService/LeaseRuns", AGENTS),
    ("skarv.agent.v1.DispatchService/BatchGetSpecs", AGENTS),
    ("skarv.agent.v1.DispatchService/RenewLeases", AGENTS),
    ("skarv.agent.v1.DispatchService/PrepareWrites", AGENTS),
    ("skarv.agent.v1.DispatchService/Checkpoint", AGENTS),
    ("skarv.agent.v1.DispatchService/FinishRun", AGENTS),
    ("skarv.agent.v1.DispatchService/ReserveRequests", AGENTS),
    ("skarv.agent.v1.DispatchService/ReportThrottle", AGENTS),
    ("skarv.agent.v1.DispatchService/BeginCredentialRefresh", AGENTS),
    ("skarv.agent.v1.DispatchService/StoreCredential", AGENTS),
    ("skarv.agent.v1.DispatchService/Deregister", AGENTS),
    ("grpc.health.v1.Health/Check", Who::Anyone),
    ("grpc.health.v1.Health/Watch", Who::Anyone),
    (
        "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        Who::Anyone,
    ),
];

/// Who may call this method. An RPC without a line is refused, whoever calls.
pub(crate) fn line(method: &str) -> Result<Who, Error> {
    let found = TABLE
        .iter()
        .find(|(name, _)| *name == method)
        .map(|(_, who)| *who);
    found.ok_or_else(|| Error::PermissionDenied {
        reason: "NO_POLICY",
        problem: format!("nobody may call `{method}`: the access policy has no line for it"),
    })
}

/// Whether this caller may call this method.
pub(crate) fn permit(caller: &AuthContext, method: &str) -> Result<(), Error> {
    match line(method)? {
        Who::Anyone => Ok(()),
        Who::Roles(roles) if roles.contains(&caller.role) => Ok(()),
        Who::Roles(_) | Who::Enrolling => Err(Error::PermissionDenied {
            reason: "ROLE_NOT_ALLOWED",
            problem: format!("the role `{}` may not call `{method}`", caller.role.as_str()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::*;

    fn methods(encoded: &[u8]) -> Vec<String> {
        let set = FileDescriptorSet::decode(encoded).unwrap();
        let mut names = Vec::new();
        for file in set.file {
            for service in &file.service {
                let path = |method: &str| format!("{}.{}/{method}", file.package(), service.name());
                names.extend(service.method.iter().map(|method| path(method.name())));
            }
        }
        names
    }

    fn served() -> BTreeSet<String> {
        let sets = [
            skarv_proto::DESCRIPTOR_SET,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        ];
        sets.into_iter().flat_map(methods).collect()
    }

    #[test]
    fn every_rpc_has_one_line_and_every_line_an_rpc() {
        let lines: BTreeSet<String> = TABLE.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(lines, served());
        assert_eq!(lines.len(), TABLE.len(), "a method has two lines");
    }

    #[test]
    fn only_agents_call_what_is_for_agents_and_nothing_else() {
        for (name, who) in TABLE {
            let Who::Roles(roles) = who else { continue };
            let dispatch = name.starts_with("skarv.agent.v1.");
            assert!(roles.iter().all(|role| (*role == Agent) == dispatch), "{name}");
        }
    }

    #[test]
    fn a_method_without_a_line_is_refused() {
        let refused = line("skarv.v1.TenantService/DropEverything");
        assert!(matches!(
            refused,
            Err(Error::PermissionDenied {
                reason: "NO_POLICY",
                ..
            })
        ));
    }
}
