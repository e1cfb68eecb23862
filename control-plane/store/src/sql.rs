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
    pub(crate) write_release: &'static str,
    pub(crate) link_put: &'static str,
    pub(crate) record_load: &'static str,
    pub(crate) record_refunds: &'static str,
    pub(crate) record_put: &'static str,
    pub(crate) record_event_put: &'static str,
    pub(crate) usage_put: &'static str,
    pub(crate) demand_put: &'static str,
    pub(crate) demand_clear: &'static str,
    pub(crate) demand_sum: &'static str,
    pub(crate) demand_all: &'static str,
    pub(crate) orders_unread: &'static str,
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
    write_load write_put write_release link_put record_load record_refunds record_put record_event_put usage_put
    demand_put demand_clear demand_sum demand_all orders_unread
);

impl Statements {
    /// The statements of a backend. The store only ever opens SQLite.
    pub(crate) fn of(backend: DbBackend) -> &'static Self {
        debug_assert_eq!(backend, DbBackend::Sqlite);
        &SQLITE
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sea_orm::{ConnectionTrait, Statement, Value};
    use skarv_domain::SystemClock;

    use super::*;
    use crate::{Location, MasterKey, Store, StoreConfig};

    async fn plan(store: &Store, sql: &str) -> Vec<String> {
        // an unbound parameter reads as null, which changes nothing about the plan
        let sql: String = sql
            .lines()
            .filter(|line| !line.starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n");
        let values = [const { Value::String(None) }; 5]
            .into_iter()
            .take(sql.matches('$').count().min(5));
        let explain =
            Statement::from_sql_and_values(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"), values);
        let rows = store.reader().query_all_raw(explain).await.unwrap();
        rows.iter()
            .map(|row| row.try_get::<String>("", "detail").unwrap())
            .collect()
    }

    #[tokio::test]
    async fn hot_statements_go_by_index_and_never_read_whole_tables() {
        let config = StoreConfig::new(Location::Temporary, MasterKey::new([1; 32]));
        let store = Store::open(config, Arc::new(SystemClock)).await.unwrap();
        let hot = [
            ("run_put", SQLITE.run_put),
            ("run_delete", SQLITE.run_delete),
            ("run_held", SQLITE.run_held),
            ("run_candidates", SQLITE.run_candidates),
            ("run_handed", SQLITE.run_handed),
            ("lane_grant", SQLITE.lane_grant),
            ("gate_put", SQLITE.gate_put),
            ("gate_give_back", SQLITE.gate_give_back),
            ("gate_wake", SQLITE.gate_wake),
            ("stream_bump", SQLITE.stream_bump),
            ("stream_cursor_put", SQLITE.stream_cursor_put),
            ("write_load", SQLITE.write_load),
            ("record_load", SQLITE.record_load),
            ("record_refunds", SQLITE.record_refunds),
            ("demand_sum", SQLITE.demand_sum),
            ("demand_all", SQLITE.demand_all),
            ("demand_clear", SQLITE.demand_clear),
            ("orders_unread", SQLITE.orders_unread),
            ("subject_streams", SQLITE.subject_streams),
        ];
        for (name, sql) in hot {
            for step in plan(&store, sql).await {
                let whole = step.starts_with("SCAN ")
                    && !step.contains("VIRTUAL TABLE")
                    && !step.contains("USING")
                    && !step.contains("subquery")
                    && !step.contains("CONSTANT");
                assert!(!whole, "{name}: {step}");
            }
        }
    }
}
