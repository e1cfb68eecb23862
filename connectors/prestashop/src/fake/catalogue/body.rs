//! The XML of a request, as PHP reads it: what is no XML is refused with PHP's own complaints, an entity of the document's own is
//! never expanded, and a prefix that nobody declared is an error.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};
use url::form_urlencoded;

use crate::fake::errors::ApiError;

#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child; nothing where it is missing.
    pub(crate) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| &child.text)
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    fn of(tag: &BytesStart<'_>) -> Option<Self> {
        let attributes = tag.attributes().map(|attribute| {
            let attribute = attribute.ok()?;
            Some((attribute.key.as_ref().to_owned(), attribute.value.into_owned()))
        });
        Some(Self {
            name: tag.name().as_ref().to_owned(),
            attributes: attributes.collect::<Option<_>>()?,
            ..Self::default()
        })
    }

    /// Whether a prefix of links is used that is declared neither here nor further out.
    fn has_stray_prefix(&self, declared: bool) -> bool {
        let declared = declared || self.attribute("xmlns:xlink").is_some();
        let uses = self.attributes.iter().any(|(name, _)| name.starts_with("xlink:"));
        (uses && !declared) || self.children.iter().any(|child| child.has_stray_prefix(declared))
    }
}

/// The root of the document that a request brought.
pub(crate) fn parse(body: &[u8]) -> Result<Element, ApiError> {
    let sent = decode(body);
    let text = match sent.strip_prefix("xml=") {
        Some(_) => form_urlencoded::parse(sent.as_bytes())
            .next()
            .map_or(Cow::Borrowed(""), |(_, xml)| xml),
        None => Cow::Borrowed(sent.trim_start_matches('\u{feff}').trim()),
    };
    let root = tree(&text).ok_or_else(|| unreadable(&sent))?;
    if root.has_stray_prefix(false) {
        return Err(warning(
            "namespace error : Namespace prefix xlink for href is not defined",
        ));
    }
    Ok(root)
}

fn decode(body: &[u8]) -> String {
    let declares_latin = body
        .get(..80.min(body.len()))
        .is_some_and(|head| String::from_utf8_lossy(head).contains("ISO-8859-1"));
    if declares_latin {
        body.iter().map(|&byte| char::from(byte)).collect()
    } else {
        String::from_utf8_lossy(body).into_owned()
    }
}

/// None where the text is not well-formed to its end.
fn tree(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => open.push(Element::of(&tag)?),
            Event::Empty(tag) => close(&mut open, Element::of(&tag)?)?,
            Event::End(_) => {
                let element = open.pop()?;
                close(&mut open, element)?;
            }
            Event::CData(text) => open.last_mut()?.text += &text,
            Event::Text(text) => open.last_mut()?.text += &text,
            Event::GeneralRef(entity) => open.last_mut()?.text += &resolve(entity),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    let outermost = open.pop().filter(|_| open.is_empty())?;
    let mut roots = outermost.children;
    roots
        .pop()
        .filter(|_| roots.is_empty() && outermost.text.trim().is_empty())
}

fn close(open: &mut [Element], mut element: Element) -> Option<()> {
    if !element.children.is_empty() {
        element.text.clear();
    }
    open.last_mut()?.children.push(element);
    Some(())
}

/// One of the five that XML knows; any other is nothing.
fn resolve(entity: BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = entity.resolve_char_ref() {
        return letter.to_string();
    }
    let known = match &*entity.into_inner() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "apos" => "'",
        "quot" => "\"",
        _ => "",
    };
    known.to_owned()
}

fn unreadable(sent: &str) -> ApiError {
    let length = sent.len();
    let end = format!(
        "XML error : String could not be parsed as XML\nXML length : {length}\nOriginal XML : {sent}"
    );
    if sent.is_empty() {
        return ApiError::new(500, 127, end);
    }
    warning("Entity: line 1: parser error : Start tag expected, '<' not found").and(127, &end)
}

fn warning(complaint: &str) -> ApiError {
    let place = "(/var/www/shop/classes/webservice/WebserviceRequest.php, line 1544)";
    let message = format!("[PHP Warning #2] SimpleXMLElement::__construct(): {complaint} {place}");
    ApiError::new(500, 3, message)
}
