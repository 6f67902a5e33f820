//! Which catalogues there are.

use alluvium_domain::shop::{Catalogue, CatalogueInput};
use alluvium_domain::{Action, Actor, Problem, Slug};
use alluvium_store::catalogue_insert_in_txn;

use crate::Services;
use crate::error::internal;

impl Services {
    /// All catalogues, oldest first.
    pub async fn catalogue_list(&self, actor: &Actor) -> Result<Vec<Catalogue>, Problem> {
        actor.may(Action::Read)?;
        self.inner.store.catalogue_list().await.map_err(internal)
    }

    /// A catalogue by slug.
    pub async fn catalogue(&self, actor: &Actor, slug: &str) -> Result<Catalogue, Problem> {
        actor.may(Action::Read)?;
        self.catalogue_by_slug(slug).await
    }

    /// A catalogue, whoever asks. What is no slug is the name of nothing.
    pub(crate) async fn catalogue_by_slug(&self, slug: &str) -> Result<Catalogue, Problem> {
        let slug = Slug::parse(slug).map_err(|_| Problem::not_found())?;
        self.inner.store.catalogue_by_slug(slug.as_str()).await.map_err(internal)?.ok_or_else(Problem::not_found)
    }

    /// The catalogue with this slug, made now where it is new; what stands already stays as it is.
    pub(crate) async fn catalogue_ensure(&self, input: CatalogueInput) -> Result<Catalogue, Problem> {
        let input = input.checked()?;
        let mut txn = self.inner.store.begin().await.map_err(internal)?;
        catalogue_insert_in_txn(&mut txn, &input).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        self.catalogue_by_slug(input.slug.as_str()).await
    }
}
