//! `CatalogService`: what Skarv can connect.

use skarv_canonical::descriptor::{Descriptor, Setting, SettingKind, Side};
use skarv_domain::error::{Error, Result};
use skarv_proto::v1::{self as pb, catalog_service_server::CatalogService};
use tonic::{Request, Response, Status};

use super::{Grpc, call::open};

#[tonic::async_trait]
impl CatalogService for Grpc {
    async fn list_connectors(
        &self,
        request: Request<pb::ListConnectorsRequest>,
    ) -> Result<Response<pb::ListConnectorsResponse>, Status> {
        let (call, _) = open(request);
        let listed = call.auth().and_then(|auth| self.app.connector_list(auth));
        call.answer(listed.map(|connectors| pb::ListConnectorsResponse {
            connectors: connectors.iter().map(encode_connector).collect(),
        }))
    }
    async fn get_data_register(
        &self,
        request: Request<pb::GetDataRegisterRequest>,
    ) -> Result<Response<pb::GetDataRegisterResponse>, Status> {
        let (call, _) = open(request);
        call.answer(Err(Error::internal("not built yet")))
    }
}

fn encode_connector(descriptor: &Descriptor) -> pb::Connector {
    pb::Connector {
        connector: descriptor.id.clone(),
        title: descriptor.title.clone(),
        version: descriptor.version.clone(),
        side: encode_side(descriptor.side).to_owned(),
        verified: descriptor.verified,
        notice: descriptor.notice.clone(),
        settings: descriptor.settings.iter().map(encode_setting).collect(),
        secrets: descriptor.secrets.iter().map(encode_setting).collect(),
    }
}

fn encode_side(side: Side) -> &'static str {
    match side {
        Side::Shop => "shop",
        Side::Erp => "erp",
        Side::Test => "test",
    }
}

fn encode_setting(setting: &Setting) -> pb::ConnectorSetting {
    let kind = match setting.kind {
        SettingKind::Text => "text",
        SettingKind::Url => "url",
        SettingKind::Number => "number",
        SettingKind::Bool => "bool",
    };
    pb::ConnectorSetting {
        name: setting.name.clone(),
        label_sv: setting.label_sv.clone(),
        label_en: setting.label_en.clone(),
        kind: kind.to_owned(),
        required: setting.required,
        default_value: setting.default.clone(),
    }
}
