//! The calls of the contract: where they go, with which token and version, page by page.
//!
//! A call that is answered 401 is made once more with a new token: a request that was not let in has stored nothing.
//! Nothing else is repeated here.

use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use skarv_canonical::write::Document;
use skarv_connector::{Access, Error};
use skarv_http::{Client, Request, Response, SendWindow, StatusCode, Url};

use crate::auth::{Credentials, SignIn, Token, Tokens};
use crate::error::{self, Purpose};
use crate::settings::Settings;

const PAGE_SIZE: usize = 500;
/// A server that ignores `page` would otherwise be read for ever. What we ask for fits many times over.
const MOST_PAGES: usize = 20;

/// A part of a list. The last is the first that is not full.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) last: bool,
}

/// One connection's way to the API.
#[derive(Debug)]
pub(crate) struct Api {
    http: Client,
    sign_in: SignIn,
    organization: Url,
    api_version: String,
}

impl Api {
    pub(crate) fn open(access: &Access, tokens: &Tokens) -> Result<Self, Error> {
        let Settings {
            base_url: mut organization,
            token_url,
            organization_id,
            api_version,
            client_id,
            client_secret,
        } = Settings::read(access)?;
        // an address that cannot carry a path was refused when it was read
        if let Ok(mut path) = organization.path_segments_mut() {
            path.pop_if_empty().push(&organization_id.to_string());
        }
        let credentials = Credentials {
            url: token_url,
            client_id,
            client_secret,
        };
        Ok(Self {
            http: access.http.clone(),
            sign_in: SignIn::new(access.http.clone(), &access.connection, credentials, tokens),
            organization,
            api_version: api_version.to_string(),
        })
    }

    /// Signs in, and nothing more.
    pub(crate) async fn sign_in(&self) -> Result<(), Error> {
        self.sign_in.token().await.map(drop)
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let purpose = Purpose::reading(resource(path));
        read(&self.fetch(path, query).await?, purpose)
    }

    /// One thing by its id. None when there is no such thing.
    pub(crate) async fn get_if_there<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Option<T>, Error> {
        let response = self.fetch(path, &[]).await?;
        if response.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        read(&response, Purpose::reading(resource(path))).map(Some)
    }

    /// Everything that fits a filter, from all pages.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        path: &[&str],
        filter: &[(&str, &str)],
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        for number in 1..=MOST_PAGES {
            let Page { items, last } = self.page(path, filter, number).await?;
            all.extend(items);
            if last {
                return Ok(all);
            }
        }
        Err(without_end(resource(path)))
    }

    /// One page of what fits a filter, from 1.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        path: &[&str],
        filter: &[(&str, &str)],
        number: usize,
    ) -> Result<Page<T>, Error> {
        let (number, size) = (number.to_string(), PAGE_SIZE.to_string());
        let query = [filter, &[("page", &number), ("pageSize", &size)]].concat();
        let items: Vec<T> = self.get(path, &query).await?;
        if items.len() > PAGE_SIZE {
            return Err(without_end(resource(path)));
        }
        let last = items.len() < PAGE_SIZE;
        Ok(Page { items, last })
    }

    /// Makes a document, if that is over before the window ends.
    pub(crate) async fn create<T: DeserializeOwned>(
        &self,
        resource: &str,
        body: &(impl Serialize + Sync),
        document: &Document,
        window: Option<SendWindow>,
    ) -> Result<T, Error> {
        self.create_under(&[resource], body, document, window).await
    }

    /// The same, for what is made under something that stands.
    pub(crate) async fn create_under<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &(impl Serialize + Sync),
        document: &Document,
        window: Option<SendWindow>,
    ) -> Result<T, Error> {
        let purpose = Purpose::creating(resource(path), document);
        let request = Request::post(self.url(path)).json(body);
        let request = match window {
            Some(window) => request.window(window),
            None => request,
        };
        read(&self.call(request, purpose).await?, purpose)
    }

    /// Replaces a thing by another version of it. The query says which version is replaced, so that a repeated or late
    /// call changes nothing.
    pub(crate) async fn replace(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: &(impl Serialize + Sync),
        document: &Document,
        window: Option<SendWindow>,
    ) -> Result<(), Error> {
        let request = Request::put(self.url(path));
        self.change(request, path, query, body, document, window).await
    }

    /// The same, for the fields of a thing that are named; the others stay.
    pub(crate) async fn patch(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: &(impl Serialize + Sync),
        document: &Document,
        window: Option<SendWindow>,
    ) -> Result<(), Error> {
        let request = Request::patch(self.url(path));
        self.change(request, path, query, body, document, window).await
    }

    async fn change(
        &self,
        request: Request,
        path: &[&str],
        query: &[(&str, &str)],
        body: &(impl Serialize + Sync),
        document: &Document,
        window: Option<SendWindow>,
    ) -> Result<(), Error> {
        let purpose = Purpose::updating(resource(path), document);
        let request = request.query(query.iter().copied()).json(body);
        let request = match window {
            Some(window) => request.window(window),
            None => request,
        };
        let _: IgnoredAny = read(&self.call(request, purpose).await?, purpose)?;
        Ok(())
    }

    async fn fetch(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Response, Error> {
        let request = Request::get(self.url(path)).query(query.iter().copied());
        self.call(request, Purpose::reading(resource(path))).await
    }

    async fn call(&self, request: Request, purpose: Purpose<'_>) -> Result<Response, Error> {
        let request = request.query([("api-version", &self.api_version)]);
        let token = self.sign_in.token().await?;
        let response = self.send(&request, &token, purpose).await?;
        if response.status != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let token = self.sign_in.instead_of(&token).await?;
        self.send(&request, &token, purpose).await
    }

    async fn send(&self, request: &Request, token: &Token, purpose: Purpose<'_>) -> Result<Response, Error> {
        let sent = self.http.send(request.clone().bearer(&token.secret)).await;
        let response = sent.map_err(|wrong| error::unanswered(wrong, purpose))?;
        Ok(token.concealed(response))
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.organization.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path);
        }
        url
    }
}

/// A server whose pages never end, or are none.
pub(crate) fn without_end(resource: &str) -> Error {
    Error::configuration("search_without_end").with("resource", resource)
}

/// What a path is about: its first part.
fn resource<'a>(path: &[&'a str]) -> &'a str {
    path.first().copied().unwrap_or_default()
}

fn read<T: DeserializeOwned>(response: &Response, purpose: Purpose<'_>) -> Result<T, Error> {
    if !response.status.is_success() {
        return Err(error::refused(response, purpose));
    }
    serde_json::from_slice(&response.body).map_err(|wrong| {
        let place = format!("line {}, column {}", wrong.line(), wrong.column());
        error::unreadable(purpose).detail(&place)
    })
}
