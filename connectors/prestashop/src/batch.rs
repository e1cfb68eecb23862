//! Reading many rows by key, in as few requests as fit, past the rows that a shop cannot show.
//!
//! One row that makes PHP stumble fails the whole list it is in. A list that fails is halved until what is left is one key;
//! only a key that fails alone, twice, while the shop answers otherwise, is called unreadable. A shop that answers nothing
//! is in trouble itself: that is an error and no verdict on its rows.

use std::collections::{BTreeSet, HashMap, HashSet};

use skarv_connector::Error;

use crate::{
    api::{Api, Query, Resource},
    error,
    row::{Row, Unreadable},
    xml::Node,
};

/// Bytes of keys in one URL, as they are encoded: web servers take 8 kB in all.
const LONGEST_KEYS: usize = 6_000;
/// Keys in one request.
const MOST_KEYS: usize = 200;
/// What a separator takes in a URL.
const SEPARATOR: usize = 3;

/// Rows by key, and the keys whose rows cannot be had.
pub(crate) struct Batch<T> {
    rows: HashMap<String, Vec<T>>,
    unreadable: HashMap<String, Unreadable>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self {
            rows: HashMap::new(),
            unreadable: HashMap::new(),
        }
    }
}

impl<T: Row> Batch<T> {
    /// The rows of these keys.
    pub(crate) async fn read(api: &Api, keys: BTreeSet<String>) -> Result<Self, Error> {
        let mut batch = Self::default();
        let mut found = nodes(api, T::RESOURCE, T::KEY, keys.iter().cloned().collect()).await?;
        if T::ALWAYS_THERE {
            // what every order has is not missing before the shop has said so twice
            let lacking = found.lack(T::KEY, keys);
            found.add(nodes(api, T::RESOURCE, T::KEY, lacking).await?);
        }
        for node in &found.rows {
            batch.insert(node);
        }
        for key in found.unreadable {
            let stuck = Unreadable::NotShown {
                resource: T::RESOURCE.path,
                field: T::KEY,
                value: key.clone(),
            };
            batch.unreadable.insert(key, stuck);
        }
        Ok(batch)
    }

    /// The rows of a key, in the order of their ids.
    pub(crate) fn all(&self, key: &str) -> Result<&[T], Unreadable> {
        match self.unreadable.get(key) {
            Some(unreadable) => Err(unreadable.clone()),
            None => Ok(self.rows.get(key).map(Vec::as_slice).unwrap_or_default()),
        }
    }

    /// The one row of a key.
    pub(crate) fn one(&self, key: &str) -> Result<Option<&T>, Unreadable> {
        self.all(key).map(<[T]>::first)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values().flatten()
    }

    fn insert(&mut self, node: &Node) {
        let key = node.text(T::KEY).to_owned();
        match T::of(node) {
            Ok(row) => self.rows.entry(key).or_default().push(row),
            Err(unreadable) => {
                self.unreadable.insert(key, unreadable);
            }
        }
    }
}

/// Nodes as they came, and the keys whose nodes cannot be had.
#[derive(Default)]
pub(crate) struct Nodes {
    pub(crate) rows: Vec<Node>,
    pub(crate) unreadable: Vec<String>,
}

impl Nodes {
    /// The keys of which nothing came.
    pub(crate) fn lack(&self, field: &str, keys: impl IntoIterator<Item = String>) -> Vec<String> {
        let came: HashSet<&str> = self.rows.iter().map(|row| row.text(field)).collect();
        let came = |key: &String| came.contains(key.as_str()) || self.unreadable.contains(key);
        keys.into_iter().filter(|key| !came(key)).collect()
    }

    pub(crate) fn add(&mut self, more: Self) {
        self.rows.extend(more.rows);
        self.unreadable.extend(more.unreadable);
    }
}

/// The rows of one resource whose field is one of these keys: each once and by their ids, in whatever form they come.
pub(crate) async fn nodes(
    api: &Api,
    resource: Resource,
    field: &str,
    keys: Vec<String>,
) -> Result<Nodes, Error> {
    let mut nodes = Nodes::default();
    let mut waiting = chunks(keys);
    let mut answered = false;
    while let Some(mut chunk) = waiting.pop() {
        let query = Query::of(resource).any(field, &chunk);
        let answer = match api.list(query.clone()).await {
            Err(error) if error::may_be_one_row(&error) && chunk.len() == 1 => api.list(query.clone()).await,
            answer => answer,
        };
        match answer {
            Ok(listing) => {
                answered = true;
                // a firewall that cuts filters off must not make rows of others, or the same ones twice
                let asked_for = |row: &Node| chunk.iter().any(|key| key == row.text(field));
                nodes.rows.extend(listing.rows.into_iter().filter(asked_for));
            }
            Err(error) if !error::may_be_one_row(&error) => return Err(error),
            Err(_) if chunk.len() > 1 => {
                let second = chunk.split_off(chunk.len() / 2);
                waiting.extend([second, chunk]);
            }
            Err(_) if answered || api.list(query.ids_only()).await.is_ok() => {
                answered = true;
                nodes.unreadable.append(&mut chunk);
            }
            Err(error) => return Err(error),
        }
    }
    let id = |row: &Node| row.text("id").parse::<u64>().ok();
    nodes.rows.sort_by_key(id);
    nodes.rows.dedup_by(|a, b| id(a).is_some() && id(a) == id(b));
    Ok(nodes)
}

/// The rows with these ids. One that does not come when it is asked for twice is unreadable: it was listed.
pub(crate) async fn persistent(api: &Api, resource: Resource, ids: Vec<String>) -> Result<Nodes, Error> {
    const ID: &str = "id";
    let mut found = nodes(api, resource, ID, ids.clone()).await?;
    let lost = found.lack(ID, ids);
    found.add(nodes(api, resource, ID, lost.clone()).await?);
    let lost = found.lack(ID, lost);
    found.unreadable.extend(lost);
    Ok(found)
}

/// Chunks that fit in a URL, to be taken from the end.
fn chunks(keys: Vec<String>) -> Vec<Vec<String>> {
    let mut chunks: Vec<Vec<String>> = Vec::new();
    let mut room = 0;
    for key in keys {
        let length = key.len() + SEPARATOR;
        match chunks.last_mut() {
            Some(chunk) if length <= room && chunk.len() < MOST_KEYS => chunk.push(key),
            _ => {
                room = LONGEST_KEYS;
                chunks.push(vec![key]);
            }
        }
        room -= length.min(room);
    }
    chunks.reverse();
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_never_holds_more_keys_than_fit() {
        let keys: Vec<String> = (0..2_000).map(|n| format!("REFERENS{n:05}")).collect();
        let chunks = chunks(keys.clone());
        let longest = chunks.iter().map(|chunk| chunk.join("%7C").len()).max();
        assert!(longest <= Some(LONGEST_KEYS), "{longest:?}");
        assert!(chunks.iter().all(|chunk| chunk.len() <= MOST_KEYS));
        let all: Vec<String> = chunks.into_iter().rev().flatten().collect();
        assert_eq!(all, keys);
    }

    #[test]
    fn no_keys_are_no_requests() {
        assert!(chunks(Vec::new()).is_empty());
    }
}
