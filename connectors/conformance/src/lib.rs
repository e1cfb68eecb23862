//! The behaviour suite that every connector must pass, against a fake of its system.
//!
//! Each function is one promise that the data path relies on, and fails with words that say which one was broken and by what.
//! `suite` goes by a descriptor and asks for everything that it declares; a connector gives a `Bench` for it. `tap` is the line in
//! between, `register` holds what a descriptor says of fields against it. How a connection is opened, and what the system is
//! known to hold, is the caller's: nothing here knows any system.

pub mod bench;
pub mod leaf;
pub mod register;
pub mod sink;
pub mod source;
pub mod suite;
pub mod tap;

#[cfg(test)]
mod tests;
