//! What the states of orders would stumble over, and what entering one does at the payment modules that the shop uses.

use skarv_canonical::{
    Reason,
    descriptor::Capture,
    spec::{OrderSettings, StatusSpec, StreamKind},
    trigger::{self, ShopState},
};
use skarv_connector::{Error, Finding};

use super::Look;
use crate::{
    discovery::{Module, recent_modules},
    payment_modules,
    row::{OrderRow, Row},
    state::StateBook,
    status::{not_there, without_mail},
};

const STATUS: Option<StreamKind> = Some(StreamKind::OrderStatus);

/// A state that sends orders and is not there: none would ever be sent.
pub(super) fn triggers(settings: &OrderSettings, book: &StateBook) -> Option<Finding> {
    let living = book.iter().filter(|state| !state.deleted);
    let living: Vec<ShopState> = living.map(|state| state.shown.clone()).collect();
    let missing = trigger::resolve(&settings.triggers, &living).err();
    missing.map(|reason| Finding::blocking(Some(StreamKind::Orders), reason))
}

/// States that orders are to be put in.
pub(super) fn rules(spec: &StatusSpec, book: &StateBook) -> Vec<Finding> {
    let rules = spec.settings.states.values();
    let finding = |rule: &skarv_canonical::spec::StatusRule| match book.living(&rule.state) {
        None => Some(Finding::blocking(STATUS, not_there(&rule.state))),
        Some(state) if rule.mail && !state.mails => {
            let reason = without_mail(&book.title(&rule.state));
            Some(Finding::warning(STATUS, reason.fix("give_state_a_mail")))
        }
        Some(_) => None,
    };
    let mut findings: Vec<Finding> = rules.filter_map(finding).collect();
    // several events may have one state
    findings.dedup();
    findings
}

impl Look<'_> {
    /// What entering a state may do to buyers' money.
    pub(super) async fn captures(&self, spec: &StatusSpec, book: &StateBook) -> Result<Vec<Finding>, Error> {
        if !self.may_read(&[OrderRow::RESOURCE.path]) {
            return Ok(Vec::new());
        }
        let mut states: Vec<String> = Vec::new();
        for rule in spec.settings.states.values() {
            let title = book.title(&rule.state);
            if !states.contains(&title) {
                states.push(title);
            }
        }
        let modules = recent_modules(self.api).await?;
        let finding = |module: &Module| capture(module, &states.join(", "));
        Ok(modules.iter().filter_map(finding).collect())
    }
}

fn capture(module: &Module, states: &str) -> Option<Finding> {
    let known = payment_modules::named(&module.name);
    let title = known.as_ref().map_or(&module.name, |known| &known.title);
    let reason = match known.as_ref().map_or(Capture::Unknown, |known| known.capture) {
        Capture::NotOnState => return None,
        Capture::OnState => Reason::configuration("payment_captures_on_state").with("title", title),
        Capture::Unknown => Reason::configuration("payment_capture_unknown")
            .with("module", title)
            .with("orders", module.orders),
    };
    let reason = reason.with("states", states).fix("check_capture_in_module");
    Some(Finding::warning(STATUS, reason))
}
