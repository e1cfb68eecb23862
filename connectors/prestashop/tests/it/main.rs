//! The connector's integration tests, in one binary: everything here talks to a shop over a real socket on loopback.

mod acceptance;
mod check;
mod conformance;
mod connection;
mod counter;
mod fake;
mod fixtures;
mod gone;
mod histories;
mod hostile;
mod notes;
mod outcome;
mod period;
mod prices;
mod privacy;
mod products;
mod reading;
mod recorded_shop;
mod refunds;
mod register;
mod stock;
mod stockroom;
mod stumbling;
mod swedish;
mod triggers;
mod webservice;
