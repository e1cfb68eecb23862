//! Recorded exchanges as they lie in files: a request and its answer, verbatim, after an optional note.

use std::{fs, path::PathBuf};

use skarv_http::{
    Bytes, HeaderMap, Response, StatusCode,
    header::{HeaderName, HeaderValue, LOCATION},
};

/// One request and the answer to it.
pub(super) struct Exchange {
    pub(super) name: String,
    pub(super) request: String,
    pub(super) resource: String,
    pub(super) query: String,
    pub(super) answer: Response,
}

/// The exchanges of one set-up that are GETs, by their names.
pub(super) fn exchanges(setup: &str) -> Vec<Exchange> {
    #[allow(
        clippy::disallowed_methods,
        reason = "only a person knows where the recordings are"
    )]
    let recordings = std::env::var("SKARV_PRESTASHOP_RECORDINGS").expect("the folder of the recordings");
    let folder = PathBuf::from(recordings).join(setup);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "http"))
        .collect();
    files.sort();
    let exchange = |path: &PathBuf| {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Exchange::of(name, &fs::read(path).expect("a file"))
    };
    files.iter().filter_map(exchange).collect()
}

impl Exchange {
    /// The codes of a refusal, each once.
    pub(super) fn codes(&self) -> Vec<u32> {
        let text = self.answer.text();
        let parts = text.split("<code><![CDATA[").skip(1);
        let mut codes: Vec<u32> = parts
            .filter_map(|part| part.split(']').next()?.parse().ok())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// What the client makes of a redirect.
    pub(super) fn redirect(&self) -> Option<skarv_http::Error> {
        let status = self.answer.status;
        status.is_redirection().then(|| skarv_http::Error::Redirect {
            status,
            location: self.answer.header(LOCATION.as_str()).map(str::to_owned),
        })
    }

    /// A file of one exchange. None where it was no GET.
    fn of(name: String, file: &[u8]) -> Option<Self> {
        let (note, rest) = cut(file, b">>> REQUEST\n");
        let (request, rest) = cut(rest, b"<<< RESPONSE");
        let (_, rest) = cut(rest, b"\n");
        let (head, body) = cut(rest, b"\r\n\r\n");
        assert!(note.is_empty() || note.starts_with(b"# "), "{name}");
        let request = String::from_utf8_lossy(request).into_owned();
        let target = request.strip_prefix("GET ")?.split("\r\n").next()?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_suffix(" HTTP/1.1").unwrap_or(path);
        let head = String::from_utf8_lossy(head).into_owned();
        Some(Self {
            resource: path
                .trim_start_matches("/api")
                .trim_matches('/')
                .split('/')
                .next()?
                .to_owned(),
            query: query.to_owned(),
            answer: Response {
                status: status(&head),
                headers: headers(&head),
                body: Bytes::copy_from_slice(body.trim_ascii_end()),
            },
            name,
            request,
        })
    }
}

/// What is before and after the first of these bytes. All of it is before them where they are not.
fn cut<'a>(bytes: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    match bytes.windows(at.len()).position(|window| window == at) {
        Some(start) => (&bytes[..start], &bytes[start + at.len()..]),
        None => (bytes, &[]),
    }
}

fn status(head: &str) -> StatusCode {
    let code = head.split(' ').nth(1).expect("a status");
    code.parse().expect("a status")
}

fn headers(head: &str) -> HeaderMap {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    lines
        .map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        })
        .collect()
}
