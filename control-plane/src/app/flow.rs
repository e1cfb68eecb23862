//! Flows: setting them up, and switching them on and off. Their streams are in `stream`.

use serde::Serialize;
use serde_json::json;
use skarv_canonical::{
    descriptor::Side,
    spec::{
        FlowSpec, OrderSettings, PriceSettings, ProductSettings, StatusSettings, StockSettings, Template,
    },
};
use skarv_domain::{
    auth::AuthContext,
    connection::Connection,
    error::{Error, Result},
    flow::{End, Flow, NewFlow, check},
};

mod dry_run;
mod look;
mod preflight;
mod reconcile;
mod revision;
mod stream;
mod update;

pub(crate) use dry_run::DryRunStream;
pub(crate) use preflight::PreflightFlow;
pub(crate) use reconcile::ReconcileFlow;
pub(crate) use revision::{Changed, RevertFlow};
pub(crate) use stream::{StartInitialSync, StreamView, UpdateStream};
pub(crate) use update::UpdateFlow;

use super::{
    App,
    name::{ConnectionName, FlowName, TenantName, named},
    page::{PageRequest, Paged, Pages},
    request::{Once, Options, once},
};
use crate::auth::policy;

const CREATE: &str = "skarv.v1.FlowService/CreateFlow";
const GET: &str = "skarv.v1.FlowService/GetFlow";
const LIST: &str = "skarv.v1.FlowService/ListFlows";
const ACTIVATE: &str = "skarv.v1.FlowService/ActivateFlow";
const PAUSE: &str = "skarv.v1.FlowService/PauseFlow";

/// A flow to be made.
#[derive(Clone, Debug)]
pub(crate) struct CreateFlow {
    pub(crate) parent: TenantName,
    pub(crate) id: String,
    pub(crate) template: Template,
    pub(crate) shop: ConnectionName,
    pub(crate) erp: ConnectionName,
    pub(crate) settings: Settings,
    pub(crate) options: Options,
}

/// What the streams of a flow are to do. `None`: the flow has no such stream.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Settings {
    pub(crate) orders: OrderSettings,
    pub(crate) products: Option<ProductSettings>,
    pub(crate) prices: Option<PriceSettings>,
    pub(crate) stock: Option<StockSettings>,
    pub(crate) status: Option<StatusSettings>,
}

impl Settings {
    /// The settings of a flow.
    fn of(spec: FlowSpec) -> Self {
        Self {
            orders: spec.orders,
            products: spec.products,
            prices: spec.prices,
            stock: spec.stock,
            status: spec.status,
        }
    }

    fn put_into(self, spec: FlowSpec) -> FlowSpec {
        FlowSpec {
            orders: self.orders,
            products: self.products,
            prices: self.prices,
            stock: self.stock,
            status: self.status,
            ..spec
        }
    }
}

/// A flow as callers see it.
#[derive(Clone, Debug)]
pub(crate) struct FlowView {
    pub(crate) name: FlowName,
    pub(crate) flow: Flow,
}

impl App {
    /// Makes a flow with its streams, switched off.
    pub(crate) async fn flow_create(&self, auth: &AuthContext, create: CreateFlow) -> Result<Once<FlowView>> {
        policy::permit(auth, CREATE)?;
        let actor = self.actor(auth, CREATE, &create.options, &create.content())?;
        let (scope, tenant) = (auth.scope()?, self.tenant(auth, &create.parent).await?);
        let flow = create
            .id
            .parse()
            .map_err(|invalid| Error::invalid("flow_id", invalid))?;
        if create.shop == create.erp {
            return Err(Error::invalid(
                "flow.erp_connection",
                "must be another connection than flow.shop_connection",
            ));
        }
        let shop = self.end_of_flow(auth, &create, &create.shop, Side::Shop).await?;
        let erp = self.end_of_flow(auth, &create, &create.erp, Side::Erp).await?;
        let (template, orders) = (create.template, create.settings.orders.clone());
        let bare = FlowSpec::of_orders(template, shop.slug.to_string(), erp.slug.to_string(), orders);
        let spec = create.settings.clone().put_into(bare);
        self.can_carry(&spec, (&create.shop, &shop), (&create.erp, &erp))?;
        let name = FlowName {
            tenant: tenant.slug,
            flow,
        };
        let new = NewFlow {
            tenant: tenant.id,
            slug: name.flow.clone(),
            spec,
            shop: shop.id,
            erp: erp.id,
            interval: self.settings.stream_interval,
        };
        let make = async {
            Ok(FlowView {
                name: name.clone(),
                flow: self.store.flow_create(&scope, &actor, new).await?,
            })
        };
        once(&self.store, &actor, make, self.flow_view(auth, &name)).await
    }

    /// Reads a flow.
    pub(crate) async fn flow_get(&self, auth: &AuthContext, name: &FlowName) -> Result<FlowView> {
        policy::permit(auth, GET)?;
        self.flow_view(auth, name).await
    }

    /// Lists a tenant's flows, by id.
    pub(crate) async fn flow_list(
        &self,
        auth: &AuthContext,
        parent: &TenantName,
        page: &PageRequest,
    ) -> Result<Paged<FlowView>> {
        policy::permit(auth, LIST)?;
        let (tenant, parent) = (self.tenant(auth, parent).await?, parent.to_string());
        let pages = Pages::of(&self.page_mac, &[LIST, &parent]);
        let listed = self
            .store
            .flow_list(&auth.scope()?, tenant.id, &pages.open(page)?)
            .await?;
        let view = |flow: Flow| FlowView {
            name: FlowName {
                tenant: tenant.slug.clone(),
                flow: flow.slug.clone(),
            },
            flow,
        };
        Ok(pages.close(listed.map(view)))
    }

    /// Switches a flow on: its streams are due at once.
    pub(crate) async fn flow_activate(&self, auth: &AuthContext, name: &FlowName) -> Result<FlowView> {
        policy::permit(auth, ACTIVATE)?;
        let flow = self.flow(auth, name).await?;
        self.shop_has_reference(auth, name, &flow).await?;
        let flow = self
            .store
            .flow_activate(&auth.scope()?, &auth.actor(ACTIVATE), flow.id)
            .await?;
        Ok(FlowView {
            name: name.clone(),
            flow,
        })
    }

    /// Switches a flow off. What runs is told at its next renewal.
    pub(crate) async fn flow_pause(&self, auth: &AuthContext, name: &FlowName) -> Result<FlowView> {
        policy::permit(auth, PAUSE)?;
        let flow = self.flow(auth, name).await?;
        let flow = self
            .store
            .flow_pause(&auth.scope()?, &auth.actor(PAUSE), flow.id)
            .await?;
        Ok(FlowView {
            name: name.clone(),
            flow,
        })
    }

    /// The flow that a name leads to, if the caller may see it.
    pub(super) async fn flow(&self, auth: &AuthContext, name: &FlowName) -> Result<Flow> {
        let tenant = self
            .tenant(
                auth,
                &TenantName {
                    tenant: name.tenant.clone(),
                },
            )
            .await?;
        let found = self.store.flow_get(&auth.scope()?, tenant.id, &name.flow).await;
        found.map_err(|error| named(error, name))
    }

    async fn flow_view(&self, auth: &AuthContext, name: &FlowName) -> Result<FlowView> {
        Ok(FlowView {
            name: name.clone(),
            flow: self.flow(auth, name).await?,
        })
    }

    /// A shop without a reference must not send: its invoices could not be told from another shop's. That every connection
    /// has passed its test is the store's own condition.
    async fn shop_has_reference(&self, auth: &AuthContext, name: &FlowName, flow: &Flow) -> Result<()> {
        let connection = flow.spec.shop.parse().map_err(Error::internal)?;
        let name = ConnectionName {
            tenant: name.tenant.clone(),
            connection,
        };
        let shop = self.connection(auth, &name).await?;
        let is_shop = self
            .catalog
            .get(&shop.connector)
            .is_some_and(|descriptor| descriptor.side == Side::Shop);
        if is_shop && shop.shop_ref.is_none() {
            let problem =
                format!("`{name}` has not been tested, so its shop is not known: call TestConnection first");
            return Err(Error::precondition("CONNECTION_NOT_TESTED", name, problem));
        }
        Ok(())
    }

    /// Whether a flow's template and its two systems have what it asks for.
    fn can_carry(
        &self,
        spec: &FlowSpec,
        (shop, to_shop): (&ConnectionName, &Connection),
        (erp, to_erp): (&ConnectionName, &Connection),
    ) -> Result<()> {
        let (shop, erp) = (shop.to_string(), erp.to_string());
        let shop = End {
            connection: &shop,
            descriptor: self.connector(&to_shop.connector)?,
        };
        let erp = End {
            connection: &erp,
            descriptor: self.connector(&to_erp.connector)?,
        };
        check(spec, shop, erp)
    }

    /// One end of a new flow: a connection of the same tenant whose connector stands on that side.
    async fn end_of_flow(
        &self,
        auth: &AuthContext,
        create: &CreateFlow,
        name: &ConnectionName,
        side: Side,
    ) -> Result<Connection> {
        let (field, what) = match side {
            Side::Shop => ("flow.shop_connection", "a shop"),
            Side::Erp | Side::Test => ("flow.erp_connection", "an accounting system"),
        };
        if name.tenant != create.parent.tenant {
            return Err(Error::invalid(
                field,
                format!("must be a connection of {}", create.parent),
            ));
        }
        let connection = self.connection(auth, name).await?;
        let stands_on = self.connector(&connection.connector)?.side;
        // a system of our own, for tests, stands on either side
        if stands_on == side || stands_on == Side::Test {
            Ok(connection)
        } else {
            Err(Error::invalid(
                field,
                format!("must be {what}; `{name}` leads to `{}`", connection.connector),
            ))
        }
    }
}

impl CreateFlow {
    fn content(&self) -> serde_json::Value {
        let (shop, erp) = (self.shop.to_string(), self.erp.to_string());
        json!([
            self.parent.to_string(),
            self.id,
            self.template,
            shop,
            erp,
            self.settings
        ])
    }
}
