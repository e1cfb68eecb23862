//! The tables, step by step. A step that was released is never edited; the next one changes what it made.
//!
//! Instants are `BIGINT` microseconds UTC, amounts `BIGINT` minor units, ids 16 bytes, structured values JSON texts.

#![allow(
    elided_lifetimes_in_paths,
    reason = "the migration trait leaves this lifetime out, and an impl must match it"
)]

use sea_orm_migration::{
    prelude::*,
    sea_orm::sea_query::{ColumnDef, Index, IndexCreateStatement, Table, TableCreateStatement},
};

mod m0001_people;
mod m0002_flows;
mod m0003_dispatch;
mod m0004_records;
mod m0005_keys;
mod m0006_doubts;
mod m0007_whole_orders;
mod m0008_streams;
mod m0009_foresight;

pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Step),
            Box::new(m0002_flows::Step),
            Box::new(m0003_dispatch::Step),
            Box::new(m0004_records::Step),
            Box::new(m0005_keys::Step),
            Box::new(m0006_doubts::Step),
            Box::new(m0007_whole_orders::Step),
            Box::new(m0008_streams::Step),
            Box::new(m0009_foresight::Step),
        ]
    }
}

/// A table of these columns.
fn table<const N: usize>(name: &'static str, columns: [ColumnDef; N]) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    table
}

/// A table whose key is made of several columns.
fn table_keyed<const N: usize, const K: usize>(
    name: &'static str,
    key: [&'static str; K],
    columns: [ColumnDef; N],
) -> TableCreateStatement {
    let mut primary = Index::create();
    for column in key {
        primary.col(column);
    }
    table(name, columns).primary_key(&mut primary).take()
}

/// An index over these columns, named after them.
fn index<const K: usize>(table: &'static str, columns: [&'static str; K]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(column);
    }
    index
}

fn unique<const K: usize>(table: &'static str, columns: [&'static str; K]) -> IndexCreateStatement {
    index(table, columns).unique().take()
}

/// A reference to the row of another table that this row cannot be without.
fn belongs(table: &mut TableCreateStatement, column: &'static str, to: &'static str) -> TableCreateStatement {
    let own = table.get_table_name().cloned();
    let mut key = ForeignKey::create();
    if let Some(own) = own {
        key.from_tbl(own);
    }
    table.foreign_key(key.from_col(column).to(to, "id")).take()
}

async fn create(
    manager: &SchemaManager<'_>,
    tables: Vec<TableCreateStatement>,
    indexes: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}
