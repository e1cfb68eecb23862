//! A webservice that answers what a test tells it to: files of a shop as they are, or whatever a closure says, down to the bytes.

use std::{fmt::Display, path::PathBuf, sync::Arc};

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
    /// Bytes of the address as it was sent.
    pub(crate) length: usize,
}

/// An answer. A status and a text are one as the webservice itself gives it.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl From<(u16, String)> for Answer {
    fn from((status, body): (u16, String)) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type", "text/xml;charset=utf-8".to_owned()),
                ("access-time", "1795471819".to_owned()),
                ("psws-version", "8.2.1".to_owned()),
            ],
            body: body.into_bytes(),
        }
    }
}

impl Answer {
    /// What stands in the webservice's place: a page of the shop, of PHP or of the web server.
    pub(crate) fn page(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type", "text/html; charset=utf-8".to_owned())],
            body: body.into(),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(there, _)| *there != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }
}

impl Webservice {
    pub(crate) async fn open<A: Into<Answer>>(answer: impl Fn(&Asked) -> A + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        let router = Router::new().fallback(move |request: Request| {
            let answer = answer(&Asked::of(&request)).into();
            async move { response(answer) }
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
        Self::in_text(&text, list, node)
    }

    pub(crate) fn in_text(text: &str, list: &str, node: &str) -> Self {
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
    pub(crate) fn with<T: Display>(&self, field: &str, values: &[T]) -> String {
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
        let keys = self.keys(field)?;
        Some(keys.iter().filter_map(|key| key.parse().ok()).collect())
    }

    /// The values that a filter names, none meaning that it is not there.
    pub(crate) fn keys(&self, field: &str) -> Option<Vec<String>> {
        let (_, rest) = self.query.split_once(&format!("filter[{field}]=["))?;
        let (keys, _) = rest.split_once(']')?;
        Some(keys.split('|').map(str::to_owned).collect())
    }

    fn of(request: &Request) -> Self {
        let path = request.uri().path().trim_start_matches("/api/");
        let query = request.uri().query().unwrap_or_default();
        let pairs = form(query);
        Self {
            resource: path.trim_matches('/').to_owned(),
            query: pairs.join("&"),
            length: request.uri().path().len() + query.len(),
        }
    }

    /// Whether bare ids are asked for.
    pub(crate) fn for_ids(&self) -> bool {
        !self.has("display=")
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

fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).expect("a status");
    for (name, value) in answer.headers {
        response
            .headers_mut()
            .insert(name, value.parse().expect("a value"));
    }
    response
}

impl Drop for Webservice {
    fn drop(&mut self) {
        self.server.abort();
    }
}
