//! Everything of a stream carried once, over the wire: how far it is, what came of it, and stopping it.

use skarv_proto::{agent::v1 as pb, v1};
use tonic::Code;

use crate::{
    agent::{Agent, finish, held},
    checks::wait,
    goods::{PRODUCTS, STOCK, carrying, world},
    setup::FLOW,
    world::{field, reason},
};

impl Agent {
    /// The run of this name, among whatever else is leased.
    pub(crate) async fn lease_of(&self, run: &v1::Run, first_poll: u64) -> pb::Lease {
        for poll in first_poll..first_poll + 20 {
            let leases = self.lease(poll, 1_000).await.unwrap().leases;
            for lease in leases {
                if run.name.ends_with(&lease.run_id) {
                    return lease;
                }
                self.finish(finish(&lease, pb::FinishOutcome::Succeeded)).await;
            }
        }
        panic!("{} was not leased", run.name);
    }
}

/// What became of an article, and why or with what put right.
fn outcome(key: &str, result: pb::RecordResult, code: &str) -> pb::Outcome {
    pb::Outcome {
        source_key: key.to_owned(),
        reference: format!("SKU-{key}"),
        result: result.into(),
        reason: Some(v1::Reason {
            code: code.to_owned(),
            class: v1::ReasonClass::Data.into(),
            ..v1::Reason::default()
        }),
        ..pb::Outcome::default()
    }
}

#[tokio::test]
async fn an_initial_sync_tells_what_came_of_it_and_of_which_articles() {
    let world = world(true).await;
    let (admin, agent) = carrying(&world).await;
    let run = admin.initial_sync(PRODUCTS).await.unwrap();
    assert_eq!(
        (run.purpose(), run.subject.as_str()),
        (v1::RunPurpose::Backfill, PRODUCTS)
    );
    assert_eq!(admin.initial_sync(PRODUCTS).await.unwrap().name, run.name);
    let lease = agent.lease_of(&run, 10).await;
    assert_eq!(
        (lease.kind(), lease.cursor.clone()),
        (pb::RunKind::Backfill, None)
    );
    let parked = outcome("12-0", pb::RecordResult::Parked, "article_number_missing");
    let written = outcome("13", pb::RecordResult::Written, "text_cut");
    assert_eq!(agent.checkpoint(&lease, 1, parked).await, pb::RunStatus::Ok);
    assert_eq!(agent.checkpoint(&lease, 2, written).await, pb::RunStatus::Ok);
    let totals = pb::Totals {
        read: 2,
        written: 1,
        parked: 1,
        ..pb::Totals::default()
    };
    let item = pb::FinishItem {
        totals: Some(totals),
        ..finish(&lease, pb::FinishOutcome::Succeeded)
    };
    assert_eq!(agent.finish(item).await, pb::RunStatus::Ok);
    let report = wait(&admin, &run.name).await;
    let totals = report.totals.unwrap();
    assert_eq!((totals.read, totals.written, totals.parked), (2, 1, 1));
    assert_eq!(
        (report.state(), report.percent),
        (v1::RunState::Succeeded, Some(100))
    );
    let with_reason = async |code: &str| {
        let request = v1::ListRecordsRequest {
            parent: PRODUCTS.to_owned(),
            reason_code: code.to_owned(),
            ..v1::ListRecordsRequest::default()
        };
        let listed = admin.records().list_records(request).await.unwrap().into_inner();
        let told = listed
            .records
            .into_iter()
            .map(|record| (record.name.clone(), record.state()));
        told.collect::<Vec<_>>()
    };
    assert_eq!(
        with_reason("article_number_missing").await,
        [(format!("{PRODUCTS}/records/12-0"), v1::RecordState::Parked)]
    );
    assert_eq!(
        with_reason("text_cut").await,
        [(format!("{PRODUCTS}/records/13"), v1::RecordState::Written)]
    );
}

#[tokio::test]
async fn an_initial_sync_shows_how_far_it_is_and_is_stopped() {
    let world = world(true).await;
    let (admin, agent) = carrying(&world).await;
    let run = admin.initial_sync(PRODUCTS).await.unwrap();
    let lease = agent.lease_of(&run, 10).await;
    let renew = async |percent| {
        let progress = pb::Progress {
            percent: Some(percent),
            ..pb::Progress::default()
        };
        let request = pb::RenewLeasesRequest {
            agent_id: agent.id.clone(),
            last_poll_seq: 100,
            held: vec![pb::HeldRun {
                progress: Some(progress),
                ..held(&lease)
            }],
        };
        let answer = agent.caller.dispatch().renew_leases(request).await.unwrap();
        answer.into_inner().results[0].status()
    };
    assert_eq!(renew(40).await, pb::RunStatus::Ok);
    let request = v1::CancelRunRequest {
        name: run.name.clone(),
    };
    let stopping = admin
        .runs()
        .cancel_run(request.clone())
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    assert_eq!(
        (stopping.state(), stopping.percent),
        (v1::RunState::Running, Some(40))
    );
    assert_eq!(renew(41).await, pb::RunStatus::Cancel);
    agent.finish(finish(&lease, pb::FinishOutcome::Cancelled)).await;
    assert_eq!(wait(&admin, &run.name).await.state(), v1::RunState::Cancelled);
    // a repeat is answered with how it ended
    let ended = admin
        .runs()
        .cancel_run(request)
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    assert_eq!(ended.state(), v1::RunState::Cancelled);
}

#[tokio::test]
async fn orders_have_no_initial_sync_and_a_stream_that_is_off_starts_none() {
    let world = world(true).await;
    let (admin, _) = carrying(&world).await;
    let refused = admin
        .initial_sync(&format!("{FLOW}/streams/orders"))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), field(&refused).as_str()),
        (Code::InvalidArgument, "name")
    );
    admin.turn(STOCK, v1::StreamState::Off).await.unwrap();
    let refused = admin.initial_sync(STOCK).await.unwrap_err();
    assert_eq!(reason(&refused), "STREAM_NOT_ON");
}
