//! `AuthService`: an API key becomes a token, a caller is told who they are, and the keys that sign tokens.

use secrecy::ExposeSecret;
use skarv_domain::error::Result;
use skarv_proto::{
    convert::settings::encode_time,
    v1::{self as pb, auth_service_server::AuthService},
};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};
use crate::auth::keys::PublicKey;

#[tonic::async_trait]
impl AuthService for Grpc {
    async fn exchange_api_key(
        &self,
        request: Request<pb::ExchangeApiKeyRequest>,
    ) -> Result<Response<pb::ExchangeApiKeyResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let issued = self.app.api_key_exchange(&request.api_key.into()).await?;
                Ok(pb::ExchangeApiKeyResponse {
                    token: issued.token.expose_secret().to_owned(),
                    expires_in_seconds: issued.lifetime.as_secs(),
                })
            }
            .await,
        )
    }

    async fn who_am_i(
        &self,
        request: Request<pb::WhoAmIRequest>,
    ) -> Result<Response<pb::WhoAmIResponse>, Status> {
        let (call, _) = open(request);
        call.answer(
            call.auth()
                .and_then(|auth| self.app.who_am_i(auth))
                .map(|auth| pb::WhoAmIResponse {
                    principal_id: auth.principal.to_string(),
                    role: auth.role.as_str().to_owned(),
                }),
        )
    }

    async fn get_jwks(
        &self,
        request: Request<pb::GetJwksRequest>,
    ) -> Result<Response<pb::GetJwksResponse>, Status> {
        let (call, _) = open(request);
        let keys = self.app.jwks().into_iter().map(encode_jwk).collect();
        call.answer(Ok(pb::GetJwksResponse { keys }))
    }

    async fn rotate_signing_key(
        &self,
        request: Request<pb::RotateSigningKeyRequest>,
    ) -> Result<Response<pb::RotateSigningKeyResponse>, Status> {
        let (call, _) = open(request);
        call.answer(
            async {
                let key = self.app.signing_key_rotate(call.auth()?).await?;
                Ok(pb::RotateSigningKeyResponse {
                    signs_after: Some(encode_time(key.signs_after)),
                    kid: key.kid,
                })
            }
            .await,
        )
    }
}

fn encode_jwk(key: PublicKey) -> pb::Jwk {
    pb::Jwk {
        kid: key.kid,
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        alg: "EdDSA".to_owned(),
        r#use: "sig".to_owned(),
        x: key.x,
    }
}
