//! A shop of our fixtures that notes what it is asked for, and how a test asks it for pages.

use std::sync::{Arc, Mutex};

use skarv_canonical::{Cursor, record::Pulled};
use skarv_connector::{BoxedSource, Extent, Page, PullRequest, Source};

use crate::{
    connection::{KEY, at, settings, source},
    counter::NOW,
    fixtures::folder,
    webservice::{Answer, Asked, Webservice, file},
};

pub(crate) const START: &str = "2026-01-01T00:00:00Z";

pub(crate) fn request(cursor: Option<&str>, limit: usize) -> PullRequest {
    PullRequest {
        extent: Extent::Changes,
        cursor: cursor.map(Cursor::new),
        start_at: Some(at(START)),
        limit,
        now: at(NOW),
    }
}

pub(crate) async fn page(source: &dyn Source, cursor: Option<&str>, limit: usize) -> Page {
    source.pull(request(cursor, limit)).await.expect("a page")
}

pub(crate) fn keys(records: &[Pulled]) -> Vec<&str> {
    records.iter().map(|record| record.source_key.as_str()).collect()
}

/// Nothing instead of the fixtures.
pub(crate) fn as_it_is(_: &Asked) -> Option<Answer> {
    None
}

/// Our fixtures behind a door that notes what was asked for, and lets a test answer first.
pub(crate) async fn noting<A: Into<Answer>>(
    first: impl Fn(&Asked) -> Option<A> + Send + Sync + 'static,
) -> (Webservice, BoxedSource, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    let shop = Webservice::open(move |asked| -> Answer {
        let line = format!("{}?{}", asked.resource, asked.query);
        notes.lock().expect("notes").push(line);
        first(asked).map_or_else(|| file(&folder(), &asked.resource).into(), Into::into)
    })
    .await;
    let source = source(&shop.base_url, KEY, settings(START)).await;
    (shop, source, asked)
}

pub(crate) fn of(asked: &Mutex<Vec<String>>, resource: &str) -> Vec<String> {
    let asked = asked.lock().expect("notes");
    let lines = asked
        .iter()
        .filter(|line| line.starts_with(&format!("{resource}?")));
    lines.cloned().collect()
}
