//! Backups: one file with the database and the files that its rows refer to.
//!
//! A tar archive: `database.dump` (`pg_dump`, custom format), the files by their hashes as in the data folder, and at the end what there must be.
//! Nothing is held in memory whole. Before there were files in them, backups were the dump alone: those are read too.

mod database;
mod key;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use alluvium_domain::registry::FileHash;
use alluvium_services::blobs::{BlobSnapshot, StagedFiles};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

pub(crate) use key::Key;

/// What a dump of `pg_dump` in its custom format begins with.
const DUMP_MAGIC: &[u8] = b"PGDMP";
/// Entries of the archive.
const DUMP: &str = "database.dump";
const BLOBS: &str = "blobs/";
const CONTENTS: &str = "contents.json";
/// The form of what this version writes: since 2 it is signed.
const FORMAT: u32 = 2;

/// The last entry: without it an archive is not whole.
#[derive(Serialize, Deserialize)]
struct Contents {
    format: u32,
    /// SHA-256 of the dump.
    database: String,
    /// How many files there are.
    files: usize,
    /// The newest migration of the database.
    #[serde(default)]
    migration: i64,
    /// The signature of [`said`], in hexadecimal digits.
    #[serde(default)]
    signature: String,
}

/// What is signed: the hash of the dump, the names of the files, which are their hashes, and what else the end says.
fn said(contents: &Contents, names: &[String]) -> String {
    format!(
        "alluvium backup\n{}\n{}\n{}\n{}\n",
        contents.format,
        contents.migration,
        contents.database,
        names.join("\n")
    )
}

/// How a backup is read.
pub(crate) struct Reading {
    /// Whose signature it must have; none takes what anybody may have written.
    pub(crate) key: Option<Key>,
    /// The newest migration that this program knows.
    pub(crate) migration: i64,
}

/// What was written.
pub(crate) struct Written {
    /// Files in it.
    pub(crate) files: usize,
    /// Files that rows refer to and that are not in it, with the reason.
    pub(crate) lost: Vec<String>,
}

/// Writes a backup of a database and the files in a data folder. The file is there when it is whole, and not before.
pub(crate) async fn write(
    bin: PathBuf,
    url: String,
    data_dir: &Path,
    file: PathBuf,
    key: Key,
) -> anyhow::Result<Written> {
    if file.exists() {
        bail!("{} is there already", file.display());
    }
    let migration = alluvium_services::migration_of(&url).await?;
    let snapshot = BlobSnapshot::take(&url, data_dir).await?;
    let (written, snapshot) = tokio::task::spawn_blocking(move || {
        let written = archive(&bin, &url, &snapshot, &file, migration, &key);
        (written, snapshot)
    })
    .await?;
    snapshot.end().await?;
    written
}

fn archive(
    bin: &Path,
    url: &str,
    snapshot: &BlobSnapshot,
    file: &Path,
    migration: i64,
    key: &Key,
) -> anyhow::Result<Written> {
    let partial = Partial(file.with_added_extension("partial"));
    // It holds the hashes of passwords: nobody else's to read.
    let to = File::options().write(true).create(true).truncate(true).mode(0o600).open(&partial.0);
    let mut tar = tar::Builder::new(to.with_context(|| format!("cannot write {}", partial.0.display()))?);
    let mut first = header(0);
    let mut entry = tar.append_writer(&mut first, DUMP)?;
    let database = database::dump(bin, url, snapshot.name(), &mut entry)?;
    entry.finish()?;
    let mut written = Written { files: 0, lost: Vec::new() };
    let mut names = Vec::new();
    for (sha256, opened) in snapshot.files() {
        let at = tar.get_mut().stream_position()?;
        let name = blob_name(sha256);
        match opened.and_then(|(size, reader)| tar.append_data(&mut header(size), &name, reader)) {
            Ok(()) => {
                written.files += 1;
                names.push(name);
            }
            // The file's own fault: the others are wanted all the same.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
                tar.get_mut().set_len(at)?;
                tar.get_mut().seek(SeekFrom::Start(at))?;
                written.lost.push(format!("{name}: {error}"));
            }
            Err(error) => return Err(error).with_context(|| format!("{name} into {}", file.display())),
        }
    }
    let mut contents = Contents { format: FORMAT, database, files: written.files, migration, signature: String::new() };
    contents.signature = key.sign(&said(&contents, &names))?;
    let contents = serde_json::to_vec(&contents)?;
    tar.append_data(&mut header(contents.len() as u64), CONTENTS, contents.as_slice())?;
    tar.into_inner()?.sync_all()?;
    std::fs::rename(&partial.0, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(written)
}

/// A file that is not whole yet; it goes away where it never is.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o600);
    header.set_size(size);
    header
}

/// As in the data folder.
fn blob_name(sha256: FileHash) -> String {
    let digits = sha256.to_string();
    format!("{BLOBS}{}/{}", &digits[..2], &digits[2..])
}

/// Replaces the database by what a backup holds and adds its files; nothing changes where it is not good. Answers with the number of files; none where
/// it is of the time when backups held the database alone.
pub(crate) async fn restore(
    bin: &Path,
    url: &str,
    data_dir: &Path,
    file: &Path,
    reading: Reading,
) -> anyhow::Result<Option<usize>> {
    database::check_programs(bin).await?;
    let mut beginning = [0; DUMP_MAGIC.len()];
    let mut from = tokio::fs::File::open(file).await?;
    let length = from.read(&mut beginning).await?;
    if beginning[..length] == *DUMP_MAGIC {
        if reading.key.is_some() {
            bail!("{} is of an earlier version, which signed nothing: --unsigned takes it on trust", file.display());
        }
        from.rewind().await?;
        database::load(bin, url, from).await?;
        return Ok(None);
    }
    let (data_dir, archive) = (data_dir.to_owned(), file.to_owned());
    let read = tokio::task::spawn_blocking(move || unpack(&archive, &data_dir, &reading)).await?;
    let (mut staged, dump) = read.with_context(|| format!("{} is no whole backup", file.display()))?;
    let files = staged.count();
    // Files first: rows never refer to one that is not there.
    let (staged, placed) = tokio::task::spawn_blocking(move || {
        let placed = staged.place();
        (staged, placed)
    })
    .await?;
    let done = match placed {
        Ok(()) => {
            from.seek(SeekFrom::Start(dump.at)).await?;
            database::load(bin, url, from.take(dump.size)).await
        }
        Err(error) => Err(error.into()),
    };
    if let Err(error) = done {
        if let Err(left) = staged.take_back(url).await {
            tracing::warn!(error = ?left, "files of the backup that no row refers to are left");
        }
        return Err(error);
    }
    Ok(Some(files))
}

/// Where the dump is in the archive.
struct Dump {
    at: u64,
    size: u64,
}

/// Reads an archive to its end: each file is written beside those that are kept, and everything is compared with its hash.
fn unpack(archive: &Path, data_dir: &Path, reading: &Reading) -> anyhow::Result<(StagedFiles, Dump)> {
    let mut staged = StagedFiles::new(data_dir)?;
    let mut dump = None;
    let mut contents = None;
    let mut names = Vec::new();
    for entry in tar::Archive::new(File::open(archive)?).entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        // A sparse entry would write more than it holds.
        if entry.header().entry_type() != tar::EntryType::Regular {
            bail!("{name} is no ordinary file");
        }
        match name.as_str() {
            DUMP => {
                let place = Dump { at: entry.raw_file_position(), size: entry.size() };
                dump = Some((place, copy_hashed(&mut entry, &mut io::sink())?));
            }
            CONTENTS => {
                let read: Contents = serde_json::from_reader(entry)?;
                if read.format > FORMAT {
                    bail!("a newer version of the program wrote it");
                }
                contents = Some(read);
            }
            _ => {
                let digits = name.strip_prefix(BLOBS).map(|path| path.replace('/', ""));
                let sha256 = digits.and_then(|digits| digits.parse().ok());
                staged.add(sha256.with_context(|| format!("unknown entry {name}"))?, entry)?;
                names.push(name);
            }
        }
    }
    let (Some((dump, database)), Some(contents)) = (dump, contents) else { bail!("its end is missing") };
    if database != contents.database || staged.count() != contents.files {
        bail!("it does not hold what its end says");
    }
    if let Some(key) = &reading.key {
        key.check(&said(&contents, &names), &contents.signature)?;
    }
    if contents.migration > reading.migration {
        bail!("a newer version of the program wrote it");
    }
    Ok((staged, dump))
}

/// Copies everything and answers with its SHA-256 in hexadecimal digits.
fn copy_hashed(from: &mut impl Read, to: &mut impl Write) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(FileHash(hasher.finalize().into()).to_string());
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
    }
}
