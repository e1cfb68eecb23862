//! Integration tests of the Hogia Smart connector and of the fake it is tried against, over loopback.

mod acceptance_books;
mod acceptance_customers;
mod books;
mod check;
mod conformance;
mod credits;
mod customers;
mod failures;
mod fake;
mod hostile;
mod invoices;
mod ledger;
mod obstacles;
mod payments;
mod refusals;
mod secrets;
mod sign_in;
mod stranger;
mod system;
mod upkeep;
