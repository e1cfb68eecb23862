//! The public pages: a start page that says what this server is, the style sheet, and a 404 page.
//!
//! Nobody has signed in here, so nothing about tenants is ever shown. Pages are rendered on the server and carry neither
//! inline style nor script, which the content security policy holds.

mod words;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use words::{Words, words};

const STYLE: &str = include_str!("../../assets/console.css");
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Where this server is reached, for the pages that say so.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Such as `https://skarv.example.com`.
    pub(crate) url: String,
}

#[derive(Debug, Default, Deserialize)]
struct Language {
    lang: Option<String>,
}

#[derive(Template)]
#[template(path = "start.html")]
struct Start<'a> {
    words: &'static Words,
    version: &'static str,
    endpoint: &'a str,
    authority: &'a str,
    plaintext: bool,
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound {
    words: &'static Words,
}

/// The pages. The fallback is set by whoever merges them with gRPC.
pub(crate) fn router(endpoint: Endpoint) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/assets/console.css", get(style))
        .with_state(endpoint)
}

/// The page for an address that leads nowhere.
pub(crate) fn not_found(query: Option<&str>) -> Response {
    let english = query.is_some_and(|q| q.split('&').any(|pair| pair == "lang=en"));
    let page = NotFound {
        words: words(english.then_some("en")),
    };
    rendered(StatusCode::NOT_FOUND, &page)
}

async fn start(State(endpoint): State<Endpoint>, Query(language): Query<Language>) -> Response {
    let (scheme, authority) = endpoint.url.split_once("://").unwrap_or(("http", &endpoint.url));
    let page = Start {
        words: words(language.lang.as_deref()),
        version: env!("CARGO_PKG_VERSION"),
        endpoint: &endpoint.url,
        authority,
        plaintext: scheme == "http",
    };
    rendered(StatusCode::OK, &page)
}

async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    guarded((headers, STYLE).into_response())
}

fn rendered(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => guarded((status, Html(html)).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Adds the headers that every page carries.
fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
