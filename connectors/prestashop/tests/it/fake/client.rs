//! A client so plain that it hides nothing: one request per connection, the answer as it came, and its XML as a tree.

use anyhow::{Context, Result, bail, ensure};
use quick_xml::{Reader, events::Event};
use serde_json::Value;
use skarv_prestashop::fake::{Config, Seed, Shop, Version, start};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) const KEY: &str = "SKARVTESTKEY00000000000000000000";
/// `KEY` and a colon in base64.
pub(crate) const BASIC: &str = "U0tBUlZURVNUS0VZMDAwMDAwMDAwMDAwMDAwMDAwMDA6";
/// Of an autumn in which all food bears 6 %.
pub(crate) const NOW: &str = "2026-11-20T12:00:00Z";

pub(crate) fn seed(orders: u32, seed: u64, now: &str) -> Result<Seed> {
    Ok(Seed {
        orders,
        seed,
        now: now.parse()?,
    })
}

pub(crate) fn config(seed: Seed) -> Config {
    Config {
        seed,
        api_key: KEY.to_owned(),
        version: Version::V8_2_1,
        port: 0,
        allow_any_host: false,
    }
}

/// A shop with this many orders, as of [`NOW`].
pub(crate) async fn shop(orders: u32) -> Result<Shop> {
    Ok(start(config(seed(orders, 7, NOW)?)).await?)
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The error codes in the body, in order.
    pub(crate) fn codes(&self) -> Result<Vec<String>> {
        let root = Node::parse(&self.body)?;
        Ok(root
            .child("errors")?
            .children
            .iter()
            .map(|error| error.text("code"))
            .collect())
    }
}

/// Sends one request exactly as given and reads until the shop closes; an empty answer is an error.
pub(crate) async fn send(shop: &Shop, request: &str, body: &str) -> Result<Reply> {
    let mut socket = TcpStream::connect(host(shop)).await?;
    let length = body.len();
    let head = format!("{request}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(body.as_bytes()).await?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await?;
    ensure!(
        !answer.is_empty(),
        "the shop closed the connection without an answer"
    );
    parse(&String::from_utf8(answer)?)
}

fn parse(answer: &str) -> Result<Reply> {
    let (head, body) = answer.split_once("\r\n\r\n").context("no end of the headers")?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .context("no status")?
        .parse()?;
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Ok(Reply {
        status,
        headers,
        body: body.to_owned(),
    })
}

pub(crate) fn host(shop: &Shop) -> String {
    shop.base_url().trim_start_matches("http://").to_owned()
}

/// `GET /api/{path}` with the right key.
pub(crate) async fn get(shop: &Shop, path: &str) -> Result<Reply> {
    let host = host(shop);
    send(
        shop,
        &format!("GET /api/{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {BASIC}"),
        "",
    )
    .await
}

/// The nodes of a list, read in full and in id order.
pub(crate) async fn all(shop: &Shop, resource: &str) -> Result<Vec<Node>> {
    list(shop, &format!("{resource}?display=full&sort=[id_ASC]")).await
}

/// The nodes of a list.
pub(crate) async fn list(shop: &Shop, path: &str) -> Result<Vec<Node>> {
    let reply = get(shop, path).await?;
    ensure!(reply.status == 200, "{path}: {} {}", reply.status, reply.body);
    let mut root = Node::parse(&reply.body)?;
    ensure!(root.children.len() == 1, "{path}: one list expected");
    Ok(root.children.remove(0).children)
}

/// The ids of a list, in the order in which it came.
pub(crate) async fn ids(shop: &Shop, path: &str) -> Result<Vec<u32>> {
    list(shop, path)
        .await?
        .iter()
        .map(|node| Ok(node.attribute("id").context("no id")?.parse()?))
        .collect()
}

/// `GET` of an admin page.
pub(crate) async fn ask(shop: &Shop, path: &str) -> Result<Value> {
    admin(shop, "GET", path, "").await
}

/// `POST` to an admin page.
pub(crate) async fn tell(shop: &Shop, path: &str, body: &Value) -> Result<Value> {
    admin(shop, "POST", path, &body.to_string()).await
}

async fn admin(shop: &Shop, method: &str, path: &str, body: &str) -> Result<Value> {
    let host = host(shop);
    let head = format!("{method} /__admin/{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json");
    let reply = send(shop, &head, body).await?;
    ensure!(
        reply.status == 200,
        "{method} {path}: {} {}",
        reply.status,
        reply.body
    );
    Ok(serde_json::from_str(&reply.body)?)
}

/// An XML element; its text is what stands in it outside its children.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    value: String,
    pub(crate) children: Vec<Node>,
}

impl Node {
    /// The root element of a document, which must be well formed to its end.
    pub(crate) fn parse(xml: &str) -> Result<Self> {
        let mut reader = Reader::from_str(xml);
        let mut open = vec![Self::default()];
        for _ in 0..=xml.len() {
            match reader.read_event()? {
                Event::Start(tag) => open.push(Self::of(&tag)?),
                Event::Empty(tag) => Self::close(&mut open, Self::of(&tag)?)?,
                Event::End(_) => {
                    let node = open.pop().context("nothing is open")?;
                    Self::close(&mut open, node)?;
                }
                Event::CData(text) => open.last_mut().context("text outside")?.value += &text,
                Event::Text(text) => open.last_mut().context("text outside")?.value += text.trim(),
                Event::Eof => break,
                _ => {}
            }
        }
        ensure!(open.len() == 1, "elements left open");
        let mut roots = open.remove(0).children;
        ensure!(roots.len() == 1, "one root expected");
        Ok(roots.remove(0))
    }

    fn of(tag: &quick_xml::events::BytesStart<'_>) -> Result<Self> {
        let mut node = Self {
            name: tag.name().as_ref().to_owned(),
            ..Self::default()
        };
        for attribute in tag.attributes() {
            let attribute = attribute?;
            let name = attribute.key.as_ref().to_owned();
            node.attributes.push((name, attribute.value.into_owned()));
        }
        Ok(node)
    }

    fn close(open: &mut [Self], node: Self) -> Result<()> {
        match open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => bail!("an element is closed twice"),
        }
        Ok(())
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn child(&self, name: &str) -> Result<&Self> {
        self.children
            .iter()
            .find(|node| node.name == name)
            .with_context(|| format!("no {name} in {}", self.name))
    }

    /// Its own text.
    pub(crate) fn content(&self) -> String {
        self.value.clone()
    }

    /// The text of a child; empty where it is missing.
    pub(crate) fn text(&self, name: &str) -> String {
        self.child(name)
            .map(|node| node.value.clone())
            .unwrap_or_default()
    }

    /// The number in a child.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T> {
        let text = self.child(name)?.value.clone();
        text.parse()
            .ok()
            .with_context(|| format!("{name} is no number: {text:?}"))
    }

    /// The rows of an association.
    pub(crate) fn rows(&self, association: &str) -> Result<&[Self]> {
        Ok(&self.child("associations")?.child(association)?.children)
    }

    /// Every element name below this one, as paths.
    pub(crate) fn paths(&self) -> std::collections::BTreeSet<String> {
        let mut paths = std::collections::BTreeSet::new();
        for child in &self.children {
            paths.insert(child.name.clone());
            paths.extend(
                child
                    .paths()
                    .into_iter()
                    .map(|path| format!("{}/{path}", child.name)),
            );
        }
        paths
    }
}
