//! No way of writing a private address reaches it: a listener on loopback waits for any connection.

use std::io::ErrorKind;
use std::net::TcpListener;

use skarv_http::{Client, ClientConfig, Error, Request, Retry, Url};

use crate::server::{Server, client};

/// Hosts as a tenant might write them. All but the last group lead to loopback when taken at their word.
const HOSTS: [&str; 88] = [
    // loopback, in every base and shape
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "127.127.127.127",
    "127.255.255.255",
    "127.0.0.2",
    "2130706433",
    "0x7f000001",
    "0x7F.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.1",
    "017700000001",
    "0177.0x0.0.01",
    "0x7f.0.1",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "0x7f000001.",
    "00000177.0.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "LocalHost",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "%6cocalhost",
    "loc\u{ad}alhost",
    "shop.localhost",
    "a.b.localhost.",
    // "this host"
    "0.0.0.0",
    "0",
    "0.0",
    "0x0",
    "00",
    "0.1.2.3",
    "0.0.0.0.",
    // IPv6 loopback and the IPv4 addresses inside IPv6
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:7f00:1::1]",
    "[2001:0:0:0:0:0:80ff:fffe]",
    "[::ffff:0.0.0.0]",
    // not ours to reach: private, link-local, metadata, multicast, reserved
    "10.0.0.1",
    "10.255.255.255",
    "012.0.0.1",
    "0xa.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "0xc0a80001",
    "192.168.257",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2001:db8::1]",
];

/// Not even hosts: the parser or the guard must say so.
const MALFORMED: [&str; 8] = [
    "http://[fe80::1%25eth0]:PORT/",
    "http://user@127.0.0.1:PORT/",
    "http://shop.example@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT@localhost/",
    "gopher://127.0.0.1:PORT/",
    "file:///etc/passwd",
    "unix://var/run/docker.sock",
    "ftp://127.0.0.1:PORT/",
];

fn watched() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    listener.set_nonblocking(true).expect("nonblocking");
    let port = listener.local_addr().expect("address").port().to_string();
    (listener, port)
}

/// A connection is in the listener's queue as soon as the other side has it.
fn assert_untouched(listener: &TcpListener, after: &str) {
    let accepted = listener.accept().map(|(_, from)| from).map_err(|e| e.kind());
    assert_eq!(accepted, Err(ErrorKind::WouldBlock), "{after} connected");
}

#[tokio::test]
async fn no_form_of_a_private_address_is_connected_to() {
    let (listener, port) = watched();
    let client = Client::new(ClientConfig::default()).expect("a client");
    for host in HOSTS {
        let url = Url::parse(&format!("http://{host}:{port}/api")).unwrap_or_else(|e| panic!("{host}: {e}"));
        let error = client.send(Request::post(url)).await.expect_err(host);
        assert!(matches!(error, Error::Blocked { .. }), "{host}: {error:?}");
        assert_eq!(
            (error.may_have_been_sent(), error.class()),
            (false, Retry::Configuration)
        );
        assert_untouched(&listener, host);
    }
}

#[tokio::test]
async fn what_is_no_plain_http_address_is_refused_as_such() {
    let (listener, port) = watched();
    let client = Client::new(ClientConfig::default()).expect("a client");
    for text in MALFORMED {
        let Ok(url) = Url::parse(&text.replace("PORT", &port)) else {
            continue;
        };
        let error = client.send(Request::get(url)).await.expect_err(text);
        assert!(matches!(error, Error::BadUrl { .. }), "{text}: {error:?}");
        assert_untouched(&listener, text);
    }
}

#[tokio::test]
async fn allowing_private_addresses_reaches_loopback_by_number_and_by_name() {
    let server = Server::raw("HTTP/1.1 204 No Content\r\n\r\n").await;
    let mut by_name = server.url("/");
    by_name.set_host(Some("localhost")).expect("a host");
    for url in [server.url("/"), by_name] {
        assert_eq!(
            client()
                .send(Request::get(url))
                .await
                .expect("an answer")
                .status
                .as_u16(),
            204
        );
    }
    assert_eq!(server.hits(), 2);
}

#[tokio::test]
async fn allowing_private_addresses_allows_nothing_else() {
    let (listener, port) = watched();
    let url = Url::parse(&format!("http://user:secret@127.0.0.1:{port}/")).expect("a url");
    let error = client().send(Request::get(url)).await.expect_err("refused");
    assert!(matches!(error, Error::BadUrl { .. }), "{error:?}");
    assert_untouched(&listener, "a url with credentials");
}
