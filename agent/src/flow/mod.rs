//! The data path: engine → pull → transform → put → checkpoint. Knows connectors and the canonical vocabulary, not the wire.

pub mod control;
