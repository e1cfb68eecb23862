//! `skarv register`: which fields travel between two systems, in which direction.

use clap::Args;
use skarv_proto::v1 as pb;

use super::{flow::Template, session::Session};
use crate::{failure::Exit, show};

#[derive(Args)]
pub(super) struct Arguments {
    /// Which system owns what
    #[arg(long, value_enum)]
    template: Template,
    /// The shop's connector
    #[arg(long, default_value = "prestashop")]
    shop: String,
    /// The accounting system's connector
    #[arg(long, default_value = "hogia-smart")]
    erp: String,
}

impl Arguments {
    pub(super) async fn run(self, session: &Session) -> anyhow::Result<Exit> {
        let api = &session.api;
        let request = pb::GetDataRegisterRequest {
            shop: self.shop,
            erp: self.erp,
            template: pb::Template::from(self.template).into(),
        };
        let answer = api.call(request, async |r| api.catalog().get_data_register(r).await);
        let register = answer.await?;
        session.view.told(&register, |_| show::register(&register))?;
        Ok(Exit::Done)
    }
}
