//! Products: one, lists with facets, pictures.

use alluvium_domain::shop::{CatalogueId, Product, ProductFilter, key};
use alluvium_domain::{Action, Actor, Problem};

use super::{ProductList, ProductPage, picture};
use crate::Services;
use crate::error::internal;

/// Of fewer shoppers nothing is told but their number.
const FEW_BUYERS: i64 = 5;
/// Categories of the buyers that a page shows.
const BUYER_CATEGORIES: i64 = 6;
/// Products that the buyers chose too.
const NEIGHBOURS: i64 = 8;

impl Services {
    /// A product with what was done with it.
    pub async fn product_page(&self, actor: &Actor, catalogue: &str, id: &str) -> Result<ProductPage, Problem> {
        let catalogue = self.catalogue(actor, catalogue).await?;
        let product = self.product_by_id(catalogue.id, id).await?;
        let store = &self.inner.store;
        let counts = store.event_counts_by_product(product.number).await.map_err(internal)?;
        let buyers = store.buyer_count(product.number).await.map_err(internal)?;
        let (buyer_categories, neighbours) = if buyers < FEW_BUYERS {
            (Vec::new(), Vec::new())
        } else {
            let categories = store.buyer_categories(product.number, BUYER_CATEGORIES).await.map_err(internal)?;
            (categories, store.buyer_neighbours(product.number, NEIGHBOURS).await.map_err(internal)?)
        };
        Ok(ProductPage {
            catalogue,
            product,
            views: counts.views,
            carts: counts.carts,
            purchases: counts.purchases,
            buyers,
            buyer_categories,
            neighbours: neighbours.into_iter().map(|other| (other.sku, other.title, other.shoppers)).collect(),
        })
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
