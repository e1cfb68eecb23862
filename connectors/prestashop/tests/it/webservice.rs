//! A webservice that answers what a test tells it to: files of a shop as they are, or whatever a closure says.

use std::{path::PathBuf, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Response, StatusCode},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// An open webservice. It closes when dropped.
pub(crate) struct Webservice {
    pub(crate) base_url: String,
    server: JoinHandle<()>,
}

/// What was asked for: the resource and the decoded query.
pub(crate) struct Asked {
    pub(crate) resource: String,
    pub(crate) query: String,
}

impl Webservice {
    pub(crate) async fn open(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        let router = Router::new().fallback(move |request: Request| {
            let (status, body) = answer(&Asked::of(&request));
            async move { response(status, body) }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base_url = format!("http://{}", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serving");
        });
        Self { base_url, server }
    }

    /// The files of a folder, one for each resource, whatever is asked of them.
    pub(crate) async fn of_folder(folder: PathBuf) -> Self {
        Self::open(move |asked| file(&folder, &asked.resource)).await
    }
}

pub(crate) fn file(folder: &std::path::Path, resource: &str) -> (u16, String) {
    match std::fs::read_to_string(folder.join(format!("{resource}.xml"))) {
        Ok(text) => (200, text),
        Err(_) => (404, String::new()),
    }
}

/// The nodes of a fixture with the value of one of their fields, and a list of some of them.
pub(crate) struct Nodes {
    list: String,
    nodes: Vec<String>,
}

impl Nodes {
    pub(crate) fn of(folder: &std::path::Path, list: &str, node: &str) -> Self {
        let (_, text) = file(folder, list);
        let open = format!("<{node}>\n");
        let nodes = text.split(&open).skip(1).map(|rest| {
            let end = rest.find(&format!("</{node}>")).expect("an end");
            format!("{open}{}</{node}>\n", &rest[..end])
        });
        Self {
            list: list.to_owned(),
            nodes: nodes.collect(),
        }
    }

    /// The list of the nodes whose field has one of these values.
    pub(crate) fn with(&self, field: &str, values: &[u64]) -> String {
        let fits = |node: &&String| {
            values
                .iter()
                .any(|value| node.contains(&format!("<{field}><![CDATA[{value}]]>")))
                || values
                    .iter()
                    .any(|value| node.contains(&format!("/{value}\"><![CDATA[{value}]]></{field}>")))
        };
        let nodes: String = self.nodes.iter().filter(fits).cloned().collect();
        format!("<prestashop><{0}>{nodes}</{0}></prestashop>", self.list)
    }
}

impl Asked {
    /// The ids that a filter names, none meaning that it is not there.
    pub(crate) fn ids(&self, field: &str) -> Option<Vec<u64>> {
        let (_, rest) = self.query.split_once(&format!("filter[{field}]=["))?;
        let (ids, _) = rest.split_once(']')?;
        Some(ids.split('|').filter_map(|id| id.parse().ok()).collect())
    }

    fn of(request: &Request) -> Self {
        let path = request.uri().path().trim_start_matches("/api/");
        let query = request.uri().query().unwrap_or_default();
        let pairs = form(query);
        Self {
            resource: path.trim_matches('/').to_owned(),
            query: pairs.join("&"),
        }
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.query.contains(part)
    }
}

fn form(query: &str) -> Vec<String> {
    let url = skarv_http::Url::parse(&format!("http://x/?{query}")).expect("a query");
    url.query_pairs()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

fn response(status: u16, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    let headers = response.headers_mut();
    headers.insert("content-type", "text/xml;charset=utf-8".parse().expect("a value"));
    headers.insert("access-time", "1795471819".parse().expect("a value"));
    headers.insert("psws-version", "8.2.1".parse().expect("a value"));
    response
}

impl Drop for Webservice {
    fn drop(&mut self) {
        self.server.abort();
    }
}
