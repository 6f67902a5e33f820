//! Artifacts: the files of runs and logged models.

use std::fmt;

use alluvium_domain::registry::FileHash;
use alluvium_domain::tracking::{ArtifactEntry, ExperimentId, LoggedModelId, RunId, limits};
use alluvium_domain::{Action, Actor, Issue, Problem};
use alluvium_engine::weights::may_be_weights;
use alluvium_store::{ArtifactFile, Connection, audit_add_in_txn};
use serde_json::json;
use tokio::fs::File;
use tokio::io::AsyncRead;

use super::rights::Granted;
use crate::Services;
use crate::error::internal;

/// A path that cannot leave the folder of its run or logged model.
///
/// `EXPERIMENT/RUN/artifacts/...` or `EXPERIMENT/models/MODEL/artifacts/...`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactPath {
    text: String,
    experiment: ExperimentId,
    owner: Owner,
    is_root: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    Run(RunId),
    Model(LoggedModelId),
}

impl ArtifactPath {
    /// Reads a path; a slash at its end does not matter. The problem names the field `path`.
    pub fn parse(path: &str) -> Result<ArtifactPath, Problem> {
        let text = path.strip_suffix('/').unwrap_or(path);
        let actual = text.chars().count();
        if actual > limits::PATH {
            return Err(Problem::field("path", Issue::TooLong { limit: limits::PATH, actual }));
        }
        let parts: Vec<&str> = text.split('/').collect();
        let is_wrong = |part: &&str| matches!(*part, "" | "." | "..") || part.contains(['\\', '\0', '#']);
        if parts.iter().any(is_wrong) {
            return Err(unfit(path, "Invalid path"));
        }
        let read = || {
            let experiment = parts.first()?.parse().ok()?;
            let (owner, rest) = match parts.get(1..)? {
                ["models", model, "artifacts", rest @ ..] => (Owner::Model(model.parse().ok()?), rest),
                [run, "artifacts", rest @ ..] => (Owner::Run(run.parse().ok()?), rest),
                _ => return None,
            };
            Some(ArtifactPath { text: text.to_owned(), experiment, owner, is_root: rest.is_empty() })
        };
        read().ok_or_else(|| unfit(path, "EXPERIMENT/RUN/artifacts/... or EXPERIMENT/models/MODEL/artifacts/..."))
    }
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The line of the audit log about a file.
async fn artifact_noted(
    conn: &mut Connection,
    actor: &Actor,
    action: &str,
    path: &ArtifactPath,
    detail: serde_json::Value,
) -> Result<(), Problem> {
    let subject = format!("tracking/{}", path.text);
    audit_add_in_txn(conn, actor.user_id(), action, &subject, detail).await.map_err(internal)
}

fn unfit(path: &str, expected: &'static str) -> Problem {
    let value = path.chars().take(200).collect();
    Problem::field("path", Issue::Unfit { value, expected: expected.into() })
}

impl Services {
    /// That a file of so many bytes may not be uploaded, where a sender announces it; one that is larger than announced is refused on the way.
    pub fn upload_check(&self, size: u64) -> Result<(), Problem> {
        let limit = self.inner.blobs.limit();
        if size > limit { Err(Problem::field("body", Issue::TooLarge { limit })) } else { Ok(()) }
    }

    /// Keeps a file at a path; another file there is replaced. Both the bytes and the path are on the disk when this returns.
    pub async fn artifact_put(
        &self,
        actor: &Actor,
        path: &ArtifactPath,
        reader: impl AsyncRead + Unpin,
    ) -> Result<(), Problem> {
        let granted = self.artifact_granted(actor, path).await?;
        self.check_owner(path, true).await?;
        let store = &self.inner.store;
        if path.is_root || store.artifact_in_the_way(&path.text).await.map_err(internal)? {
            return Err(unfit(&path.text, "a path that is no folder and leads through no file"));
        }
        let (sha256, size) = self.inner.blobs.put(reader).await?;
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        let before = store.artifact_get(&path.text).await.map_err(internal)?;
        store.artifact_put(&path.text, &ArtifactFile { sha256, size }).await.map_err(internal)?;
        let mut txn = store.begin().await.map_err(internal)?;
        match before {
            Some(before) if before.sha256 != sha256 => {
                let detail = json!({ "before": FileHash(before.sha256).to_string() });
                artifact_noted(&mut txn, actor, "tracking.artifact-replace", path, detail).await?;
            }
            _ => granted.note_in_txn(&mut txn, actor, "tracking.artifact-put", &path.text).await?,
        }
        txn.commit().await.map_err(internal)
    }

    /// Whether the actor may change files of a run or a logged model.
    async fn artifact_granted(&self, actor: &Actor, path: &ArtifactPath) -> Result<Granted, Problem> {
        match &path.owner {
            Owner::Run(run) => self.run_granted(actor, *run).await,
            Owner::Model(model) => self.logged_model_granted(actor, model).await,
        }
    }

    /// Whether everybody who reads may read a file: a file of an approved version, or one that is no weights, in no model's folder and in no version.
    async fn artifact_is_open(&self, path: &ArtifactPath, file: &ArtifactFile) -> Result<bool, Problem> {
        let store = &self.inner.store;
        if let Some(approved) = store.artifact_in_versions(&file.sha256).await.map_err(internal)? {
            return Ok(approved);
        }
        let is_model = matches!(path.owner, Owner::Model(_)) || may_be_weights(&path.text);
        Ok(!is_model && !store.artifact_in_model(&path.text).await.map_err(internal)?)
    }

    /// Opens a file for reading; answers with its size too.
    pub async fn artifact_open(&self, actor: &Actor, path: &ArtifactPath) -> Result<(File, u64), Problem> {
        actor.may(Action::Read)?;
        let found = self.inner.store.artifact_get(&path.text).await.map_err(internal)?;
        let file = found.ok_or_else(|| Problem::unknown("path", path))?;
        if actor.may_read_artifact(false).is_err() {
            actor.may_read_artifact(self.artifact_is_open(path, &file).await?)?;
        }
        self.inner.blobs.open(&file.sha256).await
    }

    /// Files and folders in a folder, by name; a file's own path gives that file. Where nothing is, nothing is listed.
    pub async fn artifact_list(&self, actor: &Actor, path: &ArtifactPath) -> Result<Vec<ArtifactEntry>, Problem> {
        actor.may(Action::Read)?;
        let store = &self.inner.store;
        if let Some(file) = store.artifact_get(&path.text).await.map_err(internal)? {
            let name = path.text.rsplit('/').next().unwrap_or_default().to_owned();
            return Ok(vec![ArtifactEntry { name, size: Some(file.size) }]);
        }
        store.artifact_list(&path.text).await.map_err(internal)
    }

    /// Every file below a folder with its path relative to it and its hash, e.g. to make a model version of them.
    pub async fn artifact_files(
        &self,
        actor: &Actor,
        path: &ArtifactPath,
    ) -> Result<Vec<(String, ArtifactFile)>, Problem> {
        actor.may(Action::Read)?;
        self.inner.store.artifact_files(&path.text).await.map_err(internal)
    }

    /// Removes a file, or a folder with all that is in it.
    pub async fn artifact_remove(&self, actor: &Actor, path: &ArtifactPath) -> Result<(), Problem> {
        let _granted = self.artifact_granted(actor, path).await?;
        self.check_owner(path, false).await?;
        let removed = self.inner.store.artifact_remove(&path.text).await.map_err(internal)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        artifact_noted(&mut txn, actor, "tracking.artifact-remove", path, json!({ "files": removed })).await?;
        txn.commit().await.map_err(internal)
    }

    /// The run or logged model of a path exists and is of that experiment.
    async fn check_owner(&self, path: &ArtifactPath, active: bool) -> Result<(), Problem> {
        let store = &self.inner.store;
        let (field, name, found) = match &path.owner {
            Owner::Run(id) => {
                let row = store.run_row(*id).await.map_err(internal)?;
                ("run_id", id.to_string(), row.map(|row| (row.experiment, row.deleted)))
            }
            Owner::Model(id) => {
                let model = store.logged_model_by_id(id).await.map_err(internal)?;
                ("model_id", id.to_string(), model.map(|model| (model.experiment, model.deleted)))
            }
        };
        match found {
            Some((experiment, deleted)) if experiment == path.experiment => {
                if active && deleted {
                    return Err(Problem::field(field, Issue::Deleted { value: name }));
                }
                Ok(())
            }
            _ => Err(Problem::unknown(field, name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "0197e6f0c0de7a01b2c3d4e5f6071829";

    #[test]
    fn a_path_stays_with_its_run() {
        let path = ArtifactPath::parse(&format!("3/{RUN}/artifacts/a/b c.txt")).expect("right");
        assert_eq!((path.experiment, path.is_root), (ExperimentId(3), false));
        assert!(ArtifactPath::parse(&format!("3/{RUN}/artifacts/")).expect("right").is_root);
        assert!(ArtifactPath::parse(&format!("3/models/m-{RUN}/artifacts/MLmodel")).is_ok());
        for wrong in [
            String::new(),
            "/".to_owned(),
            "3".to_owned(),
            format!("3/{RUN}"),
            format!("3/{RUN}/other/a"),
            format!("/3/{RUN}/artifacts/a"),
            format!("3/{RUN}/artifacts//a"),
            format!("3/{RUN}/artifacts/../../4/{RUN}/artifacts/a"),
            format!("3/{RUN}/artifacts/./a"),
            format!("3/{RUN}/artifacts/..\\..\\a"),
            format!("3/{RUN}/artifacts/a\0"),
            format!("3/{RUN}/artifacts/{}", "a/".repeat(600)),
            "3/models/m-x/artifacts/a".to_owned(),
        ] {
            assert_eq!(ArtifactPath::parse(&wrong).expect_err(&wrong).errors[0].field, "path");
        }
    }
}
