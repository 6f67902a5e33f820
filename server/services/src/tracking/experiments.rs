//! Experiments.

use alluvium_domain::tracking::filter::{parse_filter, parse_order};
use alluvium_domain::tracking::{
    Experiment, ExperimentId, Lifecycle, NewExperiment, check_experiment_tag, check_tag_key, limits,
};
use alluvium_domain::{Action, Actor, EntryId, EntryKind, EntrySummary, Issue, Problem, ProblemKind};
use alluvium_store::{
    Connection, ExperimentQuery, StoreError, audit_add_in_txn, experiment_deleted_set_in_txn, experiment_insert_in_txn,
    experiment_lock_in_txn, experiment_name_set_in_txn, experiment_tag_remove_in_txn, experiment_tag_set_in_txn,
};
use serde_json::json;
use time::OffsetDateTime;

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

/// How many runs an experiment has that are not deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentCount {
    /// The experiment.
    pub experiment: Experiment,
    /// Its runs.
    pub runs: i64,
    /// When the newest began.
    pub newest: Option<OffsetDateTime>,
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

    /// A page of experiments with the number of their runs.
    pub async fn experiment_counts(
        &self,
        actor: &Actor,
        search: &ExperimentSearch,
    ) -> Result<Paged<ExperimentCount>, Problem> {
        let page = self.experiment_search(actor, search).await?;
        let ids: Vec<ExperimentId> = page.items.iter().map(|experiment| experiment.id).collect();
        let counts = self.inner.store.experiment_run_counts(&ids).await.map_err(internal)?;
        let items = page.items.into_iter().map(|experiment| {
            let (runs, newest) = counts.get(&experiment.id).copied().unwrap_or((0, None));
            ExperimentCount { experiment, runs, newest }
        });
        Ok(Paged { items: items.collect(), next: page.next })
    }

    /// The experiment whose question, hypothesis and decision an entry holds; none where no runs are bound to it.
    pub async fn experiment_of_entry(&self, actor: &Actor, entry: EntryId) -> Result<Option<Experiment>, Problem> {
        actor.may(Action::Read)?;
        self.inner.store.experiment_by_entry(entry).await.map_err(internal)
    }

    /// The entry that an experiment is bound to; none where there is none or the actor does not see it.
    pub async fn experiment_entry(
        &self,
        actor: &Actor,
        experiment: &Experiment,
    ) -> Result<Option<EntrySummary>, Problem> {
        actor.may(Action::Read)?;
        let Some(entry) = experiment.entry else { return Ok(None) };
        let found = self.inner.store.entry_by_ids(&[entry.0]).await.map_err(internal)?.pop();
        Ok(found.map(|row| row.summary).filter(|entry| actor.sees(entry.state, entry.created_by)))
    }

    /// Binds an experiment to the entry with its question, by the entry's slug; an empty one unbinds it. An entry has one experiment.
    pub async fn experiment_bind(&self, actor: &Actor, id: ExperimentId, slug: &str) -> Result<(), Problem> {
        let found = self.experiment_get(actor, id).await?;
        let _granted = self.experiment_granted(actor, id).await?;
        let entry = match slug {
            "" => None,
            slug => match self.entry_visible(actor, EntryKind::Experiment, slug).await {
                Ok(row) => Some(row.summary.id),
                Err(problem) if problem.kind == ProblemKind::NotFound => {
                    return Err(Problem::field("entry", Issue::Unknown { value: slug.to_owned() }));
                }
                Err(problem) => return Err(problem),
            },
        };
        self.inner.store.experiment_entry_set(found.id, entry).await.map_err(|error| match error {
            StoreError::Taken { .. } => Problem::taken("entry", slug),
            other => internal(other),
        })?;
        self.experiment_noted(actor, id, "tracking.experiment-bind", slug).await
    }

    /// A line of the audit log about an experiment.
    async fn experiment_noted(&self, actor: &Actor, id: ExperimentId, action: &str, what: &str) -> Result<(), Problem> {
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let detail = json!({ "what": what });
        audit_add_in_txn(&mut txn, actor.user_id(), action, &format!("tracking/{id}"), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }

    /// Gives an experiment another name.
    pub async fn experiment_rename(&self, actor: &Actor, id: ExperimentId, name: &str) -> Result<(), Problem> {
        let _granted = self.experiment_granted(actor, id).await?;
        NewExperiment { name: name.to_owned(), tags: Default::default() }.check()?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        held(&mut txn, id, true).await?;
        experiment_name_set_in_txn(&mut txn, id, name).await.map_err(|error| taken_or_internal(error, name))?;
        let detail = json!({ "name": name });
        audit_add_in_txn(&mut txn, actor.user_id(), "tracking.experiment-rename", &format!("tracking/{id}"), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }

    /// Deletes an experiment with its runs, or restores them all.
    pub async fn experiment_delete(&self, actor: &Actor, id: ExperimentId, deleted: bool) -> Result<(), Problem> {
        let _granted = self.experiment_granted(actor, id).await?;
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
        let granted = self.experiment_granted(actor, id).await?;
        check_experiment_tag(key, value)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        held(&mut txn, id, true).await?;
        experiment_tag_set_in_txn(&mut txn, id, key, value).await.map_err(internal)?;
        granted.note_in_txn(&mut txn, actor, "tracking.experiment-tag", &format!("tracking/{id}")).await?;
        txn.commit().await.map_err(internal)
    }

    /// Removes a tag of an experiment.
    pub async fn experiment_tag_remove(&self, actor: &Actor, id: ExperimentId, key: &str) -> Result<(), Problem> {
        let granted = self.experiment_granted(actor, id).await?;
        check_tag_key(key)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        held(&mut txn, id, true).await?;
        if !experiment_tag_remove_in_txn(&mut txn, id, key).await.map_err(internal)? {
            return Err(Problem::unknown("tag", key));
        }
        granted.note_in_txn(&mut txn, actor, "tracking.experiment-tag", &format!("tracking/{id}")).await?;
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
