//! The connector's integration tests, in one binary: everything here talks to a shop over a real socket on loopback.

mod check;
mod conformance;
mod connection;
mod counter;
mod fake;
mod fixtures;
mod gone;
mod hostile;
mod notes;
mod outcome;
mod privacy;
mod reading;
mod recorded_shop;
mod stumbling;
mod swedish;
mod webservice;
