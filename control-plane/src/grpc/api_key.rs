//! `ApiKeyService`: what programs sign in with. Answers that bear a key are never remembered.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use skarv_domain::{
    api_key::{ApiKey, KeyState},
    error::{Error, Result},
};
use skarv_proto::{
    convert::settings::{decode_time, encode_time},
    v1::{self as pb, api_key_service_server::ApiKeyService},
};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};
use crate::app::{
    api_key::{CreateApiKey, RotateApiKey},
    name::{ApiKeyName, KeyParent},
    request::Options,
};

#[tonic::async_trait]
impl ApiKeyService for Grpc {
    async fn create_api_key(
        &self,
        request: Request<pb::CreateApiKeyRequest>,
    ) -> Result<Response<pb::CreateApiKeyResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, create) = (call.auth()?, decode_create(request)?);
                let Some(made) = self.app.api_key_create(auth, create).await? else {
                    return Ok(pb::CreateApiKeyResponse::default());
                };
                Ok(pb::CreateApiKeyResponse {
                    api_key: Some(self.encode_key(&made.key)),
                    secret: made.text.expose_secret().to_owned(),
                })
            }
            .await,
        )
    }

    async fn list_api_keys(
        &self,
        request: Request<pb::ListApiKeysRequest>,
    ) -> Result<Response<pb::ListApiKeysResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let parent = KeyParent::parse("parent", &request.parent)?;
                let keys = self.app.api_key_list(call.auth()?, &parent).await?;
                Ok(pb::ListApiKeysResponse {
                    api_keys: keys.iter().map(|key| self.encode_key(key)).collect(),
                })
            }
            .await,
        )
    }

    async fn rotate_api_key(
        &self,
        request: Request<pb::RotateApiKeyRequest>,
    ) -> Result<Response<pb::RotateApiKeyResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, rotate) = (call.auth()?, decode_rotate(request)?);
                let (made, replaced) = self.app.api_key_rotate(auth, rotate).await?;
                Ok(pb::RotateApiKeyResponse {
                    api_key: Some(self.encode_key(&made.key)),
                    secret: made.text.expose_secret().to_owned(),
                    replaced: Some(self.encode_key(&replaced)),
                })
            }
            .await,
        )
    }

    async fn revoke_api_key(
        &self,
        request: Request<pb::RevokeApiKeyRequest>,
    ) -> Result<Response<pb::RevokeApiKeyResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = ApiKeyName::parse("name", &request.name)?;
                let key = self.app.api_key_revoke(call.auth()?, &name).await?;
                Ok(pb::RevokeApiKeyResponse {
                    api_key: Some(self.encode_key(&key)),
                })
            }
            .await,
        )
    }
}

fn decode_create(request: pb::CreateApiKeyRequest) -> Result<CreateApiKey> {
    Ok(CreateApiKey {
        parent: KeyParent::parse("parent", &request.parent)?,
        display_name: request.display_name,
        expires_at: request.expire_time.map(decode_end).transpose()?,
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

fn decode_end(end: prost_types::Timestamp) -> Result<DateTime<Utc>> {
    decode_time(end).ok_or_else(|| Error::invalid("expire_time", "is no instant of the calendar"))
}

fn decode_rotate(request: pb::RotateApiKeyRequest) -> Result<RotateApiKey> {
    let overlap = request.overlap.map(Duration::try_from).transpose();
    Ok(RotateApiKey {
        name: ApiKeyName::parse("name", &request.name)?,
        overlap: overlap.map_err(|_| Error::invalid("overlap", "must not be negative"))?,
        request_id: request.request_id,
    })
}

impl Grpc {
    fn encode_key(&self, key: &ApiKey) -> pb::ApiKey {
        let name = ApiKeyName {
            prefix: key.prefix.clone(),
        };
        pb::ApiKey {
            name: name.to_string(),
            owner: key.owner.to_string(),
            display_name: key.name.clone(),
            state: encode_state(key.state(self.app.clock.now())).into(),
            create_time: Some(encode_time(key.created_at)),
            expire_time: key.expires_at.map(encode_time),
            last_use_time: key.last_used_at.map(encode_time),
            revoke_time: key.revoked_at.map(encode_time),
        }
    }
}

fn encode_state(state: KeyState) -> pb::ApiKeyState {
    match state {
        KeyState::Active => pb::ApiKeyState::Active,
        KeyState::Expired => pb::ApiKeyState::Expired,
        KeyState::Revoked => pb::ApiKeyState::Revoked,
    }
}
