//! Streams that a person switches off one by one, while their flow is on.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Step;

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let enabled = boolean("enabled").default(true).take();
        let added = Table::alter().table("stream").add_column(enabled).take();
        manager.alter_table(added).await
    }
}
