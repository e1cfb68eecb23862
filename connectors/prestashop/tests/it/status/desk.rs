//! A shop with one order, a sink that tells it states, and what its books say.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use skarv_canonical::{
    spec::{StatusRule, StatusSettings, StatusSpec, StreamSettings, StreamSpec},
    status::{OrderEvent, StateChange},
    write::{Document, Effect, Write},
};
use skarv_connector::{BoxedSink, Connector, Error, Foreseen, Preview, Put, Receipt, Sink};
use skarv_prestashop::{
    PrestaShop,
    fake::{Shop, Version},
};

use crate::{
    connection::{KEY, access, triggers},
    counter::{admin, admin_post, ledger, shop},
};

pub(super) use crate::stockroom::BOTH;
pub(super) use OrderEvent::{Cancelled, Delivered, Invoiced, Paid};

pub(super) const PACKED: u32 = 3;
pub(super) const ARRIVED: u32 = 5;
pub(super) const CANCELLED: u32 = 6;
pub(super) const SETTLED: u32 = 2;
pub(crate) const WIRE: u32 = 10;

/// Which state each event is told as.
pub(super) fn told_as() -> BTreeMap<OrderEvent, u32> {
    BTreeMap::from([
        (Invoiced, PACKED),
        (Delivered, ARRIVED),
        (Paid, SETTLED),
        (Cancelled, CANCELLED),
    ])
}

/// A stream that tells these, each with the number of the parcel, and with a mail where the state has one.
pub(crate) fn spec() -> StreamSpec {
    let rule = |(event, state): (OrderEvent, u32)| {
        let rule = StatusRule {
            state: state.to_string(),
            mail: event != Delivered,
            tracking: true,
        };
        (event, rule)
    };
    let settings = StatusSettings {
        start_on: "2026-11-01".parse().expect("a day"),
        states: told_as().into_iter().map(rule).collect(),
        delivered_when: None,
        cancels_captured: false,
    };
    StreamSpec {
        settings: StreamSettings::OrderStatus(StatusSpec {
            settings,
            triggers: triggers([WIRE.to_string()]),
        }),
    }
}

pub(crate) struct Desk {
    pub(crate) shop: Shop,
    sink: BoxedSink,
}

impl Desk {
    /// One order that waits for its transfer.
    pub(crate) async fn of(version: Version) -> Self {
        let shop = shop(0, version).await;
        admin_post(&shop, "orders", r#"{"count":1,"now":"2026-11-24T06:00:00Z"}"#).await;
        let sink = sink(&shop).await;
        let desk = Self { shop, sink };
        desk.tell("orders/1/state", json!({ "state": WIRE, "employee": 0 }))
            .await;
        desk
    }

    /// The same shop from another run of the agent.
    pub(super) async fn restarted(self) -> Self {
        let sink = sink(&self.shop).await;
        Self { sink, ..self }
    }

    pub(super) async fn tell(&self, path: &str, body: Value) {
        admin_post(&self.shop, path, &body.to_string()).await;
    }

    pub(super) async fn faults(&self, faults: Value) {
        self.tell("faults", faults).await;
    }

    /// Somebody in the back office puts the order into a state.
    pub(super) async fn by_hand(&self, state: u32) {
        self.tell("orders/1/state", json!({ "state": state, "employee": 1 }))
            .await;
    }

    /// A payment module does.
    pub(super) async fn by_module(&self, state: u32) {
        self.tell("orders/1/state", json!({ "state": state, "employee": 0 }))
            .await;
    }

    pub(super) fn sink(&self) -> &dyn Sink {
        self.sink.as_ref()
    }

    pub(super) async fn put(&self, write: &Write) -> Result<Receipt, Error> {
        self.sink.put(put(write)).await
    }

    /// As the engine does: looks first, and looks again where an answer does not say.
    pub(super) async fn deliver(&self, write: &Write) -> Result<String, Error> {
        if let Some(found) = self.sink.match_existing(write).await? {
            return Ok(found.foreign_id);
        }
        match self.put(write).await {
            Ok(receipt) => Ok(receipt.foreign_id),
            Err(error) => match self.sink.find(write).await? {
                Some(found) => Ok(found.foreign_id),
                None => Err(error),
            },
        }
    }

    pub(super) async fn refused(&self, write: &Write) -> String {
        let error = self.put(write).await.expect_err("a refusal");
        error.to_string()
    }

    pub(super) async fn stands(&self, write: &Write) -> Option<String> {
        let found = self.sink.find(write).await.expect("a look");
        found.map(|found| found.foreign_id)
    }

    pub(super) async fn preview(&self, write: &Write) -> Preview {
        self.sink.preview(put(write)).await.expect("a preview")
    }

    pub(super) async fn foreseen(&self, write: &Write) -> Foreseen {
        self.preview(write).await.end
    }

    /// The order as the shop's own books have it.
    pub(super) async fn books(&self) -> Value {
        let ledger = ledger(&self.shop).await;
        ledger["orders"][0].clone()
    }

    /// The states that it went into after the purchase.
    pub(super) async fn states(&self) -> Vec<u64> {
        let books = self.books().await;
        let history = books["history"].as_array().expect("a history").iter();
        let states = history.map(|row| row["state"].as_u64().expect("a state"));
        states.skip(2).collect()
    }

    /// What its buyer was mailed: the state, and the number that the mail could tell.
    pub(super) async fn mails(&self) -> Vec<(u64, String)> {
        let books = self.books().await;
        let mails = books["mails"].as_array().expect("mails").iter();
        let mail = |mail: &Value| {
            let tracking = mail["tracking"].as_str().expect("a text").to_owned();
            (mail["state"].as_u64().expect("a state"), tracking)
        };
        mails.map(mail).collect()
    }

    /// Methods and targets of what was asked since the tape began.
    pub(super) async fn asked(&self) -> Vec<String> {
        let tape: Value = serde_json::from_str(&admin(&self.shop, "tape").await).expect("json");
        let calls = tape.as_array().expect("calls").iter();
        let shown = |call: &Value| {
            let text = |name: &str| call[name].as_str().expect("a text").to_owned();
            let target = text("target");
            let path = target.split("?display").next().unwrap_or_default();
            let path = path.split("?filter").next().unwrap_or_default();
            format!("{} {path}", text("method"))
        };
        calls.map(shown).collect()
    }
}

async fn sink(shop: &Shop) -> BoxedSink {
    let access = access(&shop.base_url(), KEY);
    PrestaShop.sink(&access, &spec()).await.expect("a sink")
}

fn put(write: &Write) -> Put<'_> {
    Put {
        write,
        existing: None,
        earlier: &[],
        window: None,
    }
}

pub(crate) fn change(event: OrderEvent) -> StateChange {
    let states = told_as();
    StateChange {
        order: "1".to_owned(),
        event,
        state: states[&event].to_string(),
        mail: true,
        tracking: None,
        states: states
            .into_iter()
            .map(|(event, state)| (event, state.to_string()))
            .collect(),
        waiting: triggers([WIRE.to_string()]),
        cancels_captured: false,
    }
}

pub(crate) fn of(change: StateChange) -> Write {
    Write {
        our_key: format!("k3x9qa-{}/{}", change.order, change.event),
        effect: Effect::Create,
        document: Document::Status(Box::new(change)),
    }
}

pub(super) fn write(event: OrderEvent) -> Write {
    of(change(event))
}
