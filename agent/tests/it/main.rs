//! An agent against a control plane that follows a script: what it says on the wire, and what it does not say.

mod connectors;
mod lease;
mod leaving;
mod script;
mod trouble;
