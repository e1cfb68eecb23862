//! What became of records and writes.

use sea_orm_migration::{prelude::*, schema::*};

use super::{create, index, table, table_keyed};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            vec![link(), write(), record(), record_event(), open_demand(), usage()],
            indexes(),
        )
        .await
    }
}

fn link() -> TableCreateStatement {
    table_keyed(
        "link",
        ["a_id", "entity", "a_key", "b_id"],
        [
            uuid("a_id"),
            text("entity"),
            text("a_key"),
            uuid("b_id"),
            text("b_key"),
            uuid("tenant_id"),
        ],
    )
}

fn write() -> TableCreateStatement {
    table_keyed(
        "write",
        ["target_id", "entity", "our_key"],
        [
            uuid("target_id"),
            text("entity"),
            text("our_key"),
            uuid("tenant_id"),
            uuid_null("stream_id"),
            small_integer("state"),
            uuid("run_id"),
            big_integer("epoch"),
            big_integer("write_until"),
            big_integer_null("look_after"),
            text("foreign_id"),
            blob_null("fingerprint"),
            big_integer("at"),
        ],
    )
}

fn record() -> TableCreateStatement {
    table_keyed(
        "record",
        ["stream_id", "source_key"],
        [
            uuid("stream_id"),
            text("source_key"),
            uuid("tenant_id"),
            text("reference"),
            text("state"),
            text_null("reason"),
            big_integer_null("amount"),
            text_null("currency"),
            integer("attempt"),
            big_integer_null("retry_at"),
            big_integer("updated_at"),
        ],
    )
}

fn record_event() -> TableCreateStatement {
    table(
        "record_event",
        [
            big_pk_auto("id"),
            uuid("tenant_id"),
            uuid("stream_id"),
            text("source_key"),
            big_integer("at"),
            uuid_null("run_id"),
            text("what"),
            text("facts"),
            text_null("reason"),
        ],
    )
}

fn open_demand() -> TableCreateStatement {
    table_keyed(
        "open_demand",
        ["stream_id", "order_key", "sku"],
        [
            uuid("stream_id"),
            text("order_key"),
            text("sku"),
            big_integer("quantity"),
            uuid("tenant_id"),
        ],
    )
}

fn usage() -> TableCreateStatement {
    table_keyed(
        "usage",
        ["tenant_id", "kind", "key"],
        [uuid("tenant_id"), text("kind"), text("key"), big_integer("at")],
    )
}

fn indexes() -> Vec<IndexCreateStatement> {
    let waits = Expr::col("state")
        .eq("parked")
        .and(Expr::col("retry_at").is_not_null());
    vec![
        index("link", ["b_id", "entity", "b_key"]),
        index("record", ["reference"]),
        index("record", ["stream_id", "updated_at"]),
        index("record", ["tenant_id", "state", "updated_at"]),
        index("record", ["retry_at"]).cond_where(waits).take(),
        index("record_event", ["stream_id", "source_key", "id"]),
        index("open_demand", ["tenant_id", "sku"]),
        index("usage", ["tenant_id", "kind", "at"]),
    ]
}
