//! A server that answers badly, for the simulators of foreign systems: what no well-meant server sends, byte by byte.
//!
//! A simulator puts a [`Stage`] between its HTTP library and each socket. When it is time, it gives the connection's [`Cue`]
//! an [`Answer`], which is played instead of whatever the library writes, and ends the connection. [`Switches`] say when.
//! Nothing large is ever held: what is long is a short block, repeated. Built only with the cargo feature `hostile`.

mod bombs;
mod script;
mod stage;
mod switches;

pub use stage::{Cue, Stage, reset};
pub use switches::Switches;

/// What a system speaks: decides what is the wrong thing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Xml,
    Json,
}

/// A way to answer badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hostile {
    /// Less than the declared length, then the end.
    HalfAnswer,
    /// The end in the middle of a chunk.
    CutChunk,
    /// Chunks without an end.
    EndlessChunks,
    /// A byte a second.
    Drip,
    /// 10 MB that unpack to 10 GB.
    GzipBomb,
    /// A terabyte is declared.
    HugeLength,
    /// 100 000 headers.
    ManyHeaders,
    /// A header of a megabyte.
    HugeHeader,
    /// A page for people.
    Html,
    /// JSON where XML is due, and the other way round.
    WrongFormat,
    /// The right form, with bytes that are no text.
    InvalidUtf8,
    /// Yes, and nothing else.
    Empty,
    /// A reset where the answer should be.
    Reset,
    /// A reset of a new connection, before anything is read from it.
    ResetOnAccept,
    /// Entities of entities: a billion laughs.
    XmlEntities,
    /// An entity that is to be fetched from elsewhere.
    XmlExternal,
    /// One long entity, very often.
    XmlQuadratic,
    /// A million elements inside each other.
    XmlDeep,
    /// A million attributes of one element.
    XmlAttributes,
    /// A text of megabytes.
    XmlText,
    /// Millions of elements without anything in them.
    XmlNodes,
    /// A million lists inside each other.
    JsonDeep,
    /// A number of a million digits.
    JsonNumber,
    /// One key a million times.
    JsonKeys,
    /// Millions of objects without anything in them.
    JsonObjects,
}

impl Hostile {
    /// Every way, with its name in the switches.
    pub const ALL: [(Self, &'static str); 25] = [
        (Self::HalfAnswer, "half_answer"),
        (Self::CutChunk, "cut_chunk"),
        (Self::EndlessChunks, "endless_chunks"),
        (Self::Drip, "drip"),
        (Self::GzipBomb, "gzip_bomb"),
        (Self::HugeLength, "huge_length"),
        (Self::ManyHeaders, "many_headers"),
        (Self::HugeHeader, "huge_header"),
        (Self::Html, "html"),
        (Self::WrongFormat, "wrong_format"),
        (Self::InvalidUtf8, "invalid_utf8"),
        (Self::Empty, "empty"),
        (Self::Reset, "reset"),
        (Self::ResetOnAccept, "reset_on_accept"),
        (Self::XmlEntities, "xml_entities"),
        (Self::XmlExternal, "xml_external"),
        (Self::XmlQuadratic, "xml_quadratic"),
        (Self::XmlDeep, "xml_deep"),
        (Self::XmlAttributes, "xml_attributes"),
        (Self::XmlText, "xml_text"),
        (Self::XmlNodes, "xml_nodes"),
        (Self::JsonDeep, "json_deep"),
        (Self::JsonNumber, "json_number"),
        (Self::JsonKeys, "json_keys"),
        (Self::JsonObjects, "json_objects"),
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(known, _)| *known == self);
        found.map_or("", |(_, name)| name)
    }
}

/// One bad answer, ready to be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub hostile: Hostile,
    /// What the system speaks.
    pub due: Format,
    pub status: u16,
    /// Where an external entity is to be fetched.
    pub entity_url: String,
}
