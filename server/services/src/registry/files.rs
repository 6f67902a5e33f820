//! The files of versions: where they are from, what is taken, and reading them whole.

use alluvium_domain::entry::read_yaml;
use alluvium_domain::registry::{FileHash, ModelFile, ModelVersion, VersionId};
use alluvium_domain::tracking::RunId;
use alluvium_domain::{Actor, Issue, Problem};
use alluvium_engine::recommend::shop::{Files, ShopModel};
use alluvium_engine::weights;
use alluvium_store::Store;
use serde_norway::Value;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use super::serving::GOLDEN;
use crate::Services;
use crate::blobs::Blobs;
use crate::error::internal;
use crate::processor::on_processor;
use crate::tracking::ArtifactPath;

/// The file that says to MLflow's clients how a model is loaded.
const MLMODEL: &str = "MLmodel";
/// So many bytes of it are read; a longer one is refused, because it is cut.
const MAX_MLMODEL: u64 = 256 * 1024;

/// Why MLflow's clients would run code of the model when they load it as this text says: a module that is not MLflow's, code in the model's folder, types
/// that skops is told to trust.
fn mlmodel_problem(text: &str) -> Option<(String, String)> {
    fn key_of(value: &Value) -> Option<&'static str> {
        let named = |key: &Value, value: &Value| {
            let is_set = !value.is_null() && value.as_sequence().is_none_or(|list| !list.is_empty());
            match key.as_str()? {
                "skops_trusted_types" if is_set => Some("skops_trusted_types"),
                "model_code_path" if is_set => Some("model_code_path"),
                "loader_module" if !value.as_str().is_some_and(|name| name.starts_with("mlflow.")) => {
                    Some("loader_module")
                }
                _ => None,
            }
        };
        match value {
            Value::Mapping(map) => map.iter().find_map(|(key, value)| named(key, value).or_else(|| key_of(value))),
            Value::Sequence(list) => list.iter().find_map(key_of),
            Value::Tagged(tagged) => key_of(&tagged.value),
            _ => None,
        }
    }
    match read_yaml::<Value>(text) {
        Err(expected) => Some((format!("无效，应为：{expected}"), format!("not valid; expected {expected}"))),
        Ok(value) => key_of(&value).map(|key| {
            (
                format!("其中的“{key}”会让客户端在加载时执行代码"),
                format!("its key {key} has clients run code when they load the model"),
            )
        }),
    }
}

/// Largest file of held-out examples that is read, in bytes.
const MAX_EVIDENCE: u64 = 512 * 1024 * 1024;
/// Trainings whose evidence is looked at until one has any.
const MAX_TRAININGS: i64 = 10;
/// Most bytes of a version that are read into memory to load it.
const MAX_LOADED: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes that are hashed at a time.
const CHUNK: usize = 256 * 1024;

/// Reads a kept file whole and compares it with its hash; the text says what is wrong.
fn read_checked(blobs: &Blobs, file: &ModelFile) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(blobs.path(&file.sha256.0)).map_err(|error| format!("{}: {error}", file.path))?;
    if FileHash(Sha256::digest(&bytes).into()) == file.sha256 { Ok(bytes) } else { Err(changed(&file.path)) }
}

fn changed(path: &str) -> String {
    format!("{path}: the file was changed on the disk")
}

/// Those files of a version that are wanted, each checked against its hash; the text says which is not there, was changed, or is too large to load.
pub(crate) async fn version_files_read(
    store: &Store,
    blobs: &Blobs,
    id: VersionId,
    wanted: fn(&str) -> bool,
) -> Result<Files, String> {
    let mut files = store.version_files(id).await.map_err(|error| error.to_string())?;
    files.retain(|file| wanted(&file.path));
    let together: u64 = files.iter().map(|file| u64::try_from(file.size).unwrap_or(u64::MAX)).sum();
    if together > MAX_LOADED {
        return Err(format!("{together} bytes are to be loaded, and at most {MAX_LOADED} are"));
    }
    let blobs = blobs.clone();
    let read = move || files.into_iter().map(|file| Ok((file.path.clone(), read_checked(&blobs, &file)?))).collect();
    tokio::task::spawn_blocking(read).await.map_err(|error| error.to_string())?
}

/// What a version holds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Contents {
    pub(super) files: usize,
    pub(super) bytes: u64,
}

/// The SHA-256 of a file, and its size in bytes.
fn hash(path: &std::path::Path) -> std::io::Result<(FileHash, u64)> {
    use std::io::Read;
    let mut file = std::fs::File::open(path)?;
    let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((FileHash(hasher.finalize().into()), size)),
            read => {
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
        }
    }
}

impl Services {
    /// Refuses a file that runs code when it is loaded, and weights that are not safetensors through and through. Every file of every version passes
    /// here when the version is made, whatever way it came.
    pub(super) async fn model_file_check(&self, file: &ModelFile) -> Result<(), Problem> {
        let (opened, size) = self.inner.blobs.open(&file.sha256.0).await?;
        let (opened, path) = (opened.into_std().await, file.path.clone());
        let checked = tokio::task::spawn_blocking(move || weights::refuse_code(&path, opened, size)).await;
        let refused = |error: weights::WeightsError| Problem::refused(file.path.clone(), error.zh(), error.to_string());
        checked.map_err(internal)?.map_err(refused)?;
        if file.path.rsplit('/').next() == Some(MLMODEL) {
            let text = self.version_text(std::slice::from_ref(file), &file.path, MAX_MLMODEL).await.unwrap_or_default();
            let found = on_processor(move || mlmodel_problem(&text)).await?;
            return found.map_or(Ok(()), |(zh, en)| Err(Problem::refused(file.path.clone(), zh, en)));
        }
        Ok(())
    }

    /// Reads every file of a version once, without keeping it: each has its hash and runs no code when it is loaded. The text says which does not.
    pub(super) async fn version_files_check(&self, id: VersionId) -> Result<Contents, Problem> {
        let files = self.inner.store.version_files(id).await.map_err(internal)?;
        let mut contents = Contents::default();
        for file in &files {
            let (path, own) = (self.inner.blobs.path(&file.sha256.0), file.clone());
            let hashed =
                tokio::task::spawn_blocking(move || hash(&path).map_err(|error| format!("{}: {error}", own.path)));
            let text = |reason: String| Problem::refused(file.path.clone(), reason.clone(), reason);
            let (sha256, size) = hashed.await.map_err(internal)?.map_err(text)?;
            if sha256 != file.sha256 {
                return Err(text(changed(&file.path)));
            }
            self.model_file_check(file).await?;
            contents = Contents { files: contents.files + 1, bytes: contents.bytes + size };
        }
        Ok(contents)
    }

    /// The files of a version that loading a recommendation model needs.
    pub(crate) async fn recommend_files(&self, id: VersionId) -> Result<Files, String> {
        let wanted = |path: &str| ShopModel::FILES.contains(&path) || path == GOLDEN;
        version_files_read(&self.inner.store, &self.inner.blobs, id, wanted).await
    }

    /// A small file of a version as a text, cut at `limit` bytes; none where there is none.
    pub(super) async fn version_text(&self, files: &[ModelFile], path: &str, limit: u64) -> Option<String> {
        let file = files.iter().find(|file| file.path == path)?;
        let opened = tokio::fs::File::open(self.inner.blobs.path(&file.sha256.0)).await.ok()?;
        let mut bytes = Vec::new();
        opened.take(limit).read_to_end(&mut bytes).await.ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Evidence that this server's own trainings left: the files at a path of the trained versions of a model, the version's own first where it is one, then
    /// the newest. What came with a version that somebody sent is none.
    pub(super) async fn evidence<T>(
        &self,
        version: &ModelVersion,
        path: &'static str,
        read: impl Fn(&[u8]) -> Option<T> + Clone + Send + 'static,
    ) -> Result<Option<T>, Problem>
    where
        T: Send + 'static,
    {
        let found = self.inner.store.version_evidence(version.model, version.id, path, MAX_TRAININGS).await;
        for file in found.map_err(internal)? {
            let (blobs, read) = (self.inner.blobs.clone(), read.clone());
            let fits = u64::try_from(file.size).is_ok_and(|size| size <= MAX_EVIDENCE);
            let work = move || read_checked(&blobs, &file).ok().and_then(|bytes| read(&bytes));
            if fits && let Some(evidence) = tokio::task::spawn_blocking(work).await.map_err(internal)? {
                return Ok(Some(evidence));
            }
        }
        Ok(None)
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

#[cfg(test)]
mod tests {
    use super::mlmodel_problem;

    #[test]
    fn a_model_of_mlflow_loads_without_code_of_its_own() {
        let sklearn = "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n  sklearn:\n    code: null\n    skops_trusted_types: null\n";
        assert_eq!(mlmodel_problem(sklearn), None);
        assert_eq!(mlmodel_problem("flavors: {}"), None);
        for (text, key) in [
            (sklearn.replace("types: null", "types: [os.system]"), "skops_trusted_types"),
            (sklearn.replace("types: null", "types:\n    - os.system"), "skops_trusted_types"),
            (sklearn.replace("mlflow.sklearn", "own_module"), "loader_module"),
            ("\"skops\\u005ftrusted_types\": [a]".to_owned(), "skops_trusted_types"),
            ("a: [{model_code_path: model}]".to_owned(), "model_code_path"),
            ("a: [".to_owned(), "YAML"),
        ] {
            let (_, en) = mlmodel_problem(&text).unwrap();
            assert!(en.contains(key), "{text}: {en}");
        }
    }
}
