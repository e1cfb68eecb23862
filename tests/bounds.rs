//! What one bad answer may cost: no more memory and time than this, whatever is sent, through the real connectors.
//!
//! The memory is the whole process's, the simulators that send included, so this is a binary of its own with one test.
//! Where the system does not tell a process its own peak, the memory is not measured, and the test says so.

use std::{
    fs,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use serde_json::json;
use skarv_canonical::{
    Class, Country, Currency,
    customer::{Address, Customer, CustomerCard, CustomerKind},
    write::{Document, Effect, Write},
};
use skarv_connector::{Error, Extent, PullRequest, Put};
use skarv_http::hostile::Hostile;
use skarv_tests::Foreign;

/// Above what the process takes when nothing is asked.
const MOST_MEMORY_KB: u64 = 64 * 1024;
/// A call is cut after this.
const CALL: Duration = Duration::from_secs(5);
/// For cutting or reading one answer in an unoptimised build on a busy machine, the call's own limit included.
const MOST_TIME: Duration = Duration::from_secs(15);

/// A line of `/proc/self/status`, in kilobytes.
fn status(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches(':')
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .ok()
}

/// What the process takes before anything bad is sent to it.
struct Idle(Option<u64>);

/// Takes the time of one thing. The peak of memory counts from when the process was idle: what is not given back adds up.
struct Measured {
    began: Instant,
    idle_kb: Option<u64>,
}

impl Idle {
    fn start(&self) -> Measured {
        let reset = fs::write("/proc/self/clear_refs", "5");
        Measured {
            idle_kb: reset.ok().and(self.0),
            began: Instant::now(),
        }
    }
}

impl Measured {
    fn stop(self, name: &str) {
        let took = self.began.elapsed();
        assert!(took < MOST_TIME, "{name} took {took:?}");
        let (Some(idle), Some(peak)) = (self.idle_kb, status("VmHWM")) else {
            eprintln!("{name}: {took:?}; this system does not tell what memory it took");
            return;
        };
        let cost = peak.saturating_sub(idle);
        eprintln!("{name}: {took:?}, {cost} kB");
        assert!(cost < MOST_MEMORY_KB, "{name} took {cost} kB above {idle} kB");
    }
}

/// What cannot be an answer at all, whoever sends it.
fn no_answer(hostile: Hostile) -> Option<&'static str> {
    match hostile {
        Hostile::HalfAnswer | Hostile::CutChunk | Hostile::Drip | Hostile::Reset | Hostile::ResetOnAccept => {
            Some("unreachable")
        }
        Hostile::EndlessChunks | Hostile::GzipBomb | Hostile::HugeLength => Some("answer_too_large"),
        Hostile::ManyHeaders | Hostile::HugeHeader => Some("bad_answer"),
        _ => None,
    }
}

fn of_shop(hostile: Hostile) -> (Class, &'static str) {
    let read = match hostile {
        Hostile::InvalidUtf8
        | Hostile::XmlDeep
        | Hostile::XmlAttributes
        | Hostile::XmlText
        | Hostile::XmlNodes => "xml_unreadable",
        _ => "not_xml",
    };
    (Class::Transient, no_answer(hostile).unwrap_or(read))
}

fn of_books(hostile: Hostile, status: u16) -> (Class, &'static str) {
    match (no_answer(hostile), status) {
        (Some(code), _) => (Class::Transient, code),
        (None, 200) => (Class::Transient, "bad_answer"),
        (None, _) => (Class::Data, "erp_refused"),
    }
}

fn named(error: &Error) -> (Class, &str) {
    (error.class(), error.reason.code.as_str())
}

fn request() -> PullRequest {
    PullRequest {
        extent: Extent::Changes,
        cursor: None,
        start_at: None,
        limit: 100,
        now: at("2026-11-24T06:00:00Z"),
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn customer(number: &str) -> Write {
    let card = CustomerCard {
        number: Some(number.to_owned()),
        customer: Customer {
            key: "7".to_owned(),
            kind: CustomerKind::Person,
            given_name: "Åsa".to_owned(),
            family_name: "Öberg".to_owned(),
            company: String::new(),
            org_number: String::new(),
            vat_number: String::new(),
            email: "asa@example.com".to_owned(),
            phone: String::new(),
            guest: false,
            language: "sv".to_owned(),
        },
        billing: Address {
            name: "Åsa Öberg".to_owned(),
            company: String::new(),
            line1: "Älvvägen 3".to_owned(),
            line2: String::new(),
            postcode: "123 45".to_owned(),
            city: "Örebro".to_owned(),
            country: Country::SE,
            vat_number: String::new(),
            phone: String::new(),
        },
        currency: Currency::SEK,
        reverse_charge: false,
        match_existing: false,
    };
    Write {
        our_key: number.to_owned(),
        effect: Effect::Create,
        document: Document::Customer(Box::new(card)),
    }
}

#[tokio::test]
async fn hostile_answers_are_bounded() -> anyhow::Result<()> {
    let foreign = Foreign::start(200, at("2026-11-24T06:00:00Z"), CALL).await?;
    // what is used for the first time takes memory once
    foreign.source().await?.pull(request()).await?;
    foreign.sink().await?.find(&customer("k3x9qa-K1")).await?;
    let idle = Idle(status("VmRSS"));
    for (hostile, name) in Hostile::ALL {
        let every = |times: u64| match hostile {
            // a connection is made once for each client
            Hostile::ResetOnAccept => json!({ "next_reset_on_accept": times }),
            _ => json!({ format!("{name}_every"): times }),
        };
        let source = foreign.source().await?;
        foreign.shop.faults(&every(1)).await?;
        let measured = idle.start();
        let error = source.pull(request()).await.expect_err(name);
        measured.stop(&format!("the shop: {name}"));
        assert_eq!(named(&error), of_shop(hostile), "{name}");
        foreign.shop.faults(&every(0)).await?;

        for status in [200, 400] {
            let sink = foreign.sink().await?;
            let mut switches = every(1);
            switches["hostile_status"] = json!(status);
            foreign.erp.faults(&switches).await?;
            let measured = idle.start();
            let error = sink.find(&customer("k3x9qa-K1")).await.expect_err(name);
            measured.stop(&format!("the books, {status}: {name}"));
            assert_eq!(named(&error), of_books(hostile, status), "{name}");
            foreign.erp.faults(&every(0)).await?;
        }

        // a create, and what comes back of it
        let sink = foreign.sink().await?;
        let write = customer(&format!("k3x9qa-{}", name.chars().take(12).collect::<String>()));
        sink.find(&write).await?;
        foreign
            .erp
            .faults(&json!({ format!("next_{name}"): 1, "hostile_status": 200 }))
            .await?;
        let measured = idle.start();
        let put = Put {
            write: &write,
            existing: None,
            earlier: &[],
            window: None,
        };
        let outcome = sink.put(put).await;
        measured.stop(&format!("a create: {name}"));
        foreign.erp.faults(&json!({ format!("next_{name}"): 0 })).await?;
        // a connection that is there already is not reset
        assert_eq!(outcome.is_ok(), hostile == Hostile::ResetOnAccept, "{name}");
        assert!(sink.find(&write).await?.is_some(), "{name}: it was made");
    }
    Ok(())
}
