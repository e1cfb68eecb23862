//! Who calls and what they may: credentials become short-lived tokens, a token becomes a caller, a table says who may call
//! what.
//!
//! What a permitted caller sees is not decided here but by the scope of every query.

pub(crate) mod first;
pub(crate) mod keys;
pub(crate) mod layer;
pub(crate) mod opaque;
pub(crate) mod policy;
pub(crate) mod rotation;
pub(crate) mod token;
