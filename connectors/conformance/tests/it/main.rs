//! The suite tried on a connector that is made up: it passes, and each of its flaws is noticed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod flaws;
mod till;
