//! Bodies that are small to send and large to read. Each is below the cap of an answer where it can be, so that it is the
//! reader behind the client that has to hold, and not only the client.

use std::io::Write;

use bytes::Bytes;
use flate2::{Compression, write::DeflateEncoder};

use super::script::{Act, repeat, send};
use super::{Format, Hostile};

const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
const MILLION: usize = 1_000_000;
const PROLOGUE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const OPENED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<prestashop><orders>";
const CLOSED: &str = "</orders></prestashop>";
/// Repeated, this is somewhat less than an answer may be.
const BLOCK: usize = 1024;
const BLOCKS: usize = 7 * 1024;

/// A megabyte of zeros in a kilobyte, ten thousand times, as one stream: ten gigabytes.
pub(super) fn gzip() -> Vec<Act> {
    let mut block = DeflateEncoder::new(Vec::new(), Compression::best());
    // flushing ends a block at a whole byte; writing to memory does not fail
    let written = block.write_all(&vec![0; 1 << 20]).and_then(|()| block.flush());
    let block = written.map_or_else(|_| Vec::new(), |()| block.get_ref().clone());
    vec![send(GZIP_HEAD.to_vec()), repeat(block, 10 * 1024)]
}

/// An answer of the right form whose texts are no texts.
pub(super) fn no_text(format: Format) -> Vec<Act> {
    let nonsense = repeat(vec![0xff; BLOCK], 4 * 1024);
    match format {
        Format::Xml => vec![
            send(OPENED),
            send("<order><id>"),
            nonsense,
            send("</id></order>"),
            send(CLOSED),
        ],
        Format::Json => vec![send("[{\"contactId\":\""), nonsense, send("\"}]")],
    }
}

pub(super) fn xml(bomb: Hostile, entity_url: &str) -> Vec<Act> {
    match bomb {
        Hostile::XmlEntities => vec![
            send(PROLOGUE),
            send(laughs()),
            send("<prestashop><orders><order><id>&l9;</id></order>"),
            send(CLOSED),
        ],
        Hostile::XmlExternal => vec![
            send(PROLOGUE),
            send(format!(
                "<!DOCTYPE prestashop [<!ENTITY x SYSTEM \"{entity_url}\">]>"
            )),
            send("<prestashop><orders><order><id>&x;</id></order>"),
            send(CLOSED),
        ],
        Hostile::XmlQuadratic => vec![
            send(PROLOGUE),
            send("<!DOCTYPE prestashop [<!ENTITY x \""),
            repeat("x".repeat(1024), 100),
            send("\">]><prestashop><orders><order><id>"),
            repeat("&x;".repeat(100), 1000),
            send("</id></order></orders></prestashop>"),
        ],
        Hostile::XmlDeep => vec![send(PROLOGUE), repeat("<a>".repeat(1000), MILLION / 1000)],
        Hostile::XmlAttributes => attributes(),
        Hostile::XmlText => vec![
            send(OPENED),
            send("<order><id>1</id><reference>"),
            repeat("x".repeat(1024), BLOCKS),
            send("</reference></order>"),
            send(CLOSED),
        ],
        _ => vec![send(OPENED), repeat("<a/>".repeat(256), BLOCKS), send(CLOSED)],
    }
}

/// Ten of the one before, nine times over.
fn laughs() -> String {
    let entity = |n: u32| {
        let before = format!("&l{};", n - 1);
        format!("<!ENTITY l{n} \"{}\">", before.repeat(10))
    };
    let entities: String = (1..10).map(entity).collect();
    format!("<!DOCTYPE prestashop [<!ENTITY l0 \"ha\">{entities}]>")
}

/// A million attributes, each of another name, so that none is a mistake.
fn attributes() -> Vec<Act> {
    let attribute = |n: usize| format!(" {}=\"\"", name(n));
    let block = move |n: usize| Bytes::from((n * 1000..(n + 1) * 1000).map(attribute).collect::<String>());
    vec![
        send(PROLOGUE),
        send("<prestashop"),
        Act::Stream(Box::new((0..MILLION / 1000).map(block))),
        send("><orders>"),
        send(CLOSED),
    ]
}

/// The n-th name of four letters and digits.
fn name(n: usize) -> String {
    let digit = |place: u32| char::from_digit((n / 36_usize.pow(place) % 36) as u32, 36).unwrap_or('0');
    let first = char::from(b'a' + (n / 36_usize.pow(3) % 26) as u8);
    [first, digit(2), digit(1), digit(0)].iter().collect()
}

pub(super) fn json(bomb: Hostile) -> Vec<Act> {
    match bomb {
        Hostile::JsonDeep => vec![repeat("[".repeat(1000), MILLION / 1000)],
        Hostile::JsonNumber => vec![send("["), repeat("1".repeat(1000), MILLION / 1000), send("]")],
        Hostile::JsonKeys => vec![
            send("[{\"number\":1"),
            repeat(",\"n\":1".repeat(1000), MILLION / 1000),
            send("}]"),
        ],
        _ => vec![send("[{}"), repeat(",{}".repeat(341), BLOCKS), send("]")],
    }
}
