//! The queue, and what is remembered of runs that ended.

use sea_orm_migration::{prelude::*, schema::*};

use super::{create, index, table, table_keyed, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            vec![run(), run_log(), run_result(), tenant_share()],
            indexes(),
        )
        .await
    }
}

fn run() -> TableCreateStatement {
    let mut table = table(
        "run",
        [
            pk_uuid("id"),
            uuid("tenant_id"),
            uuid("pool_id"),
            uuid_null("stream_id"),
            uuid("source_id"),
            uuid_null("target_id"),
            text("source_connector"),
            text_null("target_connector"),
            text("kind"),
            small_integer("class"),
            boolean("background"),
            text("queue_key"),
            text_null("lane"),
            text_null("behind"),
            small_integer("state"),
            uuid_null("blocked_on"),
        ],
    );
    for column in [
        big_integer("tag"),
        big_integer("ready_at"),
        big_integer("since_at"),
        big_integer("epoch"),
        integer("attempt"),
        uuid_null("agent_id"),
        big_integer("poll_seq"),
        big_integer("leased_at"),
        big_integer("lease_until"),
        big_integer_null("allowed_until"),
        big_integer_null("wanted_seq"),
        big_integer_null("seq"),
        boolean("cancel"),
        boolean("asked"),
        text_null("keys"),
        text("totals"),
        text_null("progress"),
        integer_null("percent"),
        text_null("error"),
        big_integer("created_at"),
    ] {
        table.col(column);
    }
    table
}

fn run_log() -> TableCreateStatement {
    table(
        "run_log",
        [
            pk_uuid("id"),
            uuid("tenant_id"),
            uuid_null("stream_id"),
            uuid_null("connection_id"),
            text("kind"),
            text("outcome"),
            big_integer("epoch"),
            text("totals"),
            text_null("error"),
            big_integer("created_at"),
            big_integer("ended_at"),
        ],
    )
}

fn run_result() -> TableCreateStatement {
    table(
        "run_result",
        [
            pk_uuid("run_id"),
            uuid("tenant_id"),
            text("kind"),
            blob("bytes"),
            big_integer("expires_at"),
        ],
    )
}

fn tenant_share() -> TableCreateStatement {
    table_keyed(
        "tenant_share",
        ["tenant_id", "grp"],
        [uuid("tenant_id"), text("grp"), big_integer("finish")],
    )
}

/// Runs by what happens to them next: each index holds only the rows that can be in its list.
fn indexes() -> Vec<IndexCreateStatement> {
    let state = |number: i16| Expr::col("state").eq(number);
    let held_up = state(0).and(Expr::col("blocked_on").is_not_null());
    vec![
        unique("run", ["queue_key"]),
        // the wall: one active run per lane
        unique("run", ["lane"]),
        index("run", ["pool_id", "background", "tag"])
            .cond_where(state(1))
            .take(),
        index("run", ["lease_until"]).cond_where(state(2)).take(),
        index("run", ["agent_id"]).cond_where(state(2)).take(),
        index("run", ["ready_at"]).cond_where(state(3)).take(),
        index("run", ["blocked_on", "tag"]).cond_where(held_up).take(),
        index("run", ["behind"])
            .cond_where(Expr::col("behind").is_not_null())
            .take(),
        index("run", ["stream_id"]),
        index("run", ["tenant_id", "id"]),
        index("run_log", ["tenant_id", "id"]),
        index("run_result", ["expires_at"]),
    ]
}
