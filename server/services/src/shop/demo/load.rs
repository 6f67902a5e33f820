//! The demo shop into the database.

use std::collections::HashMap;

use alluvium_domain::Problem;
use alluvium_domain::shop::{Catalogue, EventId};
use alluvium_store::{
    CatalogueGrowth, EventOrigin, EventRow, audit_add_in_txn, catalogue_grow_in_txn, catalogue_insert_in_txn,
    event_insert_in_txn, product_upsert_in_txn, shopper_insert_in_txn,
};
use serde_json::json;

use super::{DemoPlan, DemoShop, generate};
use crate::Services;
use crate::error::internal;

/// Rows that go into one statement.
const PORTION: usize = 10_000;

impl Services {
    /// Makes the demo shop up and keeps it, all of it or nothing; answers with the catalogue and whether it is new. One that is there already
    /// stays as it is. With the rights of the command line.
    pub async fn shop_demo(&self, plan: DemoPlan) -> Result<(Catalogue, bool), Problem> {
        match self.catalogue_by_slug(&plan.slug).await {
            Ok(catalogue) => return Ok((catalogue, false)),
            Err(problem) if problem == Problem::not_found() => {}
            Err(problem) => return Err(problem),
        }
        let slug = plan.slug.clone();
        let shop = tokio::task::spawn_blocking(move || generate(&plan)).await.map_err(internal)??;
        let added = self.shop_demo_keep(shop).await?;
        Ok((self.catalogue_by_slug(&slug).await?, added))
    }

    /// Whether there is no catalogue at all: an installation that has no shop yet.
    pub async fn has_no_shop(&self) -> Result<bool, Problem> {
        Ok(self.inner.store.catalogue_list().await.map_err(internal)?.is_empty())
    }

    async fn shop_demo_keep(&self, shop: DemoShop) -> Result<bool, Problem> {
        let store = &self.inner.store;
        store.event_months_add(shop.events.iter().map(|event| event.at)).await.map_err(internal)?;
        let mut txn = store.begin().await.map_err(internal)?;
        // Somebody else may have been faster.
        let Some(catalogue) = catalogue_insert_in_txn(&mut txn, &shop.catalogue).await.map_err(internal)? else {
            return Ok(false);
        };
        let mut products = HashMap::new();
        for portion in shop.products.chunks(PORTION) {
            let written = product_upsert_in_txn(&mut txn, catalogue, portion).await.map_err(internal)?;
            products.extend(written.into_iter().map(|product| (product.sku, product.id)));
        }
        let mut shoppers = HashMap::new();
        for portion in shop.shoppers.chunks(PORTION) {
            shoppers.extend(shopper_insert_in_txn(&mut txn, catalogue, portion).await.map_err(internal)?);
        }
        let mut events = 0;
        for portion in shop.events.chunks(PORTION) {
            let rows: Vec<EventRow> = portion
                .iter()
                .filter_map(|event| {
                    Some(EventRow {
                        id: EventId(event.id),
                        at: event.at,
                        shopper: *shoppers.get(&shop.shoppers[event.shopper].id)?,
                        product: *products.get(&shop.products[event.product].id)?,
                        kind: event.kind,
                        query: event.query.clone(),
                        position: Some(event.position),
                    })
                })
                .collect();
            events +=
                event_insert_in_txn(&mut txn, catalogue, EventOrigin::SIMULATION, &rows).await.map_err(internal)?;
        }
        let growth =
            CatalogueGrowth { products: products.len() as i64, shoppers: shoppers.len() as i64, events: events as i64 };
        catalogue_grow_in_txn(&mut txn, catalogue, growth).await.map_err(internal)?;
        let detail = json!({ "products": growth.products, "shoppers": growth.shoppers, "events": growth.events });
        let subject = format!("catalogue/{}", shop.catalogue.slug);
        audit_add_in_txn(&mut txn, None, "shop.demo", &subject, detail).await.map_err(internal)?;
        txn.commit().await.map_err(internal)?;
        Ok(true)
    }
}
