//! The connection test: signs in and reads one of each thing that invoicing needs.
//!
//! A refusal is an item with its reason; what may be gone in a moment ends the test, which is then made again. Days and
//! accounts depend on what a flow is set to: `obstacles` holds them against the books.

use serde::de::IgnoredAny;
use skarv_canonical::Class;
use skarv_connector::{CheckItem, CheckReport, Error};

use crate::api::Api;

/// What is tried after signing in, and where.
const READS: [(&str, &str); 4] = [
    ("read_currencies", "currencies"),
    ("read_vat_settings", "vatsettings"),
    ("read_customers", "contacts"),
    ("read_invoices", "customerinvoices"),
];

pub(crate) async fn report(api: &Api) -> Result<CheckReport, Error> {
    let mut report = CheckReport::default();
    report.items.push(item("sign_in", api.sign_in().await)?);
    if !report.ok() {
        return Ok(report);
    }
    for (code, resource) in READS {
        let read = api
            .get::<Vec<IgnoredAny>>(&[resource], &[("page", "1"), ("pageSize", "1")])
            .await;
        report.items.push(item(code, read.map(drop))?);
    }
    Ok(report)
}

fn item(code: &str, tried: Result<(), Error>) -> Result<CheckItem, Error> {
    let problem = match tried {
        Ok(()) => None,
        Err(error) => match error.class() {
            Class::Transient | Class::RateLimited => return Err(error),
            _ => Some(error.reason),
        },
    };
    Ok(CheckItem {
        code: code.to_owned(),
        problem,
    })
}
