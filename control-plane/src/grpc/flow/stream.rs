//! The streams of a flow on the wire.

use std::time::Duration;

use skarv_domain::{
    error::{Error, Result},
    stream::StreamState,
};
use skarv_proto::{
    convert::settings::{encode_stream_kind, encode_time},
    v1 as pb,
};

use super::Grpc;
use crate::app::{
    flow::{StartInitialSync, StreamView, UpdateStream},
    name::StreamName,
    request::Options,
};

const INTERVAL: &str = "interval";
const STATE: &str = "state";

pub(super) fn decode_update(request: pb::UpdateStreamRequest) -> Result<UpdateStream> {
    let stream = request
        .stream
        .ok_or_else(|| Error::invalid("stream", "is required"))?;
    let mut paths = request.update_mask.unwrap_or_default().paths;
    if paths.is_empty() {
        let given = [
            (INTERVAL, stream.interval.is_some()),
            (STATE, stream.state() != pb::StreamState::Unspecified),
        ];
        paths.extend(
            given
                .iter()
                .filter(|(_, given)| *given)
                .map(|(path, _)| (*path).to_owned()),
        );
    }
    if let Some(other) = paths
        .iter()
        .find(|path| ![INTERVAL, STATE].contains(&path.as_str()))
    {
        let problem = format!("`{other}` cannot be changed: name interval or state");
        return Err(Error::invalid("update_mask", problem));
    }
    let named = |path: &str| paths.iter().any(|named| named == path);
    Ok(UpdateStream {
        name: StreamName::parse("stream.name", &stream.name)?,
        interval: named(INTERVAL)
            .then(|| decode_interval(stream.interval))
            .transpose()?,
        enabled: named(STATE).then(|| decode_state(stream.state())).transpose()?,
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

fn decode_interval(interval: Option<prost_types::Duration>) -> Result<Duration> {
    let interval = interval.and_then(|interval| Duration::try_from(interval).ok());
    interval.ok_or_else(|| Error::invalid("stream.interval", "must be 1 minute to 24 hours"))
}

fn decode_state(state: pb::StreamState) -> Result<bool> {
    match state {
        pb::StreamState::On => Ok(true),
        pb::StreamState::Off => Ok(false),
        pb::StreamState::Unspecified | pb::StreamState::Paused | pb::StreamState::Blocked => Err(
            Error::invalid("stream.state", "must be STREAM_STATE_ON or STREAM_STATE_OFF"),
        ),
    }
}

pub(super) fn decode_initial_sync(request: pb::StartInitialSyncRequest) -> Result<StartInitialSync> {
    Ok(StartInitialSync {
        name: StreamName::parse("name", &request.name)?,
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

impl Grpc {
    pub(super) fn encode_stream(&self, view: &StreamView) -> pb::Stream {
        let StreamView { name, stream, off } = view;
        let run = |run| format!("tenants/{}/runs/{run}", name.flow.tenant);
        let blocked = stream.block_reason.as_ref();
        pb::Stream {
            name: name.to_string(),
            kind: encode_stream_kind(stream.kind).into(),
            state: encode_stream_state(stream.state).into(),
            block_reason: blocked.map(|reason| self.encode_reason(reason)),
            interval: prost_types::Duration::try_from(stream.interval).ok(),
            last_ok_time: stream.last_ok_at.map(encode_time),
            active_run: stream.active_run.map(run).unwrap_or_default(),
            off_reason: off.as_ref().map(|reason| self.encode_reason(reason)),
        }
    }
}

fn encode_stream_state(state: StreamState) -> pb::StreamState {
    match state {
        StreamState::Off => pb::StreamState::Off,
        StreamState::On => pb::StreamState::On,
        StreamState::Paused => pb::StreamState::Paused,
        StreamState::Blocked => pb::StreamState::Blocked,
    }
}
