//! `AuthService`: an API key becomes a token, and a caller is told who they are.

use secrecy::ExposeSecret;
use skarv_domain::error::Result;
use skarv_proto::v1::{self as pb, auth_service_server::AuthService};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};

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
}
