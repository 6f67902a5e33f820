//! Passages of entries' latest revisions with their vectors.

use alluvium_domain::{EntryId, RevisionId};
use uuid::Uuid;

use crate::{Connection, Store, StoreError};

/// A stretch of an entry's text.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Anchor of the section it is from.
    pub anchor: Option<String>,
    /// What people read.
    pub text: String,
    /// What the encoder read.
    pub encoded: String,
    /// Fingerprint of the encoder.
    pub encoder: Option<String>,
    /// `[dimension]`, L2-normalised.
    pub vector: Option<Vec<f32>>,
}

/// Makes `passages` the whole set of an entry's passages.
pub async fn passage_replace_in_txn(
    conn: &mut Connection,
    entry: EntryId,
    revision: RevisionId,
    passages: &[Passage],
) -> Result<(), StoreError> {
    sqlx::query!("delete from passage where entry_id = $1", entry.0).execute(&mut *conn).await?;
    for (ordinal, passage) in (0_i32..).zip(passages) {
        let vector: Option<Vec<u8>> =
            passage.vector.as_ref().map(|vector| vector.iter().flat_map(|x| x.to_le_bytes()).collect());
        sqlx::query!(
            "insert into passage (entry_id, ordinal, revision_id, anchor, text, encoded, encoder, vector)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            entry.0,
            ordinal,
            revision.0,
            passage.anchor,
            passage.text,
            passage.encoded,
            passage.encoder,
            vector
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|chunk| f32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]])).collect()
}

impl Store {
    /// The passages of some entries, in order.
    pub async fn passages_of(&self, entries: &[Uuid]) -> Result<Vec<(EntryId, Passage)>, StoreError> {
        let rows = sqlx::query!(
            "select entry_id, anchor, text, encoded, encoder from passage where entry_id = any($1) order by entry_id, ordinal",
            entries
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let passage = Passage {
                    anchor: row.anchor,
                    text: row.text,
                    encoded: row.encoded,
                    encoder: row.encoder,
                    vector: None,
                };
                (EntryId(row.entry_id), passage)
            })
            .collect())
    }

    /// The vectors that an encoder made, of some entries or of all, in the order of the passages.
    pub async fn passage_vectors(
        &self,
        encoder: &str,
        entries: Option<&[Uuid]>,
    ) -> Result<Vec<(EntryId, Vec<f32>)>, StoreError> {
        let rows = sqlx::query!(
            r#"select entry_id, vector as "vector!" from passage
               where encoder = $1 and vector is not null and ($2::uuid[] is null or entry_id = any($2))
               order by entry_id, ordinal"#,
            encoder,
            entries
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (EntryId(row.entry_id), floats(&row.vector))).collect())
    }

    /// The passages of all published entries, as the encoder reads them.
    pub async fn passage_texts_published(&self) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select p.encoded from passage p join entry e on e.id = p.entry_id
             where e.state = 'published' order by e.kind, e.slug, p.ordinal"
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Entries whose passages another encoder made, or none.
    pub async fn passage_foreign(&self, encoder: &str) -> Result<Vec<Uuid>, StoreError> {
        Ok(sqlx::query_scalar!("select distinct entry_id from passage where encoder is distinct from $1", encoder)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Which entry is a translation of which.
    pub async fn link_translations(&self) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
        let rows = sqlx::query!(
            "select l.from_entry, e.id from link l join entry e on e.kind = l.to_kind and e.slug = l.to_slug
             where l.relation = 'translation-of'"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.from_entry, row.id)).collect())
    }
}
