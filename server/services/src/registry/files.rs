//! The files of versions: where they are from, what is taken, and reading them whole.

use alluvium_domain::registry::{FileHash, ModelFile, ModelVersion, VersionId};
use alluvium_domain::tracking::RunId;
use alluvium_domain::{Actor, Issue, Problem};
use alluvium_engine::recommend::shop::Files;
use alluvium_engine::weights::{self, WeightsError};
use alluvium_store::Store;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use crate::Services;
use crate::blobs::Blobs;
use crate::error::internal;
use crate::tracking::ArtifactPath;

/// Ends of names of files that run code when they are loaded, or hold others that do.
const PICKLES: [&str; 9] = [".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".bin", ".joblib", ".dill", ".h5"];
/// Bytes at the beginning that show what a file is.
const BEGINNING: usize = 8;

/// A refusal of a file, with the reason.
fn refused(path: &str, error: &WeightsError) -> Problem {
    Problem::refused(path.to_owned(), error.zh(), error.to_string())
}

/// All files of a version, each checked against its hash; the text says which is not there or was changed.
pub(crate) async fn version_files_read(store: &Store, blobs: &Blobs, id: VersionId) -> Result<Files, String> {
    let files = store.version_files(id).await.map_err(|error| error.to_string())?;
    let blobs = blobs.clone();
    let read = move || {
        let mut all = Files::new();
        for file in files {
            let bytes = std::fs::read(blobs.path(&file.sha256.0)).map_err(|error| format!("{}: {error}", file.path))?;
            if FileHash(Sha256::digest(&bytes).into()) != file.sha256 {
                return Err(format!("{}: the file was changed on the disk", file.path));
            }
            all.insert(file.path, bytes);
        }
        Ok(all)
    };
    tokio::task::spawn_blocking(read).await.map_err(|error| error.to_string())?
}

impl Services {
    /// Refuses weights that are not safetensors through and through, and what may be a pickle under any name.
    pub(super) async fn model_file_check(&self, file: &ModelFile) -> Result<(), Problem> {
        let name = file.path.to_lowercase();
        if PICKLES.iter().any(|end| name.ends_with(end)) {
            return Err(refused(&file.path, &WeightsError::Pickle));
        }
        self.weights_check(file).await?;
        let mut beginning = [0; BEGINNING];
        let (mut opened, _) = self.inner.blobs.open(&file.sha256.0).await?;
        let n = opened.read(&mut beginning).await.map_err(internal)?;
        match &beginning[..n] {
            [b'P', b'K', 3..=6, ..] => Err(refused(&file.path, &WeightsError::Zip)),
            [0x80, 2..=5, b'c' | b'}' | b']' | b'(' | 0x95 | 0x8a, ..] => {
                Err(refused(&file.path, &WeightsError::Pickle))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a file that is named as safetensors and is not, through and through.
    pub(super) async fn weights_check(&self, file: &ModelFile) -> Result<(), Problem> {
        if !file.path.to_lowercase().ends_with(".safetensors") {
            return Ok(());
        }
        let (opened, size) = self.inner.blobs.open(&file.sha256.0).await?;
        let opened = opened.into_std().await;
        let checked = tokio::task::spawn_blocking(move || weights::check(std::io::BufReader::new(opened), size));
        checked.await.map_err(internal)?.map(drop).map_err(|error| refused(&file.path, &error))
    }

    /// All files of a version, each checked against its hash; the text says which is not there or was changed.
    pub(crate) async fn version_read(&self, id: VersionId) -> Result<Files, String> {
        version_files_read(&self.inner.store, &self.inner.blobs, id).await
    }

    /// A file of a version, open, where the actor sees the version.
    pub async fn version_file(
        &self,
        actor: &Actor,
        version: &ModelVersion,
        path: &str,
    ) -> Result<(ModelFile, tokio::fs::File), Problem> {
        let files = self.version_files(actor, version).await?;
        let file = files.into_iter().find(|file| file.path == path).ok_or_else(Problem::not_found)?;
        let (opened, _) = self.inner.blobs.open(&file.sha256.0).await?;
        Ok((file, opened))
    }

    /// The folder of files of runs that a version's source names; none where it names something elsewhere.
    pub async fn artifact_folder(&self, source: &str) -> Result<Option<ArtifactPath>, Problem> {
        let store = &self.inner.store;
        let folder = if let Some(rest) = source.strip_prefix("mlflow-artifacts:") {
            // With an address of this server between the slashes, or without.
            let rest = match rest.strip_prefix("//") {
                Some(rest) => rest.split_once('/').map_or("", |(_, path)| path),
                None => rest,
            };
            rest.trim_start_matches('/').to_owned()
        } else if let Some(rest) = source.strip_prefix("runs:/") {
            let (run, path) = rest.trim_start_matches('/').split_once('/').unwrap_or((rest, ""));
            let malformed = |()| Problem::field("source", Issue::Malformed { expected: "runs:/RUN_ID/path".into() });
            let run: RunId = run.parse().map_err(malformed)?;
            match store.run_row(run).await.map_err(internal)? {
                Some(row) => format!("{}/{run}/artifacts/{path}", row.experiment),
                None => return Ok(None),
            }
        } else if let Some(id) = source.strip_prefix("models:/").and_then(|id| id.trim_end_matches('/').parse().ok()) {
            match store.logged_model_by_id(&id).await.map_err(internal)? {
                Some(model) => model.artifact_root(),
                None => return Ok(None),
            }
        } else {
            return Ok(None);
        };
        let named = |problem: Problem| match problem.errors.into_iter().next() {
            Some(error) => Problem::field("source", error.issue),
            None => Problem::new(problem.kind),
        };
        ArtifactPath::parse(&folder).map(Some).map_err(named)
    }
}
