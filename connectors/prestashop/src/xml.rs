//! XML as PrestaShop writes it, read into a small tree. Writing is in `xml/write.rs`.
//!
//! What comes in is foreign and may be hostile: depth, attributes, the length of a text and the memory of the whole tree are
//! bounded, a document type is refused, and no entity but the five predefined ones and character references is known, so
//! nothing can expand. Secrets that the webservice gives away
//! without being asked never become part of the tree.

mod write;

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

const DEEPEST: usize = 64;
const MOST_ATTRIBUTES: usize = 32;
/// Characters of one element, in bytes. No column that we read holds as much.
const LONGEST_TEXT: usize = 256 * 1024;
/// What a tree may take in memory. A page of 500 full products takes about ten megabytes.
const LARGEST_TREE: usize = 24 * 1024 * 1024;
/// What an element takes: itself, its place in a list that has room for as many again, and two small texts.
const ELEMENT: usize = 2 * size_of::<Node>() + 64;

/// Elements that must not be kept: password hashes, and what signs a customer in.
const SECRETS: [&str; 4] = ["passwd", "secure_key", "reset_password_token", "last_passwd_gen"];

/// An element. It has no `Debug`: what it holds is personal data.
#[derive(Clone, Default)]
pub(crate) struct Node {
    name: String,
    text: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
}

/// Why a text is no XML that we read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("not well-formed: {0}")]
    Malformed(String),
    #[error("elements are nested more than {DEEPEST} deep")]
    TooDeep,
    #[error("an element has more than {MOST_ATTRIBUTES} attributes")]
    TooManyAttributes,
    #[error("an element holds more than {LONGEST_TEXT} bytes of text")]
    TextTooLong,
    #[error("the document takes more than {LARGEST_TREE} bytes in memory")]
    TooLarge,
    #[error("a document type is not accepted")]
    DocumentType,
    #[error("the entity `{0}` is not known")]
    UnknownEntity(String),
    #[error("the document ends too early")]
    CutShort,
}

impl Node {
    /// The root element of a document.
    pub(crate) fn parse(text: &str) -> Result<Self, XmlError> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut tree = Tree::default();
        loop {
            match reader
                .read_event()
                .map_err(|e| XmlError::Malformed(e.to_string()))?
            {
                Event::Start(start) => tree.open(&start)?,
                Event::End(_) => tree.close(),
                Event::Text(text) => tree.write(&text.xml10_content())?,
                Event::CData(data) => tree.write(&data.xml10_content())?,
                Event::GeneralRef(entity) => tree.write(&resolve(entity)?)?,
                Event::DocType(_) => return Err(XmlError::DocumentType),
                Event::Eof => return tree.root.ok_or(XmlError::CutShort),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn children(&self) -> &[Node] {
        &self.children
    }

    pub(crate) fn into_children(self) -> Vec<Node> {
        self.children
    }

    /// A child by its name, and nothing else of this element.
    pub(crate) fn into_child(self, name: &str) -> Option<Node> {
        self.children.into_iter().find(|child| child.name == name)
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of this element.
    pub(crate) fn own_text(&self) -> &str {
        self.text.trim()
    }

    /// The text of a child, or empty where there is none.
    pub(crate) fn text(&self, child: &str) -> &str {
        self.child(child).map_or("", Node::own_text)
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The elements that are open while reading.
#[derive(Default)]
struct Tree {
    open: Vec<Node>,
    root: Option<Node>,
    /// What all of it takes in memory, about.
    size: usize,
}

impl Tree {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        if self.open.len() == DEEPEST {
            return Err(XmlError::TooDeep);
        }
        let node = Node {
            name: start.name().as_ref().to_owned(),
            attributes: attributes(start)?,
            ..Node::default()
        };
        let texts = node
            .attributes
            .iter()
            .map(|(name, value)| name.len() + value.len() + 64);
        self.grow(ELEMENT + node.name.len() + texts.sum::<usize>())?;
        self.open.push(node);
        Ok(())
    }

    fn grow(&mut self, bytes: usize) -> Result<(), XmlError> {
        self.size += bytes;
        if self.size > LARGEST_TREE {
            return Err(XmlError::TooLarge);
        }
        Ok(())
    }

    fn close(&mut self) {
        let Some(mut node) = self.open.pop() else { return };
        node.children.shrink_to_fit();
        match self.open.last_mut() {
            Some(_) if SECRETS.contains(&node.name.as_str()) => {}
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
    }

    fn write(&mut self, text: &str) -> Result<(), XmlError> {
        let Some(node) = self.open.last_mut() else {
            return Ok(());
        };
        if node.text.len() + text.len() > LONGEST_TEXT {
            return Err(XmlError::TextTooLong);
        }
        node.text.push_str(text);
        // a text that grows has room for as much again
        self.grow(2 * text.len())
    }
}

/// Attributes of our own concern; links (`xlink:href`) and namespaces are left out.
fn attributes(start: &BytesStart<'_>) -> Result<Vec<(String, String)>, XmlError> {
    let mut kept = Vec::new();
    // whether a name comes twice is asked of each against all the others: not of a million
    for (seen, attribute) in start.attributes().with_checks(false).enumerate() {
        if seen == MOST_ATTRIBUTES {
            return Err(XmlError::TooManyAttributes);
        }
        let attribute = attribute.map_err(|e| XmlError::Malformed(e.to_string()))?;
        let name = attribute.key.as_ref();
        if name.contains(':') {
            continue;
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::default())
            .map_err(|e| XmlError::Malformed(e.to_string()))?;
        kept.push((name.to_owned(), value.into_owned()));
    }
    Ok(kept)
}

fn resolve(entity: BytesRef<'_>) -> Result<String, XmlError> {
    match entity.resolve_char_ref() {
        Ok(Some(letter)) => return Ok(letter.to_string()),
        Ok(None) => {}
        Err(error) => return Err(XmlError::Malformed(error.to_string())),
    }
    let name = entity.into_inner();
    let text = match &*name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "apos" => "'",
        "quot" => "\"",
        _ => return Err(XmlError::UnknownEntity(name.into_owned())),
    };
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_from_character_data_and_from_text_alike() {
        let node = Node::parse("<a><b><![CDATA[ Kök & Bad ]]></b><c>K&#246;k &amp; Bad</c><d/></a>").unwrap();
        assert_eq!(node.text("b"), "Kök & Bad");
        assert_eq!(node.text("c"), "Kök & Bad");
        assert_eq!(node.text("d"), "");
        assert_eq!(node.text("missing"), "");
    }

    #[test]
    fn a_document_type_is_refused_before_its_entities_can_expand() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"xx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>";
        assert_eq!(Node::parse(bomb).err(), Some(XmlError::DocumentType));
        assert_eq!(
            Node::parse("<a>&y;</a>").err(),
            Some(XmlError::UnknownEntity("y".into()))
        );
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(Node::parse(&nested(DEEPEST)).is_ok());
        assert_eq!(Node::parse(&nested(DEEPEST + 1)).err(), Some(XmlError::TooDeep));
    }

    #[test]
    fn attributes_texts_and_the_whole_tree_have_an_end() {
        let attributes = |n: usize| (0..n).map(|n| format!(" a{n}=\"\"")).collect::<String>();
        assert!(Node::parse(&format!("<a{}/>", attributes(MOST_ATTRIBUTES))).is_ok());
        let one_more = format!("<a{}/>", attributes(MOST_ATTRIBUTES + 1));
        assert_eq!(Node::parse(&one_more).err(), Some(XmlError::TooManyAttributes));
        let text = |length: usize| format!("<a>{}</a>", "x".repeat(length));
        assert!(Node::parse(&text(LONGEST_TEXT)).is_ok());
        assert_eq!(
            Node::parse(&text(LONGEST_TEXT + 1)).err(),
            Some(XmlError::TextTooLong)
        );
        let elements = |n: usize| format!("<a>{}</a>", "<b/>".repeat(n));
        assert!(Node::parse(&elements(75_000)).is_ok());
        assert_eq!(
            Node::parse(&elements(LARGEST_TREE / ELEMENT)).err(),
            Some(XmlError::TooLarge)
        );
    }

    #[test]
    fn secrets_do_not_become_part_of_the_tree() {
        let text = "<customer><passwd>hash</passwd><secure_key>key</secure_key><id>7</id></customer>";
        let node = Node::parse(text).unwrap();
        assert_eq!(node.children().iter().map(Node::name).collect::<Vec<_>>(), ["id"]);
    }

    #[test]
    fn a_page_that_is_cut_short_is_an_error() {
        assert!(Node::parse("<a><b>1</b>").is_err());
        assert!(Node::parse("").is_err());
        assert!(Node::parse("<html><br></html>").is_err());
    }

    #[test]
    fn attributes_are_kept_and_links_are_not() {
        let node = Node::parse("<order id=\"3\" xlink:href=\"http://x/3\"/>").unwrap();
        assert_eq!(node.attribute("id"), Some("3"));
        assert_eq!(node.attribute("xlink:href"), None);
    }
}
