//! Uploads: files that are kept, and commits that make the next version out of the last one.

use std::collections::BTreeMap;

use alluvium_domain::registry::{FileHash, ModelFile, ModelVersion, file_path_checked, limits};
use alluvium_domain::{Action, Actor, Issue, Problem};
use alluvium_store::VersionQuery;
use tokio::io::AsyncRead;

use super::NewVersion;
use super::card::{self, CARD, MAX_CARD};
use super::versions::Origin;
use crate::Services;
use crate::error::internal;
use crate::processor::on_processor;

/// A file of a commit.
#[derive(Debug, Clone)]
pub enum CommitFile {
    /// The bytes came with it.
    Bytes(Vec<u8>),
    /// It was uploaded before.
    Kept {
        /// Its SHA-256.
        sha256: FileHash,
        /// Its size.
        size: i64,
    },
}

/// What changes from one version to the next.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// What it is for.
    pub summary: String,
    /// More.
    pub description: String,
    /// Files that are new or other than before, by path.
    pub files: Vec<(String, CommitFile)>,
    /// Files that are gone; those that end in `/` with all below them.
    pub deleted: Vec<String>,
    /// The commit that it must follow.
    pub parent: Option<String>,
}

impl Services {
    /// Keeps a file for a commit that is to come.
    pub async fn file_keep(&self, actor: &Actor, reader: impl AsyncRead + Unpin) -> Result<(FileHash, u64), Problem> {
        actor.may(Action::Write)?;
        let (sha256, size) = self.inner.blobs.put(reader).await?;
        Ok((FileHash(sha256), size))
    }

    /// The size of a file that was kept, if it was.
    pub async fn file_kept(&self, sha256: FileHash) -> Result<Option<u64>, Problem> {
        self.inner.blobs.size(&sha256.0).await
    }

    /// Makes the next version of a model out of the last one: a draft, whoever sends it. A commit that changes nothing makes none.
    pub async fn commit(&self, actor: &Actor, name: &str, commit: Commit) -> Result<ModelVersion, Problem> {
        actor.may(Action::Write)?;
        let model = self.model_get(actor, name).await?;
        let query = VersionQuery { models: Some(&[model.id]), ..VersionQuery::default() };
        let last = self.inner.store.version_list(query).await.map_err(internal)?.into_iter().next();
        if let Some(parent) = &commit.parent
            && last.as_ref().map(ModelVersion::commit).as_ref() != Some(parent)
        {
            return Err(Problem::conflict("parentCommit", "期间已有别的提交", "somebody committed in the meantime"));
        }
        let mut files: BTreeMap<String, ModelFile> = BTreeMap::new();
        if let Some(last) = &last {
            let kept = self.inner.store.version_files(last.id).await.map_err(internal)?;
            files = kept.into_iter().map(|file| (file.path.clone(), file)).collect();
        }
        let before = files.clone();
        for path in &commit.deleted {
            match path.strip_suffix('/') {
                Some(_) => files.retain(|own, _| !own.starts_with(path.as_str())),
                None => {
                    files.remove(path);
                }
            }
        }
        if commit.files.len() > limits::FILES {
            let issue = Issue::TooMany { limit: limits::FILES, actual: commit.files.len() };
            return Err(Problem::field("files", issue));
        }
        for (path, content) in commit.files {
            file_path_checked("path", &path)?;
            let file = self.file_taken(path, content).await?;
            files.insert(file.path.clone(), file);
        }
        if let Some(last) = last
            && files == before
        {
            return Ok(last);
        }
        let description = [commit.summary, commit.description].join("\n\n").trim().to_owned();
        let new = NewVersion { source: "hub".to_owned(), description, ..NewVersion::default() };
        let files: Vec<ModelFile> = files.into_values().collect();
        self.version_insert_for(actor.user_id(), &model, &new, &files, Origin::Sent).await
    }

    /// A file of a commit, checked.
    async fn file_taken(&self, path: String, content: CommitFile) -> Result<ModelFile, Problem> {
        let file = match content {
            CommitFile::Bytes(bytes) => {
                let (sha256, size) = self.inner.blobs.put(bytes.as_slice()).await?;
                ModelFile { path, sha256: FileHash(sha256), size: i64::try_from(size).unwrap_or(i64::MAX) }
            }
            CommitFile::Kept { sha256, size } => {
                let unknown = || Problem::field(path.clone(), Issue::Unknown { value: sha256.to_string() });
                if self.file_kept(sha256).await?.map(i64::try_from) != Some(Ok(size)) {
                    return Err(unknown());
                }
                ModelFile { path, sha256, size }
            }
        };
        if file.path == CARD
            && let Some(text) = self.version_text(std::slice::from_ref(&file), CARD, MAX_CARD).await
            && let Some(expected) = on_processor(move || card::problem(&text)).await?
        {
            return Err(Problem::refused(
                CARD,
                format!("元数据无效，应为：{expected}"),
                format!("its metadata is not valid; expected {expected}"),
            ));
        }
        Ok(file)
    }
}
