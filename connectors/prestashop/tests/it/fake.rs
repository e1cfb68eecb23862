//! The fake shop itself: it must be as strict as the real one, or a test that passes against it proves nothing.
//!
//! `books.rs` is about what it sells, `service.rs` about how it answers, `backdoor.rs` about the admin pages and the faults.

mod backdoor;
mod books;
mod client;
mod recorded;
mod service;
