//! The mapping as those who call it see it: cases that other integrations got wrong, and orders of a shop that computes for
//! itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acceptance;
mod articles;
mod buyers;
mod generated;
mod numbers;
mod paid;
mod reconciliation;
mod refunds;
mod selection;
mod shop;
mod world;
