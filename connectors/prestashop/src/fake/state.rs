//! All that the open shop knows, behind one lock that is never held across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};

use skarv_http::hostile::{Format, Switches};

use super::{
    Config, Version,
    books::Books,
    catalogue::stock_up,
    clock::Clock,
    faults::{Faults, Tally},
    lies::Chances,
    seed::{self, Clerk},
    tape::Tape,
    wire::Catalogue,
};

pub(crate) struct State {
    /// Host and port, as the shop believes it is called.
    pub(crate) domain: String,
    pub(crate) api_key: String,
    pub(crate) version: Version,
    pub(crate) allow_any_host: bool,
    pub(crate) catalogue: Catalogue,
    counter: Mutex<Counter>,
}

/// The part that changes.
pub(crate) struct Counter {
    pub(crate) books: Books,
    pub(crate) clerk: Clerk,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) chances: Chances,
    pub(crate) hostile: Switches,
    pub(crate) tally: Tally,
    pub(crate) tape: Tape,
}

impl State {
    /// `products` is how many are for sale and told of; without any the shop keeps its catalogue to itself.
    pub(crate) fn new(config: Config, products: u32, domain: String) -> Self {
        let (mut books, clerk) = seed::open_books(config.seed, &domain);
        let mut catalogue = Catalogue::of(config.version);
        if products > 0 {
            stock_up(&mut books.assortment, products, config.seed);
            catalogue = catalogue.with_products(config.version);
        }
        let clock = Clock::starting_at(config.seed.now);
        let counter = Counter {
            books,
            clerk,
            clock,
            faults: Faults::default(),
            chances: Chances::default(),
            hostile: Switches::of(Format::Xml),
            tally: Tally::default(),
            tape: Tape::default(),
        };
        Self {
            domain,
            api_key: config.api_key,
            version: config.version,
            allow_any_host: config.allow_any_host,
            catalogue,
            counter: Mutex::new(counter),
        }
    }

    pub(crate) fn counter(&self) -> MutexGuard<'_, Counter> {
        // a request that panicked has left the books as whole as it found them
        self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
