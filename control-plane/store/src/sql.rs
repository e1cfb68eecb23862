//! The hot statements, written for each backend and chosen by it.
//!
//! Sets of rows come as one JSON text and are spread in the statement. Ids are bound or come as texts that the statement
//! turns into their 16 bytes.

use sea_orm::DbBackend;

/// One statement each; what it binds is said in its file.
pub(crate) struct Statements {
    pub(crate) subject_streams: &'static str,
    pub(crate) subject_connections: &'static str,
    pub(crate) share_load: &'static str,
    pub(crate) share_put: &'static str,
    pub(crate) stream_bump: &'static str,
    pub(crate) stream_due_put: &'static str,
    pub(crate) stream_ended: &'static str,
    pub(crate) stream_cursor_put: &'static str,
    pub(crate) run_put: &'static str,
    pub(crate) run_delete: &'static str,
    pub(crate) run_held: &'static str,
    pub(crate) run_candidates: &'static str,
    pub(crate) run_handed: &'static str,
    pub(crate) run_log_put: &'static str,
    pub(crate) run_result_put: &'static str,
    pub(crate) lane_grant: &'static str,
    pub(crate) gate_put: &'static str,
    pub(crate) gate_give_back: &'static str,
    pub(crate) gate_drift: &'static str,
    pub(crate) gate_wake: &'static str,
    pub(crate) write_load: &'static str,
    pub(crate) write_put: &'static str,
    pub(crate) link_put: &'static str,
    pub(crate) record_load: &'static str,
    pub(crate) record_put: &'static str,
    pub(crate) record_event_put: &'static str,
    pub(crate) usage_put: &'static str,
    pub(crate) demand_put: &'static str,
    pub(crate) demand_tidy: &'static str,
    pub(crate) demand_sum: &'static str,
}

macro_rules! statements {
    ($folder:literal: $($name:ident)*) => {
        Statements { $($name: include_str!(concat!("sql/", $folder, "/", stringify!($name), ".sql"))),* }
    };
}

static SQLITE: Statements = statements!("sqlite":
    subject_streams subject_connections share_load share_put
    stream_bump stream_due_put stream_ended stream_cursor_put
    run_put run_delete run_held run_candidates run_handed run_log_put run_result_put
    lane_grant gate_put gate_give_back gate_drift gate_wake
    write_load write_put link_put record_load record_put record_event_put usage_put
    demand_put demand_tidy demand_sum
);

impl Statements {
    /// The statements of a backend. The store only ever opens SQLite.
    pub(crate) fn of(backend: DbBackend) -> &'static Self {
        debug_assert_eq!(backend, DbBackend::Sqlite);
        &SQLITE
    }
}
