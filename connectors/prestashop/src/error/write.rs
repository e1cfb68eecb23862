//! What a refusal of a write says of the write: whether it may have happened all the same.
//!
//! A code that we know says that the row was looked at and not taken. Anything else of the shop's own, PHP's notices among them,
//! may come after the row was kept: a look-up settles it. A gateway that gave up says nothing of the shop behind it.

use skarv_connector::{Delivery, Error};
use skarv_http::{Response, StatusCode};

use super::{document, of_client};
use crate::xml::Node;

/// The document that a write is answered with.
pub(crate) fn of_write(resource: &str, answer: &Response) -> Result<Node, Error> {
    match document(resource, answer) {
        Ok(root) if root.name().is_empty() => Err(gone(resource)),
        Ok(root) => Ok(root),
        Err(error) => {
            let delivery = delivery(answer.status, &error);
            Err(error.delivery(delivery))
        }
    }
}

/// A deletion is answered with nothing. What is gone already is what was wanted.
pub(crate) fn of_delete(resource: &str, answer: &Response) -> Result<(), Error> {
    if answer.status.is_success() {
        return Ok(());
    }
    match of_write(resource, answer) {
        Err(error) if error.reason.code == GONE => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Ok(()),
    }
}

/// A write that no answer, or none that can be read, came to.
pub(crate) fn of_write_unanswered(error: skarv_http::Error) -> Error {
    use skarv_http::Error as Http;
    let came_back = matches!(error, Http::TooLarge { .. } | Http::HeadTooLarge { .. });
    let error = of_client(error);
    match came_back {
        true => error.delivery(Delivery::Answered),
        false => error,
    }
}

const GONE: &str = "record_gone";

fn gone(resource: &str) -> Error {
    Error::data(GONE)
        .with("resource", resource)
        .fix("check_in_source")
}

fn delivery(status: StatusCode, error: &Error) -> Delivery {
    use skarv_canonical::Class;
    match status.as_u16() {
        408 | 502 | 504 | 520..=530 => Delivery::InFlight,
        // what the webservice itself refuses with this status is refused by its code
        503 if error.class() == Class::Transient => Delivery::InFlight,
        200..=299 | 500.. if error.class() == Class::Transient => Delivery::Answered,
        _ => Delivery::NotDelivered,
    }
}

#[cfg(test)]
mod tests {
    use skarv_http::{Bytes, HeaderMap};

    use super::*;

    fn told(status: u16, body: &str) -> Delivery {
        let answer = Response {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
        };
        of_write("products", &answer).err().unwrap().delivery
    }

    fn coded(code: u32) -> String {
        format!(
            "<?xml version=\"1.0\"?><prestashop><errors><error><code>{code}</code></error></errors></prestashop>"
        )
    }

    #[test]
    fn what_the_shop_looked_at_and_did_not_take_was_not_written() {
        for (status, code) in [
            (400, 41),
            (400, 84),
            (500, 85),
            (404, 92),
            (500, 46),
            (401, 20),
            (405, 25),
            (503, 22),
        ] {
            assert_eq!(
                told(status, &coded(code)),
                Delivery::NotDelivered,
                "{status} {code}"
            );
        }
        assert_eq!(told(429, ""), Delivery::NotDelivered);
        assert_eq!(told(403, "<html></html>"), Delivery::NotDelivered);
    }

    #[test]
    fn a_shop_that_stumbled_may_have_written() {
        for body in [coded(5), coded(127), String::new(), "<html></html>".to_owned()] {
            assert_eq!(told(500, &body), Delivery::Answered, "{body}");
        }
        assert_eq!(told(201, "<?xml version=\"1.0\"?><presta"), Delivery::Answered);
    }

    #[test]
    fn a_gateway_that_gave_up_says_nothing_of_the_shop_behind_it() {
        for status in [408, 502, 503, 504, 524] {
            assert_eq!(told(status, "<html></html>"), Delivery::InFlight, "{status}");
        }
    }
}
