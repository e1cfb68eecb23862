//! From a way to answer badly to the bytes: the head, and the acts that follow.

use std::iter;

use bytes::Bytes;

use super::{Answer, Format, Hostile, bombs};

const PAGE: &str =
    "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><p>Back soon.<br></body></html>";
const TERABYTE: u64 = 1_000_000_000_000;

/// What is done on a connection, in order.
pub(super) enum Act {
    Send(Bytes),
    /// Block after block, each made when it is its turn.
    Stream(Box<dyn Iterator<Item = Bytes> + Send>),
    /// One byte a second for ever.
    Drip,
    /// Ends the connection as if by accident.
    Reset,
}

pub(super) fn of(answer: &Answer) -> Vec<Act> {
    let format = answer.due;
    match answer.hostile {
        Hostile::HalfAnswer => vec![
            head(answer, format, "content-length: 1000\r\n"),
            send(beginning(format)),
        ],
        Hostile::CutChunk => vec![
            head(answer, format, "transfer-encoding: chunked\r\n"),
            send("3e8\r\n"),
            send(beginning(format)),
        ],
        Hostile::EndlessChunks => {
            let chunk = format!("1000\r\n{}\r\n", " ".repeat(4096));
            vec![
                head(answer, format, "transfer-encoding: chunked\r\n"),
                Act::Stream(Box::new(iter::repeat(chunk.into()))),
            ]
        }
        Hostile::Drip => vec![head(answer, format, "content-length: 1000000\r\n"), Act::Drip],
        Hostile::GzipBomb => {
            let mut acts = vec![head(answer, format, "content-encoding: gzip\r\n")];
            acts.extend(bombs::gzip());
            acts
        }
        Hostile::HugeLength => vec![
            head(answer, format, &format!("content-length: {TERABYTE}\r\n")),
            send(beginning(format)),
        ],
        Hostile::ManyHeaders => flood(answer, "x-a: b\r\n", 100_000),
        Hostile::HugeHeader => {
            let mut acts = vec![status_line(answer), send("x-a: ")];
            acts.extend([repeat("b".repeat(1024), 1024), send("\r\n\r\n")]);
            acts
        }
        Hostile::Reset | Hostile::ResetOnAccept => vec![Act::Reset],
        Hostile::Html => with_body(answer, "text/html", vec![send(PAGE)]),
        Hostile::Empty => vec![head(answer, format, "content-length: 0\r\n")],
        Hostile::WrongFormat => with_body(answer, kind(other(format)), vec![send(whole(other(format)))]),
        Hostile::InvalidUtf8 => with_body(answer, kind(format), bombs::no_text(format)),
        bomb if bomb >= Hostile::JsonDeep => with_body(answer, kind(Format::Json), bombs::json(bomb)),
        bomb => with_body(answer, kind(Format::Xml), bombs::xml(bomb, &answer.entity_url)),
    }
}

pub(super) fn send(text: impl Into<Bytes>) -> Act {
    Act::Send(text.into())
}

/// The same bytes, so many times.
pub(super) fn repeat(block: impl Into<Bytes>, times: usize) -> Act {
    Act::Stream(Box::new(iter::repeat_n(block.into(), times)))
}

fn status_line(answer: &Answer) -> Act {
    send(format!(
        "HTTP/1.1 {} Answer\r\nconnection: close\r\n",
        answer.status
    ))
}

fn head(answer: &Answer, format: Format, fields: &str) -> Act {
    headed(answer, kind(format), fields)
}

fn headed(answer: &Answer, content_type: &str, fields: &str) -> Act {
    let status = answer.status;
    send(format!(
        "HTTP/1.1 {status} Answer\r\nconnection: close\r\ncontent-type: {content_type}\r\n{fields}\r\n"
    ))
}

/// A body that ends with the connection.
fn with_body(answer: &Answer, content_type: &str, body: Vec<Act>) -> Vec<Act> {
    let mut acts = vec![headed(answer, content_type, "")];
    acts.extend(body);
    acts
}

fn flood(answer: &Answer, line: &str, times: usize) -> Vec<Act> {
    vec![
        status_line(answer),
        repeat(line.repeat(100), times / 100),
        send("content-length: 0\r\n\r\n"),
    ]
}

fn kind(format: Format) -> &'static str {
    match format {
        Format::Xml => "text/xml; charset=utf-8",
        Format::Json => "application/json",
    }
}

fn other(format: Format) -> Format {
    match format {
        Format::Xml => Format::Json,
        Format::Json => Format::Xml,
    }
}

/// How an answer of the right form begins.
fn beginning(format: Format) -> &'static str {
    match format {
        Format::Xml => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<prestashop><orders>",
        Format::Json => "[{\"contactId\":\"1\",",
    }
}

fn whole(format: Format) -> &'static str {
    match format {
        Format::Xml => "<?xml version=\"1.0\"?><contacts/>",
        Format::Json => "{\"orders\":[]}",
    }
}
