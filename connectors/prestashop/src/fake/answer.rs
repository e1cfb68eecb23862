//! Answers on their way out, with the headers that tell a webservice's answer from a web server's.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};

use chrono::{DateTime, Utc};

use super::{Version, canary};

const REALM: &str = "Basic realm=\"Welcome to PrestaShop Webservice, please enter the authentication key as the login. \
                     No password required.\"";

/// Who speaks: the webservice with or without a known key, or the web server before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    Webservice,
    WebserviceToStranger,
    WebServer,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    voice: Voice,
    headers: Vec<(HeaderName, String)>,
}

/// What the headers of an answer need to know of its request.
pub(crate) struct Letterhead {
    pub(crate) version: Version,
    /// What the shop's clock shows. None where it does not say.
    pub(crate) time: Option<DateTime<Utc>>,
    pub(crate) seconds: f64,
    pub(crate) with_cookie: bool,
}

impl Answer {
    pub(crate) fn xml(status: u16, body: String) -> Self {
        Self::webservice(status, body).with(header::CONTENT_TYPE, "text/xml;charset=utf-8")
    }

    /// Without a body and without a content type, as for an id that does not exist.
    pub(crate) fn empty(status: u16) -> Self {
        Self::webservice(status, String::new())
    }

    fn webservice(status: u16, body: String) -> Self {
        Self {
            status,
            body,
            voice: Voice::Webservice,
            headers: Vec::new(),
        }
    }

    /// A refusal to a caller whose key is not known.
    pub(crate) fn stranger(status: u16, body: String) -> Self {
        let answer = Self::xml(status, body).with(header::WWW_AUTHENTICATE, REALM);
        Self {
            voice: Voice::WebserviceToStranger,
            ..answer
        }
    }

    /// A caller without any key does not even get XML.
    pub(crate) fn keyless() -> Self {
        Self::page(401, "401 Unauthorized").with(header::WWW_AUTHENTICATE, REALM)
    }

    pub(crate) fn page(status: u16, body: &str) -> Self {
        let answer = Self::webservice(status, body.to_owned());
        Self {
            voice: Voice::WebServer,
            ..answer
        }
        .with(header::CONTENT_TYPE, "text/html; charset=utf-8")
    }

    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn into_response(self, letterhead: &Letterhead) -> Response<Body> {
        let mut headers = self.headers;
        if let Some(time) = letterhead.time {
            let date = time.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            headers.push((header::DATE, date));
        }
        if self.voice != Voice::WebServer {
            headers.extend(letterhead.headers(self.voice));
        }
        if letterhead.with_cookie && self.status != 302 {
            headers.push((header::SET_COOKIE, canary::COOKIE.to_owned()));
        }
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

impl Letterhead {
    fn headers(&self, voice: Voice) -> Vec<(HeaderName, String)> {
        // 8.x does not tell its version to a stranger
        let hidden = voice == Voice::WebserviceToStranger && self.version == Version::V8_2_1;
        let version = if hidden { "0" } else { self.version.number() };
        let time = self.time.map(|time| {
            (
                HeaderName::from_static("access-time"),
                time.timestamp().to_string(),
            )
        });
        let others = [
            (
                HeaderName::from_static("x-powered-by"),
                "PrestaShop Webservice".to_owned(),
            ),
            (HeaderName::from_static("psws-version"), version.to_owned()),
            (
                HeaderName::from_static("execution-time"),
                format!("{:.3}", self.seconds),
            ),
        ];
        time.into_iter().chain(others).collect()
    }
}
