//! Versions: list, make, describe, remove.

use std::collections::BTreeMap;

use alluvium_domain::problem::Check;
use alluvium_domain::registry::{
    Act, FileHash, ModelFile, ModelId, ModelVersion, RegisteredModel, Stage, VersionId, file_path_checked, limits,
    tag_checked, tags_checked,
};
use alluvium_domain::tracking::RunId;
use alluvium_domain::{Action, Actor, Issue, Problem, ProblemKind, UserId};
use alluvium_store::{
    VersionDraft, VersionQuery, audit_add_in_txn, decision_add_in_txn, version_delete_in_txn, version_insert_in_txn,
    version_lock_in_txn, version_update_in_txn,
};
use serde_json::json;

use super::approval::unapproved;
use super::trained::TRAINING_TAGS;
use super::version_subject;
use crate::Services;
use crate::error::internal;

/// A version to be made.
#[derive(Debug, Clone, Default)]
pub struct NewVersion {
    /// Where the program says that its files are from.
    pub source: String,
    /// The run that made it.
    pub run_id: Option<RunId>,
    /// Number of the version that it was trained on from.
    pub parent: Option<i32>,
    /// In Markdown.
    pub description: String,
    /// Keys and values.
    pub tags: BTreeMap<String, String>,
}

/// How the files of a version came.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    /// Somebody sent them.
    Sent,
    /// A training of this server made them.
    Trained,
}

/// What is to be changed of a version; what is none stays. Its files never change.
#[derive(Debug, Clone, Default)]
pub struct VersionChange {
    /// A new description.
    pub description: Option<String>,
    /// Another stage of old MLflow clients.
    pub stage: Option<Stage>,
    /// A tag to set, or to take away where it has no value.
    pub tag: Option<(String, Option<String>)>,
}

impl Services {
    /// The versions of a model that the actor sees, newest first.
    pub async fn version_list(&self, actor: &Actor, name: &str) -> Result<Vec<ModelVersion>, Problem> {
        let model = self.model_get(actor, name).await?.id;
        self.version_list_of(actor, &[model]).await
    }

    /// The versions of some models that the actor sees, newest first.
    pub async fn version_list_of(&self, actor: &Actor, models: &[ModelId]) -> Result<Vec<ModelVersion>, Problem> {
        actor.may(Action::Read)?;
        let query = VersionQuery { models: Some(models), ..VersionQuery::default() };
        let mut versions = self.inner.store.version_list(query).await.map_err(internal)?;
        versions.retain(|version| actor.sees_version(version.approval));
        Ok(versions)
    }

    /// One version by number.
    pub async fn version_get(&self, actor: &Actor, name: &str, number: i32) -> Result<ModelVersion, Problem> {
        let model = self.model_get(actor, name).await?;
        let version = self.inner.store.version_by_number(model.id, number).await.map_err(internal)?;
        let unknown = || Problem::unknown("model_version", format_args!("{name}/{number}"));
        version.filter(|version| actor.sees_version(version.approval)).ok_or_else(unknown)
    }

    /// A version that `field` asks for, to be tried beside another one, and what `load` makes of it. Where there is no such version, or it cannot be
    /// loaded, the field says so.
    pub(crate) async fn version_beside<M>(
        &self,
        actor: &Actor,
        name: &str,
        number: i32,
        field: &'static str,
        load: impl AsyncFnOnce(VersionId) -> Result<M, String>,
    ) -> Result<(ModelVersion, M), Problem> {
        let value = number.to_string();
        let version = match self.version_get(actor, name, number).await {
            Err(problem) if problem.kind == ProblemKind::NotFound => {
                return Err(Problem::field(field, Issue::Unknown { value }));
            }
            found => found?,
        };
        let unfit = |reason: String| Problem::field(field, Issue::Unfit { value, expected: reason.into() });
        let loaded = load(version.id).await.map_err(unfit)?;
        Ok((version, loaded))
    }

    /// The files of a version by path.
    pub async fn version_files(&self, actor: &Actor, version: &ModelVersion) -> Result<Vec<ModelFile>, Problem> {
        if !actor.sees_version(version.approval) {
            return Err(Problem::not_found());
        }
        self.inner.store.version_files(version.id).await.map_err(internal)
    }

    /// Makes a version whose files are those that `source` names now, where it names files of this server: a run's or a logged model's.
    pub async fn version_create(&self, actor: &Actor, name: &str, new: NewVersion) -> Result<ModelVersion, Problem> {
        actor.may(Action::Write)?;
        let model = self.model_get(actor, name).await?;
        let files = match self.artifact_folder(&new.source).await? {
            Some(folder) => self.artifact_files(actor, &folder).await?,
            None => Vec::new(),
        };
        let files: Vec<ModelFile> = files
            .into_iter()
            .map(|(path, file)| ModelFile { path, sha256: FileHash(file.sha256), size: file.size })
            .collect();
        if let Some(run) = new.run_id
            && !self.run_may_be_named(actor, run).await?
        {
            return Err(Problem::refused(
                "run_id",
                "版本只能注明自己的运行；他人的运行与任务的运行不能注明，请不填",
                "a version names a run of its author's own, not somebody else's and not a job's: leave it out",
            ));
        }
        self.version_insert_for(actor.user_id(), &model, &new, &files, Origin::Sent).await
    }

    /// Whether a version that the actor makes may say that a run made it: the actor's own run, which is no job's. A job's version is what the job makes.
    pub async fn run_may_be_named(&self, actor: &Actor, run: RunId) -> Result<bool, Problem> {
        let made = self.inner.store.run_maker(run).await.map_err(internal)?;
        let made = made.ok_or_else(|| Problem::field("run_id", Issue::Unknown { value: run.to_string() }))?;
        Ok(!made.by_job && made.person.is_some() && made.person == actor.user_id())
    }

    /// Makes a version by somebody, or by the program itself, with files that are kept already.
    pub(super) async fn version_insert_for(
        &self,
        author: Option<UserId>,
        model: &RegisteredModel,
        new: &NewVersion,
        files: &[ModelFile],
        origin: Origin,
    ) -> Result<ModelVersion, Problem> {
        let mut check = Check::default();
        let source = check.text("source", &new.source, 0, limits::SOURCE);
        let description = check.text("description", &new.description, 0, limits::DESCRIPTION);
        tags_checked(&mut check, &new.tags);
        if files.len() > limits::FILES {
            check.fail("files", Issue::TooMany { limit: limits::FILES, actual: files.len() });
        }
        check.finish()?;
        for file in files {
            file_path_checked("files", &file.path)?;
            self.model_file_check(file).await?;
        }
        let store = &self.inner.store;
        if let Some(run) = new.run_id
            && store.run_row(run).await.map_err(internal)?.is_none()
        {
            return Err(Problem::field("run_id", Issue::Unknown { value: run.to_string() }));
        }
        let parent = match new.parent {
            Some(number) => {
                let parent = store.version_by_number(model.id, number).await.map_err(internal)?;
                let unknown = || Problem::field("parent", Issue::Unknown { value: number.to_string() });
                Some(parent.ok_or_else(unknown)?.id)
            }
            None => None,
        };
        let trained = matches!(origin, Origin::Trained);
        let draft =
            VersionDraft { run_id: new.run_id, source, parent, description, tags: new.tags.clone(), author, trained };
        let mut txn = store.begin().await.map_err(internal)?;
        let (id, number) = version_insert_in_txn(&mut txn, model.id, &draft, files).await.map_err(internal)?;
        let subject = format!("model/{}/{number}", model.name);
        let hashes: BTreeMap<&str, String> =
            files.iter().map(|file| (file.path.as_str(), file.sha256.to_string())).collect();
        audit_add_in_txn(&mut txn, author, "model.version", &subject, json!({ "files": hashes }))
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        store.version_by_id(id).await.map_err(internal)?.ok_or_else(Problem::not_found)
    }

    /// Changes what is no part of the weights.
    pub async fn version_change(
        &self,
        actor: &Actor,
        name: &str,
        number: i32,
        change: VersionChange,
    ) -> Result<ModelVersion, Problem> {
        actor.may(Action::Write)?;
        let version = self.version_get(actor, name, number).await?;
        let mut check = Check::default();
        let description =
            change.description.as_deref().map(|text| check.text("description", text, 0, limits::DESCRIPTION));
        if let Some((key, value)) = &change.tag {
            tag_checked(&mut check, key, value.as_deref().unwrap_or_default());
        }
        check.finish()?;
        if version.trained
            && let Some((key, _)) = &change.tag
            && TRAINING_TAGS.contains(&key.as_str())
        {
            return Err(Problem::refused(
                "key",
                format!("标签“{key}”由训练写入，不能修改"),
                format!("the training wrote the tag {key}, which does not change"),
            ));
        }
        let tag = change.tag.as_ref().map(|(key, value)| (key.as_str(), value.as_deref()));
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if let Some(stage) = change.stage.filter(|stage| *stage != version.stage) {
            let (approval, _) =
                version_lock_in_txn(&mut txn, version.id).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
            if stage.needs_approval() && approval.after(Act::Stage).is_none() {
                return Err(unapproved("stage", stage.code(), &version, approval));
            }
            decision_add_in_txn(&mut txn, version.id, Act::Stage, actor.user_id(), stage.code(), None)
                .await
                .map_err(internal)?;
        }
        version_update_in_txn(&mut txn, version.id, description.as_deref(), change.stage, tag)
            .await
            .map_err(internal)?;
        let detail = json!({ "description": description.map(|_| "changed"), "stage": change.stage, "tag": change.tag });
        audit_add_in_txn(&mut txn, actor.user_id(), "model.version-change", &version_subject(&version), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.version_get(actor, name, number).await
    }

    /// Removes a version about which nothing was decided: its author or a reviewer may.
    pub async fn version_delete(&self, actor: &Actor, name: &str, number: i32) -> Result<(), Problem> {
        let version = self.version_get(actor, name, number).await?;
        let own = version.author_id.is_some() && version.author_id == actor.user_id();
        actor.may(if own { Action::Write } else { Action::Publish })?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if !version_delete_in_txn(&mut txn, version.id).await.map_err(internal)? {
            return Err(Problem::conflict(
                "version",
                "该版本已有审批记录，或有版本由它继续训练而来：请撤回而不是删除",
                "something was decided about it, or another version was trained on from it: withdraw it instead",
            ));
        }
        audit_add_in_txn(&mut txn, actor.user_id(), "model.version-delete", &version_subject(&version), json!({}))
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }
}
