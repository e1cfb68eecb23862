//! `CatalogService`: what Skarv can connect.

use skarv_canonical::{
    descriptor::{Descriptor, Setting, SettingKind, Side},
    register::RegisteredField,
};
use skarv_domain::{
    auth::AuthContext,
    error::{Error, Result},
};
use skarv_proto::{
    convert::settings::decode_template,
    v1::{self as pb, catalog_service_server::CatalogService},
};
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
        let (call, request) = open(request);
        let fields = call.auth().and_then(|auth| self.fields(auth, &request));
        call.answer(fields.map(|fields| pb::GetDataRegisterResponse {
            fields: fields.into_iter().map(encode_field).collect(),
        }))
    }
}

impl Grpc {
    fn fields(
        &self,
        auth: &AuthContext,
        request: &pb::GetDataRegisterRequest,
    ) -> Result<Vec<RegisteredField>> {
        let template =
            decode_template(request.template()).ok_or_else(|| Error::invalid("template", "is required"))?;
        self.app
            .data_register(auth, (&request.shop, &request.erp), template)
    }
}

fn encode_field(field: RegisteredField) -> pb::RegisteredField {
    pb::RegisteredField {
        stream: field.stream.as_str().to_owned(),
        source: field.source,
        source_field: field.source_field,
        field: field.field,
        target: field.target,
        target_field: field.target_field,
        personal: field.personal,
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
