//! How it is told what a write would do. Each document's own file looks and checks, with the checks that a put makes, so that
//! neither refuses what the other lets through.

use skarv_canonical::Class;
use skarv_canonical::shown::{self, Change, Fields};
use skarv_canonical::write::Document;
use skarv_connector::{Error, Foreseen, Preview};

/// A document that would be made, with what names a buyer masked.
pub(crate) fn made(document: &Document) -> Preview {
    let fields = shown::masked(shown::fields(document));
    Preview::of(Foreseen::Made, shown::changes(&Fields::new(), &fields))
}

/// What stands and stays.
pub(crate) fn stands() -> Preview {
    Preview::of(Foreseen::Stands, Vec::new())
}

/// A refusal is what is foreseen; trouble on the way is an error all the same.
pub(crate) fn foreseen(looked: Result<Preview, Error>) -> Result<Preview, Error> {
    match looked {
        Ok(preview) => Ok(preview),
        Err(error) => match error.class() {
            Class::Data | Class::Configuration => {
                Ok(Preview::of(Foreseen::Refused(error.reason), Vec::new()))
            }
            Class::Transient | Class::RateLimited | Class::Credentials | Class::UnknownOutcome => Err(error),
        },
    }
}

/// Changes as they are told. They were found before they are masked: two streets may begin alike.
pub(crate) fn masked(changes: Vec<Change>) -> Vec<Change> {
    changes.into_iter().map(masked_change).collect()
}

fn masked_change(change: Change) -> Change {
    let Change { path, before, after } = change;
    Change {
        before: mask(&path, before),
        after: mask(&path, after),
        path,
    }
}

/// Nothing stays nothing.
fn mask(path: &str, text: String) -> String {
    if text.is_empty() {
        return text;
    }
    let masked = shown::masked(Fields::from([(path.to_owned(), text)]));
    masked.into_values().next().unwrap_or_default()
}
