//! Runs: making, reading, changing and finding them.

use std::collections::BTreeMap;

use alluvium_domain::tracking::filter::{parse_filter, parse_order};
use alluvium_domain::tracking::{
    Experiment, ExperimentId, Lifecycle, MetricPoint, NewRun, Run, RunChange, RunId, RunState, Tag, limits,
};
use alluvium_domain::{Action, Actor, Issue, Problem, UserId};
use alluvium_store::{
    Connection, MetricSeries, RunKeys, RunQuery, RunRow, audit_add_in_txn, run_change_in_txn, run_deleted_set_in_txn,
    run_insert_in_txn, run_lock_in_txn, run_tag_upsert_in_txn,
};
use serde_json::json;
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

use super::rights::run_subject;
use super::{Paged, Window, check_experiments, experiments, findable, names};
use crate::Services;
use crate::error::internal;

/// The tag that says a run's name, as MLflow writes it.
pub(super) const NAME_TAG: &str = "mlflow.runName";
/// The tag that says which run a run is a part of, as MLflow writes it.
const PARENT_TAG: &str = "mlflow.parentRunId";
/// So many of the newest runs say which columns there are.
const KEYS_OF: i64 = 1_000;
/// Most runs whose curves are drawn together, and most points of one curve.
pub const MOST_SERIES: usize = 100;
const MOST_POINTS: usize = 2_000;

/// Which runs.
#[derive(Debug, Clone, Default)]
pub struct RunSearch {
    /// Of these experiments.
    pub experiments: Vec<ExperimentId>,
    /// Deleted or not.
    pub lifecycle: Lifecycle,
    /// `metrics.loss < 0.5 AND params.lr = '0.1'`; empty for all. See [`alluvium_domain::tracking::filter`].
    pub filter: String,
    /// `metrics.loss`, `start_time DESC`...; newest first where it is empty.
    pub order_by: Vec<String>,
    /// Most runs.
    pub limit: usize,
    /// From an earlier page.
    pub page: Option<String>,
}

/// A page of runs for people, with how many there are in all.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPage {
    /// The page.
    pub runs: Vec<Run>,
    /// None on the last page.
    pub next: Option<String>,
    /// How many runs fulfil the filter.
    pub total: i64,
}

impl Services {
    /// Begins a run.
    ///
    /// The tags `mlflow.runName` and `mlflow.parentRunId` name it and its parent where `name` and `parent` do not; both say the same afterwards.
    pub async fn run_create(&self, actor: &Actor, new: NewRun) -> Result<Run, Problem> {
        actor.may(Action::Write)?;
        new.check()?;
        let named = new.tags.get(NAME_TAG).filter(|name| !name.is_empty());
        let given = new.name.as_ref().filter(|name| !name.is_empty());
        if let (Some(tag), Some(name)) = (named, given)
            && tag != name
        {
            let issue = Issue::Fixed { key: NAME_TAG.to_owned(), old: tag.clone(), new: name.clone() };
            return Err(Problem::field("run_name", issue));
        }
        let name = given.or(named).cloned();
        let asked = new.parent.or_else(|| new.tags.get(PARENT_TAG).and_then(|id| id.parse().ok()));
        let parent = self.known_parent(asked).await?;
        let user = new.user.filter(|user| !user.is_empty());
        let user = user.or_else(|| actor.user.as_ref().map(|user| user.name.clone()));
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        experiments::held(&mut txn, new.experiment, true).await?;
        let id = RunId(Uuid::now_v7());
        let run = insert_in_txn(&mut txn, id, NewRun { name, parent, user, ..new }, actor.user_id()).await?;
        txn.commit().await.map_err(internal)?;
        Ok(run)
    }

    /// A parent that exists. A tag may name one that does not; then the run has none.
    async fn known_parent(&self, parent: Option<RunId>) -> Result<Option<RunId>, Problem> {
        let Some(parent) = parent else { return Ok(None) };
        Ok(self.inner.store.run_row(parent).await.map_err(internal)?.map(|row| row.id))
    }

    /// A run with all that is known of it but the values of metrics before the last; deleted or not.
    pub async fn run_get(&self, actor: &Actor, id: RunId) -> Result<Run, Problem> {
        actor.may(Action::Read)?;
        let found = self.inner.store.run_by_ids(&[id]).await.map_err(internal)?.pop();
        found.ok_or_else(|| Problem::unknown("run_id", id))
    }

    /// Runs by id, in that order, e.g. to compare them; those that do not exist are left out.
    pub async fn run_get_all(&self, actor: &Actor, ids: &[RunId]) -> Result<Vec<Run>, Problem> {
        actor.may(Action::Read)?;
        if ids.len() > MOST_SERIES {
            return Err(Problem::field("run_ids", Issue::TooMany { limit: MOST_SERIES, actual: ids.len() }));
        }
        self.inner.store.run_by_ids(ids).await.map_err(internal)
    }

    /// A page of runs that fulfil a filter, in an order. Both are done in the database.
    pub async fn run_search(&self, actor: &Actor, search: &RunSearch) -> Result<Paged<Run>, Problem> {
        Ok(self.searched(actor, search, false).await?.0)
    }

    /// The same with the number of runs over all pages: what a table for people shows.
    pub async fn run_page(&self, actor: &Actor, search: &RunSearch) -> Result<RunPage, Problem> {
        let (page, total) = self.searched(actor, search, true).await?;
        Ok(RunPage { runs: page.items, next: page.next, total })
    }

    async fn searched(&self, actor: &Actor, search: &RunSearch, count: bool) -> Result<(Paged<Run>, i64), Problem> {
        actor.may(Action::Read)?;
        check_experiments(search.experiments.len())?;
        let window = Window::new(search.limit, limits::PAGE, search.page.as_deref())?;
        let query = RunQuery {
            experiments: &search.experiments,
            lifecycle: search.lifecycle,
            filter: &parse_filter(&search.filter)?,
            order: &parse_order(&search.order_by)?,
            limit: window.fetch(),
            offset: window.offset(),
        };
        let store = &self.inner.store;
        let ids = window.page(store.run_search(&query).await.map_err(internal)?);
        let items = store.run_by_ids(&ids.items).await.map_err(internal)?;
        let total = if count { store.run_count(&query).await.map_err(internal)? } else { 0 };
        Ok((Paged { items, next: ids.next }, total))
    }

    /// The names of metrics, parameters and tags that the newest 1,000 runs of an experiment have: the columns that a table of them can show.
    pub async fn run_keys(&self, actor: &Actor, experiment: &Experiment) -> Result<RunKeys, Problem> {
        actor.may(Action::Read)?;
        self.inner.store.run_keys(experiment.id, KEYS_OF).await.map_err(internal)
    }

    /// Runs that are parts of a run, the newest first, at most so many.
    pub async fn run_parts(&self, actor: &Actor, run: &Run, limit: usize) -> Result<Vec<Run>, Problem> {
        let filter = format!("tags.`{PARENT_TAG}` = '{}'", run.id);
        let search = RunSearch { experiments: vec![run.experiment], filter, limit, ..RunSearch::default() };
        Ok(self.run_search(actor, &search).await?.items)
    }

    /// A page of all values of one metric, by step, then time. A metric that was never recorded has none.
    pub async fn metric_history(
        &self,
        actor: &Actor,
        run: RunId,
        key: &str,
        limit: usize,
        page: Option<&str>,
    ) -> Result<Paged<MetricPoint>, Problem> {
        actor.may(Action::Read)?;
        let window = Window::new(limit, limits::HISTORY, page)?;
        let store = &self.inner.store;
        if store.run_row(run).await.map_err(internal)?.is_none() {
            return Err(Problem::unknown("run_id", run));
        }
        if !findable(key) {
            return Ok(Paged { items: Vec::new(), next: None });
        }
        Ok(window.page(store.metric_history(run, key, window.fetch(), window.offset()).await.map_err(internal)?))
    }

    /// The curves of metrics of runs, in the order asked for, each thinned out evenly to about `points` values, the last one always among them: for
    /// charts. A metric that was never recorded has a curve without points.
    pub async fn metric_series(
        &self,
        actor: &Actor,
        curves: &[(RunId, &str)],
        points: usize,
    ) -> Result<Vec<MetricSeries>, Problem> {
        actor.may(Action::Read)?;
        if curves.len() > MOST_SERIES {
            return Err(Problem::field("run_ids", Issue::TooMany { limit: MOST_SERIES, actual: curves.len() }));
        }
        let most = i64::try_from(points.clamp(2, MOST_POINTS)).unwrap_or(2);
        // What cannot be a key is looked for as the empty one, which none has.
        let curves: Vec<_> = curves.iter().map(|(run, key)| (*run, if findable(key) { *key } else { "" })).collect();
        self.inner.store.metric_series(&curves, most).await.map_err(internal)
    }

    /// Changes a run's state, end or name. A state that ends it without saying when ends it now.
    pub async fn run_change(&self, actor: &Actor, id: RunId, mut change: RunChange) -> Result<Run, Problem> {
        let granted = self.run_granted(actor, id).await?;
        change.check()?;
        change.name = change.name.filter(|name| !name.is_empty());
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let row = held(&mut txn, id).await?;
        if change.state.is_some_and(RunState::is_over) && change.ended_at.is_none() && row.ended_at.is_none() {
            change.ended_at = Some(OffsetDateTime::now_utc());
        }
        run_change_in_txn(&mut txn, id, &change).await.map_err(internal)?;
        if let Some(name) = &change.name {
            let tag = Tag { key: NAME_TAG.to_owned(), value: name.clone() };
            run_tag_upsert_in_txn(&mut txn, id, &[tag]).await.map_err(internal)?;
        }
        granted.note_in_txn(&mut txn, actor, "tracking.run-change", &run_subject(id)).await?;
        txn.commit().await.map_err(internal)?;
        self.run_get(actor, id).await
    }

    /// Deletes a run or restores it; a run that is so already stays so.
    pub async fn run_delete(&self, actor: &Actor, id: RunId, deleted: bool) -> Result<(), Problem> {
        let _granted = self.run_granted(actor, id).await?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        let found = run_lock_in_txn(&mut txn, id).await.map_err(internal)?;
        let row = found.ok_or_else(|| Problem::unknown("run_id", id))?;
        run_deleted_set_in_txn(&mut txn, id, deleted).await.map_err(internal)?;
        let action = if deleted { "tracking.run-delete" } else { "tracking.run-restore" };
        let subject = format!("tracking/{}/{id}", row.experiment);
        audit_add_in_txn(&mut txn, actor.user_id(), action, &subject, json!({ "name": row.name }))
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }
}

/// Reads a run that is not deleted and holds it until the transaction ends.
pub(super) async fn held(conn: &mut Connection, id: RunId) -> Result<RunRow, Problem> {
    let found = run_lock_in_txn(conn, id).await.map_err(internal)?;
    let row = found.ok_or_else(|| Problem::unknown("run_id", id))?;
    if row.deleted {
        return Err(Problem::field("run_id", Issue::Deleted { value: id.to_string() }));
    }
    Ok(row)
}

/// Adds a run that goes on; answers with it. The caller has checked it and holds its experiment; its parent is there. Name and parent are tags too.
pub(crate) async fn insert_in_txn(
    conn: &mut Connection,
    id: RunId,
    new: NewRun,
    by: Option<UserId>,
) -> Result<Run, Problem> {
    let started = new.started_at.unwrap_or_else(OffsetDateTime::now_utc).to_offset(UtcOffset::UTC);
    let row = RunRow {
        id,
        experiment: new.experiment,
        name: new.name.unwrap_or_else(names::made_up),
        state: RunState::Running,
        parent: new.parent,
        user: new.user.unwrap_or_default(),
        // As exact as the table.
        started_at: started.truncate_to_microsecond(),
        ended_at: None,
        deleted: false,
    };
    let mut tags = new.tags;
    tags.insert(NAME_TAG.to_owned(), row.name.clone());
    if let Some(parent) = row.parent {
        tags.insert(PARENT_TAG.to_owned(), parent.to_string());
    }
    run_insert_in_txn(conn, &row, by).await.map_err(internal)?;
    run_tag_upsert_in_txn(conn, row.id, &tag_list(tags.clone())).await.map_err(internal)?;
    Ok(Run { tags, ..row.into_run() })
}

fn tag_list(tags: BTreeMap<String, String>) -> Vec<Tag> {
    tags.into_iter().map(|(key, value)| Tag { key, value }).collect()
}
