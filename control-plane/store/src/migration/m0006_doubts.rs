//! What people choose records by, and the writes of a record that a person is to settle.

use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::sea_query::{ColumnDef, TableAlterStatement},
};

use super::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(added(text_null("reason_code"))).await?;
        manager.alter_table(added(text_null("doubts"))).await?;
        let code = Query::update()
            .table("record")
            .value("reason_code", Expr::cust("reason ->> 'code'"))
            .and_where(Expr::col("reason").is_not_null())
            .take();
        manager.execute(code).await?;
        let chosen = index("record", ["stream_id", "state", "reason_code"]);
        manager.create_index(chosen).await
    }
}

fn added(column: ColumnDef) -> TableAlterStatement {
    Table::alter().table("record").add_column(column).take()
}
