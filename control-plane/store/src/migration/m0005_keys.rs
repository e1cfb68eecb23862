//! Keys that take over from one another: names and successors of API keys, when a signing key begins to sign, and a key of
//! the installation's own that does not hang on the master key.

use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::sea_query::{ColumnDef, TableAlterStatement},
};

use super::{create, index, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            ("api_key", text("name").default("").take()),
            ("api_key", text_null("replaced_by")),
            ("signing_key", big_integer("signs_after").default(0).take()),
        ];
        for (table, column) in columns {
            manager.alter_table(added(table, column)).await?;
        }
        let own_key = table(
            "own_key",
            [
                text("name").primary_key().take(),
                text("key_id"),
                blob("sealed"),
                big_integer("created_at"),
            ],
        );
        let indexes = vec![
            index("api_key", ["principal_id"]),
            index("principal", ["partner_id"]),
        ];
        create(manager, vec![own_key], indexes).await
    }
}

fn added(table: &'static str, column: ColumnDef) -> TableAlterStatement {
    Table::alter().table(table).add_column(column).take()
}
