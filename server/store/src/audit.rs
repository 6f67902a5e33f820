//! The append-only audit log, each line of which holds the hash of the one before.

use alluvium_domain::{AuditRecord, UserId};
use serde_json::Value;

use crate::{Connection, Store, StoreError};

/// Adds a line in the transaction of what it tells of. A subject `person/NAME` is kept by the person's id, so that a line says nothing of somebody who
/// has been erased.
pub async fn audit_add_in_txn(
    conn: &mut Connection,
    actor: Option<UserId>,
    action: &str,
    subject: &str,
    detail: Value,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into audit (actor_id, action, subject, detail)
         values ($1, $2, coalesce((select 'person/' || id from person where 'person/' || name = $3), $3), $4)",
        actor.map(|id| id.0),
        action,
        subject,
        detail
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A line as its hash was made from it.
#[derive(Debug, Clone)]
pub struct AuditLine {
    /// Number.
    pub id: i64,
    /// What it says now, as the text that is hashed.
    pub content: String,
    /// The hash of the line before it, as it was then.
    pub previous: Vec<u8>,
    /// SHA-256 of `previous` and `content`, as it was then.
    pub hash: Vec<u8>,
}

impl Store {
    /// Adds a line that tells of nothing else in the database.
    pub async fn audit_add(
        &self,
        actor: Option<UserId>,
        action: &str,
        subject: &str,
        detail: Value,
    ) -> Result<(), StoreError> {
        let mut conn = self.pool.acquire().await?;
        audit_add_in_txn(&mut conn, actor, action, subject, detail).await
    }

    /// Lines after number `after`, oldest first, as they are hashed.
    pub async fn audit_lines(&self, after: i64, limit: i64) -> Result<Vec<AuditLine>, StoreError> {
        Ok(sqlx::query_as!(
            AuditLine,
            r#"select id, audit_content(audit) as "content!", previous, hash from audit where id > $1 order by id limit $2"#,
            after,
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Lines before number `before`, newest first.
    pub async fn audit_list(&self, before: Option<i64>, limit: i64) -> Result<Vec<AuditRecord>, StoreError> {
        Ok(sqlx::query_as!(
            AuditRecord,
            r#"select audit.id, audit.at, person.name as "actor?", audit.action, audit.detail,
                      coalesce('person/' || subject.name, audit.subject) as "subject!"
               from audit left join person on person.id = audit.actor_id
               left join person subject on audit.subject = 'person/' || subject.id
               where audit.id < coalesce($1, 9223372036854775807)
               order by audit.id desc limit $2"#,
            before,
            limit
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
