//! A folder of files in and out: `articles/<slug>.md`, `experiments/<slug>.md` and so on, Markdown with front matter; and runs, which only go in.
//!
//! Nothing is lost on the way: a file that came out goes in unchanged, and comes out byte for byte the same.

mod file;
mod folder;
mod format;
mod runs;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use alluvium_domain::{EntryInput, EntryKind, EntryState, Problem};
use alluvium_store::EntryQuery;

use crate::entries::PutOutcome;
use crate::error::internal;
use crate::{ServiceError, Services};
use folder::Written;

/// Longest file, in bytes: the longest body and then some.
const LONGEST: u64 = 4 << 20;

/// What a file says.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryFile {
    /// The entry, checked; the note is empty.
    pub input: EntryInput,
    /// Its state.
    pub state: EntryState,
}

/// What a sync did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContentReport {
    /// Number of entries (in) or files (out) that are new.
    pub created: usize,
    /// Number of those that changed.
    pub updated: usize,
    /// Number of those that stood so already.
    pub unchanged: usize,
    /// Number of runs that are new; they only go in.
    pub runs: usize,
    /// Files that were not taken, or entries that were not written, and why.
    pub errors: Vec<(String, Problem)>,
}

/// Entries that go into the search index with one write.
const PORTION: usize = 200;

impl Services {
    /// Takes in the files of a folder, terms first. A wrong file is reported, and the rest goes on; entries without a file stay.
    pub async fn content_import(&self, dir: &Path) -> Result<ContentReport, ServiceError> {
        let root = dir.to_owned();
        let files = blocking(dir, move || folder::read(&root)).await?;
        let mut report = ContentReport::default();
        let mut written = Vec::new();
        let mut terms_changed = false;
        for (name, file) in files {
            let put = match file {
                Ok(file) => {
                    let kind = file.input.fields.kind();
                    if terms_changed && kind != EntryKind::Term {
                        self.glossary_refresh().await?;
                        terms_changed = false;
                    }
                    self.entry_put(file.input, file.state).await.map(|(id, outcome)| (id, kind, outcome))
                }
                Err(problem) => Err(problem),
            };
            match put {
                Ok((_, _, PutOutcome::Unchanged)) => report.unchanged += 1,
                Ok((id, kind, outcome)) => {
                    written.push(id.0);
                    terms_changed |= kind == EntryKind::Term;
                    *(if outcome == PutOutcome::Created { &mut report.created } else { &mut report.updated }) += 1;
                }
                Err(problem) => report.errors.push((name, problem)),
            }
        }
        if terms_changed {
            self.glossary_refresh().await?;
        }
        for portion in written.chunks(PORTION) {
            self.inner.search().commit_many(&self.inner.store, portion).await?;
        }
        let root = dir.to_owned();
        for (name, file) in blocking(dir, move || runs::read(&root)).await? {
            let taken = match file {
                Ok(file) => self.content_import_runs(file).await,
                Err(problem) => Err(problem),
            };
            match taken {
                Ok(count) => report.runs += count,
                Err(problem) => report.errors.push((name, problem)),
            }
        }
        Ok(report)
    }

    /// Writes every entry to its file. Each file appears whole or not at all; files without an entry stay.
    pub async fn content_export(&self, dir: &Path) -> Result<ContentReport, ServiceError> {
        let files = self.content_files().await?;
        let root = dir.to_owned();
        blocking(dir, move || {
            let mut report = ContentReport::default();
            for (path, text) in files {
                match folder::write(&root, &path, &text)? {
                    Written::New => report.created += 1,
                    Written::Changed => report.updated += 1,
                    Written::Same => report.unchanged += 1,
                    Written::Refused(problem) => report.errors.push((path.display().to_string(), problem)),
                }
            }
            Ok(report)
        })
        .await
    }

    /// All entries as files: path inside the folder and text.
    async fn content_files(&self) -> Result<Vec<(PathBuf, String)>, ServiceError> {
        let mut files = Vec::new();
        for state in EntryState::ALL {
            let query = EntryQuery { state: Some(*state), sees_all: true, limit: i64::MAX, ..EntryQuery::default() };
            let (rows, _) = self.inner.store.entry_list(&query).await?;
            let ids: Vec<_> = rows.iter().map(|row| row.summary.id.0).collect();
            for revision in self.inner.store.revision_latest(&ids).await? {
                let file = EntryFile { input: revision.input, state: *state };
                files.push((file.path(), file.format()));
            }
        }
        files.sort();
        Ok(files)
    }
}

/// Runs file work off the request threads; an error names the folder.
async fn blocking<T: Send + 'static>(
    dir: &Path,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ServiceError> {
    let result = tokio::task::spawn_blocking(work).await.map_err(internal)?;
    result.map_err(|source| ServiceError::File { path: dir.display().to_string(), source })
}
