//! Resource names, read and written in one place: `tenants/{tenant}/flows/{flow}/streams/{kind}` and its kin.
//!
//! A name that cannot be one is an invalid argument of the field it stood in; whether what it names exists, and is the
//! caller's, is found out later.

use std::fmt;

use skarv_canonical::spec::StreamKind;
use skarv_domain::{
    Slug,
    error::{Error, Result},
    id::{AgentId, RunId},
    stream::parse_kind,
};

/// `partners/{partner}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartnerName {
    pub(crate) partner: Slug,
}

/// `apiKeys/{prefix}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiKeyName {
    pub(crate) prefix: String,
}

/// Whose API keys: `partners/{partner}`, or `principals/me`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyParent {
    /// A partner's.
    Partner(PartnerName),
    /// The caller's own.
    Me,
}

/// `tenants/{tenant}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TenantName {
    pub(crate) tenant: Slug,
}

/// `tenants/{tenant}/connections/{connection}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionName {
    pub(crate) tenant: Slug,
    pub(crate) connection: Slug,
}

/// `tenants/{tenant}/flows/{flow}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlowName {
    pub(crate) tenant: Slug,
    pub(crate) flow: Slug,
}

/// `tenants/{tenant}/flows/{flow}/streams/{kind}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamName {
    pub(crate) flow: FlowName,
    pub(crate) kind: StreamKind,
}

/// `tenants/{tenant}/flows/{flow}/streams/{kind}/records/{source key}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordName {
    pub(crate) stream: StreamName,
    /// As the source gave it, slashes and all.
    pub(crate) source_key: String,
}

/// `tenants/{tenant}/runs/{run}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunName {
    pub(crate) tenant: Slug,
    pub(crate) run: RunId,
}

/// `pools/{pool}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PoolName {
    pub(crate) pool: Slug,
}

/// `pools/{pool}/agents/{agent}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgentName {
    pub(crate) pool: Slug,
    pub(crate) agent: AgentId,
}

impl PartnerName {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        let [partner] = parts(field, name, "partners/{partner}", ["partners"])?;
        Ok(Self {
            partner: slug(field, partner)?,
        })
    }
}

impl ApiKeyName {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        let [prefix] = parts(field, name, "apiKeys/{prefix}", ["apiKeys"])?;
        // what is no prefix may be a whole key, which is not to be said back
        if prefix.is_empty() || prefix.len() > 32 || !prefix.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Error::invalid(
                field,
                "must read `apiKeys/{prefix}`, with the part of the key between `skarv_key_` and the next `_`",
            ));
        }
        Ok(Self {
            prefix: prefix.to_owned(),
        })
    }
}

impl KeyParent {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        if name == "principals/me" {
            return Ok(Self::Me);
        }
        let form = "partners/{partner}` or `principals/me";
        let [partner] = parts(field, name, form, ["partners"])?;
        let partner = slug(field, partner)?;
        Ok(Self::Partner(PartnerName { partner }))
    }
}

impl TenantName {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        let [tenant] = parts(field, name, "tenants/{tenant}", ["tenants"])?;
        Ok(Self {
            tenant: slug(field, tenant)?,
        })
    }
}

impl ConnectionName {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        let form = "tenants/{tenant}/connections/{connection}";
        let [tenant, connection] = parts(field, name, form, ["tenants", "connections"])?;
        Ok(Self {
            tenant: slug(field, tenant)?,
            connection: slug(field, connection)?,
        })
    }
}

impl FlowName {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        let [tenant, flow] = parts(field, name, "tenants/{tenant}/flows/{flow}", ["tenants", "flows"])?;
        Ok(Self {
            tenant: slug(field, tenant)?,
            flow: slug(field, flow)?,
        })
    }
}

impl StreamName {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        let form = "tenants/{tenant}/flows/{flow}/streams/{kind}";
        let [tenant, flow, stream] = parts(field, name, form, ["tenants", "flows", "streams"])?;
        let kind = parse_kind(stream).ok_or_else(|| {
            Error::invalid(
                field,
                format!("`{stream}` is no kind of stream: use one such as `orders`"),
            )
        })?;
        Ok(Self {
            flow: FlowName {
                tenant: slug(field, tenant)?,
                flow: slug(field, flow)?,
            },
            kind,
        })
    }
}

impl RecordName {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        let form = "tenants/{tenant}/flows/{flow}/streams/{kind}/records/{source key}";
        let (stream, source_key) = name
            .split_once("/records/")
            .ok_or_else(|| malformed(field, form))?;
        if source_key.is_empty() {
            return Err(malformed(field, form));
        }
        Ok(Self {
            stream: StreamName::parse(field, stream)?,
            source_key: source_key.to_owned(),
        })
    }
}

impl RunName {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        let [tenant, run] = parts(field, name, "tenants/{tenant}/runs/{run}", ["tenants", "runs"])?;
        let run = run.parse().map_err(|invalid| Error::invalid(field, invalid))?;
        Ok(Self {
            tenant: slug(field, tenant)?,
            run,
        })
    }
}

impl PoolName {
    pub(crate) fn parse(field: &str, name: &str) -> Result<Self> {
        let [pool] = parts(field, name, "pools/{pool}", ["pools"])?;
        Ok(Self {
            pool: slug(field, pool)?,
        })
    }
}

/// A thing that does not exist, by the name that the caller used.
pub(super) fn named(error: Error, name: &impl ToString) -> Error {
    match error {
        Error::NotFound { kind, .. } => Error::not_found(kind, name.to_string()),
        other => other,
    }
}

/// The ids of a name whose collections must be these.
fn parts<'a, const N: usize>(
    field: &str,
    name: &'a str,
    form: &str,
    collections: [&str; N],
) -> Result<[&'a str; N]> {
    let mut segments = name.split('/');
    let mut ids = [""; N];
    for (id, collection) in ids.iter_mut().zip(collections) {
        match (segments.next(), segments.next()) {
            (Some(found), Some(value)) if found == collection => *id = value,
            _ => return Err(malformed(field, form)),
        }
    }
    if segments.next().is_some() {
        Err(malformed(field, form))
    } else {
        Ok(ids)
    }
}

/// What was given is not repeated: it may be a secret in the wrong place.
fn malformed(field: &str, form: &str) -> Error {
    Error::invalid(field, format!("must read `{form}`"))
}

fn slug(field: &str, text: &str) -> Result<Slug> {
    text.parse().map_err(|invalid| Error::invalid(field, invalid))
}

impl fmt::Display for PartnerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "partners/{}", self.partner)
    }
}

impl fmt::Display for ApiKeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "apiKeys/{}", self.prefix)
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tenants/{}", self.tenant)
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tenants/{}/connections/{}", self.tenant, self.connection)
    }
}

impl fmt::Display for FlowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tenants/{}/flows/{}", self.tenant, self.flow)
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/streams/{}", self.flow, self.kind.as_str())
    }
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/records/{}", self.stream, self.source_key)
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tenants/{}/runs/{}", self.tenant, self.run)
    }
}

impl fmt::Display for PoolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pools/{}", self.pool)
    }
}

impl fmt::Display for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pools/{}/agents/{}", self.pool, self.agent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_as_it_was_written() {
        for name in [
            "tenants/bagarn/connections/shop",
            "tenants/bagarn/connections/erp-2",
        ] {
            assert_eq!(ConnectionName::parse("name", name).unwrap().to_string(), name);
        }
        let stream = "tenants/bagarn/flows/orders/streams/order-status";
        assert_eq!(StreamName::parse("name", stream).unwrap().to_string(), stream);
    }

    #[test]
    fn a_whole_key_in_the_place_of_its_name_is_refused_and_not_said_back() {
        for name in ["apiKeys/skarv_key_0123456789ab_c2VjcmV0", "apiKeys/", "apiKeys/å"] {
            let refused = ApiKeyName::parse("name", name).unwrap_err();
            assert!(!refused.to_string().contains("c2VjcmV0"), "{refused}");
        }
        assert_eq!(
            ApiKeyName::parse("name", "apiKeys/0123456789ab").unwrap().prefix,
            "0123456789ab"
        );
    }

    #[test]
    fn a_source_key_may_hold_slashes() {
        let name = "tenants/bagarn/flows/f1/streams/orders/records/2026/1042";
        let record = RecordName::parse("name", name).unwrap();
        assert_eq!(record.source_key, "2026/1042");
        assert_eq!(record.to_string(), name);
    }

    #[test]
    fn a_name_of_another_form_is_refused_with_the_form_to_use() {
        for name in [
            "",
            "tenants",
            "tenants/",
            "tenants/bagarn/flows/f1",
            "shops/bagarn",
            "tenants/Bagarn",
            "tenants/bagarn/",
        ] {
            let Err(Error::InvalidArgument { field, .. }) = TenantName::parse("parent", name) else {
                panic!("`{name}` was taken")
            };
            assert_eq!(field, "parent");
        }
    }
}
