//! Columns of who may do what: callers, partners, API keys, agents.

use skarv_proto::v1 as pb;

use super::{
    Shown,
    words::{time, word},
};
use crate::config::Lang;

impl Shown for pb::WhoAmIResponse {
    const COLUMNS: &'static [&'static str] = &["principal", "role"];

    fn cells(&self) -> Vec<String> {
        vec![self.principal_id.clone(), self.role.clone()]
    }
}

impl Shown for pb::RotateSigningKeyResponse {
    const COLUMNS: &'static [&'static str] = &["kid", "signs after"];

    fn cells(&self) -> Vec<String> {
        vec![self.kid.clone(), time(self.signs_after.as_ref())]
    }
}

impl Shown for pb::Partner {
    const COLUMNS: &'static [&'static str] = &["name", "display name", "created"];

    fn cells(&self) -> Vec<String> {
        let created = time(self.create_time.as_ref());
        vec![self.name.clone(), self.display_name.clone(), created]
    }
}

impl Shown for pb::ApiKey {
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "owner",
        "display name",
        "state",
        "created",
        "expires",
        "last used",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.owner.clone(),
            self.display_name.clone(),
            word(self.state().as_str_name(), "API_KEY_STATE"),
            time(self.create_time.as_ref()),
            time(self.expire_time.as_ref()),
            time(self.last_use_time.as_ref()),
        ]
    }

    fn more(&self, _lang: Lang) -> Vec<(String, String)> {
        vec![("revoked".to_owned(), time(self.revoke_time.as_ref()))]
    }
}

impl Shown for pb::Agent {
    const COLUMNS: &'static [&'static str] = &["name", "display name", "version", "slots", "last seen"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.display_name.clone(),
            self.version.clone(),
            self.slots.to_string(),
            time(self.last_seen_time.as_ref()),
        ]
    }
}
