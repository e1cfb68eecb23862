//! Items by their number. A number is given once by contract; where it occurs twice all the same, which of the items is
//! meant is for a person.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Deserialize;
use skarv_canonical::Reason;
use skarv_connector::Error;
use tokio::sync::Mutex;

use super::{ITEMS, Item};
use crate::api::{Api, without_end};

/// So many numbers are asked for one by one; for more the whole list is read.
const FEW: usize = 10;
/// A million items. A server that ignores `page` would otherwise be read for ever.
const MOST_PAGES: usize = 2_000;
/// More names than this help nobody.
const MOST_SHOWN: usize = 5;

/// Every item with this number, exactly.
pub(crate) async fn by_number(api: &Api, number: &str) -> Result<Vec<Item>, Error> {
    let mut items: Vec<Item> = api.list(&[ITEMS], &[("number", number)]).await?;
    items.retain(|item| item.number() == number);
    let mut seen = Vec::new();
    items.retain(|item| {
        let new = !seen.contains(&item.id);
        seen.push(item.id.clone());
        new
    });
    Ok(items)
}

/// What is said of the items that share a number.
pub(crate) fn doubled<'a>(number: &str, names: impl Iterator<Item = &'a str>) -> Reason {
    let shown: Vec<&str> = names.take(MOST_SHOWN).collect();
    Reason::data("article_number_doubled")
        .with("number", number)
        .with("articles", shown.join(", "))
        .fix("change_article_number")
}

/// The names of the items that bear a number, by id.
type Bearers = BTreeMap<String, String>;

/// Which numbers occur twice, as far as it has been asked.
#[derive(Default)]
pub(super) struct Numbers {
    all: Mutex<Option<Arc<HashMap<String, Bearers>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Numbered {
    item_id: String,
    number: Option<String>,
    name: Option<String>,
}

impl Numbers {
    /// Why the items with these numbers cannot be told apart, by number.
    pub(super) async fn doubled(&self, api: &Api, items: &[Item]) -> Result<HashMap<String, Reason>, Error> {
        let numbers = items.iter().map(Item::number).filter(|number| !number.is_empty());
        let numbers: Vec<&str> = numbers.collect();
        let mut found = HashMap::new();
        if numbers.len() <= FEW {
            for number in numbers {
                let others = by_number(api, number).await?.into_iter();
                let bearers = others
                    .map(|item| (item.id.clone(), item.name().to_owned()))
                    .collect();
                note(&mut found, number, &bearers);
            }
            return Ok(found);
        }
        let all = self.all(api).await?;
        for number in numbers {
            if let Some(bearers) = all.get(number) {
                note(&mut found, number, bearers);
            }
        }
        Ok(found)
    }

    /// Read once for each run.
    async fn all(&self, api: &Api) -> Result<Arc<HashMap<String, Bearers>>, Error> {
        let mut all = self.all.lock().await;
        if let Some(known) = all.as_ref() {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(read(api).await?);
        *all = Some(Arc::clone(&read));
        Ok(read)
    }
}

fn note(found: &mut HashMap<String, Reason>, number: &str, bearers: &Bearers) {
    if bearers.len() > 1 {
        let reason = doubled(number, bearers.values().map(String::as_str));
        found.insert(number.to_owned(), reason);
    }
}

async fn read(api: &Api) -> Result<HashMap<String, Bearers>, Error> {
    let mut all: HashMap<String, Bearers> = HashMap::new();
    for number in 1..=MOST_PAGES {
        let page = api.page::<Numbered>(&[ITEMS], &[], number).await?;
        for item in page.items {
            let number = item.number.unwrap_or_default().trim().to_owned();
            let bearers = all.entry(number).or_default();
            bearers.insert(item.item_id, item.name.unwrap_or_default());
        }
        if page.last {
            return Ok(all);
        }
    }
    Err(without_end(ITEMS))
}
