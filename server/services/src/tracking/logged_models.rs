//! Logged models.

use std::collections::BTreeMap;

use alluvium_domain::tracking::filter::{parse_filter, parse_order};
use alluvium_domain::tracking::{
    ExperimentId, LoggedModel, LoggedModelId, LoggedModelState, NewLoggedModel, check_model_entries, limits,
};
use alluvium_domain::{Action, Actor, Issue, Problem};
use alluvium_store::{LoggedModelQuery, StoreError, audit_add_in_txn, logged_model_insert_in_txn};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rights::{logged_model_subject, run_subject};
use super::{Paged, Window, check_experiments, experiments, findable, names, runs};
use crate::Services;
use crate::error::internal;

/// Which logged models.
#[derive(Debug, Clone, Default)]
pub struct LoggedModelSearch {
    /// Of these experiments.
    pub experiments: Vec<ExperimentId>,
    /// `name = 'ranker' AND metrics.ndcg > 0.4`; empty for all.
    pub filter: String,
    /// `creation_timestamp DESC`...; newest first where it is empty.
    pub order_by: Vec<String>,
    /// Most models.
    pub limit: usize,
    /// From an earlier page.
    pub page: Option<String>,
}

impl Services {
    /// Makes a logged model; its files come afterwards.
    pub async fn logged_model_create(&self, actor: &Actor, new: NewLoggedModel) -> Result<LoggedModel, Problem> {
        actor.may(Action::Write)?;
        let name = new.name.filter(|name| !name.is_empty()).unwrap_or_else(names::made_up);
        check_name(&name, &new.kind)?;
        check_model_entries(&new.params, &new.tags)?;
        let granted = match new.run {
            Some(run) => Some((self.run_granted(actor, run).await?, run_subject(run))),
            None => None,
        };
        let now = OffsetDateTime::now_utc();
        let model = LoggedModel {
            id: LoggedModelId(format!("m-{}", Uuid::now_v7().simple())),
            experiment: new.experiment,
            name,
            run: new.run,
            state: LoggedModelState::Pending,
            kind: new.kind,
            params: new.params,
            tags: new.tags,
            metrics: Vec::new(),
            deleted: false,
            created_at: now,
            updated_at: now,
        };
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        experiments::held(&mut txn, model.experiment, true).await?;
        if let Some(run) = model.run {
            runs::held(&mut txn, run).await?;
        }
        logged_model_insert_in_txn(&mut txn, &model).await.map_err(internal)?;
        if let Some((granted, subject)) = granted {
            granted.note_in_txn(&mut txn, actor, "tracking.run-record", &subject).await?;
        }
        txn.commit().await.map_err(internal)?;
        Ok(model)
    }

    /// A logged model; a deleted one only where that is asked for.
    pub async fn logged_model_get(
        &self,
        actor: &Actor,
        id: &LoggedModelId,
        deleted: bool,
    ) -> Result<LoggedModel, Problem> {
        actor.may(Action::Read)?;
        let found = self.inner.store.logged_model_by_id(id).await.map_err(internal)?;
        found.filter(|model| deleted || !model.deleted).ok_or_else(|| Problem::unknown("model_id", id))
    }

    /// A page of logged models.
    pub async fn logged_model_search(
        &self,
        actor: &Actor,
        search: &LoggedModelSearch,
    ) -> Result<Paged<LoggedModel>, Problem> {
        actor.may(Action::Read)?;
        check_experiments(search.experiments.len())?;
        let window = Window::new(search.limit, limits::PAGE, search.page.as_deref())?;
        let query = LoggedModelQuery {
            experiments: &search.experiments,
            filter: &parse_filter(&search.filter)?,
            order: &parse_order(&search.order_by)?,
            limit: window.fetch(),
            offset: window.offset(),
        };
        let ids = window.page(self.inner.store.logged_model_search(&query).await.map_err(internal)?);
        let items = self.inner.store.logged_model_by_ids(&ids.items).await.map_err(internal)?;
        Ok(Paged { items, next: ids.next })
    }

    /// Says whether a logged model's files are there.
    pub async fn logged_model_finish(
        &self,
        actor: &Actor,
        id: &LoggedModelId,
        state: LoggedModelState,
    ) -> Result<LoggedModel, Problem> {
        let _granted = self.logged_model_granted(actor, id).await?;
        found(self.inner.store.logged_model_state_set(id, state).await, id)?;
        self.logged_model_get(actor, id, false).await
    }

    /// Adds parameters and tags to a logged model.
    pub async fn logged_model_note(
        &self,
        actor: &Actor,
        id: &LoggedModelId,
        params: &BTreeMap<String, String>,
        tags: &BTreeMap<String, String>,
    ) -> Result<LoggedModel, Problem> {
        let _granted = self.logged_model_granted(actor, id).await?;
        check_model_entries(params, tags)?;
        found(self.inner.store.logged_model_notes_add(id, params, tags).await, id)?;
        self.logged_model_get(actor, id, false).await
    }

    /// Removes a tag of a logged model.
    pub async fn logged_model_tag_remove(&self, actor: &Actor, id: &LoggedModelId, key: &str) -> Result<(), Problem> {
        let _granted = self.logged_model_granted(actor, id).await?;
        if findable(key) && self.inner.store.logged_model_tag_remove(id, key).await.map_err(internal)? {
            return Ok(());
        }
        self.logged_model_get(actor, id, false).await?;
        Err(Problem::unknown("tag", key))
    }

    /// Deletes a logged model; its files stay.
    pub async fn logged_model_delete(&self, actor: &Actor, id: &LoggedModelId) -> Result<(), Problem> {
        let _granted = self.logged_model_granted(actor, id).await?;
        found(self.inner.store.logged_model_delete(id).await, id)?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        audit_add_in_txn(&mut txn, actor.user_id(), "tracking.model-delete", &logged_model_subject(id), json!({}))
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }
}

/// What a change says of a model that is deleted or that there is none of.
fn found(changed: Result<bool, StoreError>, id: &LoggedModelId) -> Result<(), Problem> {
    if changed.map_err(internal)? { Ok(()) } else { Err(Problem::unknown("model_id", id)) }
}

/// A model's name is part of paths and of `models:/NAME/VERSION`.
fn check_name(name: &str, kind: &str) -> Result<(), Problem> {
    for (field, text) in [("name", name), ("model_type", kind)] {
        let actual = text.chars().count();
        if actual > limits::NAME {
            return Err(Problem::field(field, Issue::TooLong { limit: limits::NAME, actual }));
        }
        if text.contains('\0') {
            return Err(Problem::field(field, Issue::Malformed { expected: "no NUL character".into() }));
        }
    }
    if name.contains(['/', ':', '.', '%', '"', '\'']) {
        let expected = "Names cannot contain / : . % \" '".into();
        return Err(Problem::field("name", Issue::Unfit { value: name.to_owned(), expected }));
    }
    Ok(())
}
