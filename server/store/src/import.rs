//! Imports: how far each file has been read.

use alluvium_domain::Problem;
use alluvium_domain::shop::{CatalogueId, ImportFormat, WrongRow};
use sqlx::types::Json;
use uuid::Uuid;

use crate::{Connection, Store, StoreError};

/// A file, as far as it has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Id.
    pub id: Uuid,
    /// Lines that are done.
    pub lines: i64,
    /// Products added or changed so far.
    pub products: i64,
    /// Shoppers added so far.
    pub shoppers: i64,
    /// Events added so far.
    pub events: i64,
    /// Rows so far that said what was there already.
    pub repeated: i64,
    /// Lines not taken so far.
    pub wrong: i64,
    /// Whether it was read to its end.
    pub finished: bool,
}

/// What a portion of a file came to.
#[derive(Debug, Clone, Default)]
pub struct ImportStep {
    /// The last line that is done.
    pub line: i64,
    /// Products added or changed.
    pub products: i64,
    /// Shoppers added.
    pub shoppers: i64,
    /// Events added.
    pub events: i64,
    /// Rows that said what was there already.
    pub repeated: i64,
    /// Lines not taken.
    pub wrong: i64,
    /// Those of them that are kept, with the reason.
    pub errors: Vec<(i64, Problem)>,
}

/// Moves an import forward in the transaction that writes its rows.
pub async fn import_step_in_txn(conn: &mut Connection, id: Uuid, step: &ImportStep) -> Result<(), StoreError> {
    sqlx::query!(
        "update import set lines = $2, products = products + $3, shoppers = shoppers + $4, events = events + $5,
         wrong = wrong + $6, repeated = repeated + $7 where id = $1",
        id,
        step.line,
        step.products,
        step.shoppers,
        step.events,
        step.wrong,
        step.repeated
    )
    .execute(&mut *conn)
    .await?;
    let lines: Vec<i64> = step.errors.iter().map(|(line, _)| *line).collect();
    let problems: Vec<Json<&Problem>> = step.errors.iter().map(|(_, problem)| Json(problem)).collect();
    sqlx::query!(
        "insert into import_error (import_id, line, problem)
         select $1, * from unnest($2::bigint[], $3::jsonb[]) on conflict do nothing",
        id,
        &lines,
        &problems as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// The import of a file, begun now where it is new.
    pub async fn import_begin(
        &self,
        catalogue: CatalogueId,
        format: ImportFormat,
        file: &str,
        content_hash: &[u8],
    ) -> Result<ImportRow, StoreError> {
        sqlx::query!(
            "insert into import (id, catalogue_id, format, file, content_hash) values ($1, $2, $3, $4, $5)
             on conflict on constraint import_file_key do nothing",
            Uuid::now_v7(),
            catalogue.0,
            format.code(),
            file,
            content_hash
        )
        .execute(&self.pool)
        .await?;
        Ok(sqlx::query_as!(
            ImportRow,
            r#"select id, lines, products, shoppers, events, repeated, wrong, finished_at is not null as "finished!"
               from import where catalogue_id = $1 and format = $2 and file = $3 and content_hash = $4"#,
            catalogue.0,
            format.code(),
            file,
            content_hash
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// An import was read to its end.
    pub async fn import_finish(&self, id: Uuid) -> Result<(), StoreError> {
        sqlx::query!("update import set finished_at = now() where id = $1", id).execute(&self.pool).await?;
        Ok(())
    }

    /// An import as it stands now.
    pub async fn import_by_id(&self, id: Uuid) -> Result<ImportRow, StoreError> {
        Ok(sqlx::query_as!(
            ImportRow,
            r#"select id, lines, products, shoppers, events, repeated, wrong, finished_at is not null as "finished!"
               from import where id = $1"#,
            id
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// The lines of an import that were not taken and are kept, in order.
    pub async fn import_errors(&self, id: Uuid) -> Result<Vec<WrongRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select i.file, e.line, e.problem as "problem: Json<Problem>"
               from import_error e join import i on i.id = e.import_id
               where e.import_id = $1 order by e.line"#,
            id
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| WrongRow { file: row.file, line: row.line, problem: row.problem.0 }).collect())
    }
}
