//! A tenant's address never leads into the operator's own network: every way of writing a private address, through the API
//! and an agent as it runs in production, with listeners on loopback that count who comes.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
};

use skarv_agent::AgentConfig;
use skarv_proto::v1 as pb;
use skarv_tests::{AgentThread, Lookout, Platform, Redirector, Tenant, Times, Wanted, problems};
use tonic::Code;
use tonic_types::StatusExt;

/// Tests under way at a time: they wait for a slot no longer than a person would.
const AT_A_TIME: usize = 64;
const SLOTS: u32 = 32;

/// Loopback, private, link-local, metadata, carrier NAT, this host, multicast, broadcast.
const NOT_PUBLIC: [Ipv4Addr; 10] = [
    Ipv4Addr::LOCALHOST,
    Ipv4Addr::new(127, 127, 127, 127),
    Ipv4Addr::UNSPECIFIED,
    Ipv4Addr::new(10, 0, 0, 1),
    Ipv4Addr::new(172, 16, 0, 1),
    Ipv4Addr::new(192, 168, 0, 1),
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(100, 64, 0, 1),
    Ipv4Addr::new(224, 0, 0, 1),
    Ipv4Addr::BROADCAST,
];

/// Every notation of an IPv4 address that resolvers and URL parsers are known to take, IPv6 ones that carry it included.
fn notations(address: Ipv4Addr) -> Vec<String> {
    let (number, [a, b, c, d]) = (address.to_bits(), address.octets());
    let (last_two, last_three) = (number & 0xffff, number & 0x00ff_ffff);
    let (high, low) = (number >> 16, number & 0xffff);
    vec![
        format!("{address}"),
        format!("{address}."),
        format!("{a}.{b}.{last_two}"),
        format!("{a}.{last_three}"),
        format!("{number}"),
        format!("0x{number:x}"),
        format!("0X{number:08X}"),
        format!("0{number:o}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("0x{a:x}.0{last_three:o}"),
        format!("[::ffff:{address}]"),
        format!("[::ffff:{high:x}:{low:x}]"),
        format!("[::{address}]"),
        format!("[::ffff:0:{address}]"),
        format!("[64:ff9b::{address}]"),
        format!("[64:ff9b:1::{address}]"),
        format!("[2002:{high:x}:{low:x}::1]"),
    ]
}

/// Names and addresses that are like no other.
const OTHERS: [&str; 27] = [
    "localhost",
    "LocalHost.",
    "shop.localhost",
    "a.b.localhost.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "１２７.０.０.１",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "loc\u{ad}alhost",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "%6cocalhost",
    "127.0.0.1%00.example.se",
    "user@127.0.0.1",
    "user:secret@127.0.0.1",
    "shop.example.se@127.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::1%25lo]",
    "[fe80::1%25eth0]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
];

/// The names that this machine itself gives to addresses that are not public.
fn names_of_this_machine() -> Vec<String> {
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let lines = hosts
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let mut names = Vec::new();
    for line in lines {
        let mut words = line.split_whitespace();
        let leads_here = match words.next().map(str::parse) {
            Some(Ok(IpAddr::V4(four))) => four.is_loopback() || four.is_private(),
            Some(Ok(IpAddr::V6(six))) => six.is_loopback(),
            Some(Err(_)) | None => false,
        };
        names.extend(words.filter(|_| leads_here).map(str::to_owned));
    }
    names.sort_unstable();
    names.dedup();
    names.retain(|name| name != "localhost");
    names
}

/// Whole addresses that no connection may have.
fn addresses(port: u16) -> Vec<String> {
    let written = NOT_PUBLIC.into_iter().flat_map(notations);
    let hosts = written
        .chain(OTHERS.map(str::to_owned))
        .chain(names_of_this_machine());
    let mut all: Vec<_> = hosts.map(|host| format!("http://{host}:{port}")).collect();
    all.push(format!("https://127.0.0.1:{port}"));
    for scheme in ["ftp", "gopher", "file", "unix", "ws", "jar:http"] {
        all.push(format!("{scheme}://127.0.0.1:{port}"));
    }
    all
}

/// What became of an address.
#[derive(Debug, PartialEq)]
enum Fate {
    RefusedAtOnce,
    FoundByTheTest(Vec<String>),
}

impl Fate {
    /// Whether it is the fate that a private address must have.
    fn is_right(&self) -> bool {
        match self {
            Self::RefusedAtOnce => true,
            Self::FoundByTheTest(problems) => {
                !problems.is_empty()
                    && problems
                        .iter()
                        .all(|code| matches!(code.as_str(), "address_not_public" | "address_refused"))
            }
        }
    }
}

/// Makes a connection to each address, tests those that could be made, and says what became of them.
async fn fates(
    tenant: &Tenant<'_>,
    addresses: &[String],
    field: &str,
) -> anyhow::Result<BTreeMap<String, Fate>> {
    let mut fates = BTreeMap::new();
    let numbered: Vec<_> = addresses.iter().enumerate().collect();
    for batch in numbered.chunks(AT_A_TIME) {
        let mut runs = Vec::new();
        for (number, address) in batch {
            match connect(tenant, field, *number, address).await {
                Ok(connection) => runs.push((*address, tenant.start_test(&connection).await?)),
                Err(status) => {
                    assert!(is_about(&status, field), "{address}: {status:?}");
                    fates.insert((*address).clone(), Fate::RefusedAtOnce);
                }
            }
        }
        for (address, run) in runs {
            let ended = tenant.ended(&run).await?;
            fates.insert(address.clone(), Fate::FoundByTheTest(problems(&ended)));
        }
    }
    Ok(fates)
}

/// A connection whose `field` is the address: a shop's own, or where an accounting system signs in.
async fn connect(
    tenant: &Tenant<'_>,
    field: &str,
    number: usize,
    address: &str,
) -> Result<String, tonic::Status> {
    let id = format!("{}-{number}", field.replace('_', "-"));
    let (settings, secrets): (&[_], &[_]) = match field {
        "base_url" => (&[("base_url", address)], &[("api_key", "KEY")]),
        _ => (
            &[
                ("organization_id", "9f2c3e1a-7c3e-4a52-b1f0-d6a9e7701234"),
                (field, address),
            ],
            &[("client_id", "id"), ("client_secret", "secret")],
        ),
    };
    let connector = if field == "base_url" {
        "prestashop"
    } else {
        "hogia-smart"
    };
    let wanted = Wanted {
        id: &id,
        connector,
        settings,
        secrets,
    };
    tenant.connect(&wanted).await
}

fn is_about(status: &tonic::Status, field: &str) -> bool {
    let details = status.get_error_details();
    let fields = details.bad_request().map(|bad| bad.field_violations.clone());
    let named = fields
        .into_iter()
        .flatten()
        .any(|wrong| wrong.field == format!("connection.settings[{field}]"));
    status.code() == Code::InvalidArgument && named
}

#[tokio::test]
async fn private_addresses_are_not_reached() -> anyhow::Result<()> {
    let (platform, lookout) = (Platform::start(0, Times::default()).await?, Lookout::start()?);
    let agent = AgentThread::start(AgentConfig {
        allow_private: false,
        slots: SLOTS,
        ..platform.agent_config()
    })
    .await?;
    let tenant = Tenant::create(&platform.api, "kunden", "Kunden AB").await?;
    let addresses = addresses(lookout.port);
    assert!(addresses.len() >= 80);
    for field in ["base_url", "token_url"] {
        let fates = fates(&tenant, &addresses, field).await?;
        let wrong: Vec<_> = fates.iter().filter(|(_, fate)| !fate.is_right()).collect();
        assert!(wrong.is_empty(), "{field}: {wrong:#?}");
        let tested = fates
            .values()
            .filter(|fate| **fate != Fate::RefusedAtOnce)
            .count();
        assert!(
            tested >= 80,
            "only {tested} of {} came as far as the agent",
            fates.len()
        );
        assert_eq!(lookout.visitors()?, [], "{field}");
    }
    agent.drain().await
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_not_followed() -> anyhow::Result<()> {
    let (platform, lookout) = (Platform::start(0, Times::default()).await?, Lookout::start()?);
    // this agent may reach loopback, so that only the redirect is in the way
    let agent = platform.agent().await?;
    let tenant = Tenant::create(&platform.api, "kunden", "Kunden AB").await?;
    let inside = format!("http://127.0.0.1:{}/api/", lookout.port);
    let mut number = 0;
    for status in [301, 302, 303, 307, 308] {
        let outside = Redirector::start(status, &inside).await?;
        for (field, problem) in [("base_url", "wrong_host"), ("token_url", "redirected")] {
            number += 1;
            let connection = connect(&tenant, field, number, &outside.url).await?;
            let run = tenant.test(&connection).await?;
            assert_eq!(problems(&run), [problem], "{status} {field}");
        }
    }
    assert_eq!(lookout.visitors()?, []);
    agent.drain().await
}

#[tokio::test]
async fn an_agent_that_may_reach_private_addresses_is_seen_by_the_lookout() -> anyhow::Result<()> {
    let (platform, lookout) = (Platform::start(0, Times::default()).await?, Lookout::start()?);
    let agent = platform.agent().await?;
    let tenant = Tenant::create(&platform.api, "kunden", "Kunden AB").await?;
    let address = format!("http://127.0.0.1:{}", lookout.port);
    let connection = connect(&tenant, "base_url", 1, &address).await?;
    let run = tenant.start_test(&connection).await?;
    let seen = async {
        loop {
            if !lookout.visitors()?.is_empty() {
                return anyhow::Ok(());
            }
            // polling a real socket: an interval, not a guess at how long something takes
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), seen).await??;
    // the visitor was cut off, so the test fails in its own time
    let ended = tenant.ended(&run).await?;
    assert_eq!(ended.state(), pb::RunState::Failed);
    agent.drain().await
}
