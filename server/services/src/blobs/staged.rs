//! Files for a backup and from one: those that the rows of one moment refer to, and those that are put in place all together.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use alluvium_domain::registry::FileHash;
use alluvium_store::{BlobHash, Snapshot, Store};
use sha2::{Digest, Sha256};

use super::{CHUNK, INCOMING, Incoming, path_in, put_in_place};
use crate::ServiceError;

/// The database of one moment, with the files that its rows refer to: while it is held, nothing that comes later is seen.
pub struct BlobSnapshot {
    snapshot: Snapshot,
    folder: PathBuf,
}

impl BlobSnapshot {
    /// Of a database and the data folder beside it. A database that holds no tables refers to no files.
    pub async fn take(database_url: &str, data_dir: &Path) -> Result<BlobSnapshot, ServiceError> {
        let snapshot = Store::connect(database_url, 1).await?.snapshot().await?;
        Ok(BlobSnapshot { snapshot, folder: data_dir.join("blobs") })
    }

    /// Lets go of the moment: the database may be stopped afterwards.
    pub async fn end(self) -> Result<(), ServiceError> {
        Ok(self.snapshot.end().await?)
    }

    /// The name by which other connections see the same moment, e.g. `pg_dump --snapshot`.
    pub fn name(&self) -> &str {
        &self.snapshot.name
    }

    /// Each file with its hash: open, with its size; an error where it is not there or has another size. Its reader fails at the end where it was changed.
    pub fn files(&self) -> impl Iterator<Item = (FileHash, io::Result<(u64, Checked<File>)>)> {
        self.snapshot.blobs.iter().map(|(sha256, size)| {
            let opened = File::open(path_in(&self.folder, sha256)).and_then(|file| {
                let length = file.metadata()?.len();
                let whole = i64::try_from(length) == Ok(*size);
                if whole { Ok((length, Checked::new(file, *sha256))) } else { Err(changed()) }
            });
            (FileHash(*sha256), opened)
        })
    }
}

fn failed(path: &Path, source: io::Error) -> ServiceError {
    ServiceError::File { path: path.display().to_string(), source }
}

fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its bytes are not those that its name says")
}

/// A reader that fails at its end where the bytes have another hash.
pub struct Checked<R> {
    reader: R,
    hasher: Sha256,
    sha256: BlobHash,
}

impl<R: Read> Checked<R> {
    fn new(reader: R, sha256: BlobHash) -> Checked<R> {
        Checked { reader, hasher: Sha256::new(), sha256 }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        if read == 0 && !buffer.is_empty() && self.hasher.clone().finalize()[..] != self.sha256 {
            return Err(changed());
        }
        Ok(read)
    }
}

/// Files that are written beside those that are kept, and come among them all at once. They go away where that never happens.
pub struct StagedFiles {
    folder: PathBuf,
    incoming: Incoming,
    files: BTreeMap<BlobHash, PathBuf>,
    /// Those that were not there before.
    new: Vec<BlobHash>,
}

impl StagedFiles {
    /// None yet, for a data folder.
    pub fn new(data_dir: &Path) -> Result<StagedFiles, ServiceError> {
        let folder = data_dir.join("blobs");
        let incoming = Incoming::folder(&folder.join(INCOMING)).map_err(|source| failed(&folder, source))?;
        Ok(StagedFiles { folder, incoming, files: BTreeMap::new(), new: Vec::new() })
    }

    /// Writes a file and syncs it; bytes with another hash are an error.
    pub fn add(&mut self, sha256: FileHash, reader: impl Read) -> Result<(), ServiceError> {
        let path = self.incoming.path.join(sha256.to_string());
        let write = || {
            let mut file = File::create(&path)?;
            io::copy(&mut BufReader::with_capacity(CHUNK, Checked::new(reader, sha256.0)), &mut file)?;
            file.sync_all()
        };
        write().map_err(|source| failed(&path, source))?;
        self.files.insert(sha256.0, path);
        Ok(())
    }

    /// How many files there are.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// Puts all files among those that are kept.
    pub fn place(&mut self) -> Result<(), ServiceError> {
        let moves: Vec<(PathBuf, PathBuf)> =
            self.files.iter().map(|(sha256, from)| (from.clone(), path_in(&self.folder, sha256))).collect();
        let new = self.files.keys().zip(&moves).filter(|(_, (_, to))| !to.exists());
        self.new = new.map(|(sha256, _)| *sha256).collect();
        put_in_place(&moves).map_err(|source| failed(&self.folder, source))
    }

    /// Removes what was placed and no row refers to: the rows that were to come did not.
    pub async fn take_back(self, database_url: &str) -> Result<(), ServiceError> {
        let store = Store::connect(database_url, 1).await?;
        let known = store.entry_table_exists().await?;
        for sha256 in &self.new {
            if known && store.blob_size(sha256).await?.is_some() {
                continue;
            }
            let path = path_in(&self.folder, sha256);
            super::remove(&path).map_err(|source| failed(&path, source))?;
        }
        Ok(())
    }
}
