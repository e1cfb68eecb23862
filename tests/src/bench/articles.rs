//! From the tapes of an initial sync to the same calls once more: pages of one system are read ahead, the other is written.
//!
//! Written one by one, calls that name the same article go one after the other, articles side by side. Written in bodies of many,
//! looks go side by side and a write waits for what is before it, as only one body of a page is under way at a time. The calls of
//! the target are spread over the pages in their order, as many to each. Where the tape leaves a choice, the plan waits for less
//! than Skarv did.

use std::collections::HashMap;

use serde_json::Value;
use skarv_canonical::descriptor::Side;
use skarv_http::Url;

use super::plan::{Call, Page, Plan, Recorded};

/// Plans the calls of these two tapes, of which that side's was read. `read` is how many records that gave.
pub fn initial_sync(
    source: Side,
    shop: Vec<Recorded>,
    erp: Vec<Recorded>,
    sign_in: &str,
    read: usize,
) -> Plan {
    let (sign_ins, erp): (Vec<_>, Vec<_>) = erp.into_iter().partition(|call| call.target == sign_in);
    let pages = match source {
        Side::Erp => spread(reading(erp), &stages(shop), |page| &mut page.stages),
        _ => spread(reading(shop), &chains(erp), |page| &mut page.records),
    };
    let mut plan = Plan { pages, read };
    if let Some(first) = plan.pages.first_mut() {
        first.sign_ins = sign_ins.len();
    }
    plan
}

/// Gives each page as many of these, in their order.
fn spread(
    mut pages: Vec<Page>,
    calls: &[Vec<Call>],
    place: fn(&mut Page) -> &mut Vec<Vec<Call>>,
) -> Vec<Page> {
    let count = pages.len();
    for (at, page) in pages.iter_mut().enumerate() {
        let cut = |at: usize| calls.len() * at / count;
        *place(page) = calls[cut(at)..cut(at + 1)].to_vec();
    }
    pages
}

/// Looks until the next write are a stage; so is each write.
fn stages(tape: Vec<Recorded>) -> Vec<Vec<Call>> {
    let mut stages: Vec<Vec<Call>> = Vec::new();
    let mut looking = false;
    for (place, recorded) in tape.into_iter().enumerate() {
        let looks = recorded.method == "GET";
        let call = call(place, recorded);
        match stages.last_mut() {
            Some(stage) if looking && looks => stage.push(call),
            _ => stages.push(vec![call]),
        }
        looking = looks;
    }
    stages
}

/// A page begins with the question for the next records. What comes before the first page is asked before it.
fn reading(tape: Vec<Recorded>) -> Vec<Page> {
    let mut pages = vec![Page::default()];
    let mut begun = false;
    for (place, recorded) in tape.into_iter().enumerate() {
        let opens = opens_page(&recorded.target);
        if opens && begun {
            pages.push(Page::default());
        }
        let at = pages.len() - 1;
        let calls = match opens || !begun {
            true => &mut pages[at].head,
            false => &mut pages[at].around,
        };
        calls.push(call(place, recorded));
        begun |= opens;
    }
    pages
}

fn opens_page(target: &str) -> bool {
    let path = target.split('?').next().unwrap_or_default();
    let asks = |name| question(target, name).is_some();
    (path.ends_with("/products") && asks("limit"))
        || asks("rowVersionFrom")
        || (path.ends_with("/stockbalances") && !asks("itemNumber"))
}

/// Calls that name the same article, in their order; each other call by itself.
fn chains(tape: Vec<Recorded>) -> Vec<Vec<Call>> {
    let mut chains: Vec<Vec<Call>> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for (place, recorded) in tape.into_iter().enumerate() {
        let chain = match number(&recorded) {
            Some(number) => *at.entry(number).or_insert(chains.len()),
            None => chains.len(),
        };
        let call = call(place, recorded);
        match chains.get_mut(chain) {
            Some(chain) => chain.push(call),
            None => chains.push(vec![call]),
        }
    }
    chains
}

/// The article number that a call to the accounting system names.
fn number(call: &Recorded) -> Option<String> {
    question(&call.target, "number").or_else(|| {
        let sent: Value = serde_json::from_str(&call.body).ok()?;
        Some(sent.get("number")?.as_str()?.to_owned())
    })
}

fn question(target: &str, name: &str) -> Option<String> {
    let url = Url::parse(&format!("http://system{target}")).ok()?;
    let found = url.query_pairs().find(|(key, _)| key == name)?;
    Some(found.1.into_owned())
}

fn call(place: usize, recorded: Recorded) -> Call {
    Call {
        recorded,
        place,
        gives: Vec::new(),
        after: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(method: &str, target: &str, body: &str) -> Recorded {
        Recorded {
            method: method.to_owned(),
            target: target.to_owned(),
            body: body.to_owned(),
            status: 200,
            ..Recorded::default()
        }
    }

    fn get(target: &str) -> Recorded {
        called("GET", target, "")
    }

    fn shop() -> Vec<Recorded> {
        let page = |id: u32| get(&format!("/api/products?filter%5Bid%5D=%3E%5B{id}%5D&limit=50"));
        let around = get("/api/combinations?filter%5Bid%5D=%5B15%5D");
        vec![get("/api/configurations"), page(0), around, page(50)]
    }

    fn erp() -> Vec<Recorded> {
        vec![
            get("/connect/token"),
            get("/accounts"),
            get("/items?number=A-1&page=1"),
            get("/items?number=B-2&page=1"),
            called("POST", "/items", r#"{"number":"B-2"}"#),
            called("POST", "/items", r#"{"number":"A-1"}"#),
        ]
    }

    #[test]
    fn every_call_is_planned_once_whichever_side_is_read() {
        for (source, reads, writes) in [(Side::Shop, 4, 5), (Side::Erp, 5, 4)] {
            let plan = initial_sync(source, shop(), erp(), "/connect/token", 2);
            let sum = |count: fn(&Page) -> usize| plan.pages.iter().map(count).sum::<usize>();
            assert_eq!(
                sum(|page| page.head.len() + page.around.len()),
                reads,
                "{source:?}"
            );
            let written = sum(|page| page.records.iter().chain(&page.stages).map(Vec::len).sum());
            assert_eq!((written, sum(|page| page.sign_ins)), (writes, 1), "{source:?}");
        }
    }

    #[test]
    fn a_look_and_the_create_after_it_keep_their_order_and_articles_go_side_by_side() {
        let plan = initial_sync(Side::Shop, shop(), erp(), "/connect/token", 2);
        let [first, second] = plan.pages.as_slice() else {
            panic!("{plan:?}");
        };
        assert_eq!((first.head.len(), first.around.len()), (2, 1));
        let methods = |calls: &[Call]| {
            let methods = calls.iter().map(|call| call.recorded.method.clone());
            methods.collect::<Vec<_>>().join(" ")
        };
        let chains = first.records.iter().chain(&second.records);
        let chains: Vec<_> = chains.map(|calls| methods(calls)).collect();
        assert_eq!(chains, ["GET", "GET POST", "GET POST"]);
    }

    #[test]
    fn a_body_of_many_waits_for_the_looks_before_it() {
        let patch = || called("PATCH", "/api/products", "<prestashop/>");
        let shop = vec![
            get("/api/products"),
            get("/api/combinations"),
            patch(),
            patch(),
            get("/api/products"),
        ];
        let plan = initial_sync(Side::Erp, shop, Vec::new(), "/connect/token", 2);
        let counts: Vec<usize> = plan.pages[0].stages.iter().map(Vec::len).collect();
        assert_eq!(counts, [2, 1, 1, 1]);
    }

    #[test]
    fn pages_of_the_accounting_system_begin_with_what_changed_or_what_there_is() {
        let begins = |target| opens_page(target);
        assert!(begins("/items?rowVersionFrom=5&page=1"));
        assert!(begins("/stockbalances?page=2"));
        assert!(!begins("/stockbalances?itemNumber=A-1&page=1"));
        assert!(!begins("/items?number=A-1&page=1"));
    }
}
