//! The engine against a source, a target and a control plane in memory, on paused time.

mod articles;
mod chaos;
mod customers;
mod dry_run;
mod payments;
mod refunds;
mod sold;
mod statuses;
mod stories;
mod trouble;
mod values;
mod world;
