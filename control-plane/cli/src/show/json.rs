//! The API's messages as JSON and back, by the descriptors that the API itself serves.
//!
//! It is proto3 JSON with the field names of the `.proto` files, numbers as numbers, and empty values written out, so that a
//! script finds each field. Messages that are not set are left out.

use anyhow::Context;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions,
};
use serde_json::Value;
use skarv_proto::{DESCRIPTOR_SET, v1 as pb};

/// A message that knows its name.
pub(crate) trait Named: prost::Message + Default {
    /// Such as `skarv.v1.Tenant`.
    const NAME: &'static str;
}

macro_rules! named {
    ($($message:ident),* $(,)?) => {$(
        impl Named for pb::$message {
            const NAME: &'static str = concat!("skarv.v1.", stringify!($message));
        }
    )*};
}

named!(
    Agent,
    ApiKey,
    Connection,
    Connector,
    CreateApiKeyResponse,
    CreateEnrolmentTokenResponse,
    Discovery,
    Flow,
    FlowRevision,
    GetDataRegisterResponse,
    GetStoryResponse,
    IgnoreRecordsResponse,
    OrderSettings,
    Partner,
    PreviewReplayResponse,
    Record,
    RotateApiKeyResponse,
    RotateSigningKeyResponse,
    Run,
    Stream,
    Tenant,
    WhoAmIResponse,
);

/// Between messages and JSON.
#[derive(Debug)]
pub(crate) struct Json(DescriptorPool);

impl Json {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let pool = DescriptorPool::decode(DESCRIPTOR_SET).context("the API's description cannot be read")?;
        Ok(Self(pool))
    }

    /// A message as JSON.
    pub(crate) fn write<M: Named>(&self, message: &M) -> anyhow::Result<Value> {
        let mut dynamic = DynamicMessage::new(self.descriptor::<M>()?);
        dynamic.transcode_from(message)?;
        let options = SerializeOptions::new()
            .stringify_64_bit_integers(false)
            .use_proto_field_name(true)
            .skip_default_fields(false);
        dynamic
            .serialize_with_options(serde_json::value::Serializer, &options)
            .with_context(|| format!("cannot write a {} as JSON", M::NAME))
    }

    /// A message from JSON. A field that does not exist is an error.
    pub(crate) fn read<M: Named>(&self, value: Value) -> anyhow::Result<M> {
        let options = DeserializeOptions::new().deny_unknown_fields(true);
        let dynamic = DynamicMessage::deserialize_with_options(self.descriptor::<M>()?, value, &options)?;
        Ok(dynamic.transcode_to()?)
    }

    fn descriptor<M: Named>(&self) -> anyhow::Result<MessageDescriptor> {
        self.0
            .get_message_by_name(M::NAME)
            .with_context(|| format!("the API has no {}", M::NAME))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_has_the_names_of_the_api_and_its_times_are_rfc_3339() {
        let run = pb::Run {
            name: "tenants/a/runs/1".to_owned(),
            purpose: pb::RunPurpose::Sync.into(),
            create_time: Some(prost_types::Timestamp {
                seconds: 1_795_510_800,
                nanos: 0,
            }),
            ..pb::Run::default()
        };
        let written = Json::new().unwrap().write(&run).unwrap();
        assert_eq!(
            written,
            json!({
                "name": "tenants/a/runs/1",
                "purpose": "RUN_PURPOSE_SYNC",
                "state": "RUN_STATE_UNSPECIFIED",
                "subject": "",
                "create_time": "2026-11-24T09:00:00Z",
            })
        );
    }

    #[test]
    fn counts_are_numbers() {
        let run = pb::Run {
            totals: Some(pb::RunTotals {
                read: 7,
                ..pb::RunTotals::default()
            }),
            ..pb::Run::default()
        };
        assert_eq!(
            Json::new().unwrap().write(&run).unwrap()["totals"]["read"],
            json!(7)
        );
    }

    #[test]
    fn a_field_that_does_not_exist_is_named() {
        let settings = json!({ "start_at": "2026-10-01T00:00:00Z", "triger_state_ids": ["2"] });
        let refused = Json::new()
            .unwrap()
            .read::<pb::OrderSettings>(settings)
            .unwrap_err();
        assert!(format!("{refused:#}").contains("triger_state_ids"), "{refused:#}");
    }

    #[test]
    fn every_named_message_is_in_the_api() {
        let json = Json::new().unwrap();
        json.write(&pb::Agent::default()).unwrap();
        json.write(&pb::ApiKey::default()).unwrap();
        json.write(&pb::Connector::default()).unwrap();
        json.write(&pb::CreateApiKeyResponse::default()).unwrap();
        json.write(&pb::RotateApiKeyResponse::default()).unwrap();
        json.write(&pb::RotateSigningKeyResponse::default()).unwrap();
        json.write(&pb::WhoAmIResponse::default()).unwrap();
    }
}
