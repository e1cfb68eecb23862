//! Resource names as people give them: whole, `tenants/a/flows/b`, or short, `b`, with the tenant and the flow beside it.
//!
//! Nothing is looked up here: a name that does not exist is the server's to refuse.

use clap::Args;

use crate::failure::Usage;

/// Where short names belong.
#[derive(Args, Debug, Clone)]
pub(crate) struct InTenant {
    /// The tenant that short names belong to
    #[arg(long, env = "SKARV_TENANT")]
    tenant: Option<String>,
}

/// Where short names of streams and records belong.
#[derive(Args, Debug, Clone)]
pub(crate) struct InFlow {
    #[command(flatten)]
    tenant: InTenant,
    /// The flow, by its id or its whole name
    #[arg(long)]
    flow: Option<String>,
}

/// The tenant's whole name.
pub(crate) fn tenant(given: &str) -> String {
    within("tenants", given)
}

/// A name in a collection that stands at the top, such as `partners`.
pub(crate) fn within(collection: &str, given: &str) -> String {
    if given.starts_with(&format!("{collection}/")) {
        given.to_owned()
    } else {
        format!("{collection}/{given}")
    }
}

/// The stream of a record's name, and the record's key, slashes and all.
pub(crate) fn record_parts(name: &str) -> Option<(&str, &str)> {
    name.split_once("/records/")
}

impl InTenant {
    /// The tenant's whole name.
    pub(crate) fn parent(&self) -> Result<String, Usage> {
        let given = self.tenant.as_deref();
        given
            .map(tenant)
            .ok_or_else(|| Usage::new("which tenant? Name it with --tenant or SKARV_TENANT"))
    }

    /// A whole name in one of the tenant's collections.
    pub(crate) fn name(&self, collection: &str, given: &str) -> Result<String, Usage> {
        if given.starts_with("tenants/") {
            return Ok(given.to_owned());
        }
        let parent = self.parent().map_err(|_| {
            Usage::new(format!(
                "`{given}` is a short name: say whose with --tenant, or write tenants/TENANT/{collection}/{given}"
            ))
        })?;
        Ok(format!("{parent}/{collection}/{given}"))
    }
}

impl InFlow {
    /// The stream's whole name.
    pub(crate) fn stream(&self, given: &str) -> Result<String, Usage> {
        if given.starts_with("tenants/") {
            return Ok(given.to_owned());
        }
        let flow = self.flow.as_deref().ok_or_else(|| {
            Usage::new(format!(
                "`{given}` is a short name: say whose with --flow and --tenant, or write tenants/TENANT/flows/FLOW/streams/{given}"
            ))
        })?;
        let flow = self.tenant.name("flows", flow)?;
        Ok(format!("{flow}/streams/{given}"))
    }

    /// The record's whole name.
    pub(crate) fn record(&self, stream: &str, given: &str) -> Result<String, Usage> {
        if given.starts_with("tenants/") {
            return Ok(given.to_owned());
        }
        Ok(format!("{}/records/{given}", self.stream(stream)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(tenant: Option<&str>, flow: Option<&str>) -> InFlow {
        InFlow {
            tenant: InTenant {
                tenant: tenant.map(str::to_owned),
            },
            flow: flow.map(str::to_owned),
        }
    }

    #[test]
    fn a_short_name_is_completed_with_what_stands_beside_it() {
        let place = flow(Some("a"), Some("f"));
        let record = "tenants/a/flows/f/streams/orders/records/1042";
        assert_eq!(place.record("orders", "1042").unwrap(), record);
        assert_eq!(
            place.tenant.name("connections", "shop").unwrap(),
            "tenants/a/connections/shop"
        );
    }

    #[test]
    fn a_whole_name_stands_for_itself() {
        let name = "tenants/b/flows/g/streams/orders";
        assert_eq!(flow(None, None).stream(name).unwrap(), name);
        assert_eq!(flow(Some("a"), Some("f")).stream(name).unwrap(), name);
        let whole = flow(None, Some("tenants/a/flows/f"));
        assert_eq!(
            whole.stream("orders").unwrap(),
            "tenants/a/flows/f/streams/orders"
        );
    }

    #[test]
    fn a_short_name_without_its_place_is_refused_with_both_ways_to_say_it() {
        let problem = flow(None, None)
            .tenant
            .name("connections", "shop")
            .unwrap_err()
            .to_string();
        assert!(problem.contains("--tenant"), "{problem}");
        assert!(problem.contains("tenants/TENANT/connections/shop"), "{problem}");
    }
}
