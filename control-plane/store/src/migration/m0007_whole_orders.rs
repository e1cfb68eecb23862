//! Comparing a period, and what is known of an order once it is in the books: that its document stands, and which refunds
//! take back from it.

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
        manager.alter_table(added("run", text_null("period"))).await?;
        manager
            .alter_table(added("record", boolean("booked").default(false).take()))
            .await?;
        manager
            .alter_table(added("record", text_null("order_key")))
            .await?;
        let stands = Expr::col("state").is_in(["written", "adopted", "unchanged"]);
        let booked = Query::update()
            .table("record")
            .value("booked", true)
            .and_where(stands)
            .take();
        manager.execute(booked).await?;
        manager
            .create_index(index("record", ["stream_id", "order_key"]))
            .await
    }
}

fn added(table: &'static str, column: ColumnDef) -> TableAlterStatement {
    Table::alter().table(table).add_column(column).take()
}
