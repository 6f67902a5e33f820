//! Files in the data folder, known by the SHA-256 of their bytes: `blobs/ab/cdef...`.
//!
//! A file is written under another name, synced, renamed, its folder synced, and only then noted in the database: what was acknowledged is there after
//! a power cut, and the same bytes are kept once.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alluvium_domain::{Issue, Problem, ProblemKind};
use alluvium_store::{BlobHash, Store};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::error::internal;

/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;
/// A sender who is silent for so long has gone away.
const SILENCE: Duration = Duration::from_secs(60);
/// An upload that has not grown for so long does not go on.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// The files of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    store: Store,
    folder: PathBuf,
    limit: u64,
}

impl Blobs {
    /// Files below `data_dir`, none larger than `limit` bytes.
    pub(crate) fn new(store: Store, data_dir: &Path, limit: u64) -> Blobs {
        Blobs { store, folder: data_dir.join("blobs"), limit }
    }

    /// The largest file, in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Keeps what a reader gives, to its end; answers with its SHA-256 and its size. A reader that fails leaves nothing behind.
    pub async fn put(&self, reader: impl AsyncRead + Unpin) -> Result<(BlobHash, u64), Problem> {
        let temporary = Temporary::new(&self.folder).await.map_err(internal)?;
        let (sha256, size) = self.write(reader, &temporary.path).await?;
        let path = self.path(&sha256);
        persist(&temporary.path, &path).await.map_err(internal)?;
        self.store.blob_add(&sha256, i64::try_from(size).unwrap_or(i64::MAX)).await.map_err(internal)?;
        Ok((sha256, size))
    }

    /// Opens a file for reading; answers with its size too.
    pub async fn open(&self, sha256: &BlobHash) -> Result<(File, u64), Problem> {
        match File::open(self.path(sha256)).await {
            Ok(file) => {
                let size = file.metadata().await.map_err(internal)?.len();
                Ok((file, size))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Problem::not_found()),
            Err(error) => Err(internal(error)),
        }
    }

    /// Where a file is.
    pub fn path(&self, sha256: &BlobHash) -> PathBuf {
        let name: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(&name[..2]).join(&name[2..])
    }

    /// Writes to a file and syncs it, counting and hashing on the way.
    async fn write(&self, mut reader: impl AsyncRead + Unpin, path: &Path) -> Result<(BlobHash, u64), Problem> {
        let mut file = File::create(path).await.map_err(internal)?;
        let mut hasher = Sha256::new();
        let mut size = 0_u64;
        let mut buffer = vec![0; CHUNK];
        loop {
            // The sender's failure, not ours.
            let broken = |why: &dyn std::fmt::Display| {
                tracing::debug!(%why, "an upload broke off");
                Problem::field("body", Issue::Malformed { expected: "the whole file".into() })
            };
            let read = tokio::time::timeout(SILENCE, reader.read(&mut buffer)).await;
            let read = read.map_err(|silent| broken(&silent))?.map_err(|error| broken(&error))?;
            if read == 0 {
                break;
            }
            size += read as u64;
            if size > self.limit {
                return Err(Problem::field("body", Issue::TooLarge { limit: self.limit }));
            }
            hasher.update(&buffer[..read]);
            file.write_all(&buffer[..read]).await.map_err(full_or_internal)?;
        }
        file.flush().await.map_err(full_or_internal)?;
        file.sync_all().await.map_err(full_or_internal)?;
        Ok((hasher.finalize().into(), size))
    }
}

/// A disk that is full is not a defect, and an upload may be tried again later.
fn full_or_internal(error: io::Error) -> Problem {
    if error.kind() == io::ErrorKind::StorageFull {
        tracing::error!("no space is left for uploads");
        return Problem::new(ProblemKind::Unavailable);
    }
    internal(error)
}

/// A file under a name of its own, which goes away unless it was renamed: also where whoever sends it goes away.
struct Temporary {
    path: PathBuf,
}

impl Temporary {
    async fn new(folder: &Path) -> io::Result<Temporary> {
        let folder = folder.join("incoming");
        tokio::fs::create_dir_all(&folder).await?;
        Ok(Temporary { path: folder.join(Uuid::now_v7().simple().to_string()) })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Renames a synced file, so that the new name survives a power cut.
async fn persist(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(to).to_owned();
    if !tokio::fs::try_exists(&folder).await? {
        tokio::fs::create_dir_all(&folder).await?;
        if let Some(parent) = folder.parent() {
            File::open(parent).await?.sync_all().await?;
        }
    }
    tokio::fs::rename(from, to).await?;
    File::open(folder).await?.sync_all().await
}

/// Removes what uploads left that a crash broke off more than a day ago: younger ones may belong to a server that runs.
pub(crate) async fn clear_incoming(data_dir: &Path) -> io::Result<()> {
    let mut files = match tokio::fs::read_dir(data_dir.join("blobs/incoming")).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        files => files?,
    };
    while let Some(file) = files.next_entry().await? {
        let age = file.metadata().await?.modified()?.elapsed().unwrap_or_default();
        if age > STALE {
            tokio::fs::remove_file(file.path()).await?;
        }
    }
    Ok(())
}
