//! What a person fills in for a PrestaShop connection, and how it is read.

use secrecy::SecretString;
use skarv_canonical::descriptor::{Setting, SettingKind};
use skarv_connector::{Access, Error};
use skarv_http::Url;

const BASE_URL: &str = "base_url";
const API_KEY: &str = "api_key";

/// The settings of a connection.
pub(crate) fn settings() -> Vec<Setting> {
    vec![
        Setting {
            name: BASE_URL.to_owned(),
            label_sv: "Butikens adress".to_owned(),
            label_en: "Shop address".to_owned(),
            kind: SettingKind::Url,
            required: true,
            default: String::new(),
        },
        Setting::pace(),
    ]
}

/// The secrets of a connection.
pub(crate) fn secrets() -> Vec<Setting> {
    vec![Setting {
        name: API_KEY.to_owned(),
        label_sv: "Webbtjänstnyckel".to_owned(),
        label_en: "Webservice key".to_owned(),
        kind: SettingKind::Text,
        required: true,
        default: String::new(),
    }]
}

/// Where the webservice is and what opens it.
pub(crate) struct Connection {
    /// Ends in `/api/`.
    pub(crate) webservice: Url,
    pub(crate) key: SecretString,
}

impl Connection {
    pub(crate) fn of(access: &Access) -> Result<Self, Error> {
        let webservice = webservice(access.setting(BASE_URL)?).ok_or_else(|| {
            Error::configuration("setting_invalid")
                .with("setting", BASE_URL)
                .fix("check_address")
        })?;
        let key = access.secret(API_KEY)?.clone();
        Ok(Self { webservice, key })
    }

    /// The shop's host, and its port where that is not the usual one.
    pub(crate) fn host(&self) -> String {
        let host = self.webservice.host_str().unwrap_or_default();
        match self.webservice.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

/// The webservice of a shop address, given with or without scheme, `/api` and a slash at its end.
fn webservice(address: &str) -> Option<Url> {
    let address = address.trim();
    let mut url = match Url::parse(address) {
        Ok(url) if url.has_host() => url,
        _ if !address.contains("://") => Url::parse(&format!("https://{address}")).ok()?,
        _ => return None,
    };
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').to_owned();
    let shop = path.strip_suffix("/api").unwrap_or(&path);
    url.set_path(&format!("{shop}/api/"));
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_understood_in_every_form_people_write_it() {
        for (written, expected) in [
            ("https://butik.example.se", "https://butik.example.se/api/"),
            ("https://Butik.Example.SE/", "https://butik.example.se/api/"),
            ("https://butik.example.se/api", "https://butik.example.se/api/"),
            ("https://butik.example.se/api/", "https://butik.example.se/api/"),
            ("https://example.se/butik/", "https://example.se/butik/api/"),
            (
                "https://butik.example.se/?lang=sv",
                "https://butik.example.se/api/",
            ),
            (" butik.example.se ", "https://butik.example.se/api/"),
            ("butik.example.se:8443/api", "https://butik.example.se:8443/api/"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/"),
        ] {
            assert_eq!(
                webservice(written).map(String::from).as_deref(),
                Some(expected),
                "{written}"
            );
        }
    }

    #[test]
    fn what_is_no_web_address_is_refused() {
        for written in ["", "ftp://butik.example.se", "https://", "file:///etc/passwd"] {
            assert_eq!(webservice(written), None, "{written}");
        }
    }
}
