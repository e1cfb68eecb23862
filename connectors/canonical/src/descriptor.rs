//! What a connector can do, said by the connector itself: the control plane, the console and the conformance suite go by it.

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, spec::StreamKind, status::OrderEvent, write::Effect, write::Entity};

/// Which side of a flow a system stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// A web shop.
    Shop,
    /// An accounting system.
    Erp,
    /// A system of our own, for tests.
    Test,
}

/// What a connector is and can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The stable id, such as `prestashop`.
    pub id: String,
    /// What people call the system.
    pub title: String,
    /// Version of the connector.
    pub version: String,
    /// Which side it stands on.
    pub side: Side,
    /// Whether it has been run against the vendor's own system. When not, users see that it has not.
    pub verified: bool,
    /// What to say about an unverified connector, or empty.
    pub notice: String,
    /// What it reads.
    pub reads: Vec<Reads>,
    /// What it writes.
    pub writes: Vec<Writes>,
    /// What is known of the payment modules of a shop. Of others nothing is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payment_modules: Vec<PaymentModule>,
    /// The settings of a connection.
    pub settings: Vec<Setting>,
    /// The secrets of a connection.
    pub secrets: Vec<Setting>,
    /// Requests a second to keep to unless the connection says otherwise.
    pub requests_per_second: u32,
    /// Parallel requests to keep to.
    pub max_parallel: u32,
}

/// One kind of record that a connector reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// The stream it feeds.
    pub stream: StreamKind,
    /// Whether the system tells what changed; otherwise it is scanned and compared.
    pub change_feed: bool,
    /// Of order statuses: the events that the system tells. What it does not tell can only be derived.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<OrderEvent>,
    /// Of order statuses: whether the system has numbers of parcels.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tracking: bool,
    /// Where the fields of its records come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Place>,
}

/// Where a field of ours stands in the foreign system. The data register (`register`) is made of these, and a test of each
/// connector holds that they are all there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The field of a record or document, such as `order.lines.sku` or `invoice.rows.text`.
    pub field: String,
    /// Where it stands there, such as `order_details.product_reference`.
    pub foreign: String,
}

/// Fields of ours with where they stand in a foreign system, as a connector writes them down.
pub type Places = &'static [(&'static str, &'static [&'static str])];

/// What is known of a payment module of a shop: whether changing an order's state takes the buyer's money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentModule {
    /// The module's technical name, such as `klarnaofficial`.
    pub module: String,
    /// What people call it.
    pub title: String,
    /// When it captures.
    pub capture: Capture,
    /// What a person must know or do, Swedish.
    pub note_sv: String,
    /// What a person must know or do, English.
    pub note_en: String,
}

/// Whether a payment module captures when an order's state changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// When the order enters a state that is chosen in the module.
    OnState,
    /// Never by itself: a person captures in the shop, or the module did at the purchase.
    NotOnState,
    /// Nothing is known of it.
    Unknown,
}

/// One kind of document that a connector writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writes {
    /// What it writes.
    pub entity: Entity,
    /// What writing does to what is there.
    pub effect: Effect,
    /// Whether what was written can be found again by our reference.
    pub searchable: bool,
    /// Milliseconds until a search sees a new document.
    pub visible_after_ms: u64,
    /// At most so many in one request; 1 where each takes a request of its own.
    pub batch: u32,
    /// Where the fields of its documents are put.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Place>,
}

/// One field that a person fills in for a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The stable name.
    pub name: String,
    /// The label, Swedish.
    pub label_sv: String,
    /// The label, English.
    pub label_en: String,
    /// What kind of value.
    pub kind: SettingKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// The value when it is not filled in, or empty.
    pub default: String,
}

/// What kind of value a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingKind {
    /// Any text.
    Text,
    /// An http or https address.
    Url,
    /// A whole number.
    Number,
    /// Yes or no.
    Bool,
}

/// The setting by which a connection keeps to another pace than its connector's usual one.
pub const REQUESTS_PER_SECOND: &str = "requests_per_second";

/// The most requests a second that a connection may be set to.
pub const FASTEST: u32 = 1_000;

impl Setting {
    /// The pace of a connection, as every connector offers it. Left empty, the connector's own pace holds.
    pub fn pace() -> Self {
        Self {
            name: REQUESTS_PER_SECOND.to_owned(),
            label_sv: "Högst så många anrop per sekund".to_owned(),
            label_en: "At most so many requests a second".to_owned(),
            kind: SettingKind::Number,
            required: false,
            default: String::new(),
        }
    }
}

impl Reads {
    /// A stream whose changes the system tells.
    pub fn changes_of(stream: StreamKind) -> Self {
        Self {
            stream,
            change_feed: true,
            events: Vec::new(),
            tracking: false,
            fields: Vec::new(),
        }
    }
}

impl Descriptor {
    /// The descriptor with where its fields stand. What it does not read or write has no places.
    #[must_use]
    pub fn with_places(mut self, reads: &[(StreamKind, Places)], writes: &[(Entity, Places)]) -> Self {
        for (stream, fields) in reads {
            let read = self.reads.iter_mut().filter(|read| read.stream == *stream);
            read.for_each(|read| read.fields = places(fields));
        }
        for (entity, fields) in writes {
            let written = self.writes.iter_mut().filter(|write| write.entity == *entity);
            written.for_each(|write| write.fields = places(fields));
        }
        self
    }

    /// Tells one descriptor from another: agents and control plane compare it.
    pub fn hash(&self) -> Fingerprint {
        Fingerprint::of(self)
    }

    /// How the connector writes an entity, if it does.
    pub fn write_of(&self, entity: &Entity) -> Option<&Writes> {
        self.writes.iter().find(|w| w.entity == *entity)
    }

    /// Whether it feeds a stream.
    pub fn reads_stream(&self, kind: StreamKind) -> bool {
        self.reads_of(kind).is_some()
    }

    /// How it feeds a stream, if it does.
    pub fn reads_of(&self, kind: StreamKind) -> Option<&Reads> {
        self.reads.iter().find(|r| r.stream == kind)
    }
}

fn places(fields: Places) -> Vec<Place> {
    let place = |field: &str, foreign: &str| Place {
        field: field.to_owned(),
        foreign: foreign.to_owned(),
    };
    let all = fields.iter();
    all.flat_map(|(field, foreign)| foreign.iter().map(move |foreign| place(field, foreign)))
        .collect()
}
