//! Products: one, lists with facets, pictures.

use alluvium_domain::shop::{CatalogueId, Product, ProductFilter, key};
use alluvium_domain::{Action, Actor, Problem};

use super::{ProductList, ProductPage, picture};
use crate::Services;
use crate::error::internal;

impl Services {
    /// A product with what was done with it.
    pub async fn product_page(&self, actor: &Actor, catalogue: &str, id: &str) -> Result<ProductPage, Problem> {
        let catalogue = self.catalogue(actor, catalogue).await?;
        let product = self.product_by_id(catalogue.id, id).await?;
        let counts = self.inner.store.event_counts_by_product(product.number).await.map_err(internal)?;
        Ok(ProductPage { catalogue, product, views: counts.views, carts: counts.carts, purchases: counts.purchases })
    }

    /// The drawing of a product, SVG: the same product always looks the same.
    pub async fn product_picture(&self, actor: &Actor, catalogue: &str, id: &str) -> Result<String, Problem> {
        let catalogue = self.catalogue(actor, catalogue).await?;
        Ok(picture::svg(&self.product_by_id(catalogue.id, id).await?.input))
    }

    /// A page of products with counts over the whole list.
    pub async fn product_list(
        &self,
        actor: &Actor,
        catalogue: &str,
        filter: ProductFilter,
    ) -> Result<ProductList, Problem> {
        actor.may(Action::Read)?;
        let filter = filter.checked()?;
        let catalogue = self.catalogue_by_slug(catalogue).await?;
        let products = self.inner.store.product_list(catalogue.id, &filter).await.map_err(internal)?;
        let (facets, total) = self.inner.store.product_facets(catalogue.id, &filter).await.map_err(internal)?;
        Ok(ProductList { catalogue, products, total: usize::try_from(total).unwrap_or_default(), facets })
    }

    async fn product_by_id(&self, catalogue: CatalogueId, id: &str) -> Result<Product, Problem> {
        let id = key(id).map_err(|_| Problem::not_found())?;
        self.inner.store.product_by_sku(catalogue, &id).await.map_err(internal)?.ok_or_else(Problem::not_found)
    }
}
