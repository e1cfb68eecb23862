//! `RecordService`: what became of each order, and sending parked ones again.

use skarv_canonical::{Currency, Money};
use skarv_domain::{
    error::Result,
    record::{Amount, RecordEvent, RecordState},
};
use skarv_proto::{
    convert::settings::encode_time,
    v1::{self as pb, record_service_server::RecordService},
};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};
use crate::app::{
    name::{RecordName, StreamName, TenantName},
    page::PageRequest,
    record::RecordView,
};

#[tonic::async_trait]
impl RecordService for Grpc {
    async fn get_record(
        &self,
        request: Request<pb::GetRecordRequest>,
    ) -> Result<Response<pb::GetRecordResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = RecordName::parse("name", &request.name)?;
                let record = self.app.record_get(call.auth()?, &name).await?;
                Ok(pb::GetRecordResponse {
                    record: Some(self.encode_record(&record)),
                })
            }
            .await,
        )
    }

    async fn list_records(
        &self,
        request: Request<pb::ListRecordsRequest>,
    ) -> Result<Response<pb::ListRecordsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = StreamName::parse("parent", &request.parent)?;
                let state = decode_state(request.state());
                let page = PageRequest {
                    size: request.page_size,
                    token: request.page_token,
                };
                let page = self.app.record_list(call.auth()?, &parent, state, &page).await?;
                let records = page.items.iter().map(|view| self.encode_record(view)).collect();
                Ok(pb::ListRecordsResponse {
                    records,
                    next_page_token: page.next_token,
                })
            }
            .await,
        )
    }

    async fn get_story(
        &self,
        request: Request<pb::GetStoryRequest>,
    ) -> Result<Response<pb::GetStoryResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = RecordName::parse("name", &request.name)?;
                let story = self.app.record_story(call.auth()?, &name).await?;
                let tenant = TenantName {
                    tenant: name.stream.flow.tenant,
                };
                Ok(pb::GetStoryResponse {
                    record: Some(self.encode_record(&story.record)),
                    events: story
                        .events
                        .iter()
                        .map(|event| self.encode_event(&tenant, event))
                        .collect(),
                })
            }
            .await,
        )
    }

    async fn replay_records(
        &self,
        request: Request<pb::ReplayRecordsRequest>,
    ) -> Result<Response<pb::ReplayRecordsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = StreamName::parse("parent", &request.parent)?;
                let run = self
                    .app
                    .record_replay(call.auth()?, &parent, request.source_keys)
                    .await?;
                Ok(pb::ReplayRecordsResponse {
                    run: Some(self.encode_run(&run)),
                })
            }
            .await,
        )
    }
}

impl Grpc {
    fn encode_record(&self, view: &RecordView) -> pb::Record {
        let record = &view.record;
        pb::Record {
            name: view.name.to_string(),
            reference: record.reference.clone(),
            state: encode_state(record.state).into(),
            reason: record.reason.as_ref().map(|reason| self.encode_reason(reason)),
            amount: record.amount.as_ref().and_then(encode_amount),
            update_time: Some(encode_time(record.updated_at)),
        }
    }

    fn encode_event(&self, tenant: &TenantName, event: &RecordEvent) -> pb::RecordEvent {
        pb::RecordEvent {
            time: Some(encode_time(event.at)),
            what: event.what.clone(),
            run: event
                .run
                .map(|run| format!("{tenant}/runs/{run}"))
                .unwrap_or_default(),
            facts: event.facts.clone().into_iter().collect(),
            reason: event.reason.as_ref().map(|reason| self.encode_reason(reason)),
        }
    }
}

fn encode_amount(amount: &Amount) -> Option<pb::Money> {
    let currency: Currency = amount.currency.parse().ok()?;
    let money = Money::from_minor(amount.minor, currency);
    Some(pb::Money {
        amount: money.amount.to_string(),
        currency_code: currency.code().to_owned(),
    })
}

fn encode_state(state: RecordState) -> pb::RecordState {
    match state {
        RecordState::Written => pb::RecordState::Written,
        RecordState::Adopted => pb::RecordState::Adopted,
        RecordState::Unchanged => pb::RecordState::Unchanged,
        RecordState::Dropped => pb::RecordState::Dropped,
        RecordState::Parked => pb::RecordState::Parked,
        RecordState::Unknown => pb::RecordState::Unknown,
    }
}

fn decode_state(state: pb::RecordState) -> Option<RecordState> {
    match state {
        pb::RecordState::Unspecified => None,
        pb::RecordState::Written => Some(RecordState::Written),
        pb::RecordState::Adopted => Some(RecordState::Adopted),
        pb::RecordState::Unchanged => Some(RecordState::Unchanged),
        pb::RecordState::Dropped => Some(RecordState::Dropped),
        pb::RecordState::Parked => Some(RecordState::Parked),
        pb::RecordState::Unknown => Some(RecordState::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_keeps_its_ore() {
        let amount = |minor, currency: &str| {
            encode_amount(&Amount {
                minor,
                currency: currency.to_owned(),
            })
        };
        assert_eq!(amount(124_900, "SEK").unwrap().amount, "1249.00");
        assert_eq!(amount(-1, "SEK").unwrap().amount, "-0.01");
        assert_eq!(amount(500, "JPY").unwrap().amount, "500");
        assert_eq!(amount(500, "???"), None);
    }
}
