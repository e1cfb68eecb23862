//! A complete answer: its status, headers and body, read within the caps and already decompressed.
//!
//! Any status but a redirect is an answer, not an error: what 404 or 422 means is the connector's to say.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use encoding_rs::{Encoding, UTF_8};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};

/// No foreign system may put a connection to sleep for longer than this at a time.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

#[derive(Clone)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    /// A header as text, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body by its byte order mark, else its declared charset, else UTF-8; what is malformed becomes `�`.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let declared = self.charset().unwrap_or(UTF_8);
        let (encoding, mark) = Encoding::for_bom(&self.body).unwrap_or((declared, 0));
        let body = self.body.get(mark..).unwrap_or_default();
        // over megabytes of what is no text, the standard library's own is many times faster
        if encoding == UTF_8 {
            String::from_utf8_lossy(body)
        } else {
            encoding.decode_without_bom_handling(body).0
        }
    }

    /// What `Retry-After` asks for, in seconds or as a date; one hour at most.
    #[must_use]
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<Duration> {
        let text = self.header(RETRY_AFTER.as_str())?.trim();
        let asked = match text.parse() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let date = DateTime::parse_from_rfc2822(text).ok()?;
                date.signed_duration_since(now).to_std().unwrap_or(Duration::ZERO)
            }
        };
        Some(asked.min(LONGEST_PAUSE))
    }

    fn charset(&self) -> Option<&'static Encoding> {
        let parameters = self.header(CONTENT_TYPE.as_str())?.split(';').skip(1);
        let mut pairs = parameters.filter_map(|p| p.split_once('='));
        let (_, label) = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case("charset"))?;
        Encoding::for_label(label.trim().trim_matches('"').as_bytes())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn answer(name: http::HeaderName, value: &str, body: &'static [u8]) -> Response {
        let headers = HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("a value"))]);
        Response {
            status: StatusCode::OK,
            headers,
            body: Bytes::from_static(body),
        }
    }

    #[test]
    fn text_follows_the_declared_charset() {
        for (content_type, body) in [
            ("text/xml; charset=ISO-8859-1", b"k\xf6p".as_slice()),
            ("text/xml;boundary=x; Charset=\"windows-1252\"", b"k\xf6p"),
            ("application/json", "köp".as_bytes()),
            ("text/plain; charset=nonsense", "köp".as_bytes()),
            ("text/plain; charset=iso-8859-1", "\u{feff}köp".as_bytes()),
        ] {
            assert_eq!(
                answer(CONTENT_TYPE, content_type, body).text(),
                "köp",
                "{content_type}"
            );
        }
    }

    #[test]
    fn malformed_text_is_shown_rather_than_refused() {
        assert_eq!(answer(CONTENT_TYPE, "text/plain", b"k\xf6p").text(), "k\u{fffd}p");
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_bounded() {
        let now = DateTime::from_timestamp(784_111_777 - 90, 0).expect("a time");
        let asked = |value: &str| {
            answer(RETRY_AFTER, value, b"")
                .retry_after(now)
                .map(|d| d.as_secs())
        };
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(90));
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(asked("99999999999"), Some(3600));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-5"), None);
    }
}
