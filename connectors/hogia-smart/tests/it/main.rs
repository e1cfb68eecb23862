//! Integration tests of the Hogia Smart connector and of the fake it is tried against, over loopback.

mod check;
mod conformance;
mod customers;
mod failures;
mod fake;
mod hostile;
mod invoices;
mod refusals;
mod secrets;
mod sign_in;
mod stranger;
mod system;
