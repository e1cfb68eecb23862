//! What a company has not bought, or does not let us see (`CONTRACT.md`, modules).

use skarv_connector::Error;

use crate::flaw::Flaw;

const MODULE_MISSING: &str = "module_missing";
const PERMISSION_MISSING: &str = "permission_missing";
const NOT_BOUGHT: u64 = 1_000_001;

/// A call that is not allowed. A module is called as Hogia sells it, in every language.
pub(super) fn denied(flaws: &[Flaw], resource: &str) -> Error {
    let module = module_of(resource).filter(|_| flaws.iter().any(|flaw| flaw.code == NOT_BOUGHT));
    match module {
        Some(module) => Error::configuration(MODULE_MISSING)
            .with("module", module)
            .fix("turn_on_module"),
        None => Error::configuration(PERMISSION_MISSING)
            .with("resource", resource)
            .fix("grant_permission"),
    }
}

pub(crate) fn is_denied(error: &Error) -> bool {
    matches!(error.reason.code.as_str(), MODULE_MISSING | PERMISSION_MISSING)
}

fn module_of(resource: &str) -> Option<&'static str> {
    match resource {
        "financialyears" | "vatsettings" | "vatcodes" | "currencies" => Some("Bokföring"),
        "contacts" | "customerinvoices" => Some("Fakturering"),
        _ => None,
    }
}
