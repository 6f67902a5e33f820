//! The sentence encoder that serves: the one that the installation was given, or the champion of the place `encoder`, swapped in while everything
//! answers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use alluvium_domain::registry::{Approval, VersionId};
use alluvium_domain::{Issue, Problem, ProblemKind};
use alluvium_engine::EngineError;
use alluvium_engine::encoder::{Encoder, GoldenVectors};
use alluvium_engine::recommend::shop::Files;
use alluvium_store::Store;

use crate::blobs::Blobs;
use crate::digest::digest;
use crate::error::internal;
use crate::registry::{GOLDEN, HELD_OUT_QUERIES, version_files_read};
use crate::{ServiceError, Services, ServicesConfig};

/// The place that encodes sentences.
pub const ENCODER: &str = "encoder";

/// What is known of encoders in this process.
pub(crate) struct Encoders {
    /// What serves without a champion. None: no encoder is wanted, not even a champion.
    configured: Option<PathBuf>,
    dictionary: Option<PathBuf>,
    /// Where trained encoders are put, and versions that serve.
    pub(crate) folder: PathBuf,
    serving: RwLock<ServingEncoder>,
    /// One follows the champion at a time.
    following: tokio::sync::Mutex<()>,
}

/// Which encoder answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServingEncoder {
    /// Its folder; none without an encoder.
    pub(crate) dir: Option<PathBuf>,
    /// The version that it is; none where it is the configured one.
    pub(crate) version: Option<VersionId>,
    /// Why it is not the champion.
    pub(crate) refused: Option<String>,
}

impl Encoders {
    /// Chooses what to start with: the champion where it passes its self-check, else the configured one.
    pub(crate) async fn open(
        config: &ServicesConfig,
        store: &Store,
        blobs: &Blobs,
    ) -> Result<(Encoders, Option<Encoder>), ServiceError> {
        let encoders = Encoders {
            configured: config.encoder_dir.clone(),
            dictionary: config.dictionary.clone(),
            folder: config.data_dir.join("models").join("encoder"),
            serving: RwLock::default(),
            following: tokio::sync::Mutex::default(),
        };
        let Some(configured) = encoders.configured.clone() else { return Ok((encoders, None)) };
        let champion = store.champion_of(ENCODER).await?;
        let (serving, encoder) = encoders.chosen(store, blobs, configured, champion).await?;
        encoders.set(serving);
        Ok((encoders, Some(encoder)))
    }

    /// The champion where there is one that passes its self-check, else the configured one, with the reason.
    async fn chosen(
        &self,
        store: &Store,
        blobs: &Blobs,
        configured: PathBuf,
        champion: Option<VersionId>,
    ) -> Result<(ServingEncoder, Encoder), ServiceError> {
        let mut serving = ServingEncoder { dir: Some(configured.clone()), ..ServingEncoder::default() };
        if let Some(champion) = champion {
            match self.unpacked(store, blobs, champion).await {
                Ok((dir, encoder)) => {
                    return Ok((ServingEncoder { dir: Some(dir), version: Some(champion), refused: None }, encoder));
                }
                Err(reason) => {
                    tracing::error!("the champion of the encoder is not used: {reason}");
                    serving.refused = Some(reason);
                }
            }
        }
        Ok((serving, load(configured).await?))
    }

    /// Which encoder answers now.
    pub(crate) fn serving(&self) -> ServingEncoder {
        self.serving.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, serving: ServingEncoder) {
        *self.serving.write().unwrap_or_else(PoisonError::into_inner) = serving;
    }

    /// Writes a version's files into a folder and loads them, with their self-check; the text says what is wrong.
    async fn unpacked(&self, store: &Store, blobs: &Blobs, id: VersionId) -> Result<(PathBuf, Encoder), String> {
        let version = store.version_by_id(id).await.map_err(|error| error.to_string())?;
        let version = version.ok_or_else(|| "there is no such version".to_owned())?;
        let files = version_files_read(store, blobs, id, is_of_encoder).await?;
        let folder = self.folder.clone();
        let name = format!("{}-{}", version.name.replace('/', "-"), version.number);
        let work = move || {
            let dir = unpack(&folder, &name, &files).map_err(|error| error.to_string())?;
            let encoder = Encoder::load(&dir).map_err(|error| error.to_string())?;
            let golden = files.get(GOLDEN).ok_or_else(|| format!("no file {GOLDEN}"))?;
            let golden: GoldenVectors = serde_json::from_slice(golden).map_err(|error| error.to_string())?;
            let found = golden.check(&encoder).map_err(|error| error.to_string())?;
            if found.passed() {
                return Ok((dir, encoder));
            }
            Err(format!(
                "golden vectors differ by {:.1e}, the parts of tokens miss a cosine by {:.1e}",
                found.largest_difference, found.largest_gap
            ))
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
    }
}

/// Whether an encoder may be loaded from a file, or be checked by it.
pub(crate) fn is_of_encoder(path: &str) -> bool {
    [".json", ".safetensors", ".txt"].iter().any(|end| path.ends_with(end)) && path != HELD_OUT_QUERIES
}

async fn load(dir: PathBuf) -> Result<Encoder, ServiceError> {
    let loaded = tokio::task::spawn_blocking(move || Encoder::load(dir));
    Ok(loaded.await.map_err(internal)?.map_err(EngineError::from)?)
}

/// A folder with the files of a version, known by what they hold: it is there whole or not at all.
fn unpack(folder: &Path, name: &str, files: &Files) -> std::io::Result<PathBuf> {
    let parts = files.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes.as_slice()]);
    let above = folder.join(digest(parts));
    let dir = above.join(name);
    if dir.is_dir() {
        return Ok(dir);
    }
    std::fs::create_dir_all(&above)?;
    let fresh = tempfile::tempdir_in(&above)?;
    for (path, bytes) in files {
        let path = fresh.path().join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, bytes)?;
    }
    match std::fs::rename(fresh.keep(), &dir) {
        // Somebody else was as quick.
        Err(_) if dir.is_dir() => Ok(dir),
        other => other.map(|()| dir),
    }
}

impl Services {
    /// An encoder's version with its folder, where it passes its self-check; the text says why not.
    pub(crate) async fn encoder_load(&self, id: VersionId) -> Result<(PathBuf, Encoder), String> {
        self.inner.encoders.unpacked(&self.inner.store, &self.inner.blobs, id).await
    }

    /// The encoder that serves; none where there is none.
    pub(crate) async fn encoder_serving(&self) -> Result<Option<Encoder>, ServiceError> {
        match self.inner.encoders.serving().dir {
            Some(dir) => load(dir).await.map(Some),
            None => Ok(None),
        }
    }

    /// Follows the champion of the encoder in the background: what serves answers until all vectors of the new one are there.
    pub(crate) fn encoder_follow_behind(&self) {
        let services = self.clone();
        tokio::spawn(async move {
            if let Err(error) = services.encoder_follow().await {
                tracing::error!(%error, "the encoder is not swapped");
            }
        });
    }

    /// Swaps in the champion of the encoder, with every vector of entries and of products that are in memory. One that fails its self-check is not
    /// swapped in: what serves goes on as long as it is approved.
    async fn encoder_follow(&self) -> Result<(), ServiceError> {
        let (encoders, store) = (&self.inner.encoders, &self.inner.store);
        let Some(configured) = encoders.configured.clone() else { return Ok(()) };
        let _one = encoders.following.lock().await;
        let now = encoders.serving();
        let champion = store.champion_of(ENCODER).await?;
        if champion == now.version {
            encoders.set(ServingEncoder { refused: None, ..now });
            return Ok(());
        }
        let (next, encoder) = encoders.chosen(store, &self.inner.blobs, configured, champion).await?;
        if next.refused.is_some() {
            let approved = match now.version {
                Some(version) => store.version_by_id(version).await?.map(|version| version.approval),
                None => Some(Approval::Approved),
            };
            if approved == Some(Approval::Approved) {
                encoders.set(ServingEncoder { refused: next.refused, ..now });
                return Ok(());
            }
        }
        let search = self.inner.search().with_encoder(Some(encoder), encoders.dictionary.clone()).await?;
        let search = Arc::new(search);
        search.load_vectors(store, None).await?;
        self.encode_foreign(&search).await?;
        let shelves = self.shelves_for(&search).await?;
        self.inner.shelves.replace(shelves, || {
            *self.inner.search.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&search);
        });
        tracing::info!("the encoder {} serves", next.dir.as_deref().unwrap_or(Path::new("")).display());
        encoders.set(next);
        // What was written meanwhile.
        self.encode_foreign(&search).await
    }

    /// The version of the model that serves as the encoder with a number, which an order calls its base.
    pub(crate) async fn encoder_version(&self, number: i32) -> Result<VersionId, Problem> {
        let unknown = || Problem::field("base", Issue::Unknown { value: number.to_string() });
        let store = &self.inner.store;
        let model = store.model_by_place(ENCODER).await.map_err(internal)?.ok_or_else(unknown)?;
        let found = store.version_by_number(model.id, number).await.map_err(internal)?;
        Ok(found.ok_or_else(unknown)?.id)
    }

    /// The folder of the encoder that a training begins with: a version's, or with 0 that of what serves.
    pub(crate) async fn encoder_base(&self, number: i32) -> Result<PathBuf, Problem> {
        if number == 0 {
            let dir = self.inner.encoders.serving().dir;
            return dir.ok_or_else(|| Problem::new(ProblemKind::Unavailable));
        }
        let loaded = self.encoder_load(self.encoder_version(number).await?).await;
        let (dir, _) = loaded.map_err(|reason| {
            tracing::warn!("version {number} of the encoder cannot be loaded: {reason}");
            Problem::field("base", Issue::Unknown { value: number.to_string() })
        })?;
        Ok(dir)
    }
}
