//! Page tokens: opaque to callers, and good only for the list they came from.
//!
//! A token is the position and a keyed hash over it and the list (method, parent, filter), so a token of one list opens no
//! other.

use aws_lc_rs::constant_time;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use skarv_domain::{
    error::{Error, Result},
    paging::{Listed, Page},
};

use super::mac::Mac;

const DEFAULT_SIZE: u32 = 50;
const MAX_SIZE: u32 = 500;
const TAG: usize = 16;

/// Which page a caller asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// At most so many; 0 means 50.
    pub(crate) size: i32,
    /// From the previous answer; empty starts over.
    pub(crate) token: String,
}

/// One page, as a caller gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paged<T> {
    pub(crate) items: Vec<T>,
    /// Empty when there is no next page.
    pub(crate) next_token: String,
}

/// One list's page tokens.
#[derive(Debug)]
pub(crate) struct Pages<'a> {
    mac: &'a Mac,
    /// What the list is of: method, parent and filter.
    list: Vec<&'a [u8]>,
}

impl<'a> Pages<'a> {
    /// The tokens of the list that these words tell from every other.
    pub(crate) fn of(mac: &'a Mac, list: &[&'a str]) -> Self {
        Self {
            mac,
            list: list.iter().map(|word| word.as_bytes()).collect(),
        }
    }

    /// The page that is asked for.
    pub(crate) fn open(&self, request: &PageRequest) -> Result<Page> {
        let size = match u32::try_from(request.size) {
            Ok(0) => DEFAULT_SIZE,
            Ok(size) if size <= MAX_SIZE => size,
            _ => return Err(Error::invalid("page_size", "must be 1 to 500, or 0 for 50")),
        };
        let after = if request.token.is_empty() {
            None
        } else {
            Some(self.position(&request.token)?)
        };
        Ok(Page { size, after })
    }

    /// A page with its token for the next.
    pub(crate) fn close<T>(&self, listed: Listed<T>) -> Paged<T> {
        let next_token = listed
            .next
            .map(|position| self.token(&position))
            .unwrap_or_default();
        Paged {
            items: listed.items,
            next_token,
        }
    }

    fn token(&self, position: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode([self.tag(position).as_slice(), position.as_bytes()].concat())
    }

    fn position(&self, token: &str) -> Result<String> {
        let foreign = || {
            Error::invalid(
                "page_token",
                "is not from this list: send the one of the previous answer, with the same request otherwise",
            )
        };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| foreign())?;
        let (tag, position) = bytes.split_at_checked(TAG).ok_or_else(foreign)?;
        let position = std::str::from_utf8(position).map_err(|_| foreign())?;
        constant_time::verify_slices_are_equal(tag, &self.tag(position)).map_err(|_| foreign())?;
        Ok(position.to_owned())
    }

    fn tag(&self, position: &str) -> [u8; TAG] {
        let mut parts = self.list.clone();
        parts.push(position.as_bytes());
        let mut tag = [0; TAG];
        tag.copy_from_slice(&self.mac.of(&parts)[..TAG]);
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac() -> Mac {
        Mac::derive(b"master", "pages")
    }

    fn next(pages: &Pages<'_>, position: &str) -> PageRequest {
        let listed = Listed {
            items: vec![1],
            next: Some(position.to_owned()),
        };
        PageRequest {
            size: 10,
            token: pages.close(listed).next_token,
        }
    }

    #[test]
    fn a_token_leads_to_the_next_page_of_its_list() {
        let mac = mac();
        let pages = Pages::of(&mac, &["ListFlows", "tenants/bagarn"]);
        let page = pages.open(&next(&pages, "f7")).unwrap();
        assert_eq!((page.size, page.after.as_deref()), (10, Some("f7")));
    }

    #[test]
    fn a_token_opens_no_other_list() {
        let mac = mac();
        let (mine, other) = (
            Pages::of(&mac, &["ListFlows", "tenants/a"]),
            Pages::of(&mac, &["ListFlows", "tenants/b"]),
        );
        assert!(other.open(&next(&mine, "f7")).is_err());
        assert!(
            mine.open(&PageRequest {
                size: 0,
                token: "bm9uc2Vuc2U".to_owned()
            })
            .is_err()
        );
    }

    #[test]
    fn the_page_size_is_bounded() {
        let mac = mac();
        let pages = Pages::of(&mac, &["ListFlows"]);
        let size = |size| {
            pages
                .open(&PageRequest {
                    size,
                    token: String::new(),
                })
                .map(|page| page.size)
        };
        assert_eq!((size(0), size(500)), (Ok(50), Ok(500)));
        assert!(size(501).is_err() && size(-1).is_err());
    }
}
