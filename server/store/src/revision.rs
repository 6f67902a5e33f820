//! The immutable revision log.

use alluvium_domain::{EntryId, EntryInput, Revision, RevisionId, RevisionSummary, UserId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Connection, Store, StoreError};

/// A revision before it is kept.
#[derive(Debug, Clone)]
pub struct RevisionDraft<'a> {
    /// Id.
    pub id: RevisionId,
    /// The entry.
    pub entry: EntryId,
    /// From 1, without holes.
    pub number: i32,
    /// What the person wrote.
    pub input: &'a EntryInput,
    /// Who wrote it.
    pub author: Option<UserId>,
}

/// Adds a revision. The body has a column of its own; the rest of the input is JSON.
pub async fn revision_insert_in_txn(conn: &mut Connection, draft: &RevisionDraft<'_>) -> Result<(), StoreError> {
    let mut input = draft.input.clone();
    let body = std::mem::take(&mut input.body);
    let note = std::mem::take(&mut input.note);
    let json = serde_json::to_value(&input).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query!(
        "insert into revision (id, entry_id, number, input, body, note, author_id) values ($1, $2, $3, $4, $5, $6, $7)",
        draft.id.0,
        draft.entry.0,
        draft.number,
        json,
        body,
        note,
        draft.author.map(|id| id.0)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The columns of a revision, before the input is parsed.
struct Row {
    id: Uuid,
    entry_id: Uuid,
    number: i32,
    input: serde_json::Value,
    body: String,
    note: String,
    author: Option<String>,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for Revision {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let mut input: EntryInput = serde_json::from_value(row.input)
            .map_err(|error| StoreError::Decode { column: "revision.input", value: error.to_string() })?;
        input.body = row.body;
        input.note.clone_from(&row.note);
        Ok(Revision {
            summary: RevisionSummary {
                id: RevisionId(row.id),
                entry: EntryId(row.entry_id),
                number: row.number,
                note: row.note,
                author: row.author,
                created_at: row.created_at,
            },
            input,
        })
    }
}

/// One revision by number; the latest where none is given.
pub async fn revision_get_on_conn(
    conn: &mut Connection,
    entry: EntryId,
    number: Option<i32>,
) -> Result<Option<Revision>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        r#"select r.id, r.entry_id, r.number, r.input, r.body, r.note, p.display_name as "author?", r.created_at
           from revision r left join person p on p.id = r.author_id
           where r.entry_id = $1 and ($2::integer is null or r.number = $2)
           order by r.number desc limit 1"#,
        entry.0,
        number
    )
    .fetch_optional(conn)
    .await?;
    row.map(Revision::try_from).transpose()
}

impl Store {
    /// One revision by number; the latest where none is given.
    pub async fn revision_get(&self, entry: EntryId, number: Option<i32>) -> Result<Option<Revision>, StoreError> {
        revision_get_on_conn(&mut *self.pool.acquire().await?, entry, number).await
    }

    /// The latest revision of each of some entries, in no order.
    pub async fn revision_latest(&self, entries: &[Uuid]) -> Result<Vec<Revision>, StoreError> {
        let rows = sqlx::query_as!(
            Row,
            r#"select r.id, r.entry_id, r.number, r.input, r.body, r.note, p.display_name as "author?", r.created_at
               from entry e join revision r on r.id = e.revision_id left join person p on p.id = r.author_id
               where e.id = any($1)"#,
            entries
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Revision::try_from).collect()
    }

    /// All revisions of an entry, newest first, without their texts.
    pub async fn revision_list(&self, entry: EntryId) -> Result<Vec<RevisionSummary>, StoreError> {
        let rows = sqlx::query!(
            r#"select r.id, r.entry_id, r.number, r.note, p.display_name as "author?", r.created_at
               from revision r left join person p on p.id = r.author_id
               where r.entry_id = $1 order by r.number desc"#,
            entry.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| RevisionSummary {
                id: RevisionId(row.id),
                entry: EntryId(row.entry_id),
                number: row.number,
                note: row.note,
                author: row.author,
                created_at: row.created_at,
            })
            .collect())
    }
}
