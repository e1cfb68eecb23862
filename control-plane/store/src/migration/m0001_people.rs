//! Partners, tenants, callers and agents, and what is remembered of what they did.

use sea_orm_migration::{prelude::*, schema::*};

use super::{belongs, create, index, table, table_keyed, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, [tenants(), callers(), agents()].concat(), indexes()).await
    }
}

fn tenants() -> Vec<TableCreateStatement> {
    let partner = table(
        "partner",
        [
            pk_uuid("id"),
            text_uniq("slug"),
            text("name"),
            big_integer("created_at"),
        ],
    );
    let tenant = table(
        "tenant",
        [
            pk_uuid("id"),
            text_uniq("slug"),
            uuid_null("partner_id"),
            text("name"),
            text("org_number"),
            uuid("pool_id"),
            integer("weight"),
            big_integer_null("allowed_until"),
            big_integer("etag"),
            big_integer("created_at"),
        ],
    );
    vec![partner, tenant]
}

fn callers() -> Vec<TableCreateStatement> {
    let principal = table(
        "principal",
        [
            pk_uuid("id"),
            text("role"),
            uuid_null("tenant_id"),
            uuid_null("partner_id"),
            uuid_null("pool_id"),
            text("name"),
            big_integer("created_at"),
        ],
    );
    let mut api_key = table(
        "api_key",
        [
            pk_uuid("id"),
            text_uniq("prefix"),
            blob("hash"),
            uuid("principal_id"),
            big_integer("created_at"),
            big_integer_null("expires_at"),
            big_integer_null("last_used_at"),
            big_integer_null("revoked_at"),
        ],
    );
    vec![
        principal,
        belongs(&mut api_key, "principal_id", "principal"),
        signing_key(),
        audit(),
        request_log(),
    ]
}

fn signing_key() -> TableCreateStatement {
    let kid = text("kid").primary_key().take();
    let columns = [
        kid,
        text("key_id"),
        blob("sealed"),
        big_integer("created_at"),
        big_integer_null("not_after"),
    ];
    table("signing_key", columns)
}

fn audit() -> TableCreateStatement {
    table(
        "audit",
        [
            big_pk_auto("id"),
            big_integer("at"),
            text("actor"),
            uuid_null("tenant_id"),
            text("method"),
            text("resource"),
            text_null("before"),
            text_null("after"),
        ],
    )
}

fn request_log() -> TableCreateStatement {
    table_keyed(
        "request_log",
        ["principal_id", "request_id"],
        [
            uuid("principal_id"),
            uuid("request_id"),
            text("method"),
            blob("body_hash"),
            blob_null("reply"),
            big_integer("expires_at"),
        ],
    )
}

fn agents() -> Vec<TableCreateStatement> {
    let pool = table(
        "pool",
        [
            pk_uuid("id"),
            text_uniq("slug"),
            big_integer("clock"),
            big_integer("created_at"),
        ],
    );
    let mut token = table(
        "enrolment_token",
        [
            pk_uuid("id"),
            uuid("pool_id"),
            text_uniq("prefix"),
            blob("hash"),
            big_integer("created_at"),
            big_integer_null("expires_at"),
        ],
    );
    let mut agent = table(
        "agent",
        [
            pk_uuid("id"),
            uuid("pool_id"),
            text("display_name"),
            text("version"),
            integer("slots"),
            text("connectors"),
            big_integer("registered_at"),
            big_integer("seen_at"),
            boolean("drain"),
        ],
    );
    vec![
        pool,
        belongs(&mut token, "pool_id", "pool"),
        belongs(&mut agent, "pool_id", "pool"),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("tenant", ["partner_id", "name"]),
        index("tenant", ["name", "slug"]),
        unique("audit", ["tenant_id", "id"]),
        index("request_log", ["expires_at"]),
    ]
}
