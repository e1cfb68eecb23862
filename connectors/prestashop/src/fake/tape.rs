//! A tape of every call, for a bench that makes the same calls again, in the order in which they came in. It is off until
//! it is asked for, and holds no key.

use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Recorded {
    method: String,
    /// Path and query.
    target: String,
    /// What a write sent.
    body: String,
    status: u16,
}

/// `None` while nothing is recorded.
#[derive(Default)]
pub(crate) struct Tape(Option<Vec<Recorded>>);

impl Tape {
    /// Begins anew.
    pub(crate) fn start(&mut self) {
        self.0 = Some(Vec::new());
    }

    pub(crate) fn recorded(&self) -> Vec<Recorded> {
        self.0.clone().unwrap_or_default()
    }

    pub(crate) fn take(&mut self, method: &str, target: &str, body: &[u8], status: u16) {
        if let Some(calls) = &mut self.0 {
            calls.push(Recorded {
                method: method.to_owned(),
                target: target.to_owned(),
                body: String::from_utf8_lossy(body).into_owned(),
                status,
            });
        }
    }
}
