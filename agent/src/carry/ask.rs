//! Runs that ask connections and carry nothing: a test, what there is to choose from in settings, what is missing before a
//! flow is switched on. A person waits for the answer, so each has a limit.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use skarv_canonical::{Class, Reason};
use skarv_connector::{Access, Connector, Error};

use super::{Carrier, failed, incomplete, unusable};
use crate::{
    flow::{Signal, SliceEnd},
    holding::Holding,
    lease::{Connection, Ending, Found, Lease},
    preflight::{Preflight, Side},
};

/// How long one connection may be asked.
const LIMIT: Duration = Duration::from_secs(30);

impl Carrier {
    pub(super) async fn check(&self, lease: Lease, holding: &Arc<Holding>) -> Ending {
        self.ask(lease, holding, |connector, access| {
            async move { connector.check(access).await.map(Found::Check) }.boxed()
        })
        .await
    }

    pub(super) async fn discover(&self, lease: Lease, holding: &Arc<Holding>) -> Ending {
        self.ask(lease, holding, |connector, access| {
            async move { connector.discover(access).await.map(Found::Discovery) }.boxed()
        })
        .await
    }

    /// Asks the connection of a lease, until there is an answer, time is up or somebody says stop.
    async fn ask(
        &self,
        lease: Lease,
        holding: &Arc<Holding>,
        question: impl for<'a> FnOnce(&'a dyn Connector, &'a Access) -> BoxFuture<'a, Result<Found, Error>>,
    ) -> Ending {
        let Some(connection) = lease.source else {
            return failed(incomplete()).into();
        };
        let connector = match self.connector(&connection) {
            Ok(connector) => connector,
            Err(error) => return unusable(&error).into(),
        };
        let access = self.access(connector.as_ref(), connection, holding);
        let mut signal = holding.signal();
        tokio::select! {
            biased;
            _ = signal.wait_for(|told| *told == Signal::Cancel) => SliceEnd::Cancelled.into(),
            answer = question(connector.as_ref(), &access) => match answer {
                Ok(found) => Ending::found(found),
                Err(error) => unusable(&error).into(),
            },
            () = tokio::time::sleep(LIMIT) => failed(Reason::new(Class::Transient, "check_timed_out")).into(),
        }
    }

    pub(super) async fn preflight(&self, lease: Lease, holding: &Arc<Holding>) -> Ending {
        match self.open_to_preflight(lease, holding).await {
            Ok(preflight) => preflight.run().await,
            Err(error) => unusable(&error).into(),
        }
    }

    async fn open_to_preflight(&self, lease: Lease, holding: &Arc<Holding>) -> Result<Preflight, Error> {
        let (Some(source), Some(target)) = (lease.source, lease.target) else {
            return Err(Error::new(incomplete()));
        };
        let mut streams = Vec::new();
        for hash in lease.flow_specs {
            let spec = self.client.spec(hash).await.map_err(Error::new)?;
            streams.push((*spec).clone());
        }
        Ok(Preflight {
            streams,
            shop_is_master: lease.shop_is_master,
            source: self.side(source, holding)?,
            target: self.side(target, holding)?,
            signal: holding.signal(),
            wall: Arc::clone(&self.wall),
        })
    }

    fn side(&self, connection: Connection, holding: &Arc<Holding>) -> Result<Side, Error> {
        let connector = self.connector(&connection)?;
        Ok(Side {
            access: self.access(connector.as_ref(), connection, holding),
            connector,
        })
    }
}
