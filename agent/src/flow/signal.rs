//! What the lease keeper tells a run that is under way.

/// What a run is to do. Later variants outrank earlier ones: a run that is lost stays lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Go on.
    #[default]
    Go,
    /// The agent drains: settle what was started, then hand back.
    Drain,
    /// The stream is paused: settle what was started, then yield.
    Pause,
    /// The tenant's package no longer allows it: write nothing more.
    NotAllowed,
    /// A person cancelled it: settle what was started, then end.
    Cancel,
    /// The lease is gone: stop at once, say nothing more.
    Lost,
}
