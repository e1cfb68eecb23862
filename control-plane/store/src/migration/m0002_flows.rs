//! Connections, flows and streams.

use sea_orm_migration::{prelude::*, schema::*};

use super::{belongs, create, index, table, table_keyed, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, [connections(), flows()].concat(), indexes()).await
    }
}

fn connections() -> Vec<TableCreateStatement> {
    let identity = table_keyed(
        "shop_identity",
        ["tenant_id", "host_key"],
        [
            uuid("tenant_id"),
            text("host_key"),
            text_uniq("ref"),
            big_integer("created_at"),
        ],
    );
    let mut connection = table(
        "connection",
        [
            pk_uuid("id"),
            uuid("tenant_id"),
            text("slug"),
            text("connector"),
            text("settings"),
            text("state"),
            text_null("block_reason"),
            text_null("shop_ref"),
            text("title"),
            text("system_version"),
            big_integer("secret_version"),
            uuid_null("refresh_run"),
            big_integer_null("refresh_epoch"),
            big_integer_null("refresh_until"),
            big_integer("etag"),
            big_integer("created_at"),
        ],
    );
    vec![
        identity,
        belongs(&mut connection, "tenant_id", "tenant"),
        secret(),
        gate(),
    ]
}

fn secret() -> TableCreateStatement {
    let mut secret = table_keyed(
        "secret",
        ["connection_id", "version"],
        [
            uuid("connection_id"),
            big_integer("version"),
            uuid("tenant_id"),
            text("key_id"),
            blob("sealed"),
            big_integer("created_at"),
            big_integer_null("expires_at"),
        ],
    );
    belongs(&mut secret, "connection_id", "connection")
}

fn gate() -> TableCreateStatement {
    table(
        "connection_gate",
        [
            pk_uuid("connection_id"),
            uuid("tenant_id"),
            integer("max_active"),
            integer("active"),
            big_integer("blocked_until"),
            big_integer("tat"),
            big_integer("interval_us"),
        ],
    )
}

fn flows() -> Vec<TableCreateStatement> {
    let mut flow = table(
        "flow",
        [
            pk_uuid("id"),
            uuid("tenant_id"),
            text("slug"),
            text("state"),
            text("spec"),
            big_integer("etag"),
            big_integer("created_at"),
        ],
    );
    let revision = table_keyed(
        "flow_revision",
        ["flow_id", "revision"],
        [
            uuid("flow_id"),
            big_integer("revision"),
            uuid("tenant_id"),
            text("spec"),
            text("actor"),
            big_integer("created_at"),
        ],
    );
    let hash = blob("hash").primary_key().take();
    let spec = table("spec", [hash, text("body")]);
    vec![
        belongs(&mut flow, "tenant_id", "tenant"),
        revision,
        spec,
        stream(),
    ]
}

fn stream() -> TableCreateStatement {
    let mut stream = table(
        "stream",
        [
            pk_uuid("id"),
            uuid("tenant_id"),
            uuid("flow_id"),
            text("kind"),
            uuid("source_id"),
            uuid("target_id"),
            blob("spec_hash"),
            text("state"),
            text_null("block_reason"),
            boolean("verify"),
            text_null("cursor"),
            text_null("backfill_cursor"),
            big_integer("interval_us"),
            big_integer("wanted_seq"),
            big_integer_null("next_due_at"),
            big_integer_null("last_ok_at"),
            big_integer("empty_runs"),
            uuid_null("last_run"),
            big_integer("last_epoch"),
        ],
    );
    belongs(&mut stream, "flow_id", "flow")
}

fn indexes() -> Vec<IndexCreateStatement> {
    let due = index("stream", ["next_due_at"])
        .cond_where(Expr::col("state").eq("on"))
        .take();
    vec![
        unique("connection", ["tenant_id", "slug"]),
        unique("flow", ["tenant_id", "slug"]),
        unique("stream", ["flow_id", "kind"]),
        index("stream", ["source_id"]),
        index("stream", ["target_id"]),
        due,
    ]
}
