//! What an operator meets alike in every process of Skarv: how it is told to stop, how it logs, how it reads its settings and
//! keeps its secrets, and how it says what is wrong with them.
//!
//! It knows nothing of what the processes do: that is theirs.

pub mod log;
pub mod report;
pub mod secret_file;
pub mod setting;
mod stop;

pub use report::Report;
pub use setting::Misconfigured;
pub use stop::Stop;
