//! `TenantService`: merchant companies.

use skarv_domain::error::{Error, Result};
use skarv_proto::{
    convert::settings::encode_time,
    v1::{self as pb, tenant_service_server::TenantService},
};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};
use crate::app::{
    name::{PartnerName, TenantName},
    page::PageRequest,
    request::Options,
    tenant::{CreateTenant, TenantView},
};

#[tonic::async_trait]
impl TenantService for Grpc {
    async fn create_tenant(
        &self,
        request: Request<pb::CreateTenantRequest>,
    ) -> Result<Response<pb::CreateTenantResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let (auth, create) = (call.auth()?, decode_create_tenant(request)?);
                let made = self.app.tenant_create(auth, create).await?;
                self.once(made, |tenant| pb::CreateTenantResponse {
                    tenant: Some(encode_tenant(tenant)),
                })
                .await
            }
            .await,
        )
    }

    async fn get_tenant(
        &self,
        request: Request<pb::GetTenantRequest>,
    ) -> Result<Response<pb::GetTenantResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let name = TenantName::parse("name", &request.name)?;
                let tenant = self.app.tenant_get(call.auth()?, &name).await?;
                Ok(pb::GetTenantResponse {
                    tenant: Some(encode_tenant(&tenant)),
                })
            }
            .await,
        )
    }

    async fn list_tenants(
        &self,
        request: Request<pb::ListTenantsRequest>,
    ) -> Result<Response<pb::ListTenantsResponse>, Status> {
        let (call, request) = open(request);
        call.answer(
            async {
                let page = PageRequest {
                    size: request.page_size,
                    token: request.page_token,
                };
                let page = self.app.tenant_list(call.auth()?, &page).await?;
                let tenants = page.items.iter().map(encode_tenant).collect();
                Ok(pb::ListTenantsResponse {
                    tenants,
                    next_page_token: page.next_token,
                })
            }
            .await,
        )
    }
}

fn decode_create_tenant(request: pb::CreateTenantRequest) -> Result<CreateTenant> {
    let tenant = request
        .tenant
        .ok_or_else(|| Error::invalid("tenant", "is required"))?;
    Ok(CreateTenant {
        id: request.tenant_id,
        display_name: tenant.display_name,
        org_number: tenant.org_number,
        partner: match tenant.partner.as_str() {
            "" => None,
            partner => Some(PartnerName::parse("tenant.partner", partner)?),
        },
        options: Options {
            request_id: request.request_id,
            validate_only: request.validate_only,
        },
    })
}

fn encode_tenant(view: &TenantView) -> pb::Tenant {
    let TenantView { tenant, partner } = view;
    pb::Tenant {
        name: TenantName {
            tenant: tenant.slug.clone(),
        }
        .to_string(),
        display_name: tenant.name.clone(),
        org_number: tenant.org_number.clone(),
        etag: tenant.etag.to_string(),
        create_time: Some(encode_time(tenant.created_at)),
        partner: partner.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}
