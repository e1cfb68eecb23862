//! The connectors of this release, and what a connection to each must say.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use skarv_canonical::{
    descriptor::{Descriptor, Setting, SettingKind, Side},
    register::{self, RegisteredField},
    spec::Template,
};
use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
    stream::direction,
};
use url::Url;

use super::App;
use crate::auth::policy;

const LIST: &str = "skarv.v1.CatalogService/ListConnectors";
const REGISTER: &str = "skarv.v1.CatalogService/GetDataRegister";

impl App {
    /// Lists the connectors, by id.
    pub(crate) fn connector_list(&self, auth: &AuthContext) -> Result<&[Descriptor]> {
        policy::permit(auth, LIST)?;
        Ok(&self.catalog.connectors)
    }

    /// Which fields travel between two systems in flows of a template.
    pub(crate) fn data_register(
        &self,
        auth: &AuthContext,
        (shop, erp): (&str, &str),
        template: Template,
    ) -> Result<Vec<RegisteredField>> {
        policy::permit(auth, REGISTER)?;
        let shop = self.connector_of("shop", shop, Side::Shop)?;
        let erp = self.connector_of("erp", erp, Side::Erp)?;
        Ok(register::register(shop, erp, |kind| direction(template, kind)))
    }

    /// The connector of one side of a flow.
    fn connector_of(&self, field: &str, id: &str, side: Side) -> Result<&Descriptor> {
        let of_side = |connector: &&Descriptor| connector.side == side;
        let mut known = self.catalog.connectors.iter().filter(of_side);
        let found = known.clone().find(|connector| connector.id == id);
        found.ok_or_else(|| {
            let names: Vec<_> = known.by_ref().map(|connector| connector.id.as_str()).collect();
            Error::invalid(field, format!("must be one of {}", names.join(", ")))
        })
    }

    /// The connector that a new connection names.
    pub(super) fn connector(&self, id: &str) -> Result<&Descriptor> {
        self.catalog.get(id).ok_or_else(|| {
            let known: Vec<_> = self
                .catalog
                .connectors
                .iter()
                .map(|known| known.id.as_str())
                .collect();
            Error::invalid(
                "connection.connector",
                format!("must be one of {}", known.join(", ")),
            )
        })
    }
}

/// Settings as they are stored: those that were given, checked one by one, and the defaults of those that were not.
pub(super) fn complete(
    descriptor: &Descriptor,
    given: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    known(given.keys(), &descriptor.settings, "connection.settings")?;
    let mut settings = given;
    settings.retain(|_, value| !value.trim().is_empty());
    for setting in &descriptor.settings {
        let field = format!("connection.settings[{}]", setting.name);
        match settings.get(&setting.name) {
            Some(value) => fits(&field, setting.kind, value)?,
            None if !setting.default.is_empty() => {
                settings.insert(setting.name.clone(), setting.default.clone());
            }
            None if setting.required => return Err(Error::invalid(field, "is required")),
            None => {}
        }
    }
    Ok(settings)
}

/// Checks that the secrets are those that the connector asks for.
pub(super) fn check_secrets(descriptor: &Descriptor, secrets: &BTreeMap<String, SecretString>) -> Result<()> {
    known(secrets.keys(), &descriptor.secrets, "secrets")?;
    let filled = |name: &str| {
        secrets
            .get(name)
            .is_some_and(|secret| !secret.expose_secret().trim().is_empty())
    };
    match descriptor
        .secrets
        .iter()
        .find(|wanted| wanted.required && !filled(&wanted.name))
    {
        Some(missing) => Err(Error::invalid(
            format!("secrets[{}]", missing.name),
            "is required",
        )),
        None => Ok(()),
    }
}

fn known<'a>(mut names: impl Iterator<Item = &'a String>, settings: &[Setting], field: &str) -> Result<()> {
    match names.find(|name| !settings.iter().any(|setting| setting.name == **name)) {
        Some(unknown) => {
            let known: Vec<_> = settings.iter().map(|setting| setting.name.as_str()).collect();
            let problem = match known.is_empty() {
                true => "is not one of the connector's: it has none".to_owned(),
                false => format!("is not one of the connector's: it has {}", known.join(", ")),
            };
            let shown = if is_name(unknown) { unknown } else { "…" };
            Err(Error::invalid(format!("{field}[{shown}]"), problem))
        }
        None => Ok(()),
    }
}

/// Whether a text could be the name of a setting. What is none is not repeated: it may be a secret in the wrong place.
fn is_name(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')
}

fn fits(field: &str, kind: SettingKind, value: &str) -> Result<()> {
    let problem = match kind {
        SettingKind::Text if value.len() > 2_000 => "must be at most 2000 bytes",
        SettingKind::Url if !is_address(value) => {
            "must be an http or https address such as https://shop.example.se, with no password and no query"
        }
        SettingKind::Number if value.trim().parse::<i64>().is_err() => "must be a whole number",
        SettingKind::Bool if !matches!(value, "true" | "false") => "must be `true` or `false`",
        SettingKind::Text | SettingKind::Url | SettingKind::Number | SettingKind::Bool => return Ok(()),
    };
    Err(Error::invalid(field, problem))
}

/// Whether it is an address with a host, and without what could hold a secret: a password, a query. Read as the agent reads
/// it. Where it may lead is the agent's guard's business.
fn is_address(value: &str) -> bool {
    Url::parse(value).is_ok_and(|url| {
        let is_bare = url.username().is_empty() && url.password().is_none();
        let ends_with_path = url.query().is_none() && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && is_bare && ends_with_path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str, kind: SettingKind, required: bool, default: &str) -> Setting {
        let label = name.to_owned();
        Setting {
            name: label.clone(),
            label_sv: label.clone(),
            label_en: label,
            kind,
            required,
            default: default.to_owned(),
        }
    }

    fn shop() -> Descriptor {
        Descriptor {
            id: "shop".to_owned(),
            title: "Shop".to_owned(),
            version: "1".to_owned(),
            side: Side::Shop,
            verified: true,
            notice: String::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            settings: vec![
                setting("url", SettingKind::Url, true, ""),
                setting("language", SettingKind::Number, false, "1"),
                setting("test", SettingKind::Bool, false, ""),
            ],
            secrets: vec![setting("key", SettingKind::Text, true, "")],
            requests_per_second: 1,
            max_parallel: 1,
            payment_modules: Vec::new(),
        }
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn field(result: Result<BTreeMap<String, String>>) -> String {
        match result {
            Err(Error::InvalidArgument { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_default_fills_what_was_not_given() {
        let settings = complete(&shop(), given(&[("url", "https://shop.example.se")])).unwrap();
        assert_eq!(
            settings,
            given(&[("url", "https://shop.example.se"), ("language", "1")])
        );
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let url = ("url", "https://shop.example.se");
        assert_eq!(field(complete(&shop(), given(&[]))), "connection.settings[url]");
        assert_eq!(
            field(complete(&shop(), given(&[url, ("language", "sv")]))),
            "connection.settings[language]"
        );
        assert_eq!(
            field(complete(&shop(), given(&[url, ("test", "ja")]))),
            "connection.settings[test]"
        );
        assert_eq!(
            field(complete(&shop(), given(&[url, ("colour", "red")]))),
            "connection.settings[colour]"
        );
    }

    #[test]
    fn what_cannot_be_the_name_of_a_setting_is_not_repeated() {
        let swapped = BTreeMap::from([("4fPq81".to_owned(), SecretString::from("key"))]);
        let refused = check_secrets(&shop(), &swapped).unwrap_err();
        assert!(refused.to_string().starts_with("secrets[…]"), "{refused}");
    }

    #[test]
    fn an_address_has_a_scheme_and_a_host_and_nothing_that_could_be_a_secret() {
        for good in [
            "https://shop.example.se",
            "https://blåbär.example.se/butik/",
            "http://127.0.0.1:8080/api",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "shop.example.se",
            "ftp://shop.example.se",
            "https://",
            "/shop",
            "https://me:secret@shop.example.se",
            "https://key@shop.example.se",
            "https://shop.example.se/api?ws_key=secret",
            "https://shop.example.se/#secret",
            "http://[fe80::1%25eth0]/",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_missing_secret_is_named_without_the_others() {
        let none = check_secrets(&shop(), &BTreeMap::new()).unwrap_err();
        assert_eq!(none, Error::invalid("secrets[key]", "is required"));
        let blank = BTreeMap::from([("key".to_owned(), SecretString::from(" "))]);
        assert!(check_secrets(&shop(), &blank).is_err());
    }
}
