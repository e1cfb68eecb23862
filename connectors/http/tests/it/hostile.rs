//! Every bad answer there is, played to the client on a real socket: what each is called when it cannot be an answer.

use std::net::Ipv4Addr;
use std::time::Duration;

use skarv_http::hostile::{Answer, Format, Hostile, Stage, reset};
use skarv_http::{Error, Request, Response, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::server::limited;

/// Plays one answer on each connection, as a simulator does: by taking the socket away from whoever writes to it.
pub(crate) async fn playing(hostile: Hostile, due: Format) -> (JoinHandle<()>, Url) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind");
    let url = format!("http://{}/", listener.local_addr().expect("address"));
    let answer = Answer {
        hostile,
        due,
        status: 200,
        entity_url: "http://127.0.0.1:1/".to_owned(),
    };
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if hostile == Hostile::ResetOnAccept {
                reset(stream);
                continue;
            }
            let mut stage = Stage::new(stream);
            let mut asked = [0; 4096];
            if stage.read(&mut asked).await.is_ok() {
                stage.cue().play(&answer);
                // the other side hangs up when it has had enough
                stage.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok();
            }
        }
    });
    (serving, Url::parse(&url).expect("a url"))
}

async fn heard(hostile: Hostile) -> Result<Response, Error> {
    let (serving, url) = playing(hostile, Format::Json).await;
    let client = limited(|l| l.timeout = Duration::from_secs(3));
    let outcome = client.send(Request::get(url)).await;
    serving.abort();
    outcome
}

#[tokio::test]
async fn what_cannot_be_an_answer_is_an_error_of_its_own_kind() {
    type Is = fn(&Error) -> bool;
    let too_large = |error: &Error| matches!(error, Error::TooLarge { limit: 8_388_608 });
    let broken = |error: &Error| matches!(error, Error::Broken { .. });
    let flooded = |error: &Error| matches!(error, Error::HeadTooLarge { .. });
    let late = |error: &Error| matches!(error, Error::Timeout);
    let expected: [(Hostile, Is); 10] = [
        (Hostile::HalfAnswer, broken),
        (Hostile::CutChunk, broken),
        (Hostile::EndlessChunks, too_large),
        (Hostile::Drip, late),
        (Hostile::GzipBomb, too_large),
        (Hostile::HugeLength, too_large),
        (Hostile::ManyHeaders, flooded),
        (Hostile::HugeHeader, flooded),
        (Hostile::Reset, broken),
        (Hostile::ResetOnAccept, broken),
    ];
    for (hostile, is_expected) in expected {
        let error = heard(hostile).await.expect_err(hostile.name());
        assert!(is_expected(&error), "{}: {error:?}", hostile.name());
        assert!(error.may_have_been_sent(), "{}", hostile.name());
    }
}

#[tokio::test]
async fn what_is_an_answer_comes_whole_and_within_the_cap() {
    for (hostile, name) in Hostile::ALL {
        if hostile < Hostile::Html || matches!(hostile, Hostile::Reset | Hostile::ResetOnAccept) {
            continue;
        }
        let answer = heard(hostile).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        let length = answer.body.len();
        let expected = match hostile {
            Hostile::XmlAttributes => 8_000_000..8_388_608,
            Hostile::XmlText | Hostile::XmlNodes | Hostile::JsonObjects => 7_000_000..8_388_608,
            Hostile::XmlDeep
            | Hostile::JsonDeep
            | Hostile::JsonNumber
            | Hostile::JsonKeys
            | Hostile::InvalidUtf8 => 1_000_000..8_388_608,
            Hostile::Empty => 0..1,
            _ => 10..1_000_000,
        };
        assert!(expected.contains(&length), "{name}: {length}");
    }
}
