//! Rows of files that are kept in the data folder by their hash.

use alluvium_domain::registry::FileHash;

use crate::{Store, StoreError};

/// SHA-256 of a file.
pub type BlobHash = [u8; 32];

impl Store {
    /// Notes a file that is in the data folder, synced.
    pub async fn blob_add(&self, sha256: &BlobHash, size: i64) -> Result<(), StoreError> {
        sqlx::query!("insert into blob (sha256, size) values ($1, $2) on conflict do nothing", sha256.as_slice(), size)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// A hash as the tables hold it.
pub(crate) fn file_hash(column: &'static str, bytes: Vec<u8>) -> Result<FileHash, StoreError> {
    let length = bytes.len();
    bytes.try_into().map(FileHash).map_err(|_| StoreError::Decode { column, value: format!("{length} bytes") })
}
