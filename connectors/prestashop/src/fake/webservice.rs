//! `/api`: from a request to an answer, asking the same questions in the same order as the real webservice.

use std::{sync::Arc, time::Duration, time::Instant};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State as Shared},
    http::{HeaderMap, Method, Response, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::SubsecRound;
use skarv_http::hostile::Cue;

use super::{
    Version,
    answer::{Answer, Letterhead},
    catalogue::{self, Kind, Writes, Written},
    errors::ApiError,
    faults::{Fault, take},
    lies::{self, Lie},
    order_desk::{self, Done, Wish},
    query::Query,
    state::{Counter, State},
    wire::{Served, Site, UNSERVED, echo, images_page},
};

const TIME_ZONE: &str = "Europe/Stockholm";
/// What one line of a web server's request buffer holds.
const LONGEST_REQUEST_LINE: usize = 8192;
/// What PHP takes in a post.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

pub(crate) async fn answer(Shared(state): Shared<Arc<State>>, request: Request) -> Response<Body> {
    let started = Instant::now();
    let target = request.uri().to_string();
    let cue = request.extensions().get::<Cue>().cloned().unwrap_or_default();
    let mut call = Call::of(&request);
    // a body that is cut off or too large is no XML, and refused as such
    call.body = to_bytes(request.into_body(), LARGEST_BODY)
        .await
        .unwrap_or_default();
    let call = call;
    let (hit, answer, mut letterhead) = {
        let mut counter = state.counter();
        let counter = &mut *counter;
        let mut hit = counter.tally.arrive(call.resource_or_root(), &mut counter.faults);
        let mut answer = match hit.fault {
            Some(Fault::ServerError) => Answer::page(500, ""),
            Some(Fault::TooMany { retry_after_s }) => Answer::page(429, "<h1>429 Too Many Requests</h1>")
                .with(header::RETRY_AFTER, retry_after_s.to_string()),
            Some(Fault::LostAnswer) | None => call.answer_or_lie(&state, counter),
        };
        if call.is_write() && answer.status < 300 {
            if take(&mut counter.faults.next_lost_write) {
                hit.fault = Some(Fault::LostAnswer);
            } else if take(&mut counter.faults.next_dead_write) {
                answer = Answer::page(500, "");
            }
        }
        if let Some(bad) = counter.hostile.strike() {
            counter.tally.note(bad.hostile.name());
            cue.play(&bad);
        }
        let method = call.method.as_str();
        counter.tape.take(method, &target, &call.body, answer.status);
        if hit.fault != Some(Fault::LostAnswer) {
            counter.tally.leave(answer.status);
        }
        (hit, answer, letterhead(&state, counter))
    };
    if hit.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(hit.delay_ms)).await;
    }
    letterhead.seconds = started.elapsed().as_secs_f64();
    if hit.fault == Some(Fault::LostAnswer) {
        cue.cut();
    }
    answer.into_response(&letterhead)
}

fn letterhead(state: &State, counter: &Counter) -> Letterhead {
    Letterhead {
        version: state.version,
        time: (!counter.faults.without_clock).then(|| counter.clock.now()),
        seconds: 0.0,
        // the real one sends it with many answers and leaves it out of some
        with_cookie: !counter.tally.total().is_multiple_of(3),
    }
}

/// A request, taken apart.
struct Call {
    method: Method,
    line_length: usize,
    host: String,
    key: Option<String>,
    wants_json: bool,
    resource: String,
    id: String,
    query: Query,
    query_text: String,
    body: Bytes,
}

impl Call {
    fn of(request: &Request) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        let query_text = uri.query().unwrap_or_default().to_owned();
        let query = Query::parse(&query_text);
        let mut segments = uri
            .path()
            .trim_start_matches("/api")
            .trim_matches('/')
            .splitn(2, '/')
            .map(str::to_owned);
        let target_length = uri.path_and_query().map_or(0, |target| target.as_str().len());
        Self {
            line_length: request.method().as_str().len() + target_length + " HTTP/1.1\r\n".len() + 1,
            method: request.method().clone(),
            host: text(headers, header::HOST.as_str())
                .unwrap_or_default()
                .to_owned(),
            key: basic_user(headers).or_else(|| query.param("ws_key").map(str::to_owned)),
            wants_json: wants_json(headers, &query),
            resource: segments.next().unwrap_or_default(),
            id: segments.next().unwrap_or_default(),
            query,
            query_text,
            body: Bytes::new(),
        }
    }

    fn resource_or_root(&self) -> &str {
        if self.resource.is_empty() {
            "root"
        } else {
            &self.resource
        }
    }

    fn answer_or_lie(&self, state: &State, counter: &mut Counter) -> Answer {
        let is_list = self.id.is_empty() && self.resource == counter.faults.lies_about;
        let told = is_list.then(|| counter.chances.lie(&mut counter.faults, &self.query));
        let lie = told.flatten();
        let answer = self.answer(state, counter, lie);
        if let Some(lie) = lie {
            counter.tally.note(lie.name());
        }
        match lie {
            Some(Lie::Notices) if answer.status == 200 => lies::with_notices(&answer),
            Some(Lie::Shift) => {
                lies::shift(&mut counter.books, counter.clock.now());
                answer
            }
            _ if self.resource == "orders" && lies::dies_of(counter.faults.poison_order, &answer.body) => {
                lies::death()
            }
            _ => answer,
        }
    }

    fn answer(&self, state: &State, counter: &mut Counter, lie: Option<Lie>) -> Answer {
        if self.line_length > LONGEST_REQUEST_LINE {
            return Answer::page(
                414,
                "<html><head><title>414 Request-URI Too Large</title></head></html>",
            );
        }
        if self.is_for_another_shop(state) {
            return self.to_front_page(state);
        }
        let Some(key) = &self.key else {
            return Answer::keyless();
        };
        if let Err(error) = check_key(key, &state.api_key) {
            return Answer::stranger(error.status(state.version), error.body(state.version));
        }
        if self.wants_json {
            return Answer::page(501, "the fake shop speaks XML only: leave out output_format=JSON");
        }
        self.serve(state, counter, lie)
            .unwrap_or_else(|error| Answer::xml(error.status(state.version), error.body(state.version)))
    }

    fn is_for_another_shop(&self, state: &State) -> bool {
        let wrong_host = !state.allow_any_host && self.host != state.domain;
        let wrong_shop = match self.query.param("id_shop") {
            None | Some("1") => false,
            Some("all") => state.version == Version::V1_7_8_11,
            Some(_) => true,
        };
        wrong_host || wrong_shop
    }

    /// Where a real shop sends whoever knocks at the wrong door: to HTML.
    fn to_front_page(&self, state: &State) -> Answer {
        let rest = if self.query_text.is_empty() {
            String::new()
        } else {
            format!("&{}", self.query_text)
        };
        let location = format!("http://{}/?url={}{rest}", state.domain, self.resource);
        Answer::page(302, "").with(header::LOCATION, location)
    }

    fn serve(&self, state: &State, counter: &mut Counter, lie: Option<Lie>) -> Result<Answer, ApiError> {
        self.check_method(state)?;
        if self
            .query
            .param("id_group_shop")
            .is_some_and(|group| group != "1")
        {
            return Err(ApiError::empty_shop_group());
        }
        let api = format!("http://{}/api/", state.domain);
        if self.resource.is_empty() {
            return Ok(Answer::xml(
                200,
                state.catalogue.overview(&api, &counter.faults.deny),
            ));
        }
        let served = self.find_resource(state, &counter.faults.deny)?;
        let kind = Kind::named(&self.resource);
        self.check_right(kind, served, &counter.faults.deny)?;
        if let Some(kind) = kind {
            counter.books.assortment.asked(self.method.as_str(), kind.name);
        }
        if let Some(kind) = kind.filter(|_| self.is_write()) {
            return self.write(kind, state, counter, &api);
        }
        if self.is_write() {
            return self.write_order(served, state, counter, &api);
        }
        let site = Site {
            books: &counter.books,
            api: &api,
            shuffled: counter.faults.shuffle_ids,
            lie,
        };
        let mut answer = self.read(served, &site)?;
        if self.resource == "configurations" && !counter.faults.time_zone.is_empty() {
            answer.body = answer.body.replace(TIME_ZONE, &counter.faults.time_zone);
        }
        Ok(answer)
    }

    fn is_write(&self) -> bool {
        !matches!(self.method, Method::GET | Method::HEAD)
    }

    /// Whether the shop knows this write at all, and then whether the key has a right to the method.
    fn check_right(
        &self,
        kind: Option<&Kind>,
        served: &dyn Served,
        denied: &[String],
    ) -> Result<(), ApiError> {
        let (method, name) = (self.method.as_str(), self.resource.as_str());
        let writes = kind.map_or(Writes::None, |kind| kind.writes);
        if writes == Writes::Changes && matches!(self.method, Method::POST | Method::DELETE) {
            return Err(ApiError::unknown_method(method, name));
        }
        let is_denied = denied.iter().any(|entry| *entry == format!("{method} {name}"));
        match is_denied || (self.is_write() && !served.is_written_by(method)) {
            true => Err(ApiError::denied_method(method, name)),
            false => Ok(()),
        }
    }

    fn write(
        &self,
        kind: &'static Kind,
        state: &State,
        counter: &mut Counter,
        api: &str,
    ) -> Result<Answer, ApiError> {
        let request = catalogue::Request {
            kind,
            method: self.method.as_str(),
            id: &self.id,
            ids: self.query.param("id"),
            body: &self.body,
        };
        let now = counter.clock.now().trunc_subsecs(0);
        let written = catalogue::write(&mut counter.books.assortment, &request, state.version, now)?;
        let site = Site {
            books: &counter.books,
            api,
            shuffled: false,
            lie: None,
        };
        Ok(match written {
            Written::Rows(status, rows) => Answer::xml(status, echo(kind, state.version, &site, &rows)),
            Written::Gone => Answer::empty(200),
        })
    }

    fn write_order(
        &self,
        served: &dyn Served,
        state: &State,
        counter: &mut Counter,
        api: &str,
    ) -> Result<Answer, ApiError> {
        let wish = Wish {
            resource: &self.resource,
            method: self.method.as_str(),
            body: &self.body,
            mail: self.query.param("sendemail") == Some("1"),
            version: state.version,
            now: counter.clock.now().trunc_subsecs(0),
        };
        let (status, id) = match order_desk::write(&mut counter.books, &wish)? {
            Done::Died(answer) => return Ok(answer),
            Done::Row(status, id) => (status, id),
        };
        let site = Site {
            books: &counter.books,
            api,
            shuffled: false,
            lie: None,
        };
        let row = served.one(&site, id, &Query::parse(""))?;
        Ok(Answer::xml(status, row.unwrap_or_default()))
    }

    fn find_resource<'a>(&self, state: &'a State, denied: &[String]) -> Result<&'a dyn Served, ApiError> {
        let name = self.resource.as_str();
        match state.catalogue.get(name) {
            Some(_) if denied.iter().any(|denied| denied == name) => Err(ApiError::denied_resource(name)),
            Some(served) => Ok(served),
            None if UNSERVED.contains(&name) => Err(ApiError::denied_resource(name)),
            None => Err(ApiError::unknown_resource(name, &state.catalogue.all_names())),
        }
    }

    fn read(&self, served: &dyn Served, site: &Site<'_>) -> Result<Answer, ApiError> {
        if self.id.is_empty() {
            return Ok(Answer::xml(200, served.list(site, &self.query)?));
        }
        if self.resource == "images" {
            let page = images_page(site, &self.id);
            return Ok(page.map_or_else(|| Answer::empty(404), |page| Answer::xml(200, page)));
        }
        // of several ids in the address only the first counts
        let first = self.id.split(',').next().unwrap_or_default();
        let Ok(id) = first.parse() else {
            return Ok(Answer::empty(404));
        };
        let found = served.one(site, id, &self.query)?;
        Ok(found.map_or_else(|| Answer::empty(404), |body| Answer::xml(200, body)))
    }

    fn check_method(&self, state: &State) -> Result<(), ApiError> {
        match self.method {
            Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::DELETE => Ok(()),
            Method::PATCH if state.version == Version::V8_2_1 => Ok(()),
            _ => Err(ApiError::invalid_method(self.method.as_str())),
        }
    }
}

fn check_key(given: &str, right: &str) -> Result<(), ApiError> {
    match given {
        _ if given == right => Ok(()),
        "" => Err(ApiError::empty_key()),
        _ if given.len() != 32 || !given.chars().all(|letter| letter.is_ascii_alphanumeric()) => {
            Err(ApiError::malformed_key())
        }
        _ => Err(ApiError::unknown_key()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The key travels as the user name of basic authentication; there is no password.
fn basic_user(headers: &HeaderMap) -> Option<String> {
    let encoded = text(headers, header::AUTHORIZATION.as_str())?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    Some(decoded.split(':').next().unwrap_or_default().to_owned())
}

fn wants_json(headers: &HeaderMap, query: &Query) -> bool {
    let names = ["output_format", "io_format"];
    let asked = names.iter().filter_map(|name| query.param(name));
    let sent = ["output-format", "io-format"]
        .iter()
        .filter_map(|name| text(headers, name));
    asked.chain(sent).any(|format| format == "JSON")
}
