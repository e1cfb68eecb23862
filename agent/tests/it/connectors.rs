//! Connectors that do one thing: hang, panic, or call a web server.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skarv_canonical::{descriptor::Descriptor, record::Pulled, spec::StreamSpec};
use skarv_connector::{
    Access, BoxedSink, BoxedSource, CheckReport, Connector, Error, Page, PullRequest, Source, noop::Noop,
};
use skarv_http::{Method, Request, Url};
use tokio::sync::Notify;

/// What a source does with every page.
#[derive(Clone)]
pub(crate) enum Acts {
    /// Never answers. Tells when it began and when it was dropped.
    Hangs {
        began: Arc<Notify>,
        dropped: Arc<Notify>,
    },
    Panics,
    /// Calls this address so many times when its connection is tested.
    Calls(Url, usize),
}

impl Acts {
    pub(crate) fn hanging() -> (Self, Arc<Notify>, Arc<Notify>) {
        let (began, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        (
            Self::Hangs {
                began: Arc::clone(&began),
                dropped: Arc::clone(&dropped),
            },
            began,
            dropped,
        )
    }
}

/// Waits to be told, for a while.
pub(crate) async fn told(notify: &Notify) {
    tokio::time::timeout(Duration::from_secs(30), notify.notified())
        .await
        .expect("it never happened");
}

struct TellDropped(Arc<Notify>);

impl Drop for TellDropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[async_trait]
impl Connector for Acts {
    fn descriptor(&self) -> Descriptor {
        Descriptor {
            id: "acts".to_owned(),
            ..Noop.descriptor()
        }
    }

    async fn source(&self, _: &Access, _: &StreamSpec) -> Result<BoxedSource, Error> {
        Ok(Box::new(self.clone()))
    }

    async fn sink(&self, access: &Access, stream: &StreamSpec) -> Result<BoxedSink, Error> {
        Noop.sink(access, stream).await
    }

    async fn check(&self, access: &Access) -> Result<CheckReport, Error> {
        if let Self::Calls(url, times) = self {
            for _ in 0..*times {
                access.http.send(Request::new(Method::GET, url.clone())).await?;
            }
        }
        Noop.check(access).await
    }
}

#[async_trait]
impl Source for Acts {
    async fn pull(&self, _: PullRequest) -> Result<Page, Error> {
        match self {
            Self::Hangs { began, dropped } => {
                let _dropped = TellDropped(Arc::clone(dropped));
                began.notify_one();
                std::future::pending().await
            }
            Self::Panics => panic!("as the test says"),
            Self::Calls(..) => Err(Error::transient("not_read")),
        }
    }

    async fn fetch(&self, _: &[String], _: DateTime<Utc>) -> Result<Vec<Pulled>, Error> {
        Ok(Vec::new())
    }
}
