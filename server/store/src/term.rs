//! The names of glossary terms: unique over all terms.

use alluvium_domain::EntryId;

use crate::{Connection, StoreError};

/// Makes `folded` the whole set of names of a term. Returns the name that another term has already, if any.
pub async fn term_names_replace_in_txn(
    conn: &mut Connection,
    entry: EntryId,
    folded: &[String],
) -> Result<Option<String>, StoreError> {
    sqlx::query!("delete from term_name where entry_id = $1", entry.0).execute(&mut *conn).await?;
    let taken = sqlx::query_scalar!("select folded from term_name where folded = any($1) limit 1", folded)
        .fetch_optional(&mut *conn)
        .await?;
    if taken.is_some() {
        return Ok(taken);
    }
    sqlx::query!(
        "insert into term_name (folded, entry_id) select distinct name, $2::uuid from unnest($1::text[]) as name",
        folded,
        entry.0
    )
    .execute(conn)
    .await?;
    Ok(None)
}
