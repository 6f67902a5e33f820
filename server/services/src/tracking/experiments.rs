//! Experiments.

use alluvium_domain::tracking::filter::{parse_filter, parse_order};
use alluvium_domain::tracking::{
    Experiment, ExperimentId, Lifecycle, NewExperiment, check_experiment_tag, check_tag_key, limits,
};
use alluvium_domain::{Action, Actor, EntryId, Issue, Problem};
use alluvium_store::{
    Connection, ExperimentQuery, StoreError, audit_add_in_txn, experiment_deleted_set_in_txn, experiment_insert_in_txn,
    experiment_lock_in_txn, experiment_name_set_in_txn, experiment_tag_remove_in_txn, experiment_tag_set_in_txn,
};
use serde_json::json;

use super::{Paged, Window};
use crate::Services;
use crate::error::internal;

/// Which experiments.
#[derive(Debug, Clone, Default)]
pub struct ExperimentSearch {
    /// Deleted or not.
    pub lifecycle: Lifecycle,
    /// `name LIKE 'a%' AND tags.team = 'search'`; empty for all.
    pub filter: String,
    /// `name DESC`...; newest first where it is empty.
    pub order_by: Vec<String>,
    /// Most experiments.
    pub limit: usize,
    /// From an earlier page.
    pub page: Option<String>,
}

impl Services {
    /// Makes an experiment. A name that is taken, also by a deleted one, is a conflict on `name`.
    pub async fn experiment_create(&self, actor: &Actor, new: &NewExperiment) -> Result<ExperimentId, Problem> {
        actor.may(Action::Write)?;
        new.check()?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let id = experiment_insert_in_txn(&mut txn, &new.name, &new.tags, actor.user_id())
            .await
            .map_err(|error| taken_or_internal(error, &new.name))?;
        txn.commit().await.map_err(internal)?;
        Ok(id)
    }

    /// An experiment, deleted or not.
    pub async fn experiment_get(&self, actor: &Actor, id: ExperimentId) -> Result<Experiment, Problem> {
        actor.may(Action::Read)?;
        let found = self.inner.store.experiment_by_id(id).await.map_err(internal)?;
        found.ok_or_else(|| Problem::unknown("experiment_id", id))
    }

    /// An experiment by name, deleted or not.
    pub async fn experiment_get_by_name(&self, actor: &Actor, name: &str) -> Result<Experiment, Problem> {
        actor.may(Action::Read)?;
        let findable = name.chars().count() <= limits::NAME && !name.contains('\0');
        let found = if findable { self.inner.store.experiment_by_name(name).await.map_err(internal)? } else { None };
        found.ok_or_else(|| Problem::unknown("experiment_name", name))
    }

    /// A page of experiments.
    pub async fn experiment_search(
        &self,
        actor: &Actor,
        search: &ExperimentSearch,
    ) -> Result<Paged<Experiment>, Problem> {
        actor.may(Action::Read)?;
        let window = Window::new(search.limit, limits::PAGE, search.page.as_deref())?;
        let query = ExperimentQuery {
            lifecycle: search.lifecycle,
            filter: &parse_filter(&search.filter)?,
            order: &parse_order(&search.order_by)?,
            limit: window.fetch(),
            offset: window.offset(),
        };
        Ok(window.page(self.inner.store.experiment_search(&query).await.map_err(internal)?))
    }

    /// The experiment whose question, hypothesis and decision an entry holds; none where no runs are bound to it.
    pub async fn experiment_of_entry(&self, actor: &Actor, entry: EntryId) -> Result<Option<Experiment>, Problem> {
        actor.may(Action::Read)?;
        self.inner.store.experiment_by_entry(entry).await.map_err(internal)
    }

    /// Binds an experiment to the entry with its question; none unbinds it. An entry has one experiment.
    pub async fn experiment_bind(
        &self,
        actor: &Actor,
        id: ExperimentId,
        entry: Option<EntryId>,
    ) -> Result<(), Problem> {
        let found = self.experiment_get(actor, id).await?;
        actor.may(Action::Write)?;
        self.inner.store.experiment_entry_set(found.id, entry).await.map_err(|error| match error {
            StoreError::Taken { .. } => Problem::taken("entry", found.name),
            other => internal(other),
        })
    }

    /// Gives an experiment another name.
    pub async fn experiment_rename(&self, actor: &Actor, id: ExperimentId, name: &str) -> Result<(), Problem> {
        actor.may(Action::Write)?;
        NewExperiment { name: name.to_owned(), tags: Default::default() }.check()?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        held(&mut txn, id, true).await?;
        experiment_name_set_in_txn(&mut txn, id, name).await.map_err(|error| taken_or_internal(error, name))?;
        txn.commit().await.map_err(internal)
    }

    /// Deletes an experiment with its runs, or restores them all.
    pub async fn experiment_delete(&self, actor: &Actor, id: ExperimentId, deleted: bool) -> Result<(), Problem> {
        actor.may(Action::Write)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let before = held(&mut txn, id, false).await?;
        if before.deleted == deleted {
            return Err(Problem::unknown("experiment_id", id));
        }
        experiment_deleted_set_in_txn(&mut txn, id, deleted).await.map_err(internal)?;
        let action = if deleted { "tracking.experiment-delete" } else { "tracking.experiment-restore" };
        audit_add_in_txn(&mut txn, actor.user_id(), action, &format!("tracking/{id}"), json!({ "name": before.name }))
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }

    /// Sets a tag of an experiment.
    pub async fn experiment_tag_set(
        &self,
        actor: &Actor,
        id: ExperimentId,
        key: &str,
        value: &str,
    ) -> Result<(), Problem> {
        actor.may(Action::Write)?;
        check_experiment_tag(key, value)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        held(&mut txn, id, true).await?;
        experiment_tag_set_in_txn(&mut txn, id, key, value).await.map_err(internal)?;
        txn.commit().await.map_err(internal)
    }

    /// Removes a tag of an experiment.
    pub async fn experiment_tag_remove(&self, actor: &Actor, id: ExperimentId, key: &str) -> Result<(), Problem> {
        actor.may(Action::Write)?;
        check_tag_key(key)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        held(&mut txn, id, true).await?;
        if !experiment_tag_remove_in_txn(&mut txn, id, key).await.map_err(internal)? {
            return Err(Problem::unknown("tag", key));
        }
        txn.commit().await.map_err(internal)
    }
}

/// Reads an experiment and holds it until the transaction ends; a deleted one is a problem where it must be active.
pub(super) async fn held(conn: &mut Connection, id: ExperimentId, active: bool) -> Result<Experiment, Problem> {
    let found = experiment_lock_in_txn(conn, id).await.map_err(internal)?;
    let experiment = found.ok_or_else(|| Problem::unknown("experiment_id", id))?;
    if active && experiment.deleted {
        return Err(Problem::field("experiment_id", Issue::Deleted { value: id.to_string() }));
    }
    Ok(experiment)
}

fn taken_or_internal(error: StoreError, name: &str) -> Problem {
    match error {
        StoreError::Taken { .. } => Problem::taken("experiment_name", name),
        other => internal(other),
    }
}
