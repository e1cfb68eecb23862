//! What a connection has to choose from, how much a dry run looks at, and the revision that a flow is at.

use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::sea_query::{ColumnDef, TableAlterStatement},
};

use super::table;

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(discovery()).await?;
        manager.alter_table(added("run", text_null("foresee"))).await?;
        let revision = big_integer("revision").default(1).take();
        manager.alter_table(added("flow", revision)).await?;
        // switching a flow on was counted as a change of it before
        let newest = Query::select()
            .expr(Expr::col("revision").max())
            .from("flow_revision")
            .and_where(Expr::col(("flow_revision", "flow_id")).equals(("flow", "id")))
            .take();
        let known = Query::update()
            .table("flow")
            .value("revision", SimpleExpr::SubQuery(None, Box::new(newest.into())))
            .take();
        manager.execute(known).await
    }
}

fn discovery() -> TableCreateStatement {
    let mut connection = ForeignKey::create();
    connection
        .from("discovery", "connection_id")
        .to("connection", "id")
        .on_delete(ForeignKeyAction::Cascade);
    table(
        "discovery",
        [
            pk_uuid("connection_id"),
            uuid("tenant_id"),
            blob("bytes"),
            big_integer("found_at"),
        ],
    )
    .foreign_key(&mut connection)
    .take()
}

fn added(table: &'static str, column: ColumnDef) -> TableAlterStatement {
    Table::alter().table(table).add_column(column).take()
}
