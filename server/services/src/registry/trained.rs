//! What becomes of a training: the next version of the model that serves the place, with its approval asked for.

use alluvium_domain::registry::{Act, Approval, CHAMPION, FileHash, ModelFile, ModelVersion, RegisteredModel};
use alluvium_domain::shop::Catalogue;
use alluvium_domain::tracking::RunId;
use alluvium_domain::{Problem, UserId};
use alluvium_engine::recommend::shop::Files;
use alluvium_store::VersionQuery;

use super::versions::Origin;
use super::{By, NewModel, NewVersion, place};
use crate::Services;
use crate::encoders::ENCODER;
use crate::error::internal;

/// Why the program approved a version itself, which it does once for a simulated catalogue.
const FIRST: &str = "模拟目录在新安装上的第一个版本：自动检查通过后由程序批准 · the very first version of a simulated catalogue on a new installation: approved by the program after its automatic checks passed";
/// The card of the starting content that describes the model of the demo shop.
const DEMO_CARD: &str = "multi-task-ranker";
/// The tag of a version that says how many events it learned from.
pub(crate) const EVENTS_TAG: &str = "events";
/// The tag of a version of the encoder that says how many pairs or texts it learned from.
pub(crate) const EXAMPLES_TAG: &str = "examples";
/// What a training says of its version by tags: these do not change afterwards.
pub(super) const TRAINING_TAGS: [&str; 7] =
    ["model", "base", "dataset", "source_type", EVENTS_TAG, "events.sha256", EXAMPLES_TAG];
/// Names that are tried for a model whose name is taken.
const NAMES: u32 = 20;

/// What a trained model is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose<'a> {
    /// Recommending in a catalogue.
    Recommend(&'a Catalogue),
    /// Encoding sentences.
    Encode,
}

impl Purpose<'_> {
    pub(crate) fn place(self) -> String {
        match self {
            Purpose::Recommend(catalogue) => place(catalogue),
            Purpose::Encode => ENCODER.to_owned(),
        }
    }

    /// Name and description of its model where it has none yet.
    fn model(self) -> NewModel {
        let (name, description) = match self {
            Purpose::Recommend(catalogue) => {
                let title = &catalogue.input.title;
                (format!("recommend-{}", catalogue.input.slug), format!("{} · {}", title.zh, title.en))
            }
            Purpose::Encode => ("sentence-encoder".to_owned(), "句子编码器 · Sentence encoder".to_owned()),
        };
        NewModel { name, description, ..NewModel::default() }
    }

    fn is_simulated(self) -> bool {
        matches!(self, Purpose::Recommend(catalogue) if catalogue.input.simulated)
    }
}

impl Services {
    /// Keeps the files of a training, makes a version of them and asks for its approval. The very first version of a simulated catalogue is
    /// approved and activated by the program where its automatic checks pass; there is no other exception.
    pub(crate) async fn version_of_training(
        &self,
        purpose: Purpose<'_>,
        author: Option<UserId>,
        new: NewVersion,
        files: Files,
    ) -> Result<ModelVersion, Problem> {
        let model = self.model_of_purpose(purpose).await?;
        let made = match new.run_id {
            Some(run) => self.version_of_run(&model, run).await?,
            None => None,
        };
        let version = match made {
            Some(version) => version,
            None => self.version_keep(author, &model, new, files).await?,
        };
        if version.approval == Approval::Draft {
            self.version_decide(By::Program, &version, Act::Request, "").await?;
        }
        let version = self.version_again(&version).await?;
        if version.number != 1 || !purpose.is_simulated() || version.approval != Approval::Requested {
            return Ok(version);
        }
        match self.version_decide(By::Program, &version, Act::Approve, FIRST).await {
            Ok(()) => {
                let approved = self.version_again(&version).await?;
                self.version_activate(By::Program, &model, &approved, FIRST).await?;
            }
            Err(problem) => tracing::warn!(%problem, "the first version of {} waits for a reviewer", model.name),
        }
        self.version_again(&version).await
    }

    /// The version that the training of a run has made already: an attempt that broke off after it goes on here. What somebody sent is none, whatever
    /// run it names.
    async fn version_of_run(&self, model: &RegisteredModel, run: RunId) -> Result<Option<ModelVersion>, Problem> {
        let query = VersionQuery { models: Some(&[model.id]), ..VersionQuery::default() };
        let versions = self.inner.store.version_list(query).await.map_err(internal)?;
        Ok(versions.into_iter().find(|version| version.trained && version.run_id == Some(run)))
    }

    /// A version whose parent is the champion, unless it says another one.
    async fn version_keep(
        &self,
        author: Option<UserId>,
        model: &RegisteredModel,
        new: NewVersion,
        files: Files,
    ) -> Result<ModelVersion, Problem> {
        let mut kept = Vec::with_capacity(files.len());
        for (path, bytes) in files {
            let (sha256, size) = self.inner.blobs.put(bytes.as_slice()).await?;
            kept.push(ModelFile { path, sha256: FileHash(sha256), size: i64::try_from(size).unwrap_or(i64::MAX) });
        }
        let parent = new.parent.or_else(|| model.aliases.get(CHAMPION).copied());
        self.version_insert_for(author, model, &NewVersion { parent, ..new }, &kept, Origin::Trained).await
    }

    async fn version_again(&self, version: &ModelVersion) -> Result<ModelVersion, Problem> {
        self.inner.store.version_by_id(version.id).await.map_err(internal)?.ok_or_else(Problem::not_found)
    }

    /// The model that serves a place; registered where it is new.
    async fn model_of_purpose(&self, purpose: Purpose<'_>) -> Result<RegisteredModel, Problem> {
        let place = purpose.place();
        if let Some(model) = self.inner.store.model_by_place(&place).await.map_err(internal)? {
            return Ok(model);
        }
        let wanted = purpose.model();
        let mut taken = Problem::internal();
        for number in 1..=NAMES {
            let name = if number == 1 { wanted.name.clone() } else { format!("{}-{number}", wanted.name) };
            let new = NewModel { name, ..wanted.clone() };
            let card = if purpose.is_simulated() { DEMO_CARD } else { &new.name };
            match self.model_insert(By::Program, &new, Some(&place), card).await {
                Ok(model) => return Ok(model),
                Err(problem) => taken = problem,
            }
        }
        Err(taken)
    }
}
