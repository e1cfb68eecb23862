//! `PartnerService`: agencies.

use skarv_domain::{
    error::{Error, Result},
    partner::Partner,
};
use skarv_proto::{
    convert::settings::encode_time,
    v1::{self as pb, partner_service_server::PartnerService},
};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};
use crate::app::{name::PartnerName, page::PageRequest, partner::CreatePartner, request::Options};

#[tonic::async_trait]
impl PartnerService for Grpc {
    async fn create_partner(
        &self,
        request: Request<pb::CreatePartnerRequest>,
    ) -> Result<Response<pb::CreatePartnerResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, create) = (call.auth()?, decode_create_partner(request)?);
                let made = self.app.partner_create(auth, create).await?;
                self.once(made, |partner| pb::CreatePartnerResponse {
                    partner: Some(encode_partner(partner)),
                })
                .await
            }
            .await,
        )
    }

    async fn get_partner(
        &self,
        request: Request<pb::GetPartnerRequest>,
    ) -> Result<Response<pb::GetPartnerResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = PartnerName::parse("name", &request.name)?;
                let partner = self.app.partner_get(call.auth()?, &name).await?;
                Ok(pb::GetPartnerResponse {
                    partner: Some(encode_partner(&partner)),
                })
            }
            .await,
        )
    }

    async fn list_partners(
        &self,
        request: Request<pb::ListPartnersRequest>,
    ) -> Result<Response<pb::ListPartnersResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let page = PageRequest {
                    size: request.page_size,
                    token: request.page_token,
                };
                let page = self.app.partner_list(call.auth()?, &page).await?;
                Ok(pb::ListPartnersResponse {
                    partners: page.items.iter().map(encode_partner).collect(),
                    next_page_token: page.next_token,
                })
            }
            .await,
        )
    }
}

fn decode_create_partner(request: pb::CreatePartnerRequest) -> Result<CreatePartner> {
    let partner = request
        .partner
        .ok_or_else(|| Error::invalid("partner", "is required"))?;
    Ok(CreatePartner {
        id: request.partner_id,
        display_name: partner.display_name,
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

fn encode_partner(partner: &Partner) -> pb::Partner {
    let name = PartnerName {
        partner: partner.slug.clone(),
    };
    pb::Partner {
        name: name.to_string(),
        display_name: partner.name.clone(),
        create_time: Some(encode_time(partner.created_at)),
    }
}
