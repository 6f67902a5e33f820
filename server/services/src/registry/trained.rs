//! What becomes of a training: the next version of the model that serves the place, with its approval asked for.

use alluvium_domain::registry::{Act, Approval, CHAMPION, FileHash, ModelFile, ModelVersion, RegisteredModel};
use alluvium_domain::shop::Catalogue;
use alluvium_domain::tracking::RunId;
use alluvium_domain::{Problem, UserId};
use alluvium_engine::recommend::shop::Files;
use alluvium_store::VersionQuery;

use super::{By, NewModel, NewVersion, place};
use crate::Services;
use crate::error::internal;

/// Why the program approved a version itself, which it does once for a simulated catalogue.
const FIRST: &str = "模拟目录在新安装上的第一个版本：自动检查通过后由程序批准 · the very first version of a simulated catalogue on a new installation: approved by the program after its automatic checks passed";
/// The card of the starting content that describes the model of the demo shop.
const DEMO_CARD: &str = "multi-task-ranker";
/// The tag of a version that says how many events it learned from.
pub(crate) const EVENTS_TAG: &str = "events";
/// Names that are tried for a model whose name is taken.
const NAMES: u32 = 20;

impl Services {
    /// Keeps the files of a training, makes a version of them and asks for its approval. The very first version of a simulated catalogue is
    /// approved and activated by the program where its automatic checks pass; there is no other exception.
    pub(crate) async fn version_of_training(
        &self,
        catalogue: &Catalogue,
        author: Option<UserId>,
        new: NewVersion,
        files: Files,
    ) -> Result<ModelVersion, Problem> {
        let model = self.model_of_place(catalogue).await?;
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
        if version.number != 1 || !catalogue.input.simulated || version.approval != Approval::Requested {
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

    /// The version that a run has made already: an attempt that broke off after it goes on here.
    async fn version_of_run(&self, model: &RegisteredModel, run: RunId) -> Result<Option<ModelVersion>, Problem> {
        let query = VersionQuery { models: Some(&[model.id]), ..VersionQuery::default() };
        let versions = self.inner.store.version_list(query).await.map_err(internal)?;
        Ok(versions.into_iter().find(|version| version.run_id == Some(run)))
    }

    /// A version whose parent is the champion.
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
        let parent = model.aliases.get(CHAMPION).copied();
        self.version_insert_for(author, model, &NewVersion { parent, ..new }, &kept).await
    }

    async fn version_again(&self, version: &ModelVersion) -> Result<ModelVersion, Problem> {
        self.inner.store.version_by_id(version.id).await.map_err(internal)?.ok_or_else(Problem::not_found)
    }

    /// The model that serves a catalogue's recommendations; registered where it is new.
    async fn model_of_place(&self, catalogue: &Catalogue) -> Result<RegisteredModel, Problem> {
        let slug = catalogue.input.slug.as_str();
        let place = place(catalogue);
        if let Some(model) = self.inner.store.model_by_place(&place).await.map_err(internal)? {
            return Ok(model);
        }
        let title = &catalogue.input.title;
        let description = format!("{} · {}", title.zh, title.en);
        let mut taken = Problem::internal();
        for number in 1..=NAMES {
            let name = if number == 1 { format!("recommend-{slug}") } else { format!("recommend-{slug}-{number}") };
            let new = NewModel { name, description: description.clone(), ..NewModel::default() };
            let card = if catalogue.input.simulated { DEMO_CARD } else { &new.name };
            match self.model_insert(By::Program, &new, Some(&place), card).await {
                Ok(model) => return Ok(model),
                Err(problem) => taken = problem,
            }
        }
        Err(taken)
    }
}
