//! From the tapes of a run to the same calls once more, made by somebody who knows nothing of records.
//!
//! A page of the shop is read while the one before it is written. The calls of one record come one after the other, records
//! side by side; a call waits only for those whose answers it names. Nothing here knows which calls there are: new kinds of
//! calls are planned by the references and ids in them. Where the tape leaves a choice, the plan waits for less than Skarv did.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use skarv_http::Url;

use super::words::{Named, ids, number, ours};

/// The question for the orders that hang on a page.
const BY_ORDER: &str = "filter[id_order]";

/// A call, as a simulator has taken it down.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Recorded {
    /// Such as `GET`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// What a write sent.
    #[serde(default)]
    pub body: String,
    /// What a write was answered.
    #[serde(default)]
    pub answer: String,
    /// The answer's status.
    pub status: u16,
}

/// A call to be made.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Call {
    /// What was recorded.
    pub recorded: Recorded,
    /// Its place on the tape.
    pub place: usize,
    /// Ids that its answer gave out.
    pub gives: Vec<String>,
    /// Places of the calls that must have been answered, since it names what they gave.
    pub after: Vec<usize>,
}

/// One page of the source and what was written of it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Page {
    /// Reads, one after the other.
    pub head: Vec<Call>,
    /// Reads that may be made side by side, after the head.
    pub around: Vec<Call>,
    /// How often to sign in before anything of the page is written.
    pub sign_ins: usize,
    /// The calls of each record, in their order.
    pub records: Vec<Vec<Call>>,
    /// Calls for many records together, in stages: those of one side by side, one stage after the other.
    #[serde(default)]
    pub stages: Vec<Vec<Call>>,
}

/// Everything, page by page.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Plan {
    /// In their order.
    pub pages: Vec<Page>,
    /// How many records of the source were read.
    pub read: usize,
}

/// Which calls of the target are what.
pub struct Marks<'a> {
    /// The shop's immutable reference.
    pub shop_ref: &'a str,
    /// Where to sign in.
    pub sign_in: &'a str,
}

/// Plans the calls of these two tapes.
pub fn plan(shop: Vec<Recorded>, erp: Vec<Recorded>, marks: &Marks<'_>) -> Plan {
    let (mut pages, page_of) = reading(shop);
    let mut last = 0;
    for (name, calls) in writing(erp, marks) {
        let page = number(&name, marks.shop_ref).and_then(|number| page_of.get(&number));
        last = page.copied().unwrap_or(last);
        if let Some(page) = pages.get_mut(last) {
            let (sign_ins, calls): (Vec<Call>, Vec<Call>) = calls
                .into_iter()
                .partition(|call| call.recorded.target == marks.sign_in);
            page.sign_ins += sign_ins.len();
            page.records.push(calls);
        }
    }
    Plan {
        read: page_of.len(),
        pages,
    }
}

/// Ids that an answer gives out: those that were not in what was sent.
pub fn gives(answer: &str, sent: &str) -> Vec<String> {
    let named = ids(sent);
    let new = ids(answer).into_iter().filter(|id| !named.contains(id));
    new.map(str::to_owned).collect()
}

/// The pages, and which page each record came on.
fn reading(tape: Vec<Recorded>) -> (Vec<Page>, HashMap<u64, usize>) {
    let mut pages = vec![Page::default()];
    let mut page_of = HashMap::new();
    let mut begun = false;
    for (place, recorded) in tape.into_iter().enumerate() {
        let asked = questions(&recorded.target);
        let opens = opens_page(&recorded.target, &asked);
        if opens && begun {
            pages.push(Page::default());
        }
        let at = pages.len() - 1;
        let numbers = asked
            .iter()
            .filter(|(name, _)| name == BY_ORDER)
            .flat_map(|(_, value)| {
                let list = value.trim_matches(['[', ']']).split('|');
                list.filter_map(|number| number.parse().ok())
            });
        for number in numbers {
            page_of.entry(number).or_insert(at);
        }
        let call = Call {
            recorded,
            place,
            gives: Vec::new(),
            after: Vec::new(),
        };
        if opens || !begun {
            pages[at].head.push(call);
        } else {
            pages[at].around.push(call);
        }
        begun |= opens;
    }
    (pages, page_of)
}

fn questions(target: &str) -> Vec<(String, String)> {
    let url = Url::parse(&format!("http://shop{target}"));
    let pairs = url.iter().flat_map(|url| url.query_pairs().into_owned());
    pairs.collect()
}

/// A page begins with the question for what has changed in a window.
fn opens_page(target: &str, asked: &[(String, String)]) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    path.ends_with("/orders") && asked.iter().any(|(name, _)| name == "date")
}

/// The calls of each record, records in the order of their first call.
fn writing(tape: Vec<Recorded>, marks: &Marks<'_>) -> Vec<(String, Vec<Call>)> {
    let calls = linked(tape, marks.shop_ref);
    let owners = owners(&calls, marks.shop_ref);
    let mut records: Vec<(String, Vec<Call>)> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for (call, owner) in calls.into_iter().zip(owners) {
        let at = *at.entry(owner).or_insert_with_key(|owner| {
            records.push((owner.clone(), Vec::new()));
            records.len() - 1
        });
        records[at].1.push(call);
    }
    records
}

/// Each call with the earlier ones that it rests on.
fn linked(tape: Vec<Recorded>, shop_ref: &str) -> Vec<Call> {
    let mut gave: HashMap<String, usize> = HashMap::new();
    let mut calls = Vec::with_capacity(tape.len());
    for (place, recorded) in tape.into_iter().enumerate() {
        let sent = format!("{} {}", recorded.target, recorded.body);
        let shared: Vec<&str> = shared(&sent, shop_ref).collect();
        let named = ids(&sent);
        let rests_on: HashSet<usize> = named
            .iter()
            .chain(&shared)
            .filter_map(|name| gave.get(*name).copied())
            .collect();
        let gives = gives(&recorded.answer, &sent);
        let makes = recorded.method == "POST" && recorded.status < 300;
        if makes && record(&sent, shop_ref).is_none() {
            gave.extend(shared.iter().map(|name| ((*name).to_owned(), place)));
        }
        gave.extend(gives.iter().map(|id| (id.clone(), place)));
        calls.push(Call {
            after: rests_on.into_iter().collect(),
            recorded,
            place,
            gives,
        });
    }
    calls
}

/// The record that each call was made for: the one it names, or that of the call whose answer it names, or the next one that
/// names what it names, or simply the next one.
fn owners(calls: &[Call], shop_ref: &str) -> Vec<String> {
    let sent = |call: &Call| format!("{} {}", call.recorded.target, call.recorded.body);
    let mut own: Vec<Option<String>> = Vec::with_capacity(calls.len());
    for call in calls {
        let text = sent(call);
        let named = record(&text, shop_ref).map(str::to_owned);
        let of_given = || call.after.iter().rev().find_map(|place| own[*place].clone());
        own.push(named.or_else(of_given));
    }
    let last = own.iter().rev().flatten().next().cloned().unwrap_or_default();
    let mut next = last;
    let mut next_with: HashMap<String, String> = HashMap::new();
    let mut owners = Vec::with_capacity(calls.len());
    for (call, own) in calls.iter().zip(own).rev() {
        let text = sent(call);
        if let Some(own) = &own {
            next.clone_from(own);
            next_with.extend(shared(&text, shop_ref).map(|name| (name.to_owned(), own.clone())));
        }
        let by_name = || shared(&text, shop_ref).find_map(|name| next_with.get(name).cloned());
        owners.push(own.or_else(by_name).unwrap_or_else(|| next.clone()));
    }
    owners.reverse();
    owners
}

/// The most exact name of a record in a text.
fn record<'a>(text: &'a str, shop_ref: &str) -> Option<&'a str> {
    let names = ours(text, shop_ref).into_iter().filter_map(|named| match named {
        Named::Record(name) => Some(name),
        Named::Shared(_) => None,
    });
    names.max_by_key(|name| name.len())
}

fn shared<'a>(text: &'a str, shop_ref: &str) -> impl Iterator<Item = &'a str> {
    ours(text, shop_ref).into_iter().filter_map(|named| match named {
        Named::Shared(name) => Some(name),
        Named::Record(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "5ca70001-0000-4000-8000-000000000001";
    const SECOND: &str = "5ca70001-0000-4000-8000-000000000002";
    const MARKS: Marks<'_> = Marks {
        shop_ref: "k3x9qa",
        sign_in: "/connect/token",
    };

    fn get(target: &str) -> Recorded {
        Recorded {
            method: "GET".to_owned(),
            target: target.to_owned(),
            status: 200,
            ..Recorded::default()
        }
    }

    fn post(target: &str, body: &str, given: &str) -> Recorded {
        Recorded {
            method: "POST".to_owned(),
            body: body.to_owned(),
            answer: given.to_owned(),
            status: 201,
            ..get(target)
        }
    }

    fn shop() -> Vec<Recorded> {
        [
            "/api/configurations",
            "/api/orders?date=1",
            "/api/order_details?filter%5Bid_order%5D=%5B1%7C2%5D",
        ]
        .into_iter()
        .chain([
            "/api/orders?date=1&x=2",
            "/api/order_details?filter[id_order]=[3]",
            "/api/orders?date=1&x=3",
        ])
        .map(get)
        .collect()
    }

    fn erp() -> Vec<Recorded> {
        vec![
            get("/connect/token"),
            get("/contacts?email=a"),
            post("/contacts", "k3x9qa-K7", FIRST),
            get("/financialyears"),
            post("/invoices", "k3x9qa-1 to k3x9qa-K7", SECOND),
            post("/invoices", "k3x9qa-2 to k3x9qa-K7", ""),
            get(&format!("/invoices/{SECOND}")),
            post("/invoices", "k3x9qa-3 to k3x9qa-K7", ""),
        ]
    }

    fn targets(calls: &[Call]) -> Vec<&str> {
        calls.iter().map(|call| call.recorded.target.as_str()).collect()
    }

    #[test]
    fn every_call_is_planned_once() {
        let plan = plan(shop(), erp(), &MARKS);
        let reads = plan.pages.iter().map(|page| page.head.len() + page.around.len());
        assert_eq!(reads.sum::<usize>(), shop().len());
        let writes = plan
            .pages
            .iter()
            .map(|page| page.sign_ins + page.records.iter().map(Vec::len).sum::<usize>());
        assert_eq!(writes.sum::<usize>(), erp().len());
    }

    #[test]
    fn a_page_is_read_and_written_as_the_one_it_was() {
        let plan = plan(shop(), erp(), &MARKS);
        assert_eq!(plan.read, 3);
        let [first, second, third] = plan.pages.as_slice() else {
            panic!("{plan:?}");
        };
        assert_eq!(
            targets(&first.head),
            ["/api/configurations", "/api/orders?date=1"]
        );
        assert_eq!((first.around.len(), first.sign_ins), (1, 1));
        assert_eq!(
            (first.records.len(), second.records.len(), third.records.len()),
            (2, 1, 0)
        );
    }

    #[test]
    fn the_calls_of_a_record_keep_their_order_and_wait_for_what_they_name() {
        let plan = plan(shop(), erp(), &MARKS);
        let [one, two] = plan.pages[0].records.as_slice() else {
            panic!("{plan:?}");
        };
        let read_back = format!("/invoices/{SECOND}");
        assert_eq!(
            targets(one),
            [
                "/contacts?email=a",
                "/contacts",
                "/financialyears",
                "/invoices",
                read_back.as_str()
            ]
        );
        assert_eq!(one[4].after, [one[3].place]);
        assert_eq!(one[3].gives, [SECOND]);
        // the card that the other order makes
        assert_eq!(
            (two.len(), two[0].after.as_slice()),
            (1, [one[1].place].as_slice())
        );
    }
}
