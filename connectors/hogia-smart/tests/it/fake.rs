//! The fake Hogia Smart keeps the promises of `CONTRACT.md`, asked over real sockets as any client would.

mod auth;
mod by_hand;
mod client;
mod contacts;
mod faults;
mod invoices;
mod item_rules;
mod items;
mod modules;
mod payments;
mod refusals;
mod sabotage;
mod settings;
mod stock;
mod till;
