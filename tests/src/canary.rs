//! Secrets that a story hands in, and every shape in which they could turn up again: plain, in base64 wherever it begins,
//! in hex, percent-encoded, as a list of numbers. Half of a shape is a find too.

use std::fmt::Write;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};

/// A shorter half, of hex digits say, is found by chance.
const SHORTEST: usize = 10;

/// The secrets of a story.
#[derive(Debug, Default)]
pub struct Canaries(Vec<Canary>);

#[derive(Debug)]
struct Canary {
    what: String,
    shapes: Vec<String>,
}

impl Canaries {
    /// Watches for a text in all its shapes.
    pub fn add(&mut self, what: &str, secret: &str) {
        self.add_bytes(what, secret.as_bytes());
    }

    /// Watches for bytes in all their shapes.
    pub fn add_bytes(&mut self, what: &str, secret: &[u8]) {
        let mut shapes: Vec<_> = shapes(secret).iter().flat_map(|shape| halves(shape)).collect();
        shapes.sort_unstable();
        shapes.dedup();
        self.0.push(Canary {
            what: what.to_owned(),
            shapes,
        });
    }

    /// Watches for the telling parts of a `skarv_…_prefix_secret`: the rest of it names it.
    pub fn add_opaque(&mut self, what: &str, secret: &str) {
        self.add(what, secret.splitn(4, '_').last().unwrap_or(secret));
    }

    /// Watches for the claims and the signature of a token: every token begins in the same way.
    pub fn add_token(&mut self, what: &str, token: &str) {
        for text in token.split('.').skip(1) {
            self.add(what, text);
        }
    }

    /// Watches for a text as it stands.
    pub fn add_mark(&mut self, what: &str, mark: &str) {
        self.0.push(Canary {
            what: what.to_owned(),
            shapes: vec![mark.to_owned()],
        });
    }

    /// What was found, each with where it stands.
    pub fn find_in(&self, place: &str, bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        let finds = self.0.iter().filter_map(|canary| {
            let at = canary.shapes.iter().find_map(|shape| text.find(shape.as_str()))?;
            Some(format!("{} in {place}: {}", canary.what, around(&text, at)))
        });
        finds.collect()
    }
}

fn around(text: &str, at: usize) -> String {
    let start = text[..at]
        .char_indices()
        .rev()
        .nth(200)
        .map_or(0, |(start, _)| start);
    text[start..].chars().take(320).collect()
}

fn shapes(secret: &[u8]) -> Vec<String> {
    let mut all = vec![percent(secret), numbers(secret)];
    if let Ok(text) = std::str::from_utf8(secret) {
        all.push(text.to_owned());
        all.push(format!("{text:?}").trim_matches('"').to_owned());
    }
    for upper in [false, true] {
        all.push(hex(secret, upper));
    }
    for before in 0..3 {
        all.push(in_base64(&BASE64_STANDARD_NO_PAD, before, secret));
        all.push(in_base64(&BASE64_URL_SAFE_NO_PAD, before, secret));
    }
    all
}

/// The part of a longer base64 text that is this secret's alone, after so many other bytes.
fn in_base64(alphabet: &impl Engine, before: usize, secret: &[u8]) -> String {
    let text = alphabet.encode([vec![0; before].as_slice(), secret].concat());
    let own = (before * 8).div_ceil(6)..(before + secret.len()) * 8 / 6;
    text[own].to_owned()
}

fn hex(bytes: &[u8], upper: bool) -> String {
    let mut text = String::new();
    for byte in bytes {
        let written = if upper {
            write!(text, "{byte:02X}")
        } else {
            write!(text, "{byte:02x}")
        };
        debug_assert!(written.is_ok(), "a string can be written to");
    }
    text
}

fn percent(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

/// As `Debug` shows bytes.
fn numbers(bytes: &[u8]) -> String {
    let numbers: Vec<_> = bytes.iter().map(u8::to_string).collect();
    numbers.join(", ")
}

fn halves(shape: &str) -> Vec<String> {
    let mut middle = shape.len() / 2;
    while !shape.is_char_boundary(middle) {
        middle += 1;
    }
    let (first, second) = shape.split_at(middle);
    match first.len().min(second.len()) < SHORTEST {
        true => vec![shape.to_owned()],
        false => vec![first.to_owned(), second.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "Kanarie-0123456789/ÅÄÖ+hemligt";

    fn finds(text: &str) -> bool {
        let mut canaries = Canaries::default();
        canaries.add("a secret", SECRET);
        !canaries.find_in("a text", text.as_bytes()).is_empty()
    }

    #[test]
    fn a_secret_is_found_in_every_shape_and_by_half() {
        let base64 = |before: &str| BASE64_STANDARD_NO_PAD.encode(format!("{before}{SECRET}:after"));
        for shape in [
            format!("key={SECRET};"),
            format!("{SECRET:?}"),
            SECRET[..16].to_owned(),
            SECRET[16..].to_owned(),
            hex(SECRET.as_bytes(), false),
            hex(SECRET.as_bytes(), true),
            percent(SECRET.as_bytes()),
            format!("{:?}", SECRET.as_bytes()),
            base64(""),
            base64("a"),
            base64("ab"),
            base64("user:")[10..].to_owned(),
        ] {
            assert!(finds(&shape), "{shape}");
        }
        assert!(!finds("Kanarie was here"));
    }
}
