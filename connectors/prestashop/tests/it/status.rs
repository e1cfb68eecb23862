//! Order states written to shops of both generations: what the shop's own books say of history, mails and parcels afterwards.

pub(crate) mod desk;
mod ends;
mod once;
mod parcel;
mod preview;
mod promises;
