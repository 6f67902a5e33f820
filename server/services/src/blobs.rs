//! Files in the data folder, known by the SHA-256 of their bytes: `blobs/ab/cdef...`.
//!
//! A file is written under another name, synced, renamed, its folders synced, and only then noted in the database: what was acknowledged is there after
//! a power cut, and the same bytes are kept once. While it is written its writer holds a lock on it, so that whoever starts knows what a crash left.

mod collected;
mod staged;

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use alluvium_domain::{Issue, Problem, ProblemKind};
use alluvium_store::{BlobHash, Store, blob_add_in_txn};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};
use uuid::Uuid;

use crate::error::internal;

pub use staged::{BlobSnapshot, StagedFiles};

/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;
/// A sender who is silent for so long has gone away.
const SILENCE: Duration = Duration::from_secs(60);
/// Below `blobs`: what is not whole yet.
const INCOMING: &str = "incoming";

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
        let folder = self.folder.join(INCOMING);
        let incoming = blocking(move || Incoming::file(&folder)).await?;
        let written = Written { file: incoming.lock.try_clone().map_err(internal)?, hasher: Sha256::new(), size: 0 };
        let (sha256, size) = self.write(reader, written).await?;
        let (from, to) = (incoming.path.clone(), self.path(&sha256));
        let mut txn = self.store.begin().await.map_err(internal)?;
        blob_add_in_txn(&mut txn, &sha256, i64::try_from(size).unwrap_or(i64::MAX)).await.map_err(internal)?;
        blocking(move || put_in_place(&[(from, to)])).await?;
        txn.commit().await.map_err(internal)?;
        Ok((sha256, size))
    }

    /// The size of a file that is kept: on the disk, and noted in the database. What a crash left between the two is not kept. The file is not collected
    /// while somebody may be about to refer to it.
    pub async fn size(&self, sha256: &BlobHash) -> Result<Option<u64>, Problem> {
        if self.store.blob_touch(sha256).await.map_err(internal)?.is_none() {
            return Ok(None);
        }
        match tokio::fs::metadata(self.path(sha256)).await {
            Ok(file) => Ok(Some(file.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(internal(error)),
        }
    }

    /// Opens a file for reading; answers with its size too.
    pub async fn open(&self, sha256: &BlobHash) -> Result<(tokio::fs::File, u64), Problem> {
        match tokio::fs::File::open(self.path(sha256)).await {
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
        path_in(&self.folder, sha256)
    }

    /// Writes to a file and syncs it, counting and hashing on the way.
    async fn write(
        &self,
        mut reader: impl AsyncRead + Unpin,
        mut written: Written,
    ) -> Result<(BlobHash, u64), Problem> {
        let mut buffer = Vec::with_capacity(CHUNK);
        loop {
            let whole = fill(&mut reader, &mut buffer).await?;
            if written.size + buffer.len() as u64 > self.limit {
                return Err(Problem::field("body", Issue::TooLarge { limit: self.limit }));
            }
            (written, buffer) = blocking(move || {
                written.add(&buffer)?;
                buffer.clear();
                if whole {
                    written.file.sync_all()?;
                }
                Ok((written, buffer))
            })
            .await?;
            if whole {
                return Ok((written.hasher.finalize().into(), written.size));
            }
        }
    }
}

/// Reads until the buffer is full; true where that was the end.
async fn fill(reader: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Result<bool, Problem> {
    // The sender's failure, not ours.
    let broken = |why: &dyn std::fmt::Display| {
        tracing::debug!(%why, "an upload broke off");
        Problem::field("body", Issue::Malformed { expected: "the whole file".into() })
    };
    while buffer.len() < CHUNK {
        let read = tokio::time::timeout(SILENCE, reader.read_buf(buffer)).await;
        if read.map_err(|silent| broken(&silent))?.map_err(|error| broken(&error))? == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Work on files, off the threads that answer.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(internal)?.map_err(full_or_internal)
}

/// A disk that is full is not a defect, and an upload may be tried again later.
fn full_or_internal(error: io::Error) -> Problem {
    if error.kind() == io::ErrorKind::StorageFull {
        tracing::error!("no space is left for uploads");
        return Problem::new(ProblemKind::Unavailable);
    }
    internal(error)
}

/// Where a file is below the folder of files.
fn path_in(folder: &Path, sha256: &BlobHash) -> PathBuf {
    let name: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    folder.join(&name[..2]).join(&name[2..])
}

/// A file as far as it is written.
struct Written {
    file: File,
    hasher: Sha256,
    size: u64,
}

impl Written {
    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        self.file.write_all(bytes)
    }
}

/// A file or folder under a name of its own, locked, which goes away unless it was renamed: also where whoever sends it goes away.
struct Incoming {
    path: PathBuf,
    lock: File,
}

impl Incoming {
    fn file(folder: &Path) -> io::Result<Incoming> {
        Incoming::new(folder, |path| File::create_new(path))
    }

    fn folder(folder: &Path) -> io::Result<Incoming> {
        Incoming::new(folder, |path| std::fs::create_dir(path).and_then(|()| File::open(path)))
    }

    fn new(folder: &Path, make: impl Fn(&Path) -> io::Result<File>) -> io::Result<Incoming> {
        loop {
            std::fs::create_dir_all(folder)?;
            let path = folder.join(Uuid::now_v7().simple().to_string());
            let lock = match make(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                made => made?,
            };
            lock.lock()?;
            // Another process that starts may have taken it for something left between the two steps.
            if path.try_exists()? {
                return Ok(Incoming { path, lock });
            }
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let _ = remove(&self.path);
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let done = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Renames synced files, so that the new names survive a power cut.
fn put_in_place(files: &[(PathBuf, PathBuf)]) -> io::Result<()> {
    let mut folders = BTreeSet::new();
    for (from, to) in files {
        // The file's folder, that of all files and the data folder: another upload that made one of them may not have come to sync it yet.
        folders.extend(to.ancestors().skip(1).take(3));
        std::fs::create_dir_all(to.parent().unwrap_or(to))?;
        std::fs::rename(from, to)?;
    }
    folders.into_iter().rev().try_for_each(|folder| File::open(folder)?.sync_all())
}

/// Removes what a crash left unfinished: what nobody holds a lock on.
pub(crate) async fn clear_incoming(data_dir: &Path) -> io::Result<()> {
    let folder = data_dir.join("blobs").join(INCOMING);
    tokio::task::spawn_blocking(move || clear(&folder)).await.map_err(io::Error::other)?
}

fn clear(folder: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let file = match File::open(&path) {
            // Done, or cleared by another process.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            file => file?,
        };
        match file.try_lock() {
            Ok(()) => remove(&path)?,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_left_is_cleared_and_what_is_being_written_is_not() {
        let data = tempfile::tempdir().expect("a folder");
        let folder = data.path().join("blobs").join(INCOMING);
        let (file, staged) = (Incoming::file(&folder).expect("made"), Incoming::folder(&folder).expect("made"));
        std::fs::write(staged.path.join("part"), "a").expect("written");
        let left = folder.join("left");
        std::fs::create_dir(&left).expect("made");
        std::fs::write(left.join("part"), "b").expect("written");
        std::fs::write(folder.join("half"), "c").expect("written");
        clear(&folder).expect("cleared");
        assert!(file.path.exists() && staged.path.join("part").exists());
        assert_eq!(std::fs::read_dir(&folder).expect("there").count(), 2);
        drop((file, staged));
        assert_eq!(std::fs::read_dir(&folder).expect("there").count(), 0);
    }
}
