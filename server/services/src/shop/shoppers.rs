//! Shoppers: what one did, and in a simulated shop what all of them truly like.

use std::collections::BTreeMap;

use alluvium_domain::shop::{key, limits};
use alluvium_domain::{Actor, Issue, Problem};

use super::ShopperPage;
use crate::Services;
use crate::error::internal;

/// Categories and brands that a page counts.
const TASTES: i64 = 12;

impl Services {
    /// A shopper with a page of their events, newest first, and simple counts of their tastes.
    pub async fn shopper_page(
        &self,
        actor: &Actor,
        catalogue: &str,
        id: &str,
        limit: usize,
        offset: usize,
    ) -> Result<ShopperPage, Problem> {
        let catalogue = self.catalogue(actor, catalogue).await?;
        actor.may_see_shoppers(catalogue.input.simulated)?;
        if !(1..=limits::PAGE).contains(&limit) {
            return Err(Problem::field("limit", Issue::OutOfRange { min: 1, max: limits::PAGE as i64 }));
        }
        if offset > limits::OFFSET {
            return Err(Problem::field("offset", Issue::OutOfRange { min: 0, max: limits::OFFSET as i64 }));
        }
        let id = key(id).map_err(|_| Problem::not_found())?;
        let store = &self.inner.store;
        let (number, shopper) =
            store.shopper_by_name(catalogue.id, &id).await.map_err(internal)?.ok_or_else(Problem::not_found)?;
        let (limit, offset) = (limit as i64, offset as i64);
        let counts = store.event_counts_by_shopper(number).await.map_err(internal)?;
        Ok(ShopperPage {
            catalogue,
            shopper,
            events: store.event_by_shopper(number, limit, offset).await.map_err(internal)?,
            total: usize::try_from(counts.views + counts.carts + counts.purchases).unwrap_or_default(),
            categories: store.shopper_categories(number, TASTES).await.map_err(internal)?,
            brands: store.shopper_brands(number, TASTES).await.map_err(internal)?,
        })
    }

    /// The true weights of every shopper of a simulated shop, by the shopper's id: what explanations are measured against. (The features
    /// that go with them: [`crate::shop::demo::truth`].)
    pub async fn shop_truth(
        &self,
        actor: &Actor,
        catalogue: &str,
    ) -> Result<BTreeMap<String, BTreeMap<String, f64>>, Problem> {
        let catalogue = self.catalogue(actor, catalogue).await?;
        actor.may_see_shoppers(catalogue.input.simulated)?;
        let shoppers = self.inner.store.shopper_all(catalogue.id).await.map_err(internal)?;
        Ok(shoppers.into_iter().filter_map(|(_, shopper)| Some((shopper.id, shopper.truth?))).collect())
    }
}
