//! The store on real SQLite files: what it promises, each promise told as a story.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod checkpoints;
mod demand;
mod discoveries;
mod dry_runs;
mod finishes;
mod flows;
mod gates;
mod goods;
mod ignores;
mod initial_sync;
mod keys;
mod lanes;
mod leases;
mod master_key;
mod model;
mod orders;
mod people;
mod replays;
mod resolves;
mod revisions;
mod secrets;
mod statuses;
mod tenants;
mod world;
mod writes;
