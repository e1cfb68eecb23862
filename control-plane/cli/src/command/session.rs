//! A signed-in caller and how its commands answer.

use crate::{client::Api, config::Options, show::View};

/// What every command works with.
pub(super) struct Session {
    pub(super) api: Api,
    pub(super) view: View,
}

impl Session {
    /// Signs in.
    pub(super) async fn open(options: &Options) -> anyhow::Result<Self> {
        let view = View::new(options.output, options.lang())?;
        let (key, ca) = (options.api_key()?, options.ca()?);
        let api = Api::connect_trusting(&options.server, ca.as_deref(), key).await?;
        Ok(Self { api, view })
    }
}
