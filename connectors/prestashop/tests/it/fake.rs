//! The fake shop itself: it must be as strict as the real one, or a test that passes against it proves nothing.
//!
//! `books.rs` is about what it sells, `service.rs` about how it answers, `backdoor.rs` about the admin pages and the faults,
//! `refunds.rs` about what is done with an order afterwards, `course.rs` about its states and its parcel, `catalogue.rs` about
//! what is for sale.

mod backdoor;
mod books;
mod catalogue;
mod client;
mod course;
mod recorded;
mod refunds;
mod service;
