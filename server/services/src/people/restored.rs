//! After a backup was read in: secrets of its time must not open the door again.

use alluvium_domain::Problem;
use alluvium_store::{audit_add_in_txn, secrets_end_all_in_txn};
use serde_json::json;

use crate::Services;
use crate::error::internal;

impl Services {
    /// Ends all sessions and sign-in links that a backup brought, and on request all API tokens; notes the restore in the audit log.
    pub async fn restored(&self, revoke_tokens: bool) -> Result<(), Problem> {
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        secrets_end_all_in_txn(&mut txn, revoke_tokens).await.map_err(internal)?;
        let detail = json!({ "tokens revoked": revoke_tokens });
        audit_add_in_txn(&mut txn, None, "backup.restore", "database", detail).await.map_err(internal)?;
        txn.commit().await.map_err(internal)
    }
}
