//! Writes the envelope, the nodes and the CDATA of the webservice, line for line as the real one lays them out.

use std::fmt::Write;

use super::column::{Cell, Column};

pub(crate) const PROLOGUE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <prestashop xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n";

pub(crate) fn cdata(text: &str) -> String {
    // the one sequence that cannot stand in a CDATA section
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

/// A text that grows, with the address that links start with (`http://host:port/api/`).
pub(crate) struct Writer<'a> {
    pub(crate) out: String,
    pub(crate) api: &'a str,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(api: &'a str) -> Self {
        Self {
            out: PROLOGUE.to_owned(),
            api,
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.line("</prestashop>");
        self.out
    }

    pub(crate) fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// `<order id="1" xlink:href="…"/>`
    pub(crate) fn reference(&mut self, node: &str, resource: &str, id: u32) {
        let api = self.api;
        self.line(&format!(
            "<{node} id=\"{id}\" xlink:href=\"{api}{resource}/{id}\"/>"
        ));
    }

    pub(crate) fn field<T>(&mut self, column: &Column<T>, row: &T) {
        let name = column.name;
        let (link, value) = match column.cell(row) {
            Cell::Text(text) => (self.link(column, &text), cdata(&text)),
            Cell::Languages(en, sv) => (String::new(), self.language(1, &en) + &self.language(2, &sv)),
        };
        let dynamic = if column.dynamic {
            " notFilterable=\"true\""
        } else {
            ""
        };
        self.line(&format!("\t<{name}{link}{dynamic}>{value}</{name}>"));
    }

    fn link<T>(&self, column: &Column<T>, id: &str) -> String {
        match column.target {
            Some(resource) if column.links_zero || !matches!(id, "" | "0") => {
                format!(" xlink:href=\"{}{resource}/{id}\"", self.api)
            }
            _ => String::new(),
        }
    }

    fn language(&self, id: u32, value: &str) -> String {
        let mut node = format!("<language id=\"{id}\" xlink:href=\"{}languages/{id}\">", self.api);
        // writing to a String cannot fail
        write!(node, "{}</language>", cdata(value)).unwrap_or_default();
        node
    }
}
