//! Settings of the installation.

use crate::{Store, StoreError};

impl Store {
    /// A setting that is a text.
    pub async fn setting_text(&self, name: &str) -> Result<Option<String>, StoreError> {
        let value = sqlx::query_scalar!("select value #>> '{}' from setting where name = $1", name)
            .fetch_optional(&self.pool)
            .await?;
        Ok(value.flatten())
    }
}
