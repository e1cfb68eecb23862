//! The part of a path that may be printed: a token in a path, as in the addresses of webhooks, is a secret.
//!
//! A short part, and a long one that is plainly made of words, is shown; a long one with digits, capitals or anything
//! encoded could be a key and is not. An id that is hidden because of that is no loss: the host and the words tell the call.

use std::borrow::Cow;

/// Keys are longer than this.
const SHORT: usize = 11;

pub(crate) fn shown(path: &str) -> String {
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn part(part: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_lowercase() || matches!(b, b'_' | b'-' | b'.');
    if part.len() <= SHORT || part.bytes().all(plain) {
        part.into()
    } else {
        "…".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_short_ids_are_shown() {
        for path in [
            "/api/order_cart_rules",
            "/financialyears/bydate/2026-11-20",
            "/api/orders/1234567",
            "/",
            "",
        ] {
            assert_eq!(shown(path), path);
        }
    }

    #[test]
    fn whatever_could_be_a_key_is_not() {
        for (path, expected) in [
            (
                "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
                "/services/T00000000/B00000000/…",
            ),
            ("/hook/8f14e45fceea167a5a36dedd4bea2543", "/hook/…"),
            ("/5ca70001-0000-4000-8000-000000000001/contacts", "/…/contacts"),
            ("/bot123456:ABC-DEF1234ghIkl/send", "/…/send"),
            ("/a/ABCDEFGHIJKLMNOP", "/a/…"),
            ("/a/%73%65%63%72%65%74", "/a/…"),
        ] {
            assert_eq!(shown(path), expected);
        }
    }
}
