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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sea_orm_migration::{
        MigratorTrait,
        prelude::*,
        sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection},
    };

    use crate::migration::Migrator;

    /// A database file, in which rows must refer to what is there or need not.
    async fn open(folder: &Path, strict: bool) -> DatabaseConnection {
        let file = folder.join("skarv.db");
        let mut options = ConnectOptions::new("sqlite://skarv.db");
        options.max_connections(1).map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite.filename(&file).create_if_missing(true);
            sqlite.foreign_keys(strict)
        });
        Database::connect(options).await.unwrap()
    }

    /// Puts a row in: these columns have these texts and numbers, the others nothing.
    async fn put(db: &DatabaseConnection, table: &'static str, row: &[(&'static str, Value)]) {
        let columns = row.iter().map(|(column, _)| *column);
        let values = row.iter().map(|(_, value)| Expr::value(value.clone()));
        let insert = Query::insert()
            .into_table(table)
            .columns(columns)
            .values_panic(values)
            .take();
        db.execute(&insert).await.unwrap();
    }

    fn id(number: u8) -> Value {
        vec![number].into()
    }

    async fn number(db: &DatabaseConnection, asked: SelectStatement) -> i64 {
        let row = db.query_one(&asked).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn a_flow_is_at_its_newest_revision_however_often_it_was_switched_on() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path(), false).await;
        Migrator::up(&db, Some(8)).await.unwrap();
        let spec = || ("spec", Value::from("{}"));
        let (tenant, at) = (|| ("tenant_id", id(9)), || ("created_at", Value::from(0)));
        let (slug, state) = (("slug", Value::from("a")), ("state", Value::from("paused")));
        let flow = [
            ("id", id(1)),
            tenant(),
            slug,
            state,
            spec(),
            ("etag", Value::from(6)),
            at(),
        ];
        put(&db, "flow", &flow).await;
        for (flow, revision) in [(1, 1), (1, 4), (2, 7)] {
            let (flow, revision) = (("flow_id", id(flow)), ("revision", Value::from(revision)));
            let actor = ("actor", Value::from("system"));
            put(
                &db,
                "flow_revision",
                &[flow, revision, tenant(), spec(), actor, at()],
            )
            .await;
        }
        Migrator::up(&db, None).await.unwrap();
        let asked = Query::select().column("revision").from("flow").take();
        assert_eq!(number(&db, asked).await, 4);
    }

    #[tokio::test]
    async fn what_was_discovered_goes_with_its_connection() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path(), false).await;
        Migrator::up(&db, None).await.unwrap();
        let texts = [
            "slug",
            "connector",
            "settings",
            "state",
            "title",
            "system_version",
        ];
        let mut connection = vec![("id", id(1)), ("tenant_id", id(9))];
        connection.extend(texts.map(|column| (column, Value::from("a"))));
        connection.extend(["secret_version", "etag", "created_at"].map(|column| (column, Value::from(0))));
        put(&db, "connection", &connection).await;
        let found = [
            ("connection_id", id(1)),
            ("tenant_id", id(9)),
            ("bytes", id(0)),
            ("found_at", Value::from(0)),
        ];
        put(&db, "discovery", &found).await;
        db.close().await.unwrap();
        let db = open(folder.path(), true).await;
        let gone = Query::delete().from_table("connection").take();
        db.execute(&gone).await.unwrap();
        let asked = Query::select()
            .expr(Expr::col("bytes").count())
            .from("discovery")
            .take();
        assert_eq!(number(&db, asked).await, 0);
    }
}
