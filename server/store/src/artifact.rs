//! Files of runs and logged models by path; their bytes are in the data folder, known by SHA-256.

use alluvium_domain::tracking::ArtifactEntry;

use crate::{Connection, Store, StoreError};

/// SHA-256 of a file.
pub type BlobHash = [u8; 32];

/// A file that a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArtifactFile {
    /// SHA-256 of its bytes.
    pub sha256: BlobHash,
    /// Bytes.
    pub size: i64,
}

/// The database of one moment, and the files that its rows refer to.
pub struct Snapshot {
    /// By which other connections see the same moment, as long as this is held.
    pub name: String,
    /// The files with their sizes, by hash.
    pub blobs: Vec<(BlobHash, i64)>,
    txn: sqlx::Transaction<'static, sqlx::Postgres>,
    pool: sqlx::PgPool,
}

impl Snapshot {
    /// Lets go of the moment, and of the connections of the store that it was taken from.
    pub async fn end(self) -> Result<(), StoreError> {
        self.txn.rollback().await?;
        self.pool.close().await;
        Ok(())
    }
}

impl Store {
    /// Holds this moment fast. A database without the tables refers to no files.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut txn = self.pool.begin_with("begin isolation level repeatable read read only").await?;
        let name = sqlx::query_scalar!(r#"select pg_export_snapshot() as "name!""#).fetch_one(&mut *txn).await?;
        let there = sqlx::query_scalar!(r#"select to_regclass('public.model_file') is not null as "there!""#)
            .fetch_one(&mut *txn)
            .await?;
        let mut blobs = Vec::new();
        if there {
            let rows = sqlx::query!(
                "select sha256, size from blob b
                 where exists (select from artifact a where a.sha256 = b.sha256)
                    or exists (select from model_file f where f.sha256 = b.sha256) order by sha256"
            )
            .fetch_all(&mut *txn)
            .await?;
            for row in rows {
                blobs.push((blob_hash("blob.sha256", row.sha256)?, row.size));
            }
        }
        Ok(Snapshot { name, blobs, txn, pool: self.pool.clone() })
    }

    /// The size of a file that was noted.
    pub async fn blob_size(&self, sha256: &BlobHash) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar!("select size from blob where sha256 = $1", sha256.as_slice())
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The size of a file that was noted, which counts as new from now on: somebody is about to refer to it.
    pub async fn blob_touch(&self, sha256: &BlobHash) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar!(
            "update blob set created_at = now() where sha256 = $1 returning size",
            sha256.as_slice()
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Which of some files are noted.
    pub async fn blob_known(&self, hashes: &[BlobHash]) -> Result<Vec<BlobHash>, StoreError> {
        let hashes: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.to_vec()).collect();
        let known = sqlx::query_scalar!("select sha256 from blob where sha256 = any($1)", &hashes as &[Vec<u8>])
            .fetch_all(&self.pool)
            .await?;
        known.into_iter().map(|hash| blob_hash("blob.sha256", hash)).collect()
    }

    /// Gives a file a path; another file that had it loses it.
    pub async fn artifact_put(&self, path: &str, file: &ArtifactFile) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into artifact (path, sha256, size) values ($1, $2, $3)
             on conflict (path) do update set sha256 = excluded.sha256, size = excluded.size, updated_at = now()",
            path,
            file.sha256.as_slice(),
            file.size
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The file at a path.
    pub async fn artifact_get(&self, path: &str) -> Result<Option<ArtifactFile>, StoreError> {
        let row =
            sqlx::query!("select sha256, size from artifact where path = $1", path).fetch_optional(&self.pool).await?;
        row.map(|row| Ok(ArtifactFile { sha256: blob_hash("artifact.sha256", row.sha256)?, size: row.size }))
            .transpose()
    }

    /// Whether one of the versions that a file is in is approved; none where it is in no version.
    pub async fn artifact_in_versions(&self, sha256: &BlobHash) -> Result<Option<bool>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select bool_or(v.approval = 'approved') from model_file f join model_version v on v.id = f.version_id where f.sha256 = $1",
            sha256.as_slice()
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Whether a path lies in the folder of a model, as MLflow writes one: with a file `MLmodel`.
    pub async fn artifact_in_model(&self, path: &str) -> Result<bool, StoreError> {
        let folders: Vec<String> =
            path.match_indices('/').map(|(end, _)| format!("{}/MLmodel", &path[..end])).collect();
        Ok(sqlx::query_scalar!(r#"select exists (select from artifact where path = any($1)) as "found!""#, &folders)
            .fetch_one(&self.pool)
            .await?)
    }

    /// Whether a path cannot be a file's: one of the folders above it is a file, or it is a folder itself.
    pub async fn artifact_in_the_way(&self, path: &str) -> Result<bool, StoreError> {
        let folders: Vec<String> = path.match_indices('/').map(|(end, _)| path[..end].to_owned()).collect();
        let (from, to) = range(path);
        Ok(sqlx::query_scalar!(
            r#"select exists (select from artifact where path = any($1)
                              union all select from artifact where path >= $2 and path < $3) as "found!""#,
            &folders,
            from,
            to
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Files and folders in a folder, by name.
    pub async fn artifact_list(&self, folder: &str) -> Result<Vec<ArtifactEntry>, StoreError> {
        let (from, to) = range(folder);
        let rows = sqlx::query!(
            r#"select split_part(substr(path, length($1) + 1), '/', 1) as "name!",
                      max(size) filter (where position('/' in substr(path, length($1) + 1)) = 0) as size
               from artifact where path >= $1 and path < $2 group by 1 order by 1"#,
            from,
            to
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| ArtifactEntry { name: row.name, size: row.size }).collect())
    }

    /// Paths and files below a folder, by path relative to it.
    pub async fn artifact_files(&self, folder: &str) -> Result<Vec<(String, ArtifactFile)>, StoreError> {
        let (from, to) = range(folder);
        let rows = sqlx::query!(
            r#"select substr(path, length($1) + 1) as "path!", sha256, size from artifact
               where path >= $1 and path < $2 order by 1"#,
            from,
            to
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let sha256 = blob_hash("artifact.sha256", row.sha256)?;
                Ok((row.path, ArtifactFile { sha256, size: row.size }))
            })
            .collect()
    }

    /// Removes a file, or a folder with all that is in it; answers with how many files that were. The bytes stay in the data folder until they are collected.
    pub async fn artifact_remove(&self, path: &str) -> Result<u64, StoreError> {
        let (from, to) = range(path);
        let done = sqlx::query!("delete from artifact where path = $1 or (path >= $2 and path < $3)", path, from, to)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}

/// Notes a file, which counts as new from now on. Nobody takes it away until the transaction ends: the caller puts it into the data folder, synced.
pub async fn blob_add_in_txn(conn: &mut Connection, sha256: &BlobHash, size: i64) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into blob (sha256, size) values ($1, $2) on conflict (sha256) do update set created_at = now()",
        sha256.as_slice(),
        size
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets some files that nothing refers to and that nobody touched for so many seconds; answers with them. Whoever brings one again waits for the end
/// of the transaction: the caller removes them from the data folder before.
pub async fn blob_unused_delete_in_txn(
    conn: &mut Connection,
    seconds: f64,
    most: i64,
) -> Result<Vec<BlobHash>, StoreError> {
    let gone = sqlx::query_scalar!(
        "delete from blob where sha256 in (
             select sha256 from blob b where created_at <= now() - make_interval(secs => $1)
                 and not exists (select from artifact a where a.sha256 = b.sha256)
                 and not exists (select from model_file f where f.sha256 = b.sha256)
             limit $2 for update skip locked)
         returning sha256",
        seconds,
        most
    )
    .fetch_all(conn)
    .await?;
    gone.into_iter().map(|hash| blob_hash("blob.sha256", hash)).collect()
}

/// A hash as the tables hold it.
pub(crate) fn blob_hash(column: &'static str, bytes: Vec<u8>) -> Result<BlobHash, StoreError> {
    let length = bytes.len();
    bytes.try_into().map_err(|_| StoreError::Decode { column, value: format!("{length} bytes") })
}

/// The paths in a folder are those from `FOLDER/` to before `FOLDER0`, the character after the slash.
fn range(folder: &str) -> (String, String) {
    (format!("{folder}/"), format!("{folder}0"))
}
