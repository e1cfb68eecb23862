//! One writing transaction, and what the operations inside it go by.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult, Statement, Value};
use serde::Serialize;
use skarv_domain::{Clock, Error, Result};

use crate::{config::StoreConfig, error::of_db, sql::Statements};

/// What holds for every transaction.
pub(crate) struct Rules {
    pub(crate) config: StoreConfig,
    pub(crate) clock: Arc<dyn Clock>,
}

/// One writing transaction. `now` is read once, so that all of it happens at one instant.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'c> {
    pub(crate) txn: &'c DatabaseTransaction,
    pub(crate) now: DateTime<Utc>,
    pub(crate) config: &'c StoreConfig,
    pub(crate) sql: &'static Statements,
}

impl<'c> Turn<'c> {
    pub(crate) fn new(txn: &'c DatabaseTransaction, rules: &'c Rules) -> Self {
        Self {
            txn,
            now: rules.clock.now(),
            config: &rules.config,
            sql: Statements::of(txn.get_database_backend()),
        }
    }

    pub(crate) fn micros(&self) -> i64 {
        self.now.timestamp_micros()
    }

    fn statement(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.txn.get_database_backend(), sql, values)
    }

    /// Rows of a statement.
    pub(crate) async fn rows<R: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<R>> {
        let rows = self
            .txn
            .query_all_raw(self.statement(sql, values))
            .await
            .map_err(of_db)?;
        rows.iter()
            .map(|row| R::from_query_result(row, ""))
            .collect::<Result<_, _>>()
            .map_err(of_db)
    }

    /// Carries out a statement; how many rows it touched.
    pub(crate) async fn run(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        let done = self
            .txn
            .execute_raw(self.statement(sql, values))
            .await
            .map_err(of_db)?;
        Ok(done.rows_affected())
    }

    /// Carries out a statement over a set of rows, bound as one JSON text; nothing when there are none.
    pub(crate) async fn run_over<R: Serialize>(&self, sql: &str, rows: &[R]) -> Result<u64> {
        if rows.is_empty() {
            Ok(0)
        } else {
            self.run(sql, [set(rows)?]).await
        }
    }
}

/// A set of rows as one bind value.
pub(crate) fn set<R: Serialize>(rows: &[R]) -> Result<Value> {
    serde_json::to_string(rows)
        .map(Value::from)
        .map_err(|error| Error::internal(format!("rows as JSON: {error}")))
}
