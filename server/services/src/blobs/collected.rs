//! Files that nothing refers to any more (artifacts that were replaced or removed, commits that were refused) are taken off the disk, after a grace period in
//! which whoever uploads may still come to refer to them.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use alluvium_domain::Problem;
use alluvium_domain::registry::FileHash;
use alluvium_store::{BlobHash, blob_unused_delete_in_txn};

use super::{Blobs, INCOMING, blocking, path_in, remove};
use crate::Services;
use crate::error::internal;

/// How long a file stays that nothing refers to: longer than any upload takes to its commit.
const GRACE: Duration = Duration::from_secs(24 * 3600);
/// How often files are collected.
const EVERY: Duration = Duration::from_secs(6 * 3600);
/// Files of one transaction.
const TOGETHER: i64 = 200;

impl Services {
    /// Collects files at the start and every six hours, as long as one runs for ever.
    pub async fn files_collected(&self) {
        loop {
            match self.files_collect(GRACE).await {
                Ok(0) => {}
                Ok(count) => tracing::info!("{count} files that nothing refers to were removed"),
                Err(problem) => tracing::warn!(%problem, "files that nothing refers to could not be removed"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Removes files that nothing has referred to for so long; answers with how many. With the rights of the command line.
    pub async fn files_collect(&self, grace: Duration) -> Result<u64, Problem> {
        self.inner.blobs.collect(grace).await
    }
}

impl Blobs {
    async fn collect(&self, grace: Duration) -> Result<u64, Problem> {
        let mut count = 0;
        loop {
            let mut txn = self.store.begin().await.map_err(internal)?;
            let gone = blob_unused_delete_in_txn(&mut txn, grace.as_secs_f64(), TOGETHER).await.map_err(internal)?;
            if gone.is_empty() {
                break;
            }
            count += gone.len() as u64;
            // Whoever brings one of them again waits for the commit, and then puts it there anew.
            let paths: Vec<PathBuf> = gone.iter().map(|hash| path_in(&self.folder, hash)).collect();
            blocking(move || paths.iter().try_for_each(|path| remove(path))).await?;
            txn.commit().await.map_err(internal)?;
        }
        Ok(count + self.collect_unknown(grace).await?)
    }

    /// Removes old files that no row knows: what a crash left between the disk and the database.
    async fn collect_unknown(&self, grace: Duration) -> Result<u64, Problem> {
        let folder = self.folder.clone();
        let old = blocking(move || old_files(&folder, grace)).await?;
        let mut count = 0;
        for portion in old.chunks(TOGETHER as usize) {
            let known = self.store.blob_known(portion).await.map_err(internal)?;
            let paths: Vec<PathBuf> =
                portion.iter().filter(|hash| !known.contains(hash)).map(|hash| path_in(&self.folder, hash)).collect();
            count += paths.len() as u64;
            blocking(move || paths.iter().try_for_each(|path| remove(path))).await?;
        }
        Ok(count)
    }
}

/// The files that were last written so long ago, by the hashes that their names are.
fn old_files(folder: &Path, grace: Duration) -> io::Result<Vec<BlobHash>> {
    let mut old = Vec::new();
    let Some(before) = SystemTime::now().checked_sub(grace) else { return Ok(old) };
    let above = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(old),
        entries => entries?,
    };
    for above in above {
        let above = above?;
        if above.file_name() == INCOMING || !above.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(above.path())? {
            let file = file?;
            let name = format!("{}{}", above.file_name().to_string_lossy(), file.file_name().to_string_lossy());
            let Ok(FileHash(hash)) = name.parse() else { continue };
            if file.metadata()?.modified()? <= before {
                old.push(hash);
            }
        }
    }
    Ok(old)
}
