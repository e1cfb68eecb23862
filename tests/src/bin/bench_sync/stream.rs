//! The streams that are loaded: which way they go, and what a flow is set up with so that it has that one beside orders.

use std::time::Duration;

use skarv::demo::articles::Shares;
use skarv_canonical::{
    descriptor::Side,
    spec::{PriceSettings, ProductSettings, StockSettings},
};
use skarv_proto::{convert::settings as wire, v1 as pb};
use skarv_tests::bench::least::{self, Facts, Kinds};

use crate::house::House;

/// How long a stream without records may take to be read to its end.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Products,
    Prices,
    Stock,
}

impl Stream {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Prices => "prices",
            Self::Stock => "stock",
        }
    }

    /// The system that is read.
    pub(crate) fn source(self) -> Side {
        match self {
            Self::Products => Side::Shop,
            Self::Prices | Self::Stock => Side::Erp,
        }
    }

    /// A flow with this stream.
    pub(crate) fn flow(self) -> pb::Flow {
        let template = match self {
            Self::Products => pb::Template::ShopMaster,
            Self::Prices | Self::Stock => pb::Template::Combined,
        };
        let mut flow = pb::Flow {
            template: template.into(),
            ..pb::Flow::default()
        };
        match self {
            Self::Products => {
                flow.product_settings = Some(wire::encode_product_settings(&ProductSettings::swedish()));
            }
            Self::Prices => {
                flow.price_settings = Some(wire::encode_price_settings(&PriceSettings::swedish()))
            }
            Self::Stock => flow.stock_settings = Some(wire::encode_stock_settings(StockSettings::default())),
        }
        flow
    }

    /// What the books are compared by.
    pub(crate) fn shares(self) -> Shares {
        Shares {
            products_to_erp: self == Self::Products,
            prices: self == Self::Prices,
            stock: self == Self::Stock,
            products_to_shop: false,
        }
    }

    /// The fewest calls it can take.
    pub(crate) fn least(self, facts: &Facts, made: &Kinds) -> Kinds {
        match self {
            Self::Products => least::products(facts),
            Self::Prices => least::prices(facts, made),
            Self::Stock => least::stock(facts),
        }
    }
}

impl House {
    /// Switches the flow on and waits until it has nothing to do: the source of this stream shows nothing yet, and nothing runs by
    /// itself any more.
    pub(crate) async fn rest(&self, stream: Stream) -> anyhow::Result<()> {
        let hides = stream.source() == Side::Shop;
        self.fakes.hide_products(hides).await?;
        self.run_seldom().await?;
        self.activate().await?;
        self.settled(PATIENCE).await?;
        self.fakes.hide_products(false).await
    }
}
