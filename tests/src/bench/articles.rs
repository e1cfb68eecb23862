//! From the tapes of an initial sync to the same calls once more: pages of one system are read ahead, the other is written.
//!
//! What the same article number is named in goes one after the other; everything else of a page may go side by side. The calls
//! of the target are spread over the pages in their order, as many to each. Where the tape leaves a choice, the plan waits for
//! less than Skarv did.

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
    let (reads, writes) = match source {
        Side::Erp => (erp, shop),
        _ => (shop, erp),
    };
    let mut pages = reading(reads);
    let chains = chains(writes);
    let each = chains.len().div_ceil(pages.len()).max(1);
    for (page, chains) in pages.iter_mut().zip(chains.chunks(each)) {
        page.records = chains.to_vec();
    }
    pages[0].sign_ins = sign_ins.len();
    Plan { pages, read }
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
            let written = sum(|page| page.records.iter().map(Vec::len).sum());
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
    fn pages_of_the_accounting_system_begin_with_what_changed_or_what_there_is() {
        let begins = |target| opens_page(target);
        assert!(begins("/items?rowVersionFrom=5&page=1"));
        assert!(begins("/stockbalances?page=2"));
        assert!(!begins("/stockbalances?itemNumber=A-1&page=1"));
        assert!(!begins("/items?number=A-1&page=1"));
    }
}
