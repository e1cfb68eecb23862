//! A tree as the text of a request. Values travel as character data, so nothing in them can become an element.
//!
//! What XML cannot hold, such as control characters, is left out. Links and their namespace were never read, so a row that was
//! read can be sent back as it is.

use std::fmt::Write;

use super::Node;

impl Node {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// With these elements in it.
    #[must_use]
    pub(crate) fn holding(mut self, children: Vec<Node>) -> Self {
        self.children.extend(children);
        self
    }

    /// With this text in it.
    #[must_use]
    pub(crate) fn saying(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    #[must_use]
    pub(crate) fn marked(mut self, attribute: &str, value: &str) -> Self {
        self.attributes.push((attribute.to_owned(), value.to_owned()));
        self
    }

    /// With an element of this name and text, in the place of the one that there was.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, text: impl std::fmt::Display) -> Self {
        self.put(Self::new(name).saying(&text.to_string()));
        self
    }

    /// Puts an element in the place of the one of its name, or after the others.
    pub(crate) fn put(&mut self, element: Node) {
        match self.children.iter_mut().find(|child| child.name == element.name) {
            Some(child) => *child = element,
            None => self.children.push(element),
        }
    }

    /// Takes the elements of these names away.
    pub(crate) fn drop_all(&mut self, names: &[&str]) {
        self.children
            .retain(|child| !names.contains(&child.name.as_str()));
    }

    /// The text of a document with this root.
    pub(crate) fn document(&self) -> String {
        let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned();
        self.write_to(&mut text);
        text
    }

    fn write_to(&self, out: &mut String) {
        let name = &self.name;
        out.push('<');
        out.push_str(name);
        for (attribute, value) in &self.attributes {
            // writing into a string cannot fail
            let _written = write!(out, " {attribute}=\"{}\"", quick_xml::escape::escape(held(value)));
        }
        out.push('>');
        if self.children.is_empty() {
            if !self.text.is_empty() {
                let _written = write!(
                    out,
                    "<![CDATA[{}]]>",
                    held(&self.text).replace("]]>", "]]]]><![CDATA[>")
                );
            }
        } else {
            self.children.iter().for_each(|child| child.write_to(out));
        }
        let _written = write!(out, "</{name}>");
    }
}

/// What XML can hold of a text.
fn held(text: &str) -> String {
    let is_held = |letter: &char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    text.chars().filter(is_held).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let name = Node::new("name").holding(vec![
            Node::new("language")
                .marked("id", "1")
                .saying("Kök & <Bad> ]]> \u{1F9F6}"),
            Node::new("language").marked("id", "2").saying(""),
        ]);
        let written = Node::new("product").with("id", 7).holding(vec![name]).document();
        let read = Node::parse(&written).unwrap();
        assert_eq!(read.text("id"), "7");
        let texts = read.child("name").unwrap().children();
        assert_eq!(texts[0].own_text(), "Kök & <Bad> ]]> \u{1F9F6}");
        assert_eq!(texts[1].attribute("id"), Some("2"));
        assert_eq!(read.document(), written);
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        let written = Node::new("a").saying("före\u{0}\u{b}efter").document();
        assert_eq!(Node::parse(&written).unwrap().own_text(), "föreefter");
    }

    #[test]
    fn an_element_takes_the_place_of_the_one_of_its_name() {
        let mut row = Node::new("a").with("b", 1).with("c", 2).with("b", 3);
        row.drop_all(&["c"]);
        assert_eq!(row.children().len(), 1);
        assert_eq!(row.text("b"), "3");
    }
}
