//! Everything that Skarv remembers, in SQLite.
//!
//! A concrete struct with noun-first methods, one file per noun. Tenants' rows are read through a scope and changed in one
//! writing task. What a change means is decided in `skarv-domain`; here it is carried out, in one transaction.
//!
//! The hot statements are files per backend under `sql/`, so that PostgreSQL can follow; today there is SQLite.

mod agent_pool;
mod api_key;
mod audit;
mod clockwork;
mod config;
mod connection;
mod discovery;
mod entity;
mod error;
mod flow;
mod gate;
mod group;
mod inspect;
mod json;
mod migration;
mod open;
mod own_key;
mod page;
mod paging;
mod partner;
mod principal;
mod record;
mod request;
mod reseal;
mod run;
mod secret;
mod shop_identity;
mod signing_key;
mod spec;
mod sql;
mod stream;
mod tenant;
mod tidy;
mod turn;
mod vault;
mod writer;

pub use api_key::{KeyHolder, NewApiKey};
pub use audit::AuditEntry;
pub use config::{Durability, Location, StoreConfig};
pub use connection::NewConnection;
pub use discovery::Discovered;
pub use gate::GateDrift;
pub use inspect::Inspection;
pub use open::Store;
pub use page::{
    AskedWrite, CheckpointItem, Checkpointed, OrderDemand, PreparePage, PreparedPage, ReleasedWrite,
};
pub use principal::{NewPrincipal, Principal};
pub use record::{Resolution, Resolved};
pub use request::SeenRequest;
pub use reseal::Resealed;
pub use run::{
    Access, ConnectionUse, FinishItem, HeldRun, LeaseAnswer, LeasePoll, Leased, LeasedFlow, LeasedStream,
    NewRun, RenewAnswer, Renewed, StoredResult,
};
pub use secret::{Refresh, Secrets};
pub use signing_key::{NewSigningKey, SigningKey};
pub use vault::MasterKey;
