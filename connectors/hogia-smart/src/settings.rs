//! The settings and secrets of a connection: how they are asked for, and what they are once read.
//!
//! A value that cannot be right is refused here, before anything is called.

use std::fmt::Display;
use std::str::FromStr;

use chrono::NaiveDate;
use secrecy::SecretString;
use skarv_canonical::descriptor::{Setting, SettingKind};
use skarv_connector::{Access, Error};
use url::Url;
use uuid::Uuid;

const BASE_URL: &str = "base_url";
const TOKEN_URL: &str = "token_url";
const ORGANIZATION_ID: &str = "organization_id";
const API_VERSION: &str = "api_version";
const CLIENT_ID: &str = "client_id";
const CLIENT_SECRET: &str = "client_secret";

const DEFAULT_BASE_URL: &str = "https://api.hogia.se";
const DEFAULT_TOKEN_URL: &str = "https://id.hogia.se/connect/token";
const DEFAULT_API_VERSION: &str = "2025-06-01";

/// What one connection was set up with.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) base_url: Url,
    pub(crate) token_url: Url,
    pub(crate) organization_id: Uuid,
    pub(crate) api_version: NaiveDate,
    pub(crate) client_id: SecretString,
    pub(crate) client_secret: SecretString,
}

impl Settings {
    pub(crate) fn read(access: &Access) -> Result<Self, Error> {
        Ok(Self {
            base_url: address(access, BASE_URL, DEFAULT_BASE_URL)?,
            token_url: address(access, TOKEN_URL, DEFAULT_TOKEN_URL)?,
            organization_id: parsed(ORGANIZATION_ID, access.setting(ORGANIZATION_ID)?)?,
            api_version: parsed(API_VERSION, access.setting_or(API_VERSION, DEFAULT_API_VERSION))?,
            client_id: access.secret(CLIENT_ID)?.clone(),
            client_secret: access.secret(CLIENT_SECRET)?.clone(),
        })
    }
}

pub(crate) fn fields() -> Vec<Setting> {
    vec![
        field(
            ORGANIZATION_ID,
            "Organisations-id (GUID)",
            "Organization id (GUID)",
            "",
        ),
        field(BASE_URL, "API-adress", "API address", DEFAULT_BASE_URL),
        field(
            TOKEN_URL,
            "Inloggningsadress",
            "Sign-in address",
            DEFAULT_TOKEN_URL,
        ),
        field(
            API_VERSION,
            "API-version (datum)",
            "API version (date)",
            DEFAULT_API_VERSION,
        ),
        Setting::pace(),
    ]
}

pub(crate) fn secrets() -> Vec<Setting> {
    vec![
        field(CLIENT_ID, "Klient-id", "Client id", ""),
        field(CLIENT_SECRET, "Klienthemlighet", "Client secret", ""),
    ]
}

/// What has no default must be filled in.
fn field(name: &str, label_sv: &str, label_en: &str, default: &str) -> Setting {
    let is_address = name == BASE_URL || name == TOKEN_URL;
    Setting {
        name: name.to_owned(),
        label_sv: label_sv.to_owned(),
        label_en: label_en.to_owned(),
        kind: if is_address {
            SettingKind::Url
        } else {
            SettingKind::Text
        },
        required: default.is_empty(),
        default: default.to_owned(),
    }
}

fn address(access: &Access, name: &str, default: &str) -> Result<Url, Error> {
    let url: Url = parsed(name, access.setting_or(name, default))?;
    if url.cannot_be_a_base() {
        return Err(invalid(name, "this address has no host"));
    }
    Ok(url)
}

fn parsed<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Error> {
    text.trim()
        .parse()
        .map_err(|wrong: T::Err| invalid(name, &wrong.to_string()))
}

fn invalid(name: &str, said: &str) -> Error {
    Error::configuration("setting_invalid")
        .with("setting", name)
        .fix("complete_connection")
        .detail(said)
}
