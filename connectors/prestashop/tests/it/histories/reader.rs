//! Who reads the shop: keeps a cursor as text and stores it after each page, unless it dies first.
//!
//! What a page held counts as handed on only when its cursor was stored: the worst case of a reader that dies.

use chrono::{DateTime, TimeDelta, Utc};
use skarv_canonical::{
    Cursor,
    spec::{StreamSettings, StreamSpec},
};
use skarv_connector::{Access, BoxedSource, Connector, Extent, Page, PullRequest};
use skarv_prestashop::PrestaShop;

use super::shop::{Changes, Counter};
use crate::connection::{order, settings};

/// How a look at the shop ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// When everything is read.
    Done,
    /// After this page at the latest: the rest waits for the next look.
    Stops(usize),
    /// With this page in hand, before its cursor is stored.
    Dies(usize),
}

pub(super) struct Reader {
    access: Access,
    source: BoxedSource,
    start_at: DateTime<Utc>,
    stored: Option<String>,
    pub(super) handed: Changes,
}

impl Reader {
    pub(super) async fn new(shop: &Counter) -> Self {
        let access = shop.access();
        Self {
            source: source(&access).await,
            access,
            start_at: shop.now,
            stored: None,
            handed: Changes::new(),
        }
    }

    /// Reads page after page, by a clock that differs from the shop's.
    pub(super) async fn look(&mut self, shop: &Counter, limit: usize, skew_s: i64, end: End) {
        // each page holds an order that was not in those before, or ends what there is of a kind
        for turn in 1..=shop.count() + 2 {
            let page = self.pull(shop.now + TimeDelta::seconds(skew_s), limit).await;
            if matches!(end, End::Dies(at) if turn >= at) {
                self.source = source(&self.access).await;
                return;
            }
            self.take(&page);
            self.stored = Some(page.cursor.as_str().to_owned());
            if page.done || matches!(end, End::Stops(at) if turn >= at) {
                return;
            }
        }
        panic!("reading has no end");
    }

    async fn pull(&self, now: DateTime<Utc>, limit: usize) -> Page {
        let request = PullRequest {
            extent: Extent::Changes,
            cursor: self.stored.clone().map(Cursor::new),
            start_at: Some(self.start_at),
            limit,
            now,
        };
        self.source.pull(request).await.expect("a page")
    }

    fn take(&mut self, page: &Page) {
        for record in &page.records {
            let changes = order(record).states_passed.len();
            self.handed.insert(record.source_key.clone(), changes);
        }
    }
}

async fn source(access: &Access) -> BoxedSource {
    let spec = StreamSpec {
        settings: StreamSettings::Orders(settings("2026-01-01T00:00:00Z")),
    };
    PrestaShop.source(access, &spec).await.expect("a source")
}
