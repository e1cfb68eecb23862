//! Where the books come from: one number makes a whole shop, and the same number makes the same shop.
//!
//! `setup.rs` is what a shop has before its first customer, `plan.rs` says what orders there shall be and when, `clerk.rs` writes
//! them, `faulty.rs` spoils the few that shall be spoilt.

mod address_book;
mod clerk;
mod course;
mod faulty;
mod names;
mod plan;
mod products;
mod setup;
mod states;
mod taxes;
mod wish;

use chrono::{DateTime, Utc};
use rand::{SeedableRng, rngs::StdRng};

use super::books::Books;

pub(crate) use clerk::{Clerk, payment_way};
pub(crate) use products::{PRODUCTS, Product, VatClass, ean13};
pub(crate) use setup::{
    Carrier, Country, GERMANY, Group, Language, SHOP_NAME, SWEDEN, Setting, Setup, ShopCurrency, ShopRow,
};
pub(crate) use states::{OrderState, PAID, REMOTE_PAID, order_state};
pub(crate) use taxes::{Market, Tax, due};
pub(crate) use wish::Buyer;

/// How many orders, which ones, and what time it is in the shop.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    pub orders: u32,
    pub seed: u64,
    pub now: DateTime<Utc>,
}

/// Books filled by `seed`, and the clerk who goes on writing in them.
pub(crate) fn open_books(seed: Seed, domain: &str) -> (Books, Clerk) {
    let mut rng = StdRng::seed_from_u64(seed.seed);
    let mut books = Books::new(Setup::new(domain, seed.now));
    let placings = plan::placings(seed, &mut rng);
    let mut clerk = Clerk::new(rng);
    let mut events = Vec::new();
    for placing in placings {
        let mut wish = clerk.imagine(placing.at, placing.faulty);
        wish.by_transfer = placing
            .course
            .first()
            .is_some_and(|&(state, _)| state == states::BANKWIRE);
        if let Some(order) = clerk.write(&mut books, &wish) {
            events.extend(placing.course.into_iter().map(|(state, at)| (at, order, state)));
        }
    }
    // history and payment ids ascend with time, as rows of a real database do
    events.sort_unstable();
    for (at, order, state) in events {
        books.enter_state(order, state, at);
    }
    (books, clerk)
}
