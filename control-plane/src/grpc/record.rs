//! `RecordService`: what became of each order, product, price and stock level, and what people do about it.

use skarv_canonical::{Currency, Money};
use skarv_domain::{
    error::{Error, Result},
    record::{Amount, Doubt, Filter, Only, RecordEvent, RecordState, Selection},
    write::Finding,
};
use skarv_proto::{
    convert::settings::encode_time,
    v1::{self as pb, record_service_server::RecordService},
};
use skarv_store::Resolution;
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};
use crate::app::{
    name::{RecordName, StreamName, TenantName},
    page::PageRequest,
    record::{PreviewView, RecordView, Replayed, ResolvedView},
    request::Options,
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
                let only = Only {
                    state: decode_state(request.state()),
                    reason_code: Some(request.reason_code).filter(|code| !code.is_empty()),
                };
                let page = PageRequest {
                    size: request.page_size,
                    token: request.page_token,
                };
                let page = self.app.record_list(call.auth()?, &parent, only, &page).await?;
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

    async fn preview_replay(
        &self,
        request: Request<pb::PreviewReplayRequest>,
    ) -> Result<Response<pb::PreviewReplayResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = StreamName::parse("parent", &request.parent)?;
                let selection = decode_selection(request.source_keys, request.filter)?;
                let preview = self.app.record_preview(call.auth()?, &parent, &selection).await?;
                Ok(encode_preview(preview))
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
                let selection = decode_selection(request.source_keys, request.filter)?;
                let options = Options {
                    request_id: request.request_id,
                    validate_only: request.validate_only,
                };
                let made = self
                    .app
                    .record_replay(call.auth()?, &parent, selection, &options)
                    .await?;
                self.once(made, |sent| self.encode_replayed(sent)).await
            }
            .await,
        )
    }

    async fn ignore_records(
        &self,
        request: Request<pb::IgnoreRecordsRequest>,
    ) -> Result<Response<pb::IgnoreRecordsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = StreamName::parse("parent", &request.parent)?;
                let selection = decode_selection(request.source_keys, request.filter)?;
                let options = Options {
                    request_id: request.request_id,
                    validate_only: request.validate_only,
                };
                let made = self
                    .app
                    .record_ignore(call.auth()?, &parent, selection, &request.reason, &options)
                    .await?;
                let reply = |records: &usize| pb::IgnoreRecordsResponse {
                    count: count(*records),
                };
                self.once(made, reply).await
            }
            .await,
        )
    }

    async fn resolve_unknown(
        &self,
        request: Request<pb::ResolveUnknownRequest>,
    ) -> Result<Response<pb::ResolveUnknownResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = RecordName::parse("name", &request.name)?;
                let options = Options {
                    request_id: request.request_id.clone(),
                    validate_only: request.validate_only,
                };
                let said = decode_resolution(request)?;
                let made = self
                    .app
                    .record_resolve(call.auth()?, &name, said, &options)
                    .await?;
                let reply = |view: &ResolvedView| pb::ResolveUnknownResponse {
                    record: Some(self.encode_record(&view.record)),
                    run: view.run.as_ref().map(|run| self.encode_run(run)),
                };
                self.once(made, reply).await
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
            doubts: record.doubts.iter().map(encode_doubt).collect(),
        }
    }

    fn encode_replayed(&self, sent: &Replayed) -> pb::ReplayRecordsResponse {
        let mut runs = sent.runs.iter().map(|run| self.encode_run(run));
        pb::ReplayRecordsResponse {
            run: runs.next(),
            further_runs: runs.collect(),
            count: count(sent.count),
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

/// Keys or a filter, and not both.
fn decode_selection(keys: Vec<String>, filter: Option<pb::RecordFilter>) -> Result<Selection> {
    match filter {
        None => Ok(Selection::Keys(keys)),
        Some(_) if !keys.is_empty() => Err(Error::invalid(
            "filter",
            "cannot be said together with source_keys: say one of them",
        )),
        Some(filter) => Ok(Selection::Matching(Filter {
            state: decode_state(filter.state()).unwrap_or(RecordState::Parked),
            reason_code: (!filter.reason_code.is_empty()).then_some(filter.reason_code),
        })),
    }
}

fn decode_resolution(request: pb::ResolveUnknownRequest) -> Result<Resolution> {
    let finding = match request.finding {
        Some(pb::resolve_unknown_request::Finding::ExistsAs(id)) => Finding::ExistsAs(id),
        Some(pb::resolve_unknown_request::Finding::DoesNotExist(true)) => Finding::DoesNotExist,
        Some(pb::resolve_unknown_request::Finding::DoesNotExist(false)) | None => {
            let problem = "say what was found: exists_as with the target's id, or does_not_exist: true";
            return Err(Error::invalid("finding", problem));
        }
    };
    Ok(Resolution {
        entity: (!request.entity.is_empty()).then_some(request.entity),
        finding,
        why: request.reason,
    })
}

fn encode_preview(preview: PreviewView) -> pb::PreviewReplayResponse {
    let reason = |(reason_code, records)| pb::ReasonCount {
        reason_code,
        count: count(records),
    };
    pb::PreviewReplayResponse {
        count: count(preview.count),
        reasons: preview.by_reason.into_iter().map(reason).collect(),
        names: preview.names.iter().map(ToString::to_string).collect(),
    }
}

fn count(records: impl TryInto<i32>) -> i32 {
    records.try_into().unwrap_or(i32::MAX)
}

fn encode_doubt(doubt: &Doubt) -> pb::Doubt {
    pb::Doubt {
        entity: doubt.entity.as_str().to_owned(),
        reference: doubt.our_key.clone(),
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
        RecordState::Ignored => pb::RecordState::Ignored,
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
        pb::RecordState::Ignored => Some(RecordState::Ignored),
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
