//! Asking the webservice: one request, one document. The key travels as the Basic user name, never in the URL. Writing to it is
//! in `api/write.rs`.
//!
//! Every list is sorted by id, upwards unless it says otherwise, since without that the shop gives rows in any order. At most four requests are out at a time,
//! whoever asks. What an answer means is decided in `error.rs`, what it holds in `row.rs`.

mod outbox;
mod write;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use skarv_connector::Error;
use skarv_http::{Client, Request, Response, Url, header};
use tokio::sync::Semaphore;

use crate::{error, settings::Connection, xml::Node};

pub(crate) use outbox::{Draft, Outbox, Way};

/// Requests out at a time.
pub(crate) const MAX_PARALLEL: usize = 4;

/// A kind of row in the webservice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resource {
    pub(crate) path: &'static str,
    /// The element of the list. The path, but for one.
    pub(crate) list: &'static str,
    /// The element of one row.
    pub(crate) node: &'static str,
    /// Which fields to ask for.
    pub(crate) display: &'static str,
}

impl Resource {
    pub(crate) const fn full(path: &'static str, node: &'static str) -> Self {
        Self {
            path,
            list: path,
            node,
            display: "full",
        }
    }

    /// With these fields of each row alone.
    pub(crate) const fn fields(path: &'static str, node: &'static str, display: &'static str) -> Self {
        Self {
            path,
            list: path,
            node,
            display,
        }
    }

    /// The rows of a list. An answer without the list is none: to take it for an empty one would pass its rows over.
    pub(crate) fn rows(self, document: Node) -> Result<Vec<Node>, Error> {
        if document.name().is_empty() {
            return Ok(Vec::new());
        }
        let list = document.into_child(self.list);
        let mut rows = list.ok_or_else(|| error::unreadable(self.path))?.into_children();
        rows.retain(|row| row.name() == self.node);
        Ok(rows)
    }
}

/// A time that a row bears.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stamp {
    Made,
    Changed,
}

impl Stamp {
    fn field(self) -> &'static str {
        match self {
            Self::Made => "date_add",
            Self::Changed => "date_upd",
        }
    }
}

/// A question for rows of one resource.
#[derive(Clone)]
pub(crate) struct Query {
    resource: Resource,
    display: Option<&'static str>,
    sort: &'static str,
    parameters: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn of(resource: Resource) -> Self {
        Self {
            resource,
            display: Some(resource.display),
            sort: "[id_ASC]",
            parameters: Vec::new(),
        }
    }

    /// Asks for ids alone.
    pub(crate) fn ids_only(mut self) -> Self {
        self.display = None;
        self
    }

    /// The last made first.
    pub(crate) fn newest_first(mut self) -> Self {
        self.sort = "[id_DESC]";
        self
    }

    /// Rows whose field is one of these.
    pub(crate) fn any(self, field: &str, keys: &[String]) -> Self {
        self.filter(field, &format!("[{}]", keys.join("|")))
    }

    /// Rows whose field has this in it. What means something to the database may find more.
    pub(crate) fn containing(self, field: &str, part: &str) -> Self {
        self.filter(field, &format!("%[{part}]%"))
    }

    /// Rows stamped between two local times, both included.
    pub(crate) fn stamped(self, stamp: Stamp, from: &str, to: &str) -> Self {
        // without `date` the shop takes a filter on a date for an unknown one
        self.filter(stamp.field(), &format!("[{from},{to}]"))
            .with("date", "1")
    }

    /// Rows with a higher id.
    pub(crate) fn after(self, id: u64) -> Self {
        self.filter("id", &format!(">[{id}]"))
    }

    pub(crate) fn limit(self, rows: usize) -> Self {
        self.with("limit", &rows.to_string())
    }

    fn filter(self, field: &str, value: &str) -> Self {
        self.with(&format!("filter[{field}]"), value)
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The rows of a list, and what the shop's clock showed when it was asked.
pub(crate) struct Listing {
    pub(crate) rows: Vec<Node>,
    pub(crate) clock: Option<DateTime<Utc>>,
}

/// What a key opens.
pub(crate) struct Rights {
    pub(crate) shop_name: String,
    /// The version of PrestaShop.
    pub(crate) version: String,
    /// Resources by method.
    granted: BTreeMap<Method, BTreeSet<String>>,
}

/// What a key may do with a resource, each a right of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    /// Changing single fields. Releases before 8.0 do not know that.
    Patch,
    Delete,
}

impl Method {
    const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// As the front page writes it, and a merchant finds it over a column of the key's permissions.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

impl Rights {
    /// What the webservice's front page says.
    pub(crate) fn of(front: &Node, version: &str) -> Self {
        let granted = |method: Method| {
            let resources = front.children().iter();
            let granted = resources.filter(|it| it.attribute(method.as_str()) == Some("true"));
            (method, granted.map(|it| it.name().to_owned()).collect())
        };
        Self {
            shop_name: front.attribute("shopName").unwrap_or_default().to_owned(),
            version: version.to_owned(),
            granted: Method::ALL.into_iter().map(granted).collect(),
        }
    }

    pub(crate) fn may(&self, method: Method, resource: &str) -> bool {
        let granted = self.granted.get(&method);
        granted.is_some_and(|resources| resources.contains(resource))
    }

    pub(crate) fn may_read(&self, resource: &str) -> bool {
        self.may(Method::Get, resource)
    }

    pub(crate) fn may_patch(&self, resource: &str) -> bool {
        self.may(Method::Patch, resource)
    }
}

/// The webservice of one shop.
pub(crate) struct Api {
    http: Client,
    webservice: Url,
    key: SecretString,
    slots: Arc<Semaphore>,
    /// Where rows are kept that are not to be sent.
    outbox: Option<Arc<Outbox>>,
}

impl Api {
    pub(crate) fn new(http: &Client, connection: &Connection) -> Self {
        Self {
            http: http.clone(),
            webservice: connection.webservice.clone(),
            key: connection.key.clone(),
            slots: Arc::new(Semaphore::new(MAX_PARALLEL)),
            outbox: None,
        }
    }

    /// Another way to the same shop, which sends no more requests at a time than both.
    pub(crate) fn beside(&self) -> Self {
        Self {
            http: self.http.clone(),
            webservice: self.webservice.clone(),
            key: self.key.clone(),
            slots: Arc::clone(&self.slots),
            outbox: self.outbox.clone(),
        }
    }

    /// One that keeps what it would send, and sends questions alone.
    pub(crate) fn keeping(self, outbox: &Arc<Outbox>) -> Self {
        Self {
            outbox: Some(Arc::clone(outbox)),
            ..self
        }
    }

    pub(crate) async fn list(&self, query: Query) -> Result<Listing, Error> {
        let Query {
            resource,
            display,
            sort,
            parameters,
        } = query;
        let display = display.map(|fields| ("display".to_owned(), fields.to_owned()));
        let sort = ("sort".to_owned(), sort.to_owned());
        let parameters = parameters.into_iter().chain(display).chain([sort]);
        let answer = self.get(resource.path, parameters).await?;
        let document = error::document(resource.path, &answer)?;
        Ok(Listing {
            rows: resource.rows(document)?,
            clock: clock(&answer),
        })
    }

    /// What the key may do, by the webservice's own front page.
    pub(crate) async fn rights(&self) -> Result<Rights, Error> {
        let answer = self.get("", []).await?;
        let document = error::document("api", &answer)?;
        let front = document.child("api").ok_or_else(|| error::unreadable("api"))?;
        Ok(Rights::of(
            front,
            answer.header(error::VERSION).unwrap_or_default(),
        ))
    }

    async fn get(
        &self,
        path: &str,
        parameters: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Response, Error> {
        let parameters: Vec<_> = parameters.into_iter().collect();
        let mut request = Request::get(self.address(path));
        if !parameters.is_empty() {
            request = request.query(parameters);
        }
        self.send(request).await.map_err(error::of_client)
    }
}

/// When the shop began to answer, by its own clock.
fn clock(answer: &Response) -> Option<DateTime<Utc>> {
    let seconds = answer.header("access-time").and_then(|text| text.parse().ok());
    let exact = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    exact.or_else(|| {
        let date = answer.header(header::DATE.as_str())?;
        let date = DateTime::parse_from_rfc2822(date).ok()?;
        Some(date.with_timezone(&Utc))
    })
}
