//! Registered models: list, register, change, remove.

use std::collections::BTreeMap;

use alluvium_domain::problem::Check;
use alluvium_domain::registry::{
    Act, CHAMPION, Decision, RegisteredModel, alias_checked, limits, model_name_checked, tag_checked, tags_checked,
};
use alluvium_domain::{Action, Actor, EntryId, EntryKind, Issue, Problem};
use alluvium_store::{
    ModelQuery, StoreError, alias_delete_in_txn, alias_set_in_txn, audit_add_in_txn, decision_add_in_txn,
    model_card_set_in_txn, model_delete_in_txn, model_insert_in_txn, model_lock_in_txn, model_update_in_txn,
    version_lock_in_txn,
};
use serde_json::json;

use super::approval::{unapproved, walled};
use super::{By, subject};
use crate::Services;
use crate::error::internal;

/// A model to be registered.
#[derive(Debug, Clone, Default)]
pub struct NewModel {
    /// A name, or `namespace/name`.
    pub name: String,
    /// In Markdown.
    pub description: String,
    /// Keys and values.
    pub tags: BTreeMap<String, String>,
}

/// What is to be changed of a model; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ModelChange {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// A tag to set, or to take away where it has no value.
    pub tag: Option<(String, Option<String>)>,
}

/// A name that is taken.
fn taken(error: StoreError, name: &str) -> Problem {
    match error {
        StoreError::Taken { .. } => Problem::taken("registered_model", name),
        error => internal(error),
    }
}

impl Services {
    /// All models, by name.
    pub async fn model_list(&self, actor: &Actor) -> Result<Vec<RegisteredModel>, Problem> {
        actor.may(Action::Read)?;
        self.inner.store.model_list(ModelQuery::default()).await.map_err(internal)
    }

    /// A model by name.
    pub async fn model_get(&self, actor: &Actor, name: &str) -> Result<RegisteredModel, Problem> {
        actor.may(Action::Read)?;
        let found = match name.contains('\0') {
            true => None,
            false => self.inner.store.model_by_name(name).await.map_err(internal)?,
        };
        found.ok_or_else(|| Problem::unknown("registered_model", name))
    }

    /// The model whose card an entry is; none where no model is bound to it.
    pub async fn model_of_entry(&self, actor: &Actor, entry: EntryId) -> Result<Option<RegisteredModel>, Problem> {
        actor.may(Action::Read)?;
        self.inner.store.model_by_entry(entry).await.map_err(internal)
    }

    /// Registers a model. The model card with its name becomes its card, where there is one that no other model has.
    pub async fn model_create(&self, actor: &Actor, new: NewModel) -> Result<RegisteredModel, Problem> {
        actor.may(Action::Write)?;
        self.model_insert(By::Person(actor), &new, None, &new.name).await
    }

    /// Registers a model, which may serve a place where the program itself does it, with the card of that slug where it is free.
    pub(super) async fn model_insert(
        &self,
        by: By<'_>,
        new: &NewModel,
        serves: Option<&str>,
        card: &str,
    ) -> Result<RegisteredModel, Problem> {
        let mut check = Check::default();
        let name = model_name_checked(&mut check, &new.name);
        let description = check.text("description", &new.description, 0, limits::DESCRIPTION);
        tags_checked(&mut check, &new.tags);
        check.finish()?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        model_insert_in_txn(&mut txn, &name, &description, &new.tags, serves, by.person(), card)
            .await
            .map_err(|error| taken(error, &name))?;
        let detail = json!({ "serves": serves });
        audit_add_in_txn(&mut txn, by.person(), "model.register", &format!("model/{name}"), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.inner.store.model_by_name(&name).await.map_err(internal)?.ok_or_else(Problem::not_found)
    }

    /// Changes a model's name, description or a tag. The name of one that serves is a reviewer's to change.
    pub async fn model_change(
        &self,
        actor: &Actor,
        name: &str,
        change: ModelChange,
    ) -> Result<RegisteredModel, Problem> {
        actor.may(Action::Write)?;
        let model = self.model_get(actor, name).await?;
        let mut check = Check::default();
        let renamed = change.name.as_deref().map(|name| model_name_checked(&mut check, name));
        let description =
            change.description.as_deref().map(|text| check.text("description", text, 0, limits::DESCRIPTION));
        if let Some((key, value)) = &change.tag {
            tag_checked(&mut check, key, value.as_deref().unwrap_or_default());
        }
        check.finish()?;
        if renamed.is_some() && model.serves.is_some() {
            actor.may(Action::Publish)?;
        }
        let tag = change.tag.as_ref().map(|(key, value)| (key.as_str(), value.as_deref()));
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        model_update_in_txn(&mut txn, model.id, renamed.as_deref(), description.as_deref(), tag)
            .await
            .map_err(|error| taken(error, renamed.as_deref().unwrap_or_default()))?;
        let detail = json!({ "name": renamed, "description": description.map(|_| "changed"), "tag": change.tag });
        audit_add_in_txn(&mut txn, actor.user_id(), "model.change", &subject(&model), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.model_get(actor, renamed.as_deref().unwrap_or(&model.name)).await
    }

    /// Binds a model to the entry of kind model that is its card, by slug; none unbinds it. An entry is the card of one model.
    pub async fn model_card_set(
        &self,
        actor: &Actor,
        name: &str,
        card: Option<&str>,
    ) -> Result<RegisteredModel, Problem> {
        actor.may(Action::Write)?;
        let model = self.model_get(actor, name).await?;
        let entry = match card {
            Some(slug) => {
                let found = self.entry_source(actor, EntryKind::Model, slug).await;
                Some(found.map_err(|_| Problem::field("card", Issue::Unknown { value: slug.to_owned() }))?.0.id)
            }
            None => None,
        };
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        model_card_set_in_txn(&mut txn, model.id, entry).await.map_err(|error| match error {
            StoreError::Taken { .. } => Problem::taken("card", card.unwrap_or_default()),
            error => internal(error),
        })?;
        let detail = json!({ "card": card });
        audit_add_in_txn(&mut txn, actor.user_id(), "model.card", &subject(&model), detail).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.model_get(actor, name).await
    }

    /// Removes a model with its versions: its own author or a reviewer may, as long as nothing was decided about a version.
    pub async fn model_delete(&self, actor: &Actor, name: &str) -> Result<(), Problem> {
        let model = self.model_get(actor, name).await?;
        let own = actor.user.as_ref().map(|user| &user.name) == model.created_by.as_ref();
        actor.may(if own { Action::Write } else { Action::Publish })?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if model.serves.is_some() || !model_delete_in_txn(&mut txn, model.id).await.map_err(internal)? {
            return Err(Problem::conflict(
                "name",
                "它在服务，或它的版本已有审批记录：请撤回版本而不是删除",
                "it serves, or something was decided about its versions: withdraw these instead",
            ));
        }
        audit_add_in_txn(&mut txn, actor.user_id(), "model.delete", &subject(&model), json!({}))
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)
    }

    /// Points an alias to an approved version. The champion of a model that serves is activated, which needs a reviewer.
    pub async fn alias_set(
        &self,
        actor: &Actor,
        name: &str,
        alias: &str,
        number: i32,
    ) -> Result<RegisteredModel, Problem> {
        actor.may(Action::Write)?;
        let model = self.model_get(actor, name).await?;
        let mut check = Check::default();
        let alias = alias_checked(&mut check, alias);
        check.finish()?;
        let version = self.version_get(actor, name, number).await?;
        if alias == CHAMPION && model.serves.is_some() {
            self.version_activate(By::Person(actor), &model, &version, "").await?;
            return self.model_get(actor, name).await;
        }
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        model_lock_in_txn(&mut txn, model.id).await.map_err(internal)?;
        let (approval, _) =
            version_lock_in_txn(&mut txn, version.id).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
        if approval.after(Act::Alias).is_none() {
            return Err(unapproved("version", &alias, &version, approval));
        }
        alias_set_in_txn(&mut txn, model.id, &alias, version.id, actor.user_id()).await.map_err(walled)?;
        decision_add_in_txn(&mut txn, version.id, Act::Alias, actor.user_id(), &alias, None).await.map_err(internal)?;
        let detail = json!({ "alias": alias, "version": number });
        audit_add_in_txn(&mut txn, actor.user_id(), "model.alias", &subject(&model), detail).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.model_get(actor, name).await
    }

    /// Takes an alias away. What serves is changed by activating another version, rolling back or withdrawing.
    pub async fn alias_delete(&self, actor: &Actor, name: &str, alias: &str) -> Result<RegisteredModel, Problem> {
        actor.may(Action::Write)?;
        let model = self.model_get(actor, name).await?;
        let mut check = Check::default();
        check.text("alias", alias, 1, limits::ALIAS);
        check.finish()?;
        if alias == CHAMPION && model.serves.is_some() {
            return Err(Problem::conflict(
                "alias",
                "它正在服务：请启用另一个版本、回退，或撤回该版本",
                "it serves: activate another version, roll back, or withdraw this one",
            ));
        }
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        if let Some(version) = alias_delete_in_txn(&mut txn, model.id, alias).await.map_err(internal)? {
            decision_add_in_txn(&mut txn, version, Act::Unalias, actor.user_id(), alias, None)
                .await
                .map_err(internal)?;
        }
        let detail = json!({ "alias": alias });
        audit_add_in_txn(&mut txn, actor.user_id(), "model.alias-delete", &subject(&model), detail)
            .await
            .map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.model_get(actor, name).await
    }

    /// Everything that was asked, checked and decided about the versions of a model that the actor sees, in the order of time.
    pub async fn decision_list(&self, actor: &Actor, name: &str) -> Result<Vec<Decision>, Problem> {
        let model = self.model_get(actor, name).await?;
        let seen: Vec<_> = self.version_list_of(actor, &[model.id]).await?.iter().map(|version| version.id).collect();
        let mut all = self.inner.store.decision_list(model.id, None).await.map_err(internal)?;
        all.retain(|decision| seen.contains(&decision.version));
        Ok(all)
    }
}
