//! The data register: which fields travel between two systems, in which direction, and which of them tell of a person.
//!
//! A field of ours is named by its path in the JSON form of a record (`order.lines.sku`) or a document (`invoice.rows.text`),
//! without places in lists. What the mapping carries from one to the other stands in `travels`, and a test changes every field
//! of full samples to see that it is all there is. Where a field stands in a foreign system, its connector says
//! (`descriptor::Place`); `register` joins the two.

#[cfg(test)]
mod tests;
mod travels;

use serde::{Deserialize, Serialize};

use crate::{
    descriptor::{Descriptor, Place, Reads, Side, Writes},
    spec::StreamKind,
};

/// One field that travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredField {
    /// The stream that carries it.
    pub stream: StreamKind,
    /// The connector that it comes from.
    pub source: String,
    /// Where it stands there.
    pub source_field: String,
    /// What it is in Skarv, such as `order.lines.sku`.
    pub field: String,
    /// The connector that it goes to.
    pub target: String,
    /// Where it is put there.
    pub target_field: String,
    /// Whether it names or describes a person.
    pub personal: bool,
}

/// Every kind of stream, in the order of the register.
const STREAMS: [StreamKind; 6] = [
    StreamKind::Orders,
    StreamKind::OrderStatus,
    StreamKind::Products,
    StreamKind::Prices,
    StreamKind::PriceLists,
    StreamKind::Stock,
];

/// The fields that travel between a shop and an accounting system, by stream. `direction` says which side a stream reads and
/// which it writes, if the flow has it. A stream that one of the systems cannot carry has no fields.
pub fn register(
    shop: &Descriptor,
    erp: &Descriptor,
    direction: impl Fn(StreamKind) -> Option<(Side, Side)>,
) -> Vec<RegisteredField> {
    let system = |side: Side| match side {
        Side::Shop => Some(shop),
        Side::Erp => Some(erp),
        Side::Test => None,
    };
    let ways = STREAMS.into_iter().filter_map(|stream| {
        let (from, to) = direction(stream)?;
        Way::between(stream, system(from)?, system(to)?)
    });
    ways.flat_map(|way| way.fields()).collect()
}

/// Whether a field of a record names or describes a person. Whatever is said of a buyer does, a field of tomorrow too.
pub fn is_personal(field: &str) -> bool {
    const BUYER: [&str; 4] = [
        "order.customer.",
        "order.billing.",
        "order.delivery.",
        "order.note",
    ];
    BUYER.iter().any(|part| field.starts_with(part))
}

/// One stream between two systems.
struct Way<'a> {
    stream: StreamKind,
    source: &'a Descriptor,
    target: &'a Descriptor,
    reads: &'a Reads,
}

impl<'a> Way<'a> {
    fn between(stream: StreamKind, source: &'a Descriptor, target: &'a Descriptor) -> Option<Self> {
        let reads = source.reads_of(stream)?;
        target.write_of(&stream.written_as()?)?;
        Some(Self {
            stream,
            source,
            target,
            reads,
        })
    }

    fn fields(&self) -> Vec<RegisteredField> {
        let read = self.reads.fields.iter();
        let goes_to = |from: &'a Place| {
            let documents = travels::of(self.stream, &from.field);
            let places = documents.flat_map(|document| self.places(document));
            places.map(move |to| (from, to))
        };
        read.flat_map(goes_to)
            .map(|(from, to)| self.registered(from, to))
            .collect()
    }

    /// Where the target puts a field of a document.
    fn places(&self, document: &'static str) -> impl Iterator<Item = &'a Place> {
        let written = self.target.writes.iter();
        let of_it = written.filter(move |writes| is_of(writes, document));
        let places = of_it.flat_map(|writes| &writes.fields);
        places.filter(move |place| place.field == document)
    }

    fn registered(&self, from: &Place, to: &Place) -> RegisteredField {
        RegisteredField {
            stream: self.stream,
            source: self.source.id.clone(),
            source_field: from.foreign.clone(),
            field: from.field.clone(),
            target: self.target.id.clone(),
            target_field: to.foreign.clone(),
            personal: is_personal(&from.field),
        }
    }
}

fn is_of(writes: &Writes, document: &str) -> bool {
    let entity = document.split('.').next();
    entity == Some(writes.entity.as_str())
}
