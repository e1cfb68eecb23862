//! What a caller got to see in a story, kept for the search.

use prost::Message;
use skarv_tests::Canaries;
use tonic::Status;

/// Bytes, by where they were seen.
#[derive(Default)]
pub(crate) struct Seen {
    places: Vec<(String, Vec<u8>)>,
    errors: usize,
}

impl Seen {
    pub(crate) fn note(&mut self, place: &str, bytes: impl Into<Vec<u8>>) {
        self.places.push((place.to_owned(), bytes.into()));
    }

    /// An answer, as it crossed the wire and as it prints.
    pub(crate) fn answer(&mut self, place: &str, answer: &(impl Message + std::fmt::Debug)) {
        let printed = format!("{answer:?}\n").into_bytes();
        self.note(place, [printed, answer.encode_to_vec()].concat());
    }

    /// An error: its text, its details and its trailers.
    pub(crate) fn error(&mut self, place: &str, status: &Status) {
        self.errors += 1;
        let printed = format!("{status} {status:?} {:?}\n", status.metadata()).into_bytes();
        self.note(
            place,
            [printed.as_slice(), status.message().as_bytes(), status.details()].concat(),
        );
    }

    /// What became of a call that must fail.
    pub(crate) fn refusal<T: std::fmt::Debug>(&mut self, place: &str, result: Result<T, Status>) {
        self.error(
            place,
            &result.err().unwrap_or_else(|| panic!("{place} was not refused")),
        );
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 10
    }

    pub(crate) fn search(&self, canaries: &Canaries) -> Vec<String> {
        let finds = self
            .places
            .iter()
            .flat_map(|(place, bytes)| canaries.find_in(place, bytes));
        finds.collect()
    }
}
