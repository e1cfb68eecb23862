//! Keeps a tenant's base URL from reaching the operator's own network.
//!
//! Invariant: every address that is connected to was checked, and it is the checked address that is connected
//! to: names are resolved here, once per connection, so a name that changes its answer gains nothing. IP
//! literals never reach a resolver and are checked in the URL, which the `url` crate has already brought to one
//! form (`0x7f.1`, `2130706433` and `127.0.0.1` are the same there).

use std::io;
use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::is_public;
use crate::error::Error;

/// A name that leads only to addresses that are not public.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} has no public address")]
pub(crate) struct Refused {
    pub(crate) host: String,
}

pub(crate) fn check(url: &Url, allow_private: bool) -> Result<(), Error> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::BadUrl {
            reason: "it must begin with http:// or https://",
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::BadUrl {
            reason: "it must not contain a user name or password",
        });
    }
    match url.host() {
        Some(Host::Ipv4(v4)) => check_literal(url, v4.into(), allow_private),
        Some(Host::Ipv6(v6)) => check_literal(url, v6.into(), allow_private),
        Some(Host::Domain(name)) if !allow_private && is_localhost(name) => Err(blocked(url)),
        Some(Host::Domain(_)) => Ok(()),
        None => Err(Error::BadUrl {
            reason: "it has no host",
        }),
    }
}

fn check_literal(url: &Url, address: IpAddr, allow_private: bool) -> Result<(), Error> {
    if allow_private || is_public(address) {
        return Ok(());
    }
    Err(blocked(url))
}

/// Names that mean this machine by definition (RFC 6761): no resolver needs to be asked, and some would guess.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

fn blocked(url: &Url) -> Error {
    Error::Blocked {
        host: url.host_str().unwrap_or_default().to_owned(),
    }
}

/// The client's only way from a name to an address.
pub(crate) struct GuardedResolver {
    pub(crate) allow_private: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let host = name.as_str();
            let found = tokio::net::lookup_host((host, 0)).await?;
            let kept = screen(host, found, allow_private)?;
            Ok(Box::new(kept.into_iter()) as Addrs)
        })
    }
}

/// Keeps the public addresses. The two failures are told apart by their type: [`Refused`] inside, or not.
fn screen(
    host: &str,
    found: impl Iterator<Item = SocketAddr>,
    allow_private: bool,
) -> Result<Vec<SocketAddr>, io::Error> {
    let (kept, dropped): (Vec<_>, Vec<_>) = found.partition(|a| allow_private || is_public(a.ip()));
    match (kept.is_empty(), dropped.is_empty()) {
        (false, _) => Ok(kept),
        (true, true) => Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address")),
        (true, false) => Err(io::Error::other(Refused {
            host: host.to_owned(),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(texts: &[&str]) -> Vec<SocketAddr> {
        texts
            .iter()
            .map(|t| SocketAddr::new(t.parse().expect("an address"), 0))
            .collect()
    }

    fn screened(texts: &[&str], allow_private: bool) -> Result<Vec<SocketAddr>, String> {
        screen("shop.example", answers(texts).into_iter(), allow_private).map_err(|e| e.to_string())
    }

    #[test]
    fn of_a_mixed_answer_only_the_public_addresses_are_used() {
        let mixed = ["127.0.0.1", "9.9.9.9", "::1", "2a00:1450::1", "10.0.0.7"];
        assert_eq!(screened(&mixed, false), Ok(answers(&["9.9.9.9", "2a00:1450::1"])));
    }

    #[test]
    fn a_name_that_turns_private_is_refused_from_then_on() {
        let rebinding = [["9.9.9.9"], ["169.254.169.254"], ["9.9.9.9"]];
        let results: Vec<bool> = rebinding
            .iter()
            .map(|answer| screened(answer, false).is_ok())
            .collect();
        assert_eq!(results, [true, false, true]);
        assert_eq!(
            screened(&["::1"], false),
            Err("shop.example has no public address".to_owned())
        );
    }

    #[test]
    fn a_name_without_addresses_is_not_called_private() {
        assert_eq!(screened(&[], false), Err("the name has no address".to_owned()));
    }

    #[test]
    fn allow_private_keeps_every_address() {
        assert_eq!(
            screened(&["127.0.0.1", "::1"], true),
            Ok(answers(&["127.0.0.1", "::1"]))
        );
    }

    #[test]
    fn only_http_without_credentials_is_a_url_to_call_even_when_private_is_allowed() {
        for text in [
            "ftp://shop.example/",
            "file:///etc/passwd",
            "gopher://shop.example/",
            "unix:/run/docker.sock",
            "data:text/plain,x",
            "javascript:0",
            "ws://shop.example/",
            "http://user@shop.example/",
            "https://:secret@shop.example/",
            "http://user:secret@127.0.0.1/",
        ] {
            let url = Url::parse(text).expect("a url");
            assert!(matches!(check(&url, true), Err(Error::BadUrl { .. })), "{text}");
        }
        assert_eq!(
            check(&Url::parse("https://shop.example/api").expect("a url"), false),
            Ok(())
        );
    }
}
