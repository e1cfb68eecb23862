//! What benches are made of that can be told without running one. The benches themselves are in `src/bin`.

pub mod articles;
pub mod least;
pub mod plan;
mod words;
