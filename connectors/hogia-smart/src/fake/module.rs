//! What the company has bought, and what the client may see of it: calls of a module that is not there are refused with a code,
//! calls that a client has no right to with a text. The switches are among the faults.

use axum::http::StatusCode;

use super::errors::{Code, Flaw, Refusal};
use super::state::Company;

/// Refuses a call of something that the company or its client does not have.
pub(super) fn permitted(company: &Company, path: &str) -> Result<(), Refusal> {
    let plan = company.faults.plan();
    match path.split('/').nth(2).unwrap_or_default() {
        "financialyears" | "vatsettings" | "vatcodes" | "currencies" if plan.without_accounting => {
            Err(not_bought("Bokföring"))
        }
        "contacts" | "customerinvoices" if plan.without_invoicing => Err(not_bought("Fakturering")),
        "items" | "stockbalances" if plan.without_item_rights => {
            let said = "klienten saknar rättighet till artiklar".to_owned();
            Err(Refusal::Text(StatusCode::FORBIDDEN, said))
        }
        _ => Ok(()),
    }
}

fn not_bought(module: &str) -> Refusal {
    let said = format!("modulen {module} ingår inte");
    let flaw = Flaw::new(Code::ModuleMissing, module, said);
    Refusal::List(StatusCode::FORBIDDEN, vec![flaw])
}
