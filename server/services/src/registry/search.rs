//! Registered models and versions by the filter expressions that MLflow's clients write.

use alluvium_domain::registry::{Approval, ModelVersion, RegisteredModel};
use alluvium_domain::tracking::filter::{parse_filter, parse_order};
use alluvium_domain::{Action, Actor, Problem};
use alluvium_store::{ModelSearchQuery, VersionSearchQuery};

use crate::Services;
use crate::error::internal;
use crate::tracking::{Paged, Window};

/// Most models or versions on a page: what MLflow's own server gives of versions.
const MOST: usize = 200_000;

/// Which models or versions.
#[derive(Debug, Clone, Default)]
pub struct RegistrySearch {
    /// `name LIKE 'shop%' AND tags.task = 'ranking'`; empty for all.
    pub filter: String,
    /// `name DESC`...; models by name, versions by their last change where it is empty.
    pub order_by: Vec<String>,
    /// Most on a page.
    pub limit: usize,
    /// From an earlier page.
    pub page: Option<String>,
}

impl Services {
    /// A page of models.
    pub async fn model_search(
        &self,
        actor: &Actor,
        search: &RegistrySearch,
    ) -> Result<Paged<RegisteredModel>, Problem> {
        actor.may(Action::Read)?;
        let window = Window::new(search.limit, MOST, search.page.as_deref())?;
        let query = ModelSearchQuery {
            filter: &parse_filter(&search.filter)?,
            order: &parse_order(&search.order_by)?,
            limit: window.fetch(),
            offset: window.offset(),
        };
        Ok(window.page(self.inner.store.model_search(&query).await.map_err(internal)?))
    }

    /// A page of the versions that the actor sees.
    pub async fn version_search(&self, actor: &Actor, search: &RegistrySearch) -> Result<Paged<ModelVersion>, Problem> {
        actor.may(Action::Read)?;
        let window = Window::new(search.limit, MOST, search.page.as_deref())?;
        let query = VersionSearchQuery {
            filter: &parse_filter(&search.filter)?,
            order: &parse_order(&search.order_by)?,
            unapproved: actor.sees_version(Approval::Draft),
            limit: window.fetch(),
            offset: window.offset(),
        };
        Ok(window.page(self.inner.store.version_search(&query).await.map_err(internal)?))
    }
}
