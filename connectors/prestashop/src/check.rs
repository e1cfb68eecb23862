//! Trying a connection: does the key open the webservice, may it read all that is read, and which shop is this.

use skarv_canonical::{Class, Reason};
use skarv_connector::{CheckItem, CheckReport, Error, ShopIdentity};

use crate::{
    api::{Api, Method, Rights},
    row::{
        AddressRow, CarrierRow, CartRuleRow, CustomerRow, DetailRow, HistoryRow, OrderRow, PaymentRow, Row,
        RuleRow, SlipRow,
    },
    shop::{CARRIERS, CONFIGURATIONS, COUNTRIES, CURRENCIES, LANGUAGES, STATES, ShopSettings, TAXES},
};

/// Every resource that reading orders needs, as a merchant finds them in the list of the key's permissions.
pub(crate) const NEEDED: [&str; 17] = [
    AddressRow::RESOURCE.path,
    CARRIERS.path,
    CartRuleRow::RESOURCE.path,
    CONFIGURATIONS.path,
    COUNTRIES.path,
    CURRENCIES.path,
    CustomerRow::RESOURCE.path,
    LANGUAGES.path,
    CarrierRow::RESOURCE.path,
    RuleRow::RESOURCE.path,
    DetailRow::RESOURCE.path,
    HistoryRow::RESOURCE.path,
    PaymentRow::RESOURCE.path,
    STATES.path,
    OrderRow::RESOURCE.path,
    SlipRow::RESOURCE.path,
    TAXES.path,
];

/// The oldest version whose webservice has all of it.
const OLDEST: (u32, u32) = (1, 7);

/// Tries everything once. `host` is the shop's, as the connection names it.
pub(crate) async fn check(api: &Api, host: &str) -> Result<CheckReport, Error> {
    let mut report = CheckReport::default();
    let rights = match api.rights().await {
        Ok(rights) => rights,
        Err(error) => {
            report.items.push(item("sign_in", Some(refusal(error)?)));
            return Ok(report);
        }
    };
    report.items.push(item("sign_in", None));
    report.items.push(item("version", version(&rights.version)));
    report
        .items
        .extend(NEEDED.iter().map(|resource| permission(&rights, resource)));
    report.system_version.clone_from(&rights.version);
    if rights.may_read(CONFIGURATIONS.path) {
        match ShopSettings::read(api).await {
            Ok(settings) => {
                report.items.push(item("time_zone", None));
                report.identity = Some(identity(host, &settings, &rights));
            }
            Err(error) => report.items.push(item("time_zone", Some(refusal(error)?))),
        }
    }
    Ok(report)
}

/// What a person can put right is an item of the report; trouble on the way is the test's own.
pub(crate) fn refusal(error: Error) -> Result<Reason, Error> {
    match error.class() {
        Class::Transient | Class::RateLimited => Err(error),
        Class::Credentials | Class::Configuration | Class::Data | Class::UnknownOutcome => Ok(error.reason),
    }
}

/// What is wrong with a version, by its first two numbers. One that is not told stops nobody: a proxy may have dropped it.
pub(crate) fn version(version: &str) -> Option<Reason> {
    let mut numbers = version.split('.').map(str::parse);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        return None;
    };
    ((major, minor) < OLDEST).then(|| {
        Reason::configuration("version_too_old")
            .with("version", version)
            .with("oldest", format!("{}.{}", OLDEST.0, OLDEST.1))
            .fix("update_shop")
    })
}

fn permission(rights: &Rights, resource: &str) -> CheckItem {
    let problem = (!rights.may_read(resource)).then(|| right_missing(resource, Method::Get.as_str()));
    let code = match resource {
        // nobody knows refunds by this name
        slips if slips == SlipRow::RESOURCE.path => "read_refunds".to_owned(),
        _ => format!("read_{resource}"),
    };
    item(&code, problem)
}

/// A right that the key lacks. `right` is a method, as a merchant finds it over a column of the key's permissions.
pub(crate) fn right_missing(resource: &str, right: &str) -> Reason {
    Reason::configuration("key_right_missing")
        .with("resource", resource)
        .with("right", right.to_uppercase())
        .fix("grant_key_permission")
}

fn item(code: &str, problem: Option<Reason>) -> CheckItem {
    CheckItem {
        code: code.to_owned(),
        problem,
    }
}

/// The same host with another installation behind it is another shop: its order numbers begin anew.
fn identity(host: &str, settings: &ShopSettings, rights: &Rights) -> ShopIdentity {
    let title = [&settings.name, &rights.shop_name]
        .into_iter()
        .find(|name| !name.is_empty());
    ShopIdentity {
        host_key: format!("{host} {} {}", settings.domain, settings.installed),
        title: title.cloned().unwrap_or_else(|| host.to_owned()),
    }
}
