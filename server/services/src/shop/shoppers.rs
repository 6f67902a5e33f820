//! Shoppers: what one did, and in a simulated shop what all of them truly like.

use std::collections::BTreeMap;

use alluvium_domain::shop::{Bilingual, Taste, key, limits};
use alluvium_domain::{Actor, Issue, Problem};
use alluvium_store::EventCounts;

use super::ShopperPage;
use crate::Services;
use crate::error::internal;

/// Categories and brands that a page counts.
const TASTES: i64 = 12;
/// Shoppers to choose from.
const NAMES: i64 = 50;
/// Thirds of a category by price.
const PRICES: [(&str, &str); 3] = [
    ("类目中最便宜的三分之一", "cheapest third of its category"),
    ("类目中间的三分之一", "middle third"),
    ("类目中最贵的三分之一", "dearest third"),
];
const SEASONS: [(&str, &str); 4] = [("春", "spring"), ("夏", "summer"), ("秋", "autumn"), ("冬", "winter")];

/// Counts by place, from 1, with the places' names.
fn tastes(names: &[(&str, &str)], counts: Vec<(i32, EventCounts)>) -> Vec<Taste> {
    (1..)
        .zip(names)
        .map(|(place, (zh, en))| {
            let own = counts.iter().find(|(known, _)| *known == place).map(|(_, counts)| *counts).unwrap_or_default();
            Taste { value: Bilingual::new(*zh, *en), views: own.views, carts: own.carts, purchases: own.purchases }
        })
        .collect()
}

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
        if !(1..=limits::PAGE).contains(&limit) {
            return Err(Problem::field("limit", Issue::OutOfRange { min: 1, max: limits::PAGE as i64 }));
        }
        if offset > limits::OFFSET {
            return Err(Problem::field("offset", Issue::OutOfRange { min: 0, max: limits::OFFSET as i64 }));
        }
        let id = key(id).map_err(|_| Problem::not_found())?;
        let store = &self.inner.store;
        let (number, shopper) = self.shopper_seen(actor, &catalogue, &id).await?.ok_or_else(Problem::not_found)?;
        let (limit, offset) = (limit as i64, offset as i64);
        let counts = store.event_counts_by_shopper(number).await.map_err(internal)?;
        Ok(ShopperPage {
            shopper,
            events: store.event_by_shopper(number, limit, offset).await.map_err(internal)?,
            total: usize::try_from(counts.views + counts.carts + counts.purchases).unwrap_or_default(),
            categories: store.shopper_categories(number, TASTES).await.map_err(internal)?,
            brands: store.shopper_brands(number, TASTES).await.map_err(internal)?,
            prices: tastes(&PRICES, store.shopper_price_thirds(catalogue.id, number).await.map_err(internal)?),
            seasons: tastes(&SEASONS, store.shopper_seasons(number).await.map_err(internal)?),
            catalogue,
        })
    }

    /// Names of some shoppers, to choose from.
    pub async fn shopper_names(&self, actor: &Actor, catalogue: &str) -> Result<Vec<String>, Problem> {
        let catalogue = self.catalogue(actor, catalogue).await?;
        actor.may_see_shoppers(catalogue.input.simulated)?;
        self.inner.store.shopper_names(catalogue.id, NAMES).await.map_err(internal)
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
