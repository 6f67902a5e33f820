//! Typed links between entries.

use alluvium_domain::{EntryId, EntryKind, LinkRelation};
use uuid::Uuid;

use crate::error::parsed;
use crate::{Connection, Store, StoreError};

/// Makes `links` the whole set of links that leave an entry.
pub async fn link_replace_in_txn(
    conn: &mut Connection,
    from: EntryId,
    links: &[(LinkRelation, EntryKind, String)],
) -> Result<(), StoreError> {
    sqlx::query!("delete from link where from_entry = $1", from.0).execute(&mut *conn).await?;
    let relations: Vec<String> = links.iter().map(|(relation, _, _)| relation.code().to_owned()).collect();
    let kinds: Vec<String> = links.iter().map(|(_, kind, _)| kind.code().to_owned()).collect();
    let slugs: Vec<String> = links.iter().map(|(_, _, slug)| slug.clone()).collect();
    sqlx::query!(
        "insert into link (from_entry, relation, to_kind, to_slug)
         select distinct $1::uuid, relation, kind, slug from unnest($2::text[], $3::text[], $4::text[]) as l (relation, kind, slug)",
        from.0,
        &relations,
        &kinds,
        &slugs
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// Entries that refer to this one, with how.
    pub async fn link_incoming(&self, kind: EntryKind, slug: &str) -> Result<Vec<(LinkRelation, Uuid)>, StoreError> {
        let rows = sqlx::query!(
            "select relation, from_entry from link where to_kind = $1 and to_slug = $2",
            kind.code(),
            slug
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|row| Ok((parsed("link.relation", &row.relation)?, row.from_entry))).collect()
    }

    /// Entries that this one refers to and that exist, with how.
    pub async fn link_outgoing(&self, from: EntryId) -> Result<Vec<(LinkRelation, Uuid)>, StoreError> {
        let rows = sqlx::query!(
            "select l.relation, e.id from link l join entry e on e.kind = l.to_kind and e.slug = l.to_slug
             where l.from_entry = $1",
            from.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|row| Ok((parsed("link.relation", &row.relation)?, row.id))).collect()
    }
}
