//! Writing to the webservice: rows in one body, one request, and what the shop answers.
//!
//! Several rows may stand in one body, and there is no transaction round them: what stands before a row that is refused is
//! kept, and the answer tells of the refusal alone. The shop goes by the ids in the body and not by the address. What it answers
//! is what was sent and not what it keeps: whoever must know reads again. While somebody only looks, nothing is sent: `outbox.rs`.

use secrecy::{ExposeSecret, SecretString};
use skarv_connector::Error;
use skarv_http::{Request, SendWindow, Url};

use super::{Api, Resource, Way};
use crate::{error, xml::Node};

const XML: &str = "text/xml; charset=utf-8";

impl Api {
    /// Makes rows. Their ids are in the answer, and little else there can be trusted.
    pub(crate) async fn create(
        &self,
        resource: Resource,
        rows: Vec<Node>,
        window: Option<SendWindow>,
    ) -> Result<Vec<Node>, Error> {
        let request = Request::post(self.address(resource.path));
        self.write((Way::Made, request), resource, rows, window).await
    }

    /// Makes rows and has the shop mail whoever they concern.
    pub(crate) async fn create_and_mail(
        &self,
        resource: Resource,
        rows: Vec<Node>,
        window: Option<SendWindow>,
    ) -> Result<Vec<Node>, Error> {
        // spelt any other way it is ignored without a word
        let mailing = [("sendemail".to_owned(), "1".to_owned())];
        let request = Request::post(self.address(resource.path)).query(mailing);
        self.write((Way::Made, request), resource, rows, window).await
    }

    /// Puts rows in the place of those with their ids. A field that is not sent is wiped.
    pub(crate) async fn replace(
        &self,
        resource: Resource,
        rows: Vec<Node>,
        window: Option<SendWindow>,
    ) -> Result<Vec<Node>, Error> {
        let request = Request::put(self.address(resource.path));
        self.write((Way::Changed, request), resource, rows, window).await
    }

    /// Changes the fields that are sent and no others. Shops know this from 8.0 on: see `system.rs`.
    pub(crate) async fn patch(
        &self,
        resource: Resource,
        rows: Vec<Node>,
        window: Option<SendWindow>,
    ) -> Result<Vec<Node>, Error> {
        let request = Request::patch(self.address(resource.path));
        self.write((Way::Changed, request), resource, rows, window).await
    }

    /// Deletes one row, for good. Of several the shop would delete the first and say that it did them all.
    pub(crate) async fn delete(&self, resource: Resource, id: u64) -> Result<(), Error> {
        if let Some(outbox) = &self.outbox {
            outbox.keep(
                Way::Deleted,
                resource,
                vec![Node::new(resource.node).with("id", id)],
            );
            return Ok(());
        }
        let request = Request::delete(self.address(&format!("{}/{id}", resource.path)));
        let answer = self.send(request).await.map_err(error::of_write_unanswered)?;
        error::of_delete(resource.path, &answer)
    }

    async fn write(
        &self,
        (way, request): (Way, Request),
        resource: Resource,
        rows: Vec<Node>,
        window: Option<SendWindow>,
    ) -> Result<Vec<Node>, Error> {
        if let Some(outbox) = &self.outbox {
            return Ok(outbox.keep(way, resource, rows));
        }
        let document = Node::new("prestashop").holding(rows).document();
        let mut request = request.body(document, XML);
        if let Some(window) = window {
            request = request.window(window);
        }
        let answer = self.send(request).await.map_err(error::of_write_unanswered)?;
        let root = error::of_write(resource.path, &answer)?;
        let mut rows = root.into_children();
        rows.retain(|row| row.name() == resource.node);
        Ok(rows)
    }

    pub(super) fn address(&self, path: &str) -> Url {
        let mut url = self.webservice.clone();
        url.set_path(&format!("{}{path}", self.webservice.path()));
        url
    }

    /// One request, when there is room for it.
    pub(super) async fn send(&self, request: Request) -> Result<skarv_http::Response, skarv_http::Error> {
        let request = request.basic(self.key.expose_secret(), &SecretString::default());
        // the semaphore is never closed, so a slot always comes
        let _slot = self.slots.acquire().await;
        self.http.send(request).await
    }
}
