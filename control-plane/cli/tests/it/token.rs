//! A token ends after a quarter of an hour, and a caller that waits longer does not notice.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use skarv::client::Api;
use skarv_control_plane::config::Config;
use skarv_domain::Clock;
use skarv_proto::v1 as pb;
use tonic::Code;

use crate::world::now;

/// The real time, and so many minutes.
#[derive(Debug, Default)]
struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        now() + TimeDelta::minutes(self.0.load(Ordering::SeqCst))
    }
}

#[tokio::test]
async fn a_call_with_a_token_that_has_ended_signs_in_again() {
    let clock = Arc::new(Ahead::default());
    let started = skarv_control_plane::start(Config::temporary(), clock.clone());
    let control_plane = started.await.unwrap();
    let key = control_plane.bootstrap_key.clone().unwrap();
    let api = Api::connect(&control_plane.url(), key).await.unwrap();
    clock.0.store(20, Ordering::SeqCst);
    let bare = api.auth().who_am_i(pb::WhoAmIRequest {}).await.unwrap_err();
    assert_eq!(bare.code(), Code::Unauthenticated);
    let who = api
        .call(pb::WhoAmIRequest {}, async |request| {
            api.auth().who_am_i(request).await
        })
        .await
        .unwrap();
    assert_eq!(who.role, "admin");
}
